package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// control checks the instructions up to try_table in WasmEdge's numbering: those
// of control, and the parametric ones (core 3.4).
func (c *checker) control(op wasm.Op) bool {
	switch op {
	case wasm.OpUnreachable:
		c.unreach()
		return true
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTryTable:
		return c.block(op)
	case wasm.OpElse:
		return c.orElse()
	case wasm.OpEnd:
		return c.end()
	case wasm.OpBr, wasm.OpBrIf:
		return c.branch(op)
	case wasm.OpBrTable:
		return c.branchTable()
	case wasm.OpReturn:
		return c.leave(c.returns())
	case wasm.OpThrow:
		return c.throw()
	case wasm.OpThrowRef:
		return c.leave([]wasm.ValType{wasm.ExnRef})
	case wasm.OpDrop:
		_, ok := c.popAny()
		return ok
	case wasm.OpSelect:
		return c.selectNum()
	case wasm.OpSelectT:
		return c.selectTyped()
	}
	return c.call(op)
}

// leave takes operands of the given types; what follows is unreachable.
func (c *checker) leave(types []wasm.ValType) bool {
	if !c.popAll(types) {
		return false
	}
	c.unreach()
	return true
}

// returns are the results of the function.
func (c *checker) returns() []wasm.ValType { return c.results(&c.ctrl[0]) }

// defined finds type x, which must be of kind k.
func (c *checker) defined(x uint32, k wasm.CompKind) (*wasm.SubType, bool) {
	if int64(x) >= int64(c.known) {
		return nil, c.fail(beyond(fault.InvalidFuncTypeIdx, "function type", x, c.known))
	}
	t := &c.m.Types[x]
	if t.Kind != k {
		return nil, c.fail(fault.New(fault.TypeCheckFailed))
	}
	return t, true
}

// refers checks that the type which t refers to exists.
func (c *checker) refers(t wasm.ValType) bool {
	if e := c.valType(t); e != nil {
		return c.fail(e)
	}
	return true
}

func (c *checker) block(op wasm.Op) bool {
	b := c.in.Block
	var t wasm.FuncType
	falls := b.Result == wasm.Bottom
	if b.Indexed {
		def, ok := c.defined(b.Index, wasm.CompFunc)
		if !ok {
			return false
		}
		t = def.Func
		c.uses |= wasm.MultiValue
	} else {
		if !c.refers(b.Result) {
			return false
		}
		c.uses |= valUses(b.Result)
	}
	if op == wasm.OpIf && !c.pop(wasm.I32) {
		return false
	}
	if !c.popAll(t.Params) {
		return false
	}
	if op == wasm.OpTryTable && !c.catches() {
		return false
	}
	if op == wasm.OpIf && b.Indexed {
		if !c.spend(len(t.Params)) {
			return false
		}
		falls = c.types.MatchesAll(t.Params, t.Results)
	}
	return c.open(op, b, falls)
}

// orElse ends the first arm of an if and begins the second.
func (c *checker) orElse() bool {
	if c.top().op != wasm.OpIf {
		return c.fail(fault.New(fault.IllegalOpCode))
	}
	f, ok := c.shut()
	if !ok {
		return false
	}
	return c.open(wasm.OpElse, wasm.BlockType{Result: f.result[0], Index: f.index, Indexed: f.indexed}, false)
}

func (c *checker) end() bool {
	if f := c.top(); f.op == wasm.OpIf && !f.falls {
		return false // openIfs says why
	}
	f, ok := c.shut()
	if !ok {
		return false
	}
	if len(c.ctrl) == 0 {
		return true
	}
	if f.indexed {
		return c.pushAll(c.results(f))
	}
	if f.result[0] != wasm.Bottom {
		c.push(f.result[0])
	}
	return true
}
