package wasm

// TypeIndexOf is the type index of the function f, imported or own. It panics if
// f is out of range, which validation excludes.
func (m *Module) TypeIndexOf(f uint32) uint32 {
	for i := range m.Imports {
		if m.Imports[i].Kind != ExternFunc {
			continue
		}
		if f == 0 {
			return m.Imports[i].Type
		}
		f--
	}
	return m.Funcs[f]
}

// FuncTypeOf is the type of the function f, as TypeIndexOf finds it.
func (m *Module) FuncTypeOf(f uint32) *FuncType { return &m.Types[m.TypeIndexOf(f)].Func }

// TableTypeOf is the type of the table t, imported or own.
func (m *Module) TableTypeOf(t uint32) TableType {
	for i := range m.Imports {
		if m.Imports[i].Kind != ExternTable {
			continue
		}
		if t == 0 {
			return m.Imports[i].Table
		}
		t--
	}
	return m.Tables[t].Type
}

// MemoryTypeOf is the type of the memory i, imported or own.
func (m *Module) MemoryTypeOf(i uint32) MemoryType {
	for j := range m.Imports {
		if m.Imports[j].Kind != ExternMemory {
			continue
		}
		if i == 0 {
			return m.Imports[j].Memory
		}
		i--
	}
	return m.Memories[i]
}

// GlobalTypeOf is the type of the global g, imported or own.
func (m *Module) GlobalTypeOf(g uint32) GlobalType {
	for i := range m.Imports {
		if m.Imports[i].Kind != ExternGlobal {
			continue
		}
		if g == 0 {
			return m.Imports[i].Global
		}
		g--
	}
	return m.Globals[g].Type
}

// SharesMemory reports whether m defines a memory that threads may share.
func (m *Module) SharesMemory() bool {
	for i := range m.Memories {
		if m.Memories[i].Limits.Shared {
			return true
		}
	}
	return false
}

// PageSize is the unit in which memories grow, in bytes (core 4.2.8).
const PageSize = 65536
