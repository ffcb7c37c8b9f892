package validate

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// push puts an operand on the stack.
func (c *checker) push(t wasm.ValType) { c.stack = append(c.stack, t) }

// pushAll puts operands on the stack.
func (c *checker) pushAll(types []wasm.ValType) bool {
	if len(types) > 1 && !c.spend(len(types)) {
		return false
	}
	if len(c.stack)+len(types) > c.maxStack {
		return c.fail(fault.New(fault.InvalidResultArity, fmt.Sprintf("Operand stack of more than %d values.", c.maxStack)))
	}
	c.stack = append(c.stack, types...)
	return true
}

// spend allows for a look at n types that no instruction of the body put there one
// by one.
func (c *checker) spend(n int) bool {
	if c.budget -= n; c.budget < 0 {
		return c.fail(fault.New(fault.InvalidResultArity, "Too many operands handled for the size of the function body."))
	}
	return true
}

// popAny takes an operand of any type; in unreachable code that is Bottom when
// none is left.
func (c *checker) popAny() (wasm.ValType, bool) {
	n := len(c.stack) - 1
	if n >= c.base {
		t := c.stack[n]
		c.stack = c.stack[:n]
		return t, true
	}
	if c.top().unreachable {
		return wasm.Bottom, true
	}
	return wasm.Bottom, c.fail(underflow())
}

// pop takes an operand of type want.
func (c *checker) pop(want wasm.ValType) bool {
	if n := len(c.stack) - 1; n >= c.base && c.stack[n] == want {
		c.stack = c.stack[:n]
		return true
	}
	got, ok := c.popAny()
	return ok && (c.types.Matches(got, want) || c.fail(mismatch(fault.TypeCheckFailed, want, got)))
}

// popAll takes operands of the given types, the last one first.
func (c *checker) popAll(types []wasm.ValType) bool {
	for i := len(types) - 1; i >= 0; i-- {
		if len(c.stack) == c.base && c.top().unreachable {
			return true // all that is missing is of unknown type
		}
		if !c.pop(types[i]) {
			return false
		}
	}
	return true
}

// exchange takes and leaves operands of the given types: what a branch that may
// not be taken does.
func (c *checker) exchange(types []wasm.ValType) bool {
	return len(types) == 0 || c.popAll(types) && c.pushAll(types)
}

// unreach makes the rest of the innermost block unreachable.
func (c *checker) unreach() {
	c.stack = c.stack[:c.base]
	c.top().unreachable = true
}

// fail records what is wrong; it is false for the convenience of callers.
func (c *checker) fail(e *fault.Error) bool {
	c.err = e
	return false
}
