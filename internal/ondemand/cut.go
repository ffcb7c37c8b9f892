// Package ondemand cuts a module into pieces, so that its functions are translated or
// compiled when they are first called. All pieces are modules that can be encoded and given
// to any engine:
//
//   - the shell, in which every function makes itself be translated: for an interpreter in
//     which the body of a function can be replaced;
//   - a single function, in the index spaces of the shell, to be that body;
//   - the core, which has everything of the module but its functions, and calls these by a
//     table: for an engine in which code that is compiled apart can work on an instance;
//   - stubs, by which functions ask for themselves that are not compiled;
//   - groups of functions, with all that the core has but its functions, to be compiled and
//     never instantiated.
//
// A function calls those of its own group as it did in the module, unless they are large, and all others by the table.
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
	Need       = "need"          // imported by [Cut.Caller] and [Cut.Stubs]: the function of that number is wanted

	all = "all" // the table of all functions
)

// Cut is a module that is cut into pieces. One goroutine at a time uses it; there may be several
// of a module.
type Cut struct {
	module   *wasm.Module
	source   Bodies
	imported uint32 // functions
	tables   uint32
	need     uint32 // type of the function that is asked
	frame    wasm.Module
	vacant   []wasm.Global // see the function of that name
	reader   wasm.Reader
	scratch  []byte // for bodies
	piece    []byte // for instructions

	// Called, unless nil, is told of the functions of the module's own that one of those
	// in a piece names, as they come.
	Called func(i uint32)
}

// Bodies has bodies made when they are asked for, each of function i of a module's own; with traced, they say where their
// instructions come from, see [wasm.Origins]. One goroutine at a time asks.
type Bodies interface {
	Body(i uint32, traced bool) (wasm.Body, error)
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
	if slices.ContainsFunc(m.Imports, func(im wasm.Import) bool { return im.Kind != wasm.ExternFunc }) ||
		slices.ContainsFunc(m.Globals, func(g wasm.Global) bool { return g.Type.Type.IsRef() }) {
		return false
	}
	for n := range m.Elems {
		if _, _, ok := elements(&m.Elems[n]); !ok {
			return false
		}
	}
	if !m.Datas.Plain() && !allPlaced(m.Datas) {
		return false
	}
	if slices.ContainsFunc(m.Exports, func(e wasm.Export) bool { return strings.HasPrefix(e.Name, Core) }) {
		return false
	}
	return !slices.ContainsFunc(m.Types, func(t wasm.SubType) bool { return t.Kind != wasm.CompFunc || len(t.Supers) > 0 })
}

// allPlaced reports whether all of the segments are active, at an offset that is a number.
func allPlaced(d wasm.DataSegments) bool {
	for _, s := range d.All() {
		if _, ok := offsetOf(s.Offset); !ok || s.Mode != wasm.Active {
			return false
		}
	}
	return true
}

// SameSpaces reports whether code of the first n functions of a's own can take the place of those of b, where both have been made of one
// module, which has n functions, and b has been cut: what they have in common is at the same place of each index space, and functions
// have the same types. The types of b's own module come first in both.
func SameSpaces(a, b *wasm.Module, n int) bool {
	return len(a.Funcs) >= n && len(b.Funcs) >= n && slices.Equal(a.Funcs[:n], b.Funcs[:n]) && len(a.Imports) == len(b.Imports) &&
		len(a.Memories) == len(b.Memories) && len(a.Globals) == len(b.Globals) && len(a.Tables) == len(b.Tables) && len(a.Tags) == len(b.Tags)
}

// elements is what the segment s puts into a table, and where: functions, or null. It puts
// nothing there if it is not active.
func elements(s *wasm.ElemSegment) (list []uint32, at uint64, ok bool) {
	if s.Mode != wasm.Active {
		return nil, 0, true
	}
	if at, ok = offsetOf(s.Offset); !ok || s.Flags&4 == 0 {
		return s.Funcs, at, ok
	}
	for _, e := range s.Exprs {
		r := wasm.NewReader(e.Code, e.Offset, wasm.Wasm3)
		var in wasm.Instr
		if err := r.Next(&in); err != nil {
			return nil, 0, false
		}
		switch in.Op {
		case wasm.OpRefFunc:
			list = append(list, in.X)
		case wasm.OpRefNull:
			list = append(list, null)
		default:
			return nil, 0, false
		}
	}
	return list, at, true
}

