package validate

import "github.com/wazedge/wazedge/internal/wasm"

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
