package wasm

import "slices"

// Imported is the import that index x of kind k is, or nil and the index among m's
// own.
func (m *Module) Imported(k ExternKind, x uint32) (im *Import, own uint32) {
	for i := range m.Imports {
		if m.Imports[i].Kind != k {
			continue
		}
		if x == 0 {
			return &m.Imports[i], 0
		}
		x--
	}
	return nil, x
}

// Exported is the index of the export of kind k and that name, and whether there is
// one.
func (m *Module) Exported(k ExternKind, name string) (uint32, bool) {
	if e := m.Export(name); e != nil {
		return e.Index, e.Kind == k
	}
	return 0, false
}

// Export is the export of that name, or nil.
func (m *Module) Export(name string) *Export {
	for i := range m.Exports {
		if e := &m.Exports[i]; e.Name == name {
			return e
		}
	}
	return nil
}

// ExportsByName are the exports of m, for whoever looks for many of them.
func (m *Module) ExportsByName() map[string]*Export {
	names := make(map[string]*Export, len(m.Exports))
	for i := range m.Exports {
		names[m.Exports[i].Name] = &m.Exports[i]
	}
	return names
}

// SharesName reports whether another import than n has the name of its module.
func (m *Module) SharesName(n int) bool {
	for other := range m.Imports {
		if other != n && m.Imports[other].Module == m.Imports[n].Module {
			return true
		}
	}
	return false
}

// ExportedFunc is the type of the exported function name, and whether there is one.
func (m *Module) ExportedFunc(name string) (FuncType, bool) {
	x, ok := m.Exported(ExternFunc, name)
	if !ok {
		return FuncType{}, false
	}
	return *m.FuncTypeOf(x), true
}

// TypeIndexOf is the type index of the function f, imported or own. It panics if
// f is out of range, which validation excludes.
func (m *Module) TypeIndexOf(f uint32) uint32 {
	im, own := m.Imported(ExternFunc, f)
	if im != nil {
		return im.Type
	}
	return m.Funcs[own]
}

// FuncTypeOf is the type of the function f, as TypeIndexOf finds it.
func (m *Module) FuncTypeOf(f uint32) *FuncType { return &m.Types[m.TypeIndexOf(f)].Func }

// TableTypeOf is the type of the table t, imported or own.
func (m *Module) TableTypeOf(t uint32) TableType {
	im, own := m.Imported(ExternTable, t)
	if im != nil {
		return im.Table
	}
	return m.Tables[own].Type
}

// MemoryTypeOf is the type of the memory i, imported or own.
func (m *Module) MemoryTypeOf(i uint32) MemoryType {
	im, own := m.Imported(ExternMemory, i)
	if im != nil {
		return im.Memory
	}
	return m.Memories[own]
}

// GlobalTypeOf is the type of the global g, imported or own.
func (m *Module) GlobalTypeOf(g uint32) GlobalType {
	im, own := m.Imported(ExternGlobal, g)
	if im != nil {
		return im.Global
	}
	return m.Globals[own].Type
}

// TagTypeOf is the type of the tag t, imported or own.
func (m *Module) TagTypeOf(t uint32) *FuncType {
	im, own := m.Imported(ExternTag, t)
	if im != nil {
		return &m.Types[im.Type].Func
	}
	return &m.Types[m.Tags[own]].Func
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

// HasSharedMemory reports whether m defines or imports a memory that threads may share.
func (m *Module) HasSharedMemory() bool {
	return m.SharesMemory() || slices.ContainsFunc(m.Imports, func(im Import) bool {
		return im.Kind == ExternMemory && im.Memory.Limits.Shared
	})
}

// PageSize is the unit in which memories grow, in bytes (core 4.2.8).
const PageSize = 65536
