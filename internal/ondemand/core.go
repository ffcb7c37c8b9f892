package ondemand

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Core is the module without functions but for those that it exports, which call what they
// stand for by the table of all functions. Its tables are empty, see [Cut.Elements]; that of
// all functions has those only that the module imports.
func (c *Cut) Core() *wasm.Module {
	m := c.surroundings()
	m.Globals = c.module.Globals
	m.Exports = slices.Clone(c.module.Exports)
	thunks := map[uint32]uint32{}
	var of []uint32
	for n := range m.Exports {
		x := &m.Exports[n]
		if x.Kind != wasm.ExternFunc || x.Index < c.imported {
			continue
		}
		f := x.Index - c.imported
		if _, there := thunks[f]; !there {
			thunks[f] = c.imported + uint32(len(of))
			of = append(of, f)
			m.Funcs = append(m.Funcs, c.module.Funcs[f])
		}
		x.Index = thunks[f]
	}
	m.Exports = append(m.Exports, c.export())
	imported := make([]uint32, c.imported)
	for f := range imported {
		imported[f] = uint32(f)
	}
	if len(imported) > 0 {
		m.Elems = []wasm.ElemSegment{segment(c.tables, uint32(len(c.module.Funcs)), imported)}
	}
	m.Bodies = bodies(len(of), 16, func(e *wasm.Emitter, n int) {
		c.parameters(e, m.Funcs[n])
		e.I32(int32(of[n]))
		e.XY(wasm.OpCallIndirect, m.Funcs[n], c.tables)
	})
	return m
}

// Stubs is a module of functions, one for each type that one of the module's own has, that ask
// for the function whose number the first global is, and then call it by the table of all
// functions. They import [Need] from [HostModule], and the table from [Core]. Stub is the one
// that function i of the module's own needs.
func (c *Cut) Stubs() (m *wasm.Module, stub func(i int) int) {
	m = &wasm.Module{
		Types: c.frame.Types, RecGroups: c.frame.RecGroups,
		Imports: []wasm.Import{
			{Module: HostModule, Name: Need, Kind: wasm.ExternFunc, Type: c.need},
			{Module: Core, Name: exported(all), Kind: wasm.ExternTable, Table: c.tableType()},
		},
		// It can be changed, so that nothing is made of its value.
		Globals: []wasm.Global{{Type: wasm.GlobalType{Type: wasm.I32, Mutable: true}, Init: zero(wasm.I32)}},
	}
	places := map[uint32]int{}
	for _, t := range c.module.Funcs {
		if _, there := places[t]; !there {
			places[t] = len(m.Funcs)
			m.Funcs = append(m.Funcs, t)
		}
	}
	m.Bodies = bodies(len(m.Funcs), 32, func(e *wasm.Emitter, n int) {
		e.X(wasm.OpGlobalGet, 0)
		e.X(wasm.OpCall, 0)
		c.parameters(e, m.Funcs[n])
		e.X(wasm.OpGlobalGet, 0)
		e.XY(wasm.OpCallIndirect, m.Funcs[n], 0)
	})
	return m, func(i int) int { return places[c.module.Funcs[i]] }
}
