package wasm

import "testing"

// TestAbstractHierarchy walks all pairs of abstract heap types against the
// hierarchy written down as chains (core 3.3, "Heap Types").
func TestAbstractHierarchy(t *testing.T) {
	above := map[HeapType][]HeapType{
		HeapNone:     {HeapI31, HeapStruct, HeapArray, HeapEq, HeapAny},
		HeapI31:      {HeapEq, HeapAny},
		HeapStruct:   {HeapEq, HeapAny},
		HeapArray:    {HeapEq, HeapAny},
		HeapEq:       {HeapAny},
		HeapNoFunc:   {HeapFunc},
		HeapNoExtern: {HeapExtern},
		HeapNoExn:    {HeapExn},
	}
	sp := NewTypeStore().Space(&Module{})
	for got := HeapExn; got <= HeapNoExn; got++ {
		for want := HeapExn; want <= HeapNoExn; want++ {
			is := got == want
			for _, h := range above[got] {
				is = is || h == want
			}
			if sp.MatchesHeap(got, want) != is {
				t.Errorf("%v matches %v: got %v", got, want, !is)
			}
		}
		if !sp.MatchesHeap(HeapBottom, got) || sp.MatchesHeap(got, HeapBottom) {
			t.Errorf("the bottom is not below %v", got)
		}
	}
}

func TestMatches(t *testing.T) {
	sp := NewTypeStore().Space(moduleOf(
		[]SubType{structOf(nil)},                                       // 0
		[]SubType{structOf(nil, 0)},                                    // 1
		[]SubType{funcOf(nil, nil)},                                    // 2
		[]SubType{{Kind: CompArray, Fields: []FieldType{{I32, true}}}}, // 3
		[]SubType{funcOf(nil, nil)},                                    // 4, equivalent to 2
	))
	for _, tc := range []struct {
		got, want ValType
		matches   bool
	}{
		{I32, I32, true}, {I32, I64, false}, {Bottom, I32, true}, {Bottom, Ref(0), true},
		{Ref(0), RefNull(0), true}, {RefNull(0), Ref(0), false},
		{Ref(1), Ref(0), true}, {Ref(0), Ref(1), false}, {Ref(1), RefNull(HeapStruct), true},
		{Ref(1), AnyRef, true}, {Ref(2), FuncRef, true}, {Ref(2), AnyRef, false}, {Ref(2), Ref(4), true},
		{Ref(3), Ref(HeapArray), true}, {Ref(3), Ref(HeapStruct), false}, {Ref(3), Ref(HeapEq), true},
		{Ref(HeapNone), Ref(0), true}, {RefNull(HeapNone), RefNull(3), true}, {Ref(HeapNone), Ref(2), false},
		{RefNull(HeapNoFunc), RefNull(2), true}, {Ref(HeapStruct), Ref(0), false}, {I32, FuncRef, false},
		{RefNull(HeapBottom), RefNull(2), true}, {Ref(7), Ref(7), true}, {Ref(7), Ref(0), false},
	} {
		if m := sp.Matches(tc.got, tc.want); m != tc.matches {
			t.Errorf("%v matches %v: got %v, want %v", tc.got, tc.want, m, tc.matches)
		}
	}
}

func TestMatchesComposite(t *testing.T) {
	sp := NewTypeStore().Space(&Module{})
	mut := func(types ...ValType) (f []FieldType) {
		for _, v := range types {
			f = append(f, FieldType{v, true})
		}
		return f
	}
	con := func(types ...ValType) (f []FieldType) {
		for _, v := range types {
			f = append(f, FieldType{v, false})
		}
		return f
	}
	eq := RefNull(HeapEq)
	for _, tc := range []struct {
		name      string
		got, want SubType
		matches   bool
	}{
		{"parameters the other way round", funcOf([]ValType{AnyRef}, nil), funcOf([]ValType{eq}, nil), true},
		{"narrower parameter", funcOf([]ValType{eq}, nil), funcOf([]ValType{AnyRef}, nil), false},
		{"narrower result", funcOf(nil, []ValType{eq}), funcOf(nil, []ValType{AnyRef}), true},
		{"more fields", structOf(con(I32, I64)), structOf(con(I32)), true},
		{"fewer fields", structOf(con(I32)), structOf(con(I32, I64)), false},
		{"narrower constant field", structOf(con(eq)), structOf(con(AnyRef)), true},
		{"narrower variable field", structOf(mut(eq)), structOf(mut(AnyRef)), false},
		{"mutability", structOf(mut(I32)), structOf(con(I32)), false},
		{"packed fields", structOf(con(I8)), structOf(con(I16)), false},
		{"kinds", structOf(con(I8)), SubType{Kind: CompArray, Fields: con(I8)}, false},
	} {
		if m := sp.MatchesComposite(&tc.got, &tc.want); m != tc.matches {
			t.Errorf("%s: got %v, want %v", tc.name, m, tc.matches)
		}
	}
}

