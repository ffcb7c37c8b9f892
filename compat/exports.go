package compat

import (
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/hosts"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/reach"
	"github.com/wazedge/wazedge/internal/stack"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Memory is an exported linear memory.
type Memory struct {
	engine *engine.Instance // that holds it
	typ    MemoryType
}

// Memory is the exported memory name, and whether there is one.
func (i *Instance) Memory(name string) (*Memory, bool) {
	x, ok := i.linked.Module.Exported(wasm.ExternMemory, name)
	if !ok {
		return nil, false
	}
	return &Memory{i.linked.MemoryHolder(name), i.linked.Module.MemoryTypeOf(x)}, true
}

// MemoryAt is memory x of i, if that is exported or the first.
func (i *Instance) MemoryAt(x uint32) (*Memory, bool) {
	held := i.linked.MemoryAt(x)
	if held == nil {
		return nil, false
	}
	return &Memory{held, i.linked.Module.MemoryTypeOf(x)}, true
}

// Type is the type that the module declares.
func (m *Memory) Type() MemoryType { return m.typ }

// Bytes is all of m as it is now, without a copy: it is good until the guest runs, or m
// grows. Of a memory of 4 GiB, the last byte is missing.
func (m *Memory) Bytes() []byte { return m.engine.Memory() }

// Pages is the present size, in pages of 64 KiB.
func (m *Memory) Pages() uint64 { return m.engine.MemoryPages() }

// Read is a copy of n bytes at an address, and whether they are all within m.
func (m *Memory) Read(address, n uint64) ([]byte, bool) {
	all := m.Bytes()
	if address > uint64(len(all)) || n > uint64(len(all))-address {
		return nil, false
	}
	return append([]byte(nil), all[address:][:n]...), true
}

// Write copies b to an address, if there is room for all of it.
func (m *Memory) Write(address uint64, b []byte) bool {
	all := m.Bytes()
	if address > uint64(len(all)) || uint64(len(b)) > uint64(len(all))-address {
		return false
	}
	copy(all[address:], b)
	return true
}

// Grow grows m by pages, and returns its size before, or false where it may not grow.
func (m *Memory) Grow(pages uint32) (before uint64, ok bool) { return m.engine.GrowMemory(pages) }

// Global is an exported global.
type Global struct {
	instance *link.Instance
	name     string
	typ      GlobalType
}

// Global is the exported global name, and whether there is one.
func (i *Instance) Global(name string) (*Global, bool) {
	x, ok := i.linked.Module.Exported(wasm.ExternGlobal, name)
	if !ok {
		return nil, false
	}
	if _, ok := i.linked.Engine.Global(name); !ok {
		return nil, false
	}
	return &Global{i.linked, name, i.linked.Module.GlobalTypeOf(x)}, true
}

// Type is the type of g.
func (g *Global) Type() GlobalType { return g.typ }

// Get is the present value.
func (g *Global) Get() value.Value {
	if g.typ.Type == V128 {
		return reach.Vector(g.instance, g.name, g.typ)
	}
	v, _ := g.instance.Global(g.name, g.typ.Type)
	return v
}

// Set changes the value, and reports whether that could be done: g is mutable, and v of its
// type.
func (g *Global) Set(v value.Value) bool {
	if !g.typ.Mutable || g.instance.Closed() || v.Kind != KindOf(g.typ.Type, g.instance.Types()) {
		return false
	}
	if v.Kind == value.V128 {
		return reach.SetVector(g.instance, g.name, g.typ, v)
	}
	cell, ok := g.instance.Engine.Cell(g.name)
	if !ok {
		return false
	}
	values := []uint64{0, 0}
	if err := stack.Put(values, []value.Value{v}, g.instance.Heap); err != nil {
		return false
	}
	cell.Set(values[0])
	return true
}

// Table is an exported table.
type Table struct {
	instance *link.Instance
	name     string
	index    uint32
	typ      TableType
}

// Table is the exported table name, and whether there is one.
func (i *Instance) Table(name string) (*Table, bool) {
	x, ok := i.linked.Module.Exported(wasm.ExternTable, name)
	if !ok {
		return nil, false
	}
	return &Table{i.linked, name, x, i.linked.Module.TableTypeOf(x)}, true
}

// Type is the type that the module declares.
func (t *Table) Type() TableType { return t.typ }

// Len is the present number of elements.
func (t *Table) Len() uint64 { return t.instance.TableLen(t.name, t.index) }

// Get is element n, and whether there is one that can be told: those of a module whose
// tables lowering has made objects of cannot.
func (t *Table) Get(n uint64) (value.Value, bool) {
	elements := t.elements()
	if n >= uint64(len(elements)) {
		return value.Value{}, false
	}
	v := value.Value{Kind: KindOf(t.typ.Elem, t.instance.Types()), Lo: uint64(elements[n])}
	v.Null = v.Lo == 0
	return v, true
}

// Set changes element n to the reference v, and reports whether that could be done. A
// function is one that an instance of the same store has given.
func (t *Table) Set(n uint64, v value.Value) bool {
	elements := t.elements()
	if n >= uint64(len(elements)) || v.Kind != KindOf(t.typ.Elem, t.instance.Types()) {
		return false
	}
	if v.Null {
		v.Lo = 0
	}
	elements[n] = uintptr(v.Lo)
	return true
}

// Grow grows t by n null references, and returns its size before, or false where it may not
// grow.
func (t *Table) Grow(n uint64) (before uint64, ok bool) {
	before = t.Len()
	return before, reach.GrowTable(t.instance, t.name, t.typ, before, n)
}

func (t *Table) elements() []uintptr {
	if t.instance.Heap != nil || t.instance.Closed() {
		return nil
	}
	return t.instance.Engine.Table(t.index)
}

// Export is what a module exports: Kind tells which of the types it has.
type Export struct {
	Name   string
	Kind   ExternKind
	Func   FuncType
	Table  TableType
	Memory MemoryType
	Global GlobalType
	Tag    FuncType
}

// Import is what a module imports, from Module.
type Import struct {
	Module string
	Export
}

// ExternKind is a kind of imports and exports.
type ExternKind = wasm.ExternKind

// The kinds of imports and exports.
const (
	ExternFunc   = wasm.ExternFunc
	ExternTable  = wasm.ExternTable
	ExternMemory = wasm.ExternMemory
	ExternGlobal = wasm.ExternGlobal
	ExternTag    = wasm.ExternTag
)

// Exports are what m exports, in the order of the module.
func (m *Module) Exports() []Export { return exportsOf(m.linked.Decoded()) }

// Exports are what i exports, in the order of the module.
func (i *Instance) Exports() []Export { return exportsOf(i.linked.Module) }

func exportsOf(m *wasm.Module) []Export {
	list := make([]Export, len(m.Exports))
	for n := range m.Exports {
		e := &m.Exports[n]
		list[n] = Export{Name: e.Name, Kind: e.Kind}
		switch e.Kind {
		case wasm.ExternFunc:
			list[n].Func = *m.FuncTypeOf(e.Index)
		case wasm.ExternTable:
			list[n].Table = m.TableTypeOf(e.Index)
		case wasm.ExternMemory:
			list[n].Memory = m.MemoryTypeOf(e.Index)
		case wasm.ExternGlobal:
			list[n].Global = m.GlobalTypeOf(e.Index)
		case wasm.ExternTag:
			list[n].Tag = *m.TagTypeOf(e.Index)
		}
	}
	return list
}

// Imports are what m imports, in the order of the module.
func (m *Module) Imports() []Import {
	decoded := m.linked.Decoded()
	list := make([]Import, len(decoded.Imports))
	for n := range decoded.Imports {
		im := &decoded.Imports[n]
		list[n] = Import{im.Module, Export{Name: im.Name, Kind: im.Kind, Table: im.Table, Memory: im.Memory, Global: im.Global}}
		switch im.Kind {
		case wasm.ExternFunc:
			list[n].Func = decoded.Types[im.Type].Func
		case wasm.ExternTag:
			list[n].Tag = decoded.Types[im.Type].Func
		}
	}
	return list
}

// BuiltIn are the functions of the module name that every store has, such as WASI; none
// where there is no such module.
func BuiltIn(name string) []Export {
	functions := hosts.Functions(name)
	list := make([]Export, len(functions))
	for n, f := range functions {
		list[n] = Export{Name: f.Name, Kind: ExternFunc, Func: f.Type}
	}
	return list
}

// Plugin is a plug-in by WasmEdge's name.
type Plugin = hosts.Plugin

// Plugins are the plug-ins that every store has, unless [Config.ForbiddenPlugins] names
// them, and those of WasmEdge that there are not.
func Plugins() []Plugin { return hosts.Plugins() }
