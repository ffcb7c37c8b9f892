package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// call checks the calls, direct, through a table, and through a reference.
func (c *checker) call(op wasm.Op) bool {
	switch op {
	case wasm.OpCall, wasm.OpReturnCall:
		x := c.in.X
		if int64(x) >= int64(len(c.funcs)) {
			return c.fail(beyond(fault.InvalidFuncIdx, "function", x, len(c.funcs)))
		}
		return c.invoke(&c.m.Types[c.funcs[x]].Func, wasm.Bottom, op == wasm.OpReturnCall)
	case wasm.OpCallIndirect, wasm.OpReturnCallIndirect:
		if !c.hasTable(c.in.Y) {
			return false
		}
		table := c.tables[c.in.Y]
		if !c.types.Matches(table.Elem, wasm.FuncRef) {
			return c.fail(mismatch(fault.TypeCheckFailed, wasm.FuncRef, table.Elem))
		}
		t, ok := c.defined(c.in.X, wasm.CompFunc)
		return ok && c.invoke(&t.Func, table.Limits.AddrType(), op == wasm.OpReturnCallIndirect)
	}
	t, ok := c.defined(c.in.X, wasm.CompFunc)
	return ok && c.invoke(&t.Func, wasm.RefNull(wasm.HeapType(c.in.X)), op == wasm.OpReturnCallRef)
}

// invoke takes what tells the function, if anything is left to tell, and its
// arguments, and leaves its results; a tail call leaves the function with them.
func (c *checker) invoke(t *wasm.FuncType, callee wasm.ValType, tail bool) bool {
	if tail {
		if !c.spend(len(t.Results)) {
			return false
		}
		if !c.types.MatchesAll(t.Results, c.returns()) {
			return c.fail(mismatches(c.returns(), t.Results))
		}
	}
	if callee != wasm.Bottom && !c.pop(callee) {
		return false
	}
	if tail {
		return c.leave(t.Params)
	}
	return c.popAll(t.Params) && c.pushAll(t.Results)
}