func TestMatchesExtern(t *testing.T) {
	s := NewTypeStore()
	exporter := moduleOf([]SubType{structOf(nil)}, []SubType{funcOf(nil, nil)}, []SubType{funcOf(nil, nil, 1)})
	exporter.Funcs = []uint32{1, 2}
	exporter.Tags = []uint32{1}
	exporter.Tables = []Table{{Type: TableType{Elem: RefNull(2), Limits: Limits{Min: 2, Max: 4, HasMax: true}}}}
	exporter.Memories = []MemoryType{{Limits{Min: 1}}, {Limits{Min: 1, Max: 2, HasMax: true, Shared: true}}}
	exporter.Globals = []Global{{Type: GlobalType{Ref(2), false}}, {Type: GlobalType{RefNull(2), true}}}
	importer := moduleOf([]SubType{funcOf(nil, nil)}, []SubType{funcOf(nil, nil, 0)})
	a, b := s.Space(exporter), s.Space(importer)
	for _, tc := range []struct {
		name    string
		kind    ExternKind
		index   uint32
		want    Import
		matches bool
	}{
		{"subtype of a function", ExternFunc, 1, Import{Type: 0}, true},
		{"supertype of a function", ExternFunc, 0, Import{Type: 1}, false},
		{"tag", ExternTag, 0, Import{Type: 0}, true},
		{"tags are not subtyped", ExternTag, 0, Import{Type: 1}, false},
		{"table within bounds", ExternTable, 0, Import{Table: TableType{RefNull(1), Limits{Min: 1, Max: 4, HasMax: true}}}, true},
		{"table that may grow too far", ExternTable, 0, Import{Table: TableType{RefNull(1), Limits{Min: 1, Max: 3, HasMax: true}}}, false},
		{"table of a supertype", ExternTable, 0, Import{Table: TableType{FuncRef, Limits{Min: 1}}}, false},
		{"memory without a maximum", ExternMemory, 0, Import{Memory: MemoryType{Limits{Max: 9, HasMax: true}}}, false},
		{"memory too small", ExternMemory, 0, Import{Memory: MemoryType{Limits{Min: 2}}}, false},
		{"memory", ExternMemory, 0, Import{Memory: MemoryType{Limits{Min: 1}}}, true},
		{"shared for unshared", ExternMemory, 1, Import{Memory: MemoryType{Limits{Min: 1}}}, false},
		{"address type", ExternMemory, 0, Import{Memory: MemoryType{Limits{Min: 1, Addr64: true}}}, false},
		{"constant of a subtype", ExternGlobal, 0, Import{Global: GlobalType{FuncRef, false}}, true},
		{"variable of a subtype", ExternGlobal, 1, Import{Global: GlobalType{FuncRef, true}}, false},
		{"variable of the type", ExternGlobal, 1, Import{Global: GlobalType{RefNull(1), true}}, true},
		{"variable for constant", ExternGlobal, 1, Import{Global: GlobalType{RefNull(1), false}}, false},
	} {
		tc.want.Kind = tc.kind
		if m := s.MatchesExtern(a.Export(exporter, tc.kind, tc.index), b.Import(&tc.want)); m != tc.matches {
			t.Errorf("%s: got %v, want %v", tc.name, m, tc.matches)
		}
	}
	if s.MatchesExtern(ExternType{Kind: ExternMemory}, ExternType{Kind: ExternTable}) {
		t.Error("a memory matches a table")
	}
}

func TestTypeTexts(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{Ref(HeapType(2)).String(), "ref type_index[2]"},
		{ExternRef.String(), "ref_null extern"},
		{RefNull(HeapNoExn).String(), "ref_null noexn"},
		{FuncType{[]ValType{I32, V128}, []ValType{F64}}.String(), "FuncType {params{i32 , v128} returns{f64}}"},
		{FuncType{}.String(), "FuncType {params{} returns{}}"},
		{TableType{FuncRef, Limits{Min: 1, Max: 2, HasMax: true}}.String(), "TableType {RefType{ref_null func} Limit{1 , 2}}"},
		{MemoryType{Limits{Min: 1}}.String(), "MemoryType {Limit{1}}"},
		{GlobalType{I32, true}.String(), "GlobalType {Mutation{var} ValType{i32}}"},
		{Ref(HeapBottom).String(), "ref bottom"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}
