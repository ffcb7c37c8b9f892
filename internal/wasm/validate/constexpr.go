package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// constExpr checks that x is a constant expression (core 3.4, "Constant Expressions") of type want.
// WasmEdge looks at all of its instructions before it looks at types.
func (v *validator) constExpr(x wasm.Expr, want wasm.ValType) *fault.Error {
	c := v.checker
	if op, ok := plainConst(x.Code, want); ok {
		c.seen[op], c.seen[wasm.OpEnd] = true, true
		return nil
	}
	for c.r.Reset(x.Code, x.Offset, v.features); c.r.More(); {
		if err := c.r.Next(&c.in); err != nil {
			return asFault(err)
		}
		if e := v.constant(&c.in); e != nil {
			return inInstruction(e, c.in.Op, c.in.Offset)
		}
	}
	c.r.Reset(x.Code, x.Offset, v.features)
	c.locals.reset(nil, 0)
	c.begin(x.Offset, len(x.Code), wasm.BlockType{Result: want})
	_, e := c.run()
	return e
}

// plainConst recognises the expressions that most segments have, of which programs
// have thousands: a constant of type want, and the end.
func plainConst(code []byte, want wasm.ValType) (wasm.Op, bool) {
	last := len(code) - 1
	if last < 2 || last > 6 || code[last] != 0x0B || code[last-1] >= 0x80 {
		return 0, false
	}
	for _, b := range code[1 : last-1] {
		if b < 0x80 {
			return 0, false
		}
	}
	switch {
	case code[0] == 0x41 && want == wasm.I32:
		return wasm.OpI32Const, true
	case code[0] == 0x42 && want == wasm.I64:
		return wasm.OpI64Const, true
	}
	return 0, false
}

// constant checks that in may stand in a constant expression, and declares the
// function that it may refer to.
func (v *validator) constant(in *wasm.Instr) *fault.Error {
	switch in.Op {
	case wasm.OpEnd:
		return nil
	case wasm.OpGlobalGet:
		n := v.importedGlobals
		if v.features.Has(wasm.FunctionReferences) {
			n = len(v.globals)
		}
		if int64(in.X) >= int64(n) {
			return beyond(fault.InvalidGlobalIdx, "global", in.X, n)
		}
		if v.globals[in.X].Mutable {
			return fault.New(fault.ConstExprRequired)
		}
		if int64(in.X) >= int64(v.importedGlobals) {
			v.checker.uses |= wasm.FunctionReferences
		}
	case wasm.OpRefFunc:
		if int64(in.X) >= int64(len(v.funcs)) {
			return beyond(fault.InvalidFuncIdx, "function", in.X, len(v.funcs))
		}
		v.declared.add(in.X)
	case wasm.OpI32Add, wasm.OpI32Sub, wasm.OpI32Mul, wasm.OpI64Add, wasm.OpI64Sub, wasm.OpI64Mul:
		if !v.features.Has(wasm.ExtendedConst) {
			return needs(fault.ConstExprRequired, wasm.ExtendedConst)
		}
		v.checker.uses |= wasm.ExtendedConst
	default:
		if !in.Op.Info().Const {
			return fault.New(fault.ConstExprRequired)
		}
	}
	return nil
}
