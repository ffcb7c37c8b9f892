package wasm

// Spaces is a module with its index spaces as lists, for what looks types up at every
// instruction: methods of the same names of [Module] search the imports each time.
type Spaces struct {
	*Module
	funcs    []uint32
	tables   []TableType
	memories []MemoryType
	globals  []GlobalType
}

// Spaces lists the index spaces of m as they are now.
func (m *Module) Spaces() *Spaces {
	s := &Spaces{Module: m}
	for i := range m.Imports {
		switch im := &m.Imports[i]; im.Kind {
		case ExternFunc:
			s.funcs = append(s.funcs, im.Type)
		case ExternTable:
			s.tables = append(s.tables, im.Table)
		case ExternMemory:
			s.memories = append(s.memories, im.Memory)
		case ExternGlobal:
			s.globals = append(s.globals, im.Global)
		}
	}
	s.funcs = append(s.funcs, m.Funcs...)
	for i := range m.Tables {
		s.tables = append(s.tables, m.Tables[i].Type)
	}
	s.memories = append(s.memories, m.Memories...)
	for i := range m.Globals {
		s.globals = append(s.globals, m.Globals[i].Type)
	}
	return s
}

// TypeIndexOf is the type index of the function f.
func (s *Spaces) TypeIndexOf(f uint32) uint32 { return s.funcs[f] }

// FuncTypeOf is the type of the function f.
func (s *Spaces) FuncTypeOf(f uint32) *FuncType { return &s.Types[s.funcs[f]].Func }

// TableTypeOf is the type of the table t.
func (s *Spaces) TableTypeOf(t uint32) TableType { return s.tables[t] }

// MemoryTypeOf is the type of the memory i.
func (s *Spaces) MemoryTypeOf(i uint32) MemoryType { return s.memories[i] }

// GlobalTypeOf is the type of the global g.
func (s *Spaces) GlobalTypeOf(g uint32) GlobalType { return s.globals[g] }

// Arity is [Module.Arity].
func (s *Spaces) Arity(in *Instr) (pops, pushes int, leaves bool) {
	if in.Op == OpCall {
		f := s.FuncTypeOf(in.X)
		return len(f.Params), len(f.Results), false
	}
	return s.Module.Arity(in)
}
