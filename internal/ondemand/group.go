package ondemand

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// replaced is the size of a body, in bytes, from which a function is called by the table in its own group, too. Next to what
// it does that takes nothing, and where other code takes its place, it is that which is called from then on.
const replaced = 2 << 10

// Group is a module of the functions list of the module's own, in that order, which has what
// the core has but for functions. With traced, its bodies say where their instructions come
// from; see [wasm.Origins].
func (c *Cut) Group(list []uint32, traced bool) (*wasm.Module, error) {
	m := c.surroundings()
	m.Traced = traced
	p := piece{cut: c, places: make(map[uint32]uint32, len(list))}
	for n, i := range list {
		if c.Size(i) < replaced {
			p.places[i] = c.imported + uint32(n)
		}
		p.use(c.module.Funcs[i])
		m.Funcs = append(m.Funcs, c.module.Funcs[i])
	}
	for _, i := range list {
		body, err := p.body(i, traced)
		if err != nil {
			return nil, err
		}
		body.Code = slices.Clone(body.Code)
		m.Bodies = append(m.Bodies, body)
	}
	p.leave(m)
	return m, nil
}

// piece is a module with functions of another one that is being made.
type piece struct {
	cut      *Cut
	types    []bool            // that are used
	globals  uint32            // how many of the first are enough
	imported bool              // a function that is imported is named
	places   map[uint32]uint32 // of functions of the module's own that are called where they are
}

// use says that type t is used.
func (p *piece) use(t uint32) {
	if p.types == nil {
		p.types = make([]bool, len(p.cut.frame.Types))
	}
	p.types[t] = true
}

// leave leaves the types in m that are used, where they are.
func (p *piece) leave(m *wasm.Module) {
	for n := range m.Imports {
		p.use(m.Imports[n].Type)
	}
	last := 0
	types := slices.Clone(m.Types)
	for t := range types {
		if p.types != nil && p.types[t] {
			last = t + 1
		} else {
			types[t] = funcType(nil) // which takes the engine less
		}
	}
	m.Types, m.RecGroups = types[:last], m.RecGroups[:last]
}

// body is the body of function i of the module's own.
func (p *piece) body(i uint32, traced bool) (wasm.Body, error) {
	c := p.cut
	return c.rewrite(i, traced, func(e *wasm.Emitter, in *wasm.Instr) bool {
		switch in.Op {
		case wasm.OpCallIndirect:
			p.use(in.X)
			return false
		case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
			if in.Block.Indexed {
				p.use(in.Block.Index)
			}
			return false
		case wasm.OpGlobalGet, wasm.OpGlobalSet:
			p.globals = max(p.globals, in.X+1)
			return false
		case wasm.OpCall, wasm.OpRefFunc:
			if in.X < c.imported {
				p.imported = true
				return false
			}
		default:
			return false
		}
		f := in.X - c.imported
		if c.Called != nil {
			c.Called(f)
		}
		at, here := p.places[f]
		switch {
		case in.Op == wasm.OpRefFunc:
			e.I32(int32(f))
			e.X(wasm.OpTableGet, c.tables)
		case here:
			e.X(wasm.OpCall, at)
		default:
			p.use(c.module.Funcs[f])
			e.I32(int32(f))
			e.XY(wasm.OpCallIndirect, c.module.Funcs[f], c.tables)
		}
		return true
	})
}
