package validate

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// frame is an open block (appendix "Validation Algorithm"). Its types are those of
// its block type, see [checker.params] and [checker.results].
type frame struct {
	result      [1]wasm.ValType // when not indexed; Bottom stands for no result
	index       uint32          // of the block's type, when indexed
	height      uint32          // of the operand stack below the block
	inits       uint32          // of the stack of initialised locals
	pos         uint32          // the opening instruction, from the start of the body
	op          wasm.Op
	indexed     bool
	unreachable bool
	falls       bool // of an if: its parameters will do as its results
}

// opFunction is the op of the outermost frame.
const opFunction = wasm.OpUnreachable

// params are the types that a block takes.
func (c *checker) params(f *frame) []wasm.ValType {
	if f.indexed && f.op != opFunction {
		return c.m.Types[f.index].Func.Params
	}
	return nil
}

// results are the types that a block leaves. The slice is good until the next
// change of the control stack.
func (c *checker) results(f *frame) []wasm.ValType {
	switch {
	case f.indexed:
		return c.m.Types[f.index].Func.Results
	case f.result[0] == wasm.Bottom:
		return nil
	}
	return f.result[:]
}

// label are the types that a branch to f takes, good as long as those of results.
func (c *checker) label(f *frame) []wasm.ValType {
	if f.op == wasm.OpLoop {
		return c.params(f)
	}
	return c.results(f)
}

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

func (c *checker) top() *frame { return &c.ctrl[len(c.ctrl)-1] }

// open begins a block, whose parameters were taken off the stack; falls is for an
// if.
func (c *checker) open(op wasm.Op, b wasm.BlockType, falls bool) bool {
	c.ctrl = append(c.ctrl, frame{
		result:  [1]wasm.ValType{b.Result},
		index:   b.Index,
		indexed: b.Indexed,
		height:  uint32(len(c.stack)),
		inits:   uint32(len(c.inits)),
		pos:     uint32(c.in.Offset - c.start),
		op:      op,
		falls:   falls,
	})
	c.base = len(c.stack)
	return c.pushAll(c.params(c.top()))
}

// shut ends the innermost block, without leaving its results, and gives what it
// was. Locals that it initialised no longer are.
func (c *checker) shut() (*frame, bool) {
	f := c.top()
	if !c.popAll(c.results(f)) {
		return nil, false
	}
	if len(c.stack) != c.base {
		return nil, c.fail(underflow())
	}
	for _, x := range c.inits[f.inits:] {
		c.locals.unset(x)
	}
	c.inits = c.inits[:f.inits]
	c.ctrl = c.ctrl[:len(c.ctrl)-1]
	if len(c.ctrl) > 0 {
		c.base = int(c.top().height)
	}
	return f, true
}

// fail records what is wrong; it is false for the convenience of callers.
func (c *checker) fail(e *fault.Error) bool {
	c.err = e
	return false
}
