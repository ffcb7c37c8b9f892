package lower

import "github.com/wazedge/wazedge/internal/wasm"

// body lowers the i-th of the module's own functions.
func (g *gc) body(i int) (wasm.Body, error) {
	old := g.m.Bodies[i]
	runs, r, err := old.Locals(everything)
	if err != nil {
		return wasm.Body{}, err
	}
	typ := &g.m.Types[g.m.Funcs[i]].Func
	f := g.newFunc(typ.Params, runs, typ)
	if f.plan, err = g.plan(f.begin(typ.Results), r); err != nil {
		return wasm.Body{}, err
	}
	_, r, _ = old.Locals(everything)
	kept, err := g.keptLocals(f.locals, r)
	if err != nil {
		return wasm.Body{}, err
	}
	f.layOut(kept)
	f.enter(len(typ.Params))
	_, r, _ = old.Locals(everything)
	f.begin(typ.Results)
	if g.m.Traced {
		f.old = &old
	}
	if err := f.code(r); err != nil {
		return wasm.Body{}, err
	}
	f.leave()
	f.End()
	return f.Body(old.Offset, f.runs), nil
}

// begin starts following operands, at a body or expression with results.
func (f *gcFunc) begin(results []wasm.ValType) *operands {
	f.ops = newOperands(f.g.spaces, f.locals, results)
	return &f.ops
}

// layOut gives the locals that are to be kept slots, and the frame its size.
func (f *gcFunc) layOut(kept []bool) {
	f.slots = make([]int, len(f.locals))
	n := 0
	for i := range f.locals {
		f.slots[i] = -1
		if kept[i] {
			f.slots[i] = n
			n++
		}
	}
	f.frame = frameOf(n, f.plan.slots)
}

// expr lowers a constant expression, which leaves its value.
func (f *gcFunc) expr(e wasm.Expr) error {
	var err error
	if f.plan, err = f.g.plan(f.begin(nil), wasm.NewReader(e.Code, e.Offset, everything)); err != nil {
		return err
	}
	f.frame.operands = max(f.frame.operands, f.plan.slots)
	f.begin(nil)
	return f.code(wasm.NewReader(e.Code, e.Offset, everything))
}

// code lowers instructions up to the end of the body or expression, without it.
func (f *gcFunc) code(r *wasm.Reader) error {
	var in wasm.Instr
	for at := 0; r.More(); at++ {
		if err := r.Next(&in); err != nil {
			return err
		}
		if f.old != nil {
			f.Origin(f.old, in.Offset)
		}
		if in.Op == wasm.OpEnd && len(f.ops.labels) == 1 {
			if f.ops.dead() {
				f.Op(wasm.OpUnreachable)
			}
			return nil
		}
		live := !f.ops.dead()
		switch in.Op {
		case wasm.OpEnd, wasm.OpElse:
			if !f.ops.labels[len(f.ops.labels)-1].within {
				if !live {
					f.Op(wasm.OpUnreachable)
				}
				f.Instr(&in)
			}
		default:
			if live {
				f.instr(in)
			}
		}
		f.ops.step(at, &in)
		if f.ops.dead() {
			continue
		}
		f.spill(f.plan.spills[at])
	}
	return nil
}

// call calls a function of the heap's.
func (f *gcFunc) call(name string) { f.X(wasm.OpCall, f.g.runtime[name]) }

// instr writes what stands for in, which is reached. The operands are as in finds
// them.
func (f *gcFunc) instr(in wasm.Instr) {
	switch {
	case f.control(&in), f.plain(&in), f.reference(&in), f.object(&in), f.table(&in):
	default:
		f.Instr(&in)
	}
}

