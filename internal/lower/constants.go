package lower

import (
	"errors"
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// maxConstant bounds a constant expression after its globals have been put in: each
// may name the one before twice.
const maxConstant = 1 << 12

var errConstant = errors.New("a constant expression is too long with the globals it reads put in")

// Constants puts the initial values of m's own globals in place of reading them in
// constant expressions, where the engine lets only imported globals be read.
// References to objects are left: each evaluation would make another object.
func Constants(m *wasm.Module) (*wasm.Module, error) {
	c := &constants{imported: m.ImportedCount(wasm.ExternGlobal)}
	out, exprs := cloneExprs(m)
	for i, e := range exprs {
		if err := c.put(e); err != nil {
			return nil, err
		}
		if i < len(out.Globals) {
			c.values = append(c.values, value(&out.Globals[i]))
		}
	}
	datas := m.Datas.Slice()
	for i := range datas {
		if err := c.put(&datas[i].Offset); err != nil {
			return nil, err
		}
	}
	if !c.changed {
		return m, nil
	}
	out.Datas = wasm.DataSegmentsOf(datas)
	return out, nil
}

// cloneExprs is a copy of m, and its constant expressions, to be changed: those of
// globals first, then of tables and element segments; those of data segments are
// still m's.
func cloneExprs(m *wasm.Module) (*wasm.Module, []*wasm.Expr) {
	out := *m
	out.Globals, out.Tables, out.Elems = slices.Clone(m.Globals), slices.Clone(m.Tables), slices.Clone(m.Elems)
	var exprs []*wasm.Expr
	for i := range out.Globals {
		exprs = append(exprs, &out.Globals[i].Init)
	}
	for i := range out.Tables {
		exprs = append(exprs, &out.Tables[i].Init)
	}
	for i := range out.Elems {
		s := &out.Elems[i]
		s.Exprs = slices.Clone(s.Exprs)
		for j := range s.Exprs {
			exprs = append(exprs, &s.Exprs[j])
		}
		exprs = append(exprs, &s.Offset)
	}
	return &out, exprs
}

// constants is the state of the pass.
type constants struct {
	imported uint32   // globals that are
	values   [][]byte // of each own global so far; nil where reading it stays
	changed  bool
}

// value is the initial value of g as code without its end, or nil if it cannot be
// put in place of g.
func value(g *wasm.Global) []byte {
	code := g.Init.Code[:len(g.Init.Code)-1]
	if !g.Type.Type.IsRef() {
		return code
	}
	var in wasm.Instr
	r := wasm.NewReader(code, 0, everything)
	if r.Next(&in) == nil && !r.More() && (in.Op == wasm.OpRefNull || in.Op == wasm.OpRefFunc) {
		return code
	}
	return nil
}

// put rewrites e.
func (c *constants) put(e *wasm.Expr) error {
	var b wasm.Emitter
	var in wasm.Instr
	put := false
	for r := wasm.NewReader(e.Code, e.Offset, everything); r.More(); {
		if err := r.Next(&in); err != nil {
			return err
		}
		if i := int64(in.X) - int64(c.imported); in.Op == wasm.OpGlobalGet && i >= 0 && i < int64(len(c.values)) && c.values[i] != nil {
			b.Code = append(b.Code, c.values[i]...)
			put = true
		} else {
			b.Instr(&in)
		}
		if len(b.Code) > maxConstant && put {
			return errConstant
		}
	}
	if !put {
		return nil
	}
	c.changed = true
	e.Code = fold(b.Code)
	return nil
}

// fold is code as one instruction if it computes with integers alone.
func fold(code []byte) []byte {
	var stack []wasm.Instr
	var in wasm.Instr
	for r := wasm.NewReader(code, 0, everything); r.More(); {
		if r.Next(&in) != nil {
			return code
		}
		n := len(stack)
		switch in.Op {
		case wasm.OpI32Const, wasm.OpI64Const:
			stack = append(stack, wasm.Instr{Op: in.Op, Val: in.Val})
			continue
		case wasm.OpEnd:
			if n != 1 {
				return code
			}
			var e wasm.Emitter
			e.Instr(&stack[0])
			e.End()
			return e.Code
		}
		if n < 2 || !compute(in.Op, &stack[n-2], stack[n-1].Val) {
			return code
		}
		stack = stack[:n-1]
	}
	return code
}

// compute does the operation op of the extended constant expressions to a.
func compute(op wasm.Op, a *wasm.Instr, b uint64) bool {
	switch op {
	case wasm.OpI32Add, wasm.OpI64Add:
		a.Val += b
	case wasm.OpI32Sub, wasm.OpI64Sub:
		a.Val -= b
	case wasm.OpI32Mul, wasm.OpI64Mul:
		a.Val *= b
	default:
		return false
	}
	if a.Op == wasm.OpI32Const {
		a.Val = uint64(int64(int32(a.Val)))
	}
	return true
}
