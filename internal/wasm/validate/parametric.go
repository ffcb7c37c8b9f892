package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// selectNum checks select without a type: the operands are equal numbers or
// vectors.
func (c *checker) selectNum() bool {
	if !c.pop(wasm.I32) {
		return false
	}
	t1, ok := c.popAny()
	if !ok {
		return false
	}
	t2, ok := c.popAny()
	switch {
	case !ok:
		return false
	case t1.IsRef():
		return c.fail(mismatch(fault.TypeCheckFailed, wasm.I32, t1))
	case t2.IsRef(), t1 != t2 && t1 != wasm.Bottom && t2 != wasm.Bottom:
		return c.fail(mismatch(fault.TypeCheckFailed, t1, t2))
	case t1 == wasm.Bottom:
		t1 = t2
	}
	c.push(t1)
	return true
}

func (c *checker) selectTyped() bool {
	if len(c.in.Types) != 1 {
		return c.fail(fault.New(fault.InvalidResultArity))
	}
	t := c.in.Types[0]
	c.uses |= valUses(t)
	if !c.refers(t) || !c.pop(wasm.I32) || !c.pop(t) || !c.pop(t) {
		return false
	}
	c.push(t)
	return true
}