// null stands for no function.
const null = 1<<32 - 1

// Elements calls set for each element that segments put into a table, in their order: element k
// of table x is the element entry of the table of all functions, or null, for which entry is
// negative.
func (c *Cut) Elements(set func(x uint32, k uint64, entry int)) {
	for n := range c.module.Elems {
		s := &c.module.Elems[n]
		list, at, _ := elements(s)
		for k, f := range list {
			entry := -1
			if f != null {
				entry = int(c.entry(f))
			}
			set(s.Table, at+uint64(k), entry)
		}
	}
}

// entry is the element of the table of all functions that is function f: those of the module's
// own come first.
func (c *Cut) entry(f uint32) uint32 {
	if f >= c.imported {
		return f - c.imported
	}
	return uint32(len(c.module.Funcs)) + f
}

// Table is the table of all functions.
func (c *Cut) Table() uint32 { return c.tables }

// Kind is the type of function i of the module's own.
func (c *Cut) Kind(i uint32) uint32 { return c.module.Funcs[i] }

// offsetOf is the offset of a segment, if it is nothing but a number.
func offsetOf(e wasm.Expr) (uint64, bool) {
	return wasm.IntegerConstant(e, wasm.Wasm3, func(uint32) (uint64, bool) { return 0, false })
}

// New cuts m, which is [Possible], or is made by a pass of a module that is. Its bodies are those of source, unless that is nil.
func New(m *wasm.Module, source Bodies) *Cut {
	c := &Cut{
		module: m, source: source, imported: m.ImportedCount(wasm.ExternFunc), tables: uint32(len(m.Tables)), need: uint32(len(m.Types)),
		vacant: slices.Clip(vacant(m)),
	}
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

// Size is how many bytes the body of function i of its own has, as the module has it.
func (c *Cut) Size(i uint32) int { return len(c.module.Bodies[i].Code) }

// large is the size of the body of a function, in bytes, from which it may take out of all
// proportion to be compiled.
const large = 16 << 10

// Large is the module with the bodies of its large functions only.
func (c *Cut) Large() (*wasm.Module, error) {
	m := *c.module
	m.Datas, m.Customs = wasm.DataSegments{}, nil
	m.Bodies = slices.Clone(m.Bodies)
	for i := range m.Bodies {
		if len(m.Bodies[i].Code) < large {
			m.Bodies[i] = wasm.Body{Code: []byte{0, 0x00, 0x0B}} // unreachable
			continue
		}
		var err error
		if m.Bodies[i], err = c.body(uint32(i), false); err != nil {
			return nil, err
		}
	}
	return &m, nil
}

// body is the body of function i of the module's own.
func (c *Cut) body(i uint32, traced bool) (wasm.Body, error) {
	if c.source != nil {
		return c.source.Body(i, traced)
	}
	return c.module.Bodies[i], nil
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

// exported is the name by which a shell or core exports what is called name here.
func exported(name string) string { return Core + "." + name }

// tableType is that of a table of all functions.
func (c *Cut) tableType() wasm.TableType {
	n := uint64(len(c.module.Funcs)) + uint64(c.imported) + 1 // what [Cut.Caller] puts there
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
// in the table of all functions of what it imports from [Core], where the shell finds it, which
// imports nothing that the module does not.
func (c *Cut) Caller() *wasm.Module {
	return &wasm.Module{
		Types:     []wasm.SubType{c.frame.Types[c.need]},
		RecGroups: []wasm.RecGroup{{Len: 1}},
		Imports: []wasm.Import{
			{Module: HostModule, Name: Need, Kind: wasm.ExternFunc},
			{Module: Core, Name: exported(all), Kind: wasm.ExternTable, Table: c.tableType()},
		},
		Elems: []wasm.ElemSegment{segment(0, c.last(), []uint32{0})},
	}
}

// last is the last element of the table of all functions: [Need].
func (c *Cut) last() uint32 { return uint32(len(c.module.Funcs)) + c.imported }

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
