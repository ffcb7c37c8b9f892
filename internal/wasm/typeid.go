package wasm

import "encoding/binary"

// TypeID is the identity of a defined type in a [TypeStore]. Types of all modules
// that were interned in one store are equivalent (core 3.3, "Defined Types") exactly if their
// identities are equal.
type TypeID uint32

// TypeStore gives defined types their identities. Equivalence is iso-recursive:
// two types are the same if they stand at the same place of recursion groups of
// the same shape, where a reference into the group counts by its place and one
// out of it by the identity of what it refers to.
//
// Reading a store is safe for concurrent use as long as nothing is interned.
type TypeStore struct {
	groups map[string]TypeID // a group in the form of appendGroup -> its first type
	types  []storedType
	key    []byte // scratch of appendGroup
}

// storedType is what matching has to know of a type.
type storedType struct {
	super TypeID // when depth is not 0
	depth uint32 // how many supertypes there are up to the root
	kind  CompKind
}

// NewTypeStore is a store without types.
func NewTypeStore() *TypeStore { return &TypeStore{groups: map[string]TypeID{}} }

// Len is the number of different types in s; identities are smaller.
func (s *TypeStore) Len() int { return len(s.types) }

// Kind tells whether id is a function, structure or array type.
func (s *TypeStore) Kind(id TypeID) CompKind { return s.types[id].kind }

// Depth is the number of declared supertypes between id and the root of its
// hierarchy; a type without a supertype has depth 0.
func (s *TypeStore) Depth(id TypeID) uint32 { return s.types[id].depth }

// Super is the declared supertype of id, and whether it has one.
func (s *TypeStore) Super(id TypeID) (TypeID, bool) {
	t := s.types[id]
	return t.super, t.depth > 0
}

// Subtype reports whether sub is super or declares, over any number of steps, to
// be a subtype of it (core 3.3, "Defined Types").
func (s *TypeStore) Subtype(sub, super TypeID) bool {
	for sub != super {
		t := s.types[sub]
		if t.depth == 0 {
			return false
		}
		sub = t.super
	}
	return true
}

// Space interns the types of m, which must be valid.
func (s *TypeStore) Space(m *Module) *TypeSpace {
	t := &TypeSpace{Defs: m.Types, Store: s, IDs: make([]TypeID, 0, len(m.Types))}
	for _, g := range m.RecGroups {
		t.Extend(g)
	}
	return t
}

// TypeSpace is the type index space of a module with the identities of its types.
type TypeSpace struct {
	Defs  []SubType
	IDs   []TypeID // the identity of each of Defs, as far as they were interned
	Store *TypeStore
}

// Extend interns g, the group that follows those interned before. Supertypes that
// are not defined before the type that names them are taken as absent, so that
// hierarchies are finite even for an invalid module.
func (t *TypeSpace) Extend(g RecGroup) {
	s := t.Store
	s.key = t.appendGroup(s.key[:0], g)
	first, known := s.groups[string(s.key)]
	if !known {
		first = TypeID(len(s.types))
		s.groups[string(s.key)] = first
	}
	for i := range g.Len {
		t.IDs = append(t.IDs, first+TypeID(i))
		if known {
			continue
		}
		def := &t.Defs[g.Start+i]
		st := storedType{kind: def.Kind}
		if len(def.Supers) > 0 && def.Supers[0] < g.Start+i {
			st.super = t.IDs[def.Supers[0]]
			st.depth = s.types[st.super].depth + 1
		}
		s.types = append(s.types, st)
	}
}

// appendGroup appends the shape of g: equal for equivalent groups only.
func (t *TypeSpace) appendGroup(b []byte, g RecGroup) []byte {
	for i := range g.Len {
		def := &t.Defs[g.Start+i]
		final := byte(0)
		if def.Final {
			final = 1
		}
		b = append(b, byte(def.Kind), final)
		b = binary.AppendUvarint(b, uint64(len(def.Supers)))
		for _, x := range def.Supers {
			b = t.appendIndex(b, g, x)
		}
		switch def.Kind {
		case CompFunc:
			b = t.appendTypes(b, g, def.Func.Params)
			b = t.appendTypes(b, g, def.Func.Results)
		default:
			b = binary.AppendUvarint(b, uint64(len(def.Fields)))
			for _, f := range def.Fields {
				mut := byte(0)
				if f.Mutable {
					mut = 1
				}
				b = t.appendType(append(b, mut), g, f.Type)
			}
		}
	}
	return b
}

func (t *TypeSpace) appendTypes(b []byte, g RecGroup, types []ValType) []byte {
	b = binary.AppendUvarint(b, uint64(len(types)))
	for _, v := range types {
		b = t.appendType(b, g, v)
	}
	return b
}

func (t *TypeSpace) appendType(b []byte, g RecGroup, v ValType) []byte {
	b = append(b, byte(v))
	switch h := v.Heap(); {
	case !v.IsRef():
		return b
	case h.IsIndex():
		return t.appendIndex(b, g, uint32(h))
	default:
		return append(b, byte(-h))
	}
}

// Marks of type indices in the shape of a group; the codes of abstract heap types
// are larger.
const (
	indexWithin byte = iota
	indexBefore
	indexBeyond
)

func (t *TypeSpace) appendIndex(b []byte, g RecGroup, x uint32) []byte {
	switch {
	case x < g.Start:
		return binary.AppendUvarint(append(b, indexBefore), uint64(t.IDs[x]))
	case x-g.Start < g.Len:
		return binary.AppendUvarint(append(b, indexWithin), uint64(x-g.Start))
	default:
		return binary.AppendUvarint(append(b, indexBeyond), uint64(x))
	}
}
