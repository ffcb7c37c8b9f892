package ondemand

import (
	"slices"
	"strconv"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Core is the module in which the functions for which has reports true have their bodies.
// Others ask for a late function unless there is one, and call it. Behind the functions of
// the module there are others.
func (c *Cut) Core(has func(i uint32) bool) *wasm.Module {
	m := c.whole(All, Made)
	m.Exports = append(m.Exports, wasm.Export{Name: exported(memory), Kind: wasm.ExternMemory})
	for n := range m.Globals {
		m.Exports = append(m.Exports, wasm.Export{Name: exported(numbered(global, uint32(n))), Kind: wasm.ExternGlobal, Index: uint32(n)})
	}
	for n := range c.module.Tables {
		m.Exports = append(m.Exports, wasm.Export{Name: exported(numbered(table, uint32(n))), Kind: wasm.ExternTable, Index: uint32(n)})
	}
	own := len(m.Funcs)
	m.Funcs = slices.Clip(m.Funcs)
	goers := map[uint32]uint32{} // by their types
	var of []uint32
	for i, t := range c.module.Funcs {
		if _, there := goers[t]; !there && !has(uint32(i)) {
			goers[t] = c.imported + uint32(own+len(of))
			of = append(of, t)
		}
	}
	m.Bodies = bodies(own+len(of), 16, func(e *wasm.Emitter, i int) {
		switch {
		case i >= own:
			c.goOn(e, of[i-own])
		case !has(uint32(i)):
			c.parameters(e, m.Funcs[i])
			e.I32(int32(i))
			e.X(wasm.OpCall, goers[m.Funcs[i]])
		}
	})
	for i := range c.module.Bodies {
		if has(uint32(i)) {
			m.Bodies[i] = wasm.Body{Code: c.module.Bodies[i].Code}
		}
	}
	for _, t := range of {
		f := c.module.Types[t].Func
		m.Funcs = append(m.Funcs, uint32(len(m.Types)))
		m.RecGroups = append(m.RecGroups, wasm.RecGroup{Start: uint32(len(m.Types)), Len: 1})
		m.Types = append(m.Types, wasm.SubType{
			Kind: wasm.CompFunc, Final: true,
			Func: wasm.FuncType{Params: append(slices.Clip(f.Params), wasm.I32), Results: f.Results},
		})
	}
	return m
}

// goOn writes the body of a function that takes the parameters of type t and the number of a
// function of that type, which it calls in its late form.
func (c *Cut) goOn(e *wasm.Emitter, t uint32) {
	number := uint32(len(c.module.Types[t].Func.Params))
	e.X(wasm.OpLocalGet, number)
	e.X(wasm.OpTableGet, c.tables+1)
	e.Op(wasm.OpRefIsNull)
	e.Block(wasm.OpIf)
	c.ask(e, func() { e.X(wasm.OpLocalGet, number) })
	e.End()
	c.parameters(e, t)
	e.X(wasm.OpLocalGet, number)
	e.XY(wasm.OpCallIndirect, t, c.tables+1)
}

// numbered is the name of entry n of a kind.
func numbered(kind string, n uint32) string { return kind + strconv.FormatUint(uint64(n), 10) }
