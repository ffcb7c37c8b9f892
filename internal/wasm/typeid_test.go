package wasm

import "testing"

// moduleOf is a module whose groups hold the given types.
func moduleOf(groups ...[]SubType) *Module {
	m := &Module{}
	for _, g := range groups {
		m.RecGroups = append(m.RecGroups, RecGroup{Start: uint32(len(m.Types)), Len: uint32(len(g)), Explicit: true})
		m.Types = append(m.Types, g...)
	}
	return m
}

func funcOf(params, results []ValType, supers ...uint32) SubType {
	return SubType{Kind: CompFunc, Func: FuncType{params, results}, Supers: supers}
}

func structOf(fields []FieldType, supers ...uint32) SubType {
	return SubType{Kind: CompStruct, Fields: fields, Supers: supers}
}

func refTo(x HeapType) []ValType { return []ValType{Ref(x)} }

// TestEquivalence holds identities to the rule for recursion groups: the same
// shape, references inside by place, references outside by identity.
func TestEquivalence(t *testing.T) {
	self := []SubType{funcOf(refTo(0), nil)}
	pair := []SubType{funcOf(refTo(1), nil), funcOf(refTo(0), nil)}
	for _, tc := range []struct {
		name string
		a, b *Module
		x, y uint32
		same bool
	}{
		{"equal function types", moduleOf([]SubType{funcOf([]ValType{I32}, nil)}), moduleOf([]SubType{funcOf([]ValType{I32}, nil)}), 0, 0, true},
		{"params are not results", moduleOf([]SubType{funcOf([]ValType{I32}, nil)}), moduleOf([]SubType{funcOf(nil, []ValType{I32})}), 0, 0, false},
		{"at another index", moduleOf([]SubType{funcOf(nil, nil)}, []SubType{funcOf([]ValType{F64}, nil)}), moduleOf([]SubType{funcOf([]ValType{F64}, nil)}), 1, 0, true},
		{"finality counts", moduleOf([]SubType{{Kind: CompStruct, Final: true}}), moduleOf([]SubType{{Kind: CompStruct}}), 0, 0, false},
		{"mutability counts", moduleOf([]SubType{structOf([]FieldType{{I8, true}})}), moduleOf([]SubType{structOf([]FieldType{{I8, false}})}), 0, 0, false},
		{"self-recursion", moduleOf(self), moduleOf([]SubType{funcOf(nil, nil)}, []SubType{funcOf(refTo(1), nil)}), 0, 1, true},
		{"recursion is not its unrolling", moduleOf(self), moduleOf(self, []SubType{funcOf(refTo(0), nil)}), 0, 1, false},
		{"mutual recursion", moduleOf(pair), moduleOf(pair), 1, 1, true},
		{"places of a group differ", moduleOf(pair), moduleOf(pair), 0, 1, false},
		{"a group of one is no group of two", moduleOf([]SubType{funcOf(nil, nil)}), moduleOf([]SubType{funcOf(nil, nil), funcOf(nil, nil)}), 0, 0, false},
		{"supertypes count", moduleOf([]SubType{structOf(nil)}, []SubType{structOf(nil, 0)}), moduleOf([]SubType{structOf(nil)}), 1, 0, false},
		{"nullability counts", moduleOf([]SubType{funcOf([]ValType{FuncRef}, nil)}), moduleOf([]SubType{funcOf([]ValType{Ref(HeapFunc)}, nil)}), 0, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := NewTypeStore()
			a, b := s.Space(tc.a), s.Space(tc.b)
			if same := a.IDs[tc.x] == b.IDs[tc.y]; same != tc.same {
				t.Errorf("types %d and %d: same = %v, want %v", tc.x, tc.y, same, tc.same)
			}
		})
	}
}

func TestStoreHierarchy(t *testing.T) {
	s := NewTypeStore()
	sp := s.Space(moduleOf(
		[]SubType{structOf(nil)},
		[]SubType{structOf(nil, 0)},
		[]SubType{structOf([]FieldType{{I32, false}}, 1)},
		[]SubType{{Kind: CompArray, Fields: []FieldType{{I32, true}}}},
	))
	if d := s.Depth(sp.IDs[2]); d != 2 {
		t.Errorf("depth of the grandchild is %d, want 2", d)
	}
	if up, ok := s.Super(sp.IDs[1]); !ok || up != sp.IDs[0] {
		t.Errorf("supertype of 1 is %d, %v; want %d", up, ok, sp.IDs[0])
	}
	if _, ok := s.Super(sp.IDs[0]); ok {
		t.Error("the root has a supertype")
	}
	if !s.Subtype(sp.IDs[2], sp.IDs[0]) || s.Subtype(sp.IDs[0], sp.IDs[2]) || s.Subtype(sp.IDs[3], sp.IDs[0]) {
		t.Error("declared subtyping does not follow the chain")
	}
}
