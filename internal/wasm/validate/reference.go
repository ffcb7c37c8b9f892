package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// reference checks the instructions from ref.null to i31.get_u in WasmEdge's
// numbering: references, structures, arrays and casts.
func (c *checker) reference(op wasm.Op) bool {
	switch op {
	case wasm.OpRefNull:
		return c.refNull()
	case wasm.OpRefIsNull:
		if _, ok := c.popRef(); !ok {
			return false
		}
		c.push(wasm.I32)
		return true
	case wasm.OpRefFunc:
		return c.refFunc()
	case wasm.OpRefEq:
		return c.trade2(wasm.RefNull(wasm.HeapEq), wasm.RefNull(wasm.HeapEq), wasm.I32)
	case wasm.OpRefAsNonNull:
		t, ok := c.popRef()
		c.push(wasm.Ref(t.Heap()))
		return ok
	case wasm.OpBrOnNull:
		return c.branchOnNull()
	case wasm.OpBrOnNonNull:
		return c.branchOnNonNull()
	case wasm.OpStructNew, wasm.OpStructNewDefault:
		return c.structNew(op)
	case wasm.OpStructGet, wasm.OpStructGetS, wasm.OpStructGetU, wasm.OpStructSet:
		return c.structField(op)
	case wasm.OpRefTest, wasm.OpRefTestNull, wasm.OpRefCast, wasm.OpRefCastNull:
		return c.cast(op)
	case wasm.OpBrOnCast, wasm.OpBrOnCastFail:
		return c.branchOnCast(op)
	case wasm.OpAnyConvertExtern:
		return c.convert(wasm.HeapExtern, wasm.HeapAny)
	case wasm.OpExternConvertAny:
		return c.convert(wasm.HeapAny, wasm.HeapExtern)
	case wasm.OpRefI31:
		return c.trade(wasm.I32, wasm.Ref(wasm.HeapI31))
	case wasm.OpI31GetS, wasm.OpI31GetU:
		return c.trade(wasm.RefNull(wasm.HeapI31), wasm.I32)
	}
	return c.array(op)
}

// trade takes an operand of type in and leaves one of type out.
func (c *checker) trade(in, out wasm.ValType) bool {
	if !c.pop(in) {
		return false
	}
	c.push(out)
	return true
}

// trade2 takes operands of types in1 and, on top, in2 and leaves one of type out.
func (c *checker) trade2(in1, in2, out wasm.ValType) bool { return c.pop(in2) && c.trade(in1, out) }

// popRef takes a reference of any type. In unreachable code it is one below all.
func (c *checker) popRef() (wasm.ValType, bool) {
	t, ok := c.popAny()
	switch {
	case !ok:
		return t, false
	case t == wasm.Bottom:
		return wasm.Ref(wasm.HeapBottom), true
	case !t.IsRef():
		return t, c.fail(mismatch(fault.TypeCheckFailed, wasm.FuncRef, t))
	}
	return t, true
}

func (c *checker) refNull() bool {
	t := wasm.RefNull(c.in.Heap)
	if !c.refers(t) {
		return false
	}
	c.uses |= valUses(t)
	c.push(t)
	return true
}

// refFunc checks ref.func: a body may only refer to functions that occur in the
// module outside of bodies (core 3.4, "ref.func"). WasmEdge takes every imported
// function as occurring, the specification does not.
func (c *checker) refFunc() bool {
	x := c.in.X
	if int64(x) >= int64(len(c.funcs)) || !c.declared.has(x) {
		return c.fail(fault.New(fault.InvalidRefIdx))
	}
	c.push(wasm.Ref(wasm.HeapType(c.funcs[x])))
	return true
}

func (c *checker) branchOnNull() bool {
	f, ok := c.target(c.in.X)
	if !ok {
		return false
	}
	t, ok := c.popAny()
	if !ok {
		return false
	}
	if t == wasm.Bottom {
		t = wasm.Ref(wasm.HeapBottom)
	}
	if !t.IsRef() {
		return c.fail(fault.New(fault.InvalidBrRefType))
	}
	if !c.exchange(c.label(f)) {
		return false
	}
	c.push(wasm.Ref(t.Heap()))
	return true
}

func (c *checker) branchOnNonNull() bool {
	f, ok := c.target(c.in.X)
	if !ok {
		return false
	}
	types := c.label(f)
	n := len(types) - 1
	if n < 0 || !types[n].IsRef() {
		return c.fail(fault.New(fault.InvalidBrRefType))
	}
	return c.pop(wasm.RefNull(types[n].Heap())) && c.exchange(types[:n])
}
