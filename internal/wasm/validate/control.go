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

// target finds the frame that label l means.
func (c *checker) target(l uint32) (*frame, bool) {
	if int64(l) >= int64(len(c.ctrl)) {
		return nil, c.fail(beyond(fault.InvalidLabelIdx, "label", l, len(c.ctrl)))
	}
	return &c.ctrl[len(c.ctrl)-1-int(l)], true
}

func (c *checker) branch(op wasm.Op) bool {
	f, ok := c.target(c.in.X)
	if !ok {
		return false
	}
	if op == wasm.OpBr {
		return c.leave(c.label(f))
	}
	return c.pop(wasm.I32) && c.exchange(c.label(f))
}

// labelKind is what decides the types of a label.
type labelKind struct {
	index uint32
	loop  bool
}

// branchTable checks br_table: the operands must do for every label. Labels of
// the same types are looked at once.
func (c *checker) branchTable() bool {
	if !c.pop(wasm.I32) {
		return false
	}
	labels := c.in.Labels
	last := len(labels) - 1
	f, ok := c.target(labels[last])
	if !ok {
		return false
	}
	want := c.label(f)
	clear(c.labels)
	for _, l := range labels[:last] {
		g, ok := c.target(l)
		if !ok {
			return false
		}
		got := c.label(g)
		if len(got) != len(want) {
			return c.fail(mismatches(want, got))
		}
		if len(got) > 1 {
			k := labelKind{index: g.index, loop: g.op == wasm.OpLoop}
			if _, done := c.labels[k]; done {
				continue
			}
			if c.labels == nil {
				c.labels = map[labelKind]struct{}{}
			}
			c.labels[k] = struct{}{}
		}
		if !c.holds(got) {
			return false
		}
	}
	return c.leave(want)
}

// holds checks that operands of the given types are on the stack, and leaves them
// there with the types that they have.
func (c *checker) holds(types []wasm.ValType) bool {
	if len(types) > 1 && !c.spend(len(types)) {
		return false
	}
	kept := c.stack
	ok := c.popAll(types)
	c.stack = kept
	return ok
}

func (c *checker) throw() bool {
	params, ok := c.tagParams(c.in.X)
	return ok && c.leave(params)
}

// tagParams are the types that exceptions of tag x carry.
func (c *checker) tagParams(x uint32) ([]wasm.ValType, bool) {
	if int64(x) >= int64(len(c.tags)) {
		return nil, c.fail(beyond(fault.InvalidTagIdx, "tag", x, len(c.tags)))
	}
	return c.m.Types[c.tags[x]].Func.Params, true
}

// catches checks the handlers of a try_table: what each hands to its label must be
// what the label takes (core 3.4, "try_table").
func (c *checker) catches() bool {
	for _, h := range c.in.Catches {
		var given []wasm.ValType
		if h.Kind == wasm.CatchTag || h.Kind == wasm.CatchTagRef {
			params, ok := c.tagParams(h.Tag)
			if !ok {
				return false
			}
			given = params
		}
		f, ok := c.target(h.Label)
		if !ok {
			return false
		}
		want := c.label(f)
		if h.Kind == wasm.CatchTagRef || h.Kind == wasm.CatchAllRef {
			n := len(want) - 1
			if n < 0 {
				return c.fail(underflow())
			}
			if exn := wasm.Ref(wasm.HeapExn); !c.types.Matches(exn, want[n]) {
				return c.fail(mismatch(fault.TypeCheckFailed, want[n], exn))
			}
			want = want[:n]
		}
		if !c.handed(given, want) {
			return false
		}
	}
	return true
}

// handed compares what a handler hands to its label from the last value on.
func (c *checker) handed(given, want []wasm.ValType) bool {
	if !c.spend(len(want)) {
		return false
	}
	for i := 1; i <= len(want); i++ {
		if i > len(given) {
			return c.fail(underflow())
		}
		w, g := want[len(want)-i], given[len(given)-i]
		if !c.types.Matches(g, w) {
			return c.fail(mismatch(fault.TypeCheckFailed, w, g))
		}
	}
	if len(given) > len(want) {
		return c.fail(underflow())
	}
	return true
}

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

// openIfs finds the outermost open if that has no else although its parameters do
// not do as its results. WasmEdge, whose loader knows of the missing else, says so
// at the if, before it looks at what is inside. This reads the rest of the body and
// is called on the way of an error only.
func (c *checker) openIfs() *fault.Error {
	var r wasm.Reader
	r.Reset(c.r.Rest(), c.r.Pos(), c.features)
	var found *frame
	in := c.in
	inner := 0 // blocks that opened behind the error
	orElse := false
	for open := len(c.ctrl); open > 0; {
		f := &c.ctrl[open-1]
		switch in.Op {
		case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTryTable:
			if in.Offset != c.start+int64(f.pos) {
				inner++
			}
		case wasm.OpElse:
			orElse = orElse || inner == 0
		case wasm.OpEnd:
			if inner > 0 {
				inner--
				break
			}
			if f.op == wasm.OpIf && !f.falls && !orElse {
				found = f
			}
			open--
			orElse = false
		}
		if !r.More() || r.Next(&in) != nil {
			break
		}
	}
	if found == nil {
		return nil
	}
	return inInstruction(mismatches(c.results(found), c.params(found)), wasm.OpIf, c.start+int64(found.pos))
}