// control lowers blocks, branches and calls.
func (f *gcFunc) control(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
		in.Block = f.blockType(in.Block)
		f.Instr(in)
	case wasm.OpReturn:
		f.closeFrame()
		f.Instr(in)
	case wasm.OpCall:
		f.X(wasm.OpCall, f.g.fn(in.X))
	case wasm.OpReturnCall:
		f.closeFrame()
		f.X(wasm.OpReturnCall, f.g.fn(in.X))
	case wasm.OpCallRef, wasm.OpReturnCallRef:
		f.callRef(in)
	case wasm.OpCallIndirect, wasm.OpReturnCallIndirect:
		f.get(f.g.tables[in.Y])
		f.desc(in.X)
		f.call("func_at")
		f.callEntry(in, wasm.OpCallIndirect)
	case wasm.OpBrOnNull:
		t := f.hold(wasm.I32)
		f.X(wasm.OpLocalGet, t)
		f.Op(wasm.OpI32Eqz)
		f.X(wasm.OpBrIf, in.X)
		f.X(wasm.OpLocalGet, t)
		f.release(wasm.I32, t)
	case wasm.OpBrOnNonNull:
		t := f.scratch(wasm.I32)
		f.X(wasm.OpLocalTee, t)
		f.X(wasm.OpLocalGet, t)
		f.X(wasm.OpBrIf, in.X)
		f.Op(wasm.OpDrop)
		f.release(wasm.I32, t)
	case wasm.OpBrOnCast, wasm.OpBrOnCastFail:
		t := f.scratch(wasm.I32)
		f.X(wasm.OpLocalTee, t)
		f.X(wasm.OpLocalGet, t)
		f.test(in.Types[1])
		if in.Op == wasm.OpBrOnCastFail {
			f.Op(wasm.OpI32Eqz)
		}
		f.X(wasm.OpBrIf, in.X)
		f.release(wasm.I32, t)
	default:
		return false
	}
	return true
}

// blockType is b with its values lowered. The function types already are.
func (f *gcFunc) blockType(b wasm.BlockType) wasm.BlockType {
	if !b.Indexed && b.Result != wasm.Bottom {
		b.Result = lowered(b.Result)
	}
	return b
}

// callRef calls the function that the reference on the stack is the number of.
func (f *gcFunc) callRef(in *wasm.Instr) {
	f.notNull(0, codeNullFunc)
	f.callEntry(in, wasm.OpCallRef)
}

// callEntry calls the entry of the function table on the stack; call is what in
// would be if it did not return.
func (f *gcFunc) callEntry(in *wasm.Instr, call wasm.Op) {
	op := wasm.OpCallIndirect
	if in.Op != call {
		f.closeFrame()
		op = wasm.OpReturnCallIndirect
	}
	f.XY(op, in.X, 0)
}

// plain lowers what only changes its indices and types.
func (f *gcFunc) plain(in *wasm.Instr) bool {
	switch in.Op.Info().Imm {
	case wasm.ImmMemArg, wasm.ImmMemArgLane, wasm.ImmMem:
		in.X = f.g.mem(in.X)
	case wasm.ImmMemMem:
		in.X, in.Y = f.g.mem(in.X), f.g.mem(in.Y)
	case wasm.ImmDataMem:
		in.Y = f.g.mem(in.Y)
	case wasm.ImmGlobal:
		if p, ok := f.g.refGlobals[in.X]; ok {
			if in.Op == wasm.OpGlobalGet {
				f.get(p)
			} else {
				f.set(p)
			}
			return true
		}
		in.X = f.g.global(in.X)
	case wasm.ImmSelectTypes:
		in.Types = []wasm.ValType{lowered(in.Types[0])}
	case wasm.ImmLocal:
		f.Instr(in)
		if in.Op != wasm.OpLocalGet {
			f.keepLocal(in.X)
		}
		return true
	default:
		return false
	}
	f.Instr(in)
	return true
}

// hold moves the top of the stack to a scratch local.
func (f *gcFunc) hold(t wasm.ValType) uint32 {
	l := f.scratch(t)
	f.X(wasm.OpLocalSet, l)
	return l
}
