// Package ondemand cuts a module into pieces, so that its functions are translated or
// compiled when they are first called. All pieces are modules that can be encoded and given
// to any engine:
//
//   - the shell, in which every function makes itself be translated: for an interpreter in
//     which the body of a function can be replaced;
//   - a single function, in the index spaces of the shell, to be that body;
//   - the core, in which the functions that are named have their bodies, and every other
//     goes on in a late one, which is asked for when there is none;
//   - a late function, that imports from the core what it uses.
//
// Shell and core have the index spaces of the module itself, with functions, tables and
// types appended: whatever names a function goes on naming it.
package ondemand

import (
	"slices"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// Names by which pieces export and import what they share.
const (
	Core       = "wazedge:core"  // module name of the core and the shell
	HostModule = "wazedge:first" // module name of Need
	Need       = "need"          // imported by [Cut.Caller]: the function of that number is wanted
	All        = "all"           // the table of all functions
	Made       = "made"          // the table of late functions, null where there is none

	memory = "memory"
	global = "global" // and its index
	table  = "table"  // and its index
)

// Cut is a module that is cut into pieces. One goroutine at a time uses it.
type Cut struct {
	module   *wasm.Module
	spaces   *wasm.Spaces
	imported uint32 // functions
	tables   uint32
	need     uint32 // type of the function that is asked
	frame    wasm.Module
	reader   wasm.Reader
	scratch  []byte // for bodies
	piece    []byte // for instructions
}

// proposals are those that a module may make use of: with others, instructions name what
// pieces do not have in common, or functions stand in places that pieces do not fill.
const proposals = wasm.Wasm2 | wasm.ExtendedConst

// maxPages is the size of the largest memory that compiled code knows the length of.
const maxPages = 65535

// Possible reports whether m, which is valid, uses the proposals uses and has the
// instructions ops, can be cut: it is one that no pass changes but those that look at one
// function at a time, imports functions and nothing else, and no instruction uses a segment.
func Possible(m *wasm.Module, uses wasm.Features, ops *validate.OpSet) bool {
	if uses&^proposals != 0 || m.Start != nil || len(m.Memories) != 1 || m.Memories[0].Limits.Shared || m.Memories[0].Limits.Min > maxPages || len(m.Tags) > 0 || len(m.Bodies) == 0 {
		return false
	}
	for _, op := range []wasm.Op{wasm.OpMemoryInit, wasm.OpDataDrop, wasm.OpTableInit, wasm.OpElemDrop, wasm.OpTableGrow} {
		if ops.Has(op) {
			return false
		}
	}
	if slices.ContainsFunc(m.Imports, func(im wasm.Import) bool { return im.Kind != wasm.ExternFunc }) {
		return false
	}
	for _, s := range m.Datas.All() {
		if s.Mode != wasm.Active {
			return false
		}
		if _, ok := offsetOf(s.Offset); !ok {
			return false
		}
	}
	if slices.ContainsFunc(m.Exports, func(e wasm.Export) bool { return strings.HasPrefix(e.Name, Core) }) {
		return false
	}
	return !slices.ContainsFunc(m.Types, func(t wasm.SubType) bool { return t.Kind != wasm.CompFunc || len(t.Supers) > 0 })
}

// offsetOf is the offset of a segment, if it is nothing but a number.
func offsetOf(e wasm.Expr) (uint64, bool) {
	return wasm.IntegerConstant(e, wasm.Wasm3, func(uint32) (uint64, bool) { return 0, false })
}

// New cuts m, which is [Possible].
func New(m *wasm.Module) *Cut {
	c := &Cut{module: m, spaces: m.Spaces(), imported: m.ImportedCount(wasm.ExternFunc), tables: uint32(len(m.Tables)), need: uint32(len(m.Types))}
	c.frame = wasm.Module{
		Types:     append(slices.Clip(m.Types), funcType([]wasm.ValType{wasm.I32})),
		RecGroups: append(slices.Clip(m.RecGroups), wasm.RecGroup{Start: c.need, Len: 1}),
		Imports:   m.Imports,
		Memories:  m.Memories,
	}
	c.frame.Types, c.frame.RecGroups = slices.Clip(c.frame.Types), slices.Clip(c.frame.RecGroups)
	return c
}

func funcType(params []wasm.ValType) wasm.SubType {
	return wasm.SubType{Kind: wasm.CompFunc, Func: wasm.FuncType{Params: params}, Final: true}
}

// Functions is how many functions of its own the module has.
func (c *Cut) Functions() int { return len(c.module.Bodies) }

// Imported is how many functions it imports: the index of the first of its own.
func (c *Cut) Imported() uint32 { return c.imported }

// Size is how many bytes the body of function i of its own has.
func (c *Cut) Size(i uint32) int { return len(c.module.Bodies[i].Code) }

// large is the size of the body of a function, in bytes, from which it may take out of all
// proportion to be compiled.
const large = 16 << 10

// Large is the module with the bodies of its large functions only.
func (c *Cut) Large() *wasm.Module {
	m := *c.module
	m.Datas, m.Customs = wasm.DataSegments{}, nil
	m.Bodies = slices.Clone(m.Bodies)
	for i := range m.Bodies {
		if len(m.Bodies[i].Code) < large {
			m.Bodies[i] = wasm.Body{Code: []byte{0, 0x00, 0x0B}} // unreachable
		}
	}
	return &m
}

// Fill puts what the data segments say into memory, and reports whether there is room: no
// piece has the segments.
func (c *Cut) Fill(memory []byte) bool {
	for _, s := range c.module.Datas.All() {
		at, _ := offsetOf(s.Offset)
		if at > uint64(len(memory)) || uint64(len(s.Init)) > uint64(len(memory))-at {
			return false
		}
		copy(memory[at:], s.Init)
	}
	return true
}

// whole is the module without its bodies and data, with further tables of functions of the
// names in list, which have an element for each function and one more. All functions are in
// the first.
func (c *Cut) whole(list ...string) *wasm.Module {
	m := c.frame
	m.Funcs, m.Globals, m.Elems, m.Exports = c.module.Funcs, c.module.Globals, slices.Clip(c.module.Elems), slices.Clip(c.module.Exports)
	m.Tables = slices.Clip(c.module.Tables)
	for k, name := range list {
		m.Exports = append(m.Exports, wasm.Export{Name: exported(name), Kind: wasm.ExternTable, Index: c.tables + uint32(k)})
		m.Tables = append(m.Tables, wasm.Table{Type: c.tableType()})
	}
	all := make([]uint32, len(c.module.Funcs))
	for i := range all {
		all[i] = c.imported + uint32(i)
	}
	m.Elems = append(m.Elems, segment(c.tables, 0, all))
	return &m
}

// exported is the name by which a shell or core exports what is called name here.
func exported(name string) string { return Core + "." + name }

// tableType is that of a table of all functions.
func (c *Cut) tableType() wasm.TableType {
	n := uint64(len(c.module.Funcs)) + 1 // what [Cut.Caller] puts there
	return wasm.TableType{Elem: wasm.FuncRef, Limits: wasm.Limits{Min: n, Max: n, HasMax: true}}
}

// segment is one that puts the functions list into a table.
func segment(table, at uint32, list []uint32) wasm.ElemSegment {
	var e wasm.Emitter
	e.I32(int32(at))
	e.End()
	return wasm.ElemSegment{Flags: 2, Mode: wasm.Active, Table: table, Offset: wasm.Expr{Code: e.Code}, Type: wasm.FuncRef, Funcs: list}
}

// Caller is a module that imports [Need] from [HostModule], and puts it behind the functions
// in the table [All] of what it imports from [Core], where shell and core find it. They import
// nothing that the module does not.
func (c *Cut) Caller() *wasm.Module {
	return &wasm.Module{
		Types:     []wasm.SubType{c.frame.Types[c.need]},
		RecGroups: []wasm.RecGroup{{Len: 1}},
		Imports: []wasm.Import{
			{Module: HostModule, Name: Need, Kind: wasm.ExternFunc},
			{Module: Core, Name: exported(All), Kind: wasm.ExternTable, Table: c.tableType()},
		},
		Elems: []wasm.ElemSegment{segment(0, uint32(len(c.module.Funcs)), []uint32{0})},
	}
}

// ask writes that function i is wanted; index leaves i on the stack.
func (c *Cut) ask(e *wasm.Emitter, index func()) {
	index()
	e.I32(int32(len(c.module.Funcs)))
	e.XY(wasm.OpCallIndirect, c.need, c.tables)
}

// parameters writes those of a function of type t.
func (c *Cut) parameters(e *wasm.Emitter, t uint32) {
	for p := range c.module.Types[t].Func.Params {
		e.X(wasm.OpLocalGet, uint32(p))
	}
}

// bodies are the bodies of n functions, each written by write behind its locals.
func bodies(n, rough int, write func(e *wasm.Emitter, i int)) []wasm.Body {
	list := make([]wasm.Body, n)
	e := wasm.Emitter{Code: make([]byte, 0, rough*n)}
	ends := make([]int, n)
	for i := range list {
		e.Code = append(e.Code, 0) // locals
		write(&e, i)
		e.End()
		ends[i] = len(e.Code)
	}
	at := 0
	for i, end := range ends {
		list[i].Code = e.Code[at:end:end]
		at = end
	}
	return list
}
