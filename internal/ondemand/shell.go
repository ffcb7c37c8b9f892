package ondemand

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Shell is the module with functions that ask for themselves and then call themselves: who
// is asked replaces the body by that of [Cut.Single].
func (c *Cut) Shell() *wasm.Module {
	m := c.frame
	m.Funcs, m.Globals, m.Elems, m.Exports = c.module.Funcs, c.module.Globals, slices.Clip(c.module.Elems), slices.Clip(c.module.Exports)
	m.Tables = append(slices.Clip(c.module.Tables), wasm.Table{Type: c.tableType()})
	m.Exports = append(m.Exports, c.export())
	own, imported := make([]uint32, len(m.Funcs)), make([]uint32, c.imported)
	for i := range own {
		own[i] = c.imported + uint32(i)
	}
	for f := range imported {
		imported[f] = uint32(f)
	}
	m.Elems = append(m.Elems, segment(c.tables, 0, own), segment(c.tables, uint32(len(own)), imported))
	m.Bodies = bodies(len(m.Funcs), 24, func(e *wasm.Emitter, i int) {
		e.I32(int32(i))
		e.I32(int32(c.last()))
		e.XY(wasm.OpCallIndirect, c.need, c.tables)
		c.parameters(e, m.Funcs[i])
		e.X(wasm.OpCall, c.imported+uint32(i))
	})
	return &m
}

// export is the table of all functions.
func (c *Cut) export() wasm.Export {
	return wasm.Export{Name: exported(all), Kind: wasm.ExternTable, Index: c.tables}
}

// Single is a module of function i of the module's own alone, with the body that it has in a
// shell: what it names are the shell's entries, and it calls by the table of all functions.
// The module is good for being translated, and not for being instantiated, and valid until
// the next piece is made. Of imports and globals it has no more than it needs, as reading
// them takes as long as translating a small function.
func (c *Cut) Single(i uint32) (*wasm.Module, error) {
	m := c.surroundings()
	p := piece{cut: c}
	body, err := p.body(i, false)
	if err != nil {
		return nil, err
	}
	m.Funcs, m.Bodies = []uint32{c.module.Funcs[i]}, []wasm.Body{body}
	m.Globals = m.Globals[:p.globals]
	if !p.imported {
		m.Imports = nil
	}
	p.use(c.module.Funcs[i])
	p.leave(m)
	return m, nil
}

// surroundings are what all functions of the module see, with values that name nothing.
func (c *Cut) surroundings() *wasm.Module {
	m := c.frame
	m.Globals = c.vacant
	m.Tables = append(append([]wasm.Table(nil), c.module.Tables...), wasm.Table{Type: c.tableType()})
	return &m
}

// vacant are the globals of m, each with a value that names nothing.
func vacant(m *wasm.Module) []wasm.Global {
	list := make([]wasm.Global, len(m.Globals))
	for n := range list {
		list[n].Type = m.Globals[n].Type
		list[n].Init = zero(list[n].Type.Type)
	}
	return list
}

// zero is the expression of the value of type t that has no bits.
func zero(t wasm.ValType) wasm.Expr {
	var e wasm.Emitter
	switch t {
	case wasm.I32:
		e.I32(0)
	case wasm.I64:
		e.I64(0)
	case wasm.F32:
		e.Op(wasm.OpF32Const)
	case wasm.F64:
		e.F64(0)
	case wasm.V128:
		e.Op(wasm.OpV128Const)
	default:
		e.Null(t.Heap())
	}
	e.End()
	return wasm.Expr{Code: e.Code}
}

// rewrite is the body of function i of the module's own, in which write has taken the place
// of the instructions for which it reports true. Its code is valid until rewrite is called
// again. With traced, it says where instructions come from.
func (c *Cut) rewrite(i uint32, traced bool, write func(e *wasm.Emitter, in *wasm.Instr) bool) (wasm.Body, error) {
	b, err := c.body(i, traced)
	if err != nil {
		return wasm.Body{}, err
	}
	r := &c.reader
	if _, err := b.Open(r, wasm.Wasm3|wasm.Threads, nil); err != nil {
		return wasm.Body{}, err
	}
	out, done := c.scratch[:0], 0
	e := wasm.Emitter{Code: c.piece}
	var origins *wasm.Origins
	if traced {
		origins = new(wasm.Origins)
	}
	var in wasm.Instr
	for r.More() {
		if err := r.Next(&in); err != nil {
			return wasm.Body{}, err
		}
		start := int(in.Offset - b.Offset)
		if traced {
			*origins = append(*origins, wasm.Origin{At: uint32(len(out) + start - done), From: b.Origin(in.Offset)})
		}
		e.Code = e.Code[:0]
		if write(&e, &in) {
			out = append(append(out, b.Code[done:start]...), e.Code...)
			done = int(r.Pos() - b.Offset)
		}
	}
	c.scratch, c.piece = append(out, b.Code[done:]...), e.Code
	return wasm.Body{Code: c.scratch, Origins: origins}, nil
}
