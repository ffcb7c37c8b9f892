package ondemand

import "github.com/wazedge/wazedge/internal/wasm"

// Shell is the module with functions that ask for themselves and then call themselves: who
// is asked replaces the body by that of [Cut.Single].
func (c *Cut) Shell() *wasm.Module {
	m := c.whole(All)
	m.Bodies = bodies(len(m.Funcs), 24, func(e *wasm.Emitter, i int) {
		c.ask(e, func() { e.I32(int32(i)) })
		c.parameters(e, m.Funcs[i])
		e.X(wasm.OpCall, c.imported+uint32(i))
	})
	return m
}

// Single is a module of function i of the module's own alone, with the body that it has in a
// shell: what it names are the shell's entries, and it calls by the table of all functions.
// The module is good for being translated, and not for being instantiated, and valid until
// the next piece is made.
func (c *Cut) Single(i uint32) (*wasm.Module, error) {
	m := c.frame
	m.Funcs = []uint32{c.module.Funcs[i]}
	m.Globals = c.vacant()
	m.Tables = append(append([]wasm.Table(nil), c.module.Tables...), wasm.Table{Type: c.tableType()})
	for n := range m.Tables {
		m.Tables[n].Init = wasm.Expr{}
	}
	last := m.Funcs[0]
	for n := range m.Imports {
		last = max(last, m.Imports[n].Type)
	}
	body, err := c.rewrite(i, false, func(e *wasm.Emitter, in *wasm.Instr) bool {
		last = max(last, c.typeUsed(in))
		return c.byTable(e, in, c.tables, func(t uint32) uint32 { return t })
	})
	if err != nil {
		return nil, err
	}
	m.Bodies = []wasm.Body{body}
	m.Types, m.RecGroups = m.Types[:last+1], m.RecGroups[:last+1]
	return &m, nil
}

// typeUsed is the type that in refers to, also when it calls a function by its table; 0 for
// none.
func (c *Cut) typeUsed(in *wasm.Instr) uint32 {
	switch in.Op {
	case wasm.OpCall:
		return c.spaces.TypeIndexOf(in.X)
	case wasm.OpCallIndirect:
		return in.X
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
		if in.Block.Indexed {
			return in.Block.Index
		}
	}
	return 0
}

// byTable writes in as a use of the table of all functions, and reports whether it does: in
// is a call of, or a reference to, a function of the module's own. types says where the types
// of the module are.
func (c *Cut) byTable(e *wasm.Emitter, in *wasm.Instr, table uint32, types func(uint32) uint32) bool {
	if in.Op != wasm.OpCall && in.Op != wasm.OpRefFunc || in.X < c.imported {
		return false
	}
	f := in.X - c.imported
	e.I32(int32(f))
	if in.Op == wasm.OpCall {
		e.XY(wasm.OpCallIndirect, types(c.module.Funcs[f]), table)
	} else {
		e.X(wasm.OpTableGet, table)
	}
	return true
}

// vacant are the globals, each with a value that names nothing.
func (c *Cut) vacant() []wasm.Global {
	list := make([]wasm.Global, len(c.module.Globals))
	for n := range list {
		list[n].Type = c.module.Globals[n].Type
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
	b := &c.module.Bodies[i]
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
