package native

import (
	"slices"

	"golang.org/x/arch/x86/x86asm"
)

// checkpoint writes what keeps the registers that matter, calls the host's function, and has them as they were.
// What it is given may be in any of them, and goes through the frame.
func (e *emitter) checkpoint(in *ins) {
	each := func(store bool) {
		for x := reg(0); x < numRegs; x++ {
			at, is := e.kept[x]
			if !is || in.clob.has(x) {
				continue
			}
			switch {
			case x < xmm0 && store:
				e.op(oStore, 8, x, e.slot(at), 0)
			case x < xmm0:
				e.op(oMov, 8, x, e.slot(at), 0)
			case store:
				e.op(oStoreU, 0, x, e.slot(at), 0)
			default:
				e.op(oMovups, 0, x, e.slot(at), 0)
			}
		}
	}
	input := func(k int) rm { return e.slot(e.keptInputs + loc(k)) }
	if !e.framed {
		e.frameOfItsOwn(in)
	}
	each(true)
	for k := range in.uses {
		e.op(oStore, 8, in.uses[k].at.reg(), input(k), 0)
	}
	for k, x := range [...]reg{rax, rbx, rcx} {
		e.op(oMov, 8, x, input(k), 0)
	}
	e.op(oStore, 8, rbx, m(rax, ctxCallerModule), 0)
	e.op(oMov, 8, r8, m(rbx, in.disp), 0)
	e.op(oMov, 8, rbx, m(rbx, in.disp+8), 0)
	e.op(0xC7, 8, 0, r(rdi), 4)
	e.imm32(in.imm)
	e.op(0xC7, 8, 0, r(rsi), 4)
	e.imm32(int64(in.other))
	e.op(0xFF, 4, 2, r(r8), 0)
	e.place(in)
	e.op(oStore, 8, rax, input(2), 0)
	each(false)
	for _, d := range in.defs {
		e.op(oMov, 8, d.at.reg(), input(2), 0)
	}
	if !e.framed {
		e.op(oMov, 8, rsp, r(rbp), 0)
		e.byte(0x5D)
	}
}

// frameOfItsOwn makes the frame of a checkpoint in a function without one, as [emitter.prologue] does. Callers leave room for 32
// bytes, the return addresses of the function and of what is called for a larger stack included.
func (e *emitter) frameOfItsOwn(in *ins) {
	need := int64(e.frameSize) + 64
	e.byte(0x55)
	e.op(oMov, 8, rbp, r(rsp), 0)
	e.aluImm(aluSub, 8, r(rsp), 8)
	e.op(oStore, 8, rax, m(rbp, -8), 0)
	if ctx := in.uses[0].at; ctx != loc(rax) {
		e.op(oMov, 8, rax, r(ctx.reg()), 0)
	}
	e.aluImm(aluSub, 8, r(rsp), need)
	e.op(oCmp, 8, rsp, m(rax, ctxStackBottom), 0)
	e.op(oLea, 8, rsp, m(rsp, int32(need)), 0)
	enough := e.rel(ccA)
	e.growStack(need)
	e.place(in)
	enough()
	e.op(oMov, 8, rax, m(rbp, -8), 0)
	e.aluImm(aluSub, 8, r(rsp), int64(e.frameSize)-8)
}

// checkpoint proves the code of a checkpoint: it is what keeps the registers that in does not lose, in slots of their own, and
// calls what in says with what it says.
func (p *x86proof) checkpoint(in *ins, code []decoded, proven []bool) bool {
	at := 0
	next := func(op x86asm.Op) *decoded {
		if at == len(code) || code[at].Op != op {
			at = len(code) + 1
			return nil
		}
		at++
		return &code[at-1]
	}
	slots := map[int32]bool{}
	// inSlot is where in the frame the operand a is, of so many bytes.
	inSlot := func(a x86asm.Arg, bytes int, d *decoded) (int32, bool) {
		m, ok := a.(x86asm.Mem)
		return distance(m), ok && m.Base == x86asm.RBP && m.Index == 0 && m.Segment == 0 && d.MemBytes == bytes
	}
	whole := func(x reg) (op x86asm.Op, bytes int) {
		if x >= xmm0 {
			return x86asm.MOVUPS, 16
		}
		return x86asm.MOV, 8
	}
	// free notes that so many bytes of the frame are in use.
	free := func(from int32, bytes int) bool {
		for k := range int32(bytes / 8) {
			if slots[from+8*k] || from > -8 {
				return false
			}
			slots[from+8*k] = true
		}
		return true
	}
	own := code[0].Op == x86asm.PUSH
	if own {
		n, ok := framesItself(in, code, proven)
		if !ok {
			return false
		}
		at = n
	}
	keeps := x86.callerSaved &^ in.clob
	home := [numRegs]int32{}
	for x := reg(0); x < numRegs; x++ {
		if !keeps.has(x) {
			continue
		}
		if len(in.defs) == 1 && in.defs[0].at == loc(x) {
			return false
		}
		op, bytes := whole(x)
		d := next(op)
		if d == nil {
			return false
		}
		to, ok := inSlot(d.Args[0], bytes, d)
		if !ok || !is(d.Args[1], loc(x), 8) || !free(to, bytes) {
			return false
		}
		home[x] = to
	}
	var inputs [checkpointSlots]int32
	for k := range in.uses {
		d := next(x86asm.MOV)
		if d == nil {
			return false
		}
		to, ok := inSlot(d.Args[0], 8, d)
		if !ok || !is(d.Args[1], in.uses[k].at, 8) || !free(to, 8) {
			return false
		}
		inputs[k] = to
	}
	load := func(x reg, from int32) bool {
		op, bytes := whole(x)
		d := next(op)
		if d == nil {
			return false
		}
		at, ok := inSlot(d.Args[1], bytes, d)
		return ok && at == from && is(d.Args[0], loc(x), 8)
	}
	// access is a load of a register, or with store the other way round, by the address in another one.
	access := func(x, base reg, disp int32, store bool) bool {
		d := next(x86asm.MOV)
		if d == nil || d.MemBytes != 8 {
			return false
		}
		proven[at-1] = true
		a, b := d.Args[0], d.Args[1]
		if store {
			a, b = b, a
		}
		m, ok := b.(x86asm.Mem)
		return ok && is(a, loc(x), 8) && is(m.Base, loc(base), 8) && m.Index == 0 && m.Segment == 0 && distance(m) == disp
	}
	constant := func(x reg, n int64) bool {
		d := next(x86asm.MOV)
		if d == nil {
			return false
		}
		got, ok := d.Args[1].(x86asm.Imm)
		return ok && int64(int32(got)) == n && is(d.Args[0], loc(x), 8)
	}
	if !load(rax, inputs[0]) || !load(rbx, inputs[1]) || !load(rcx, inputs[2]) || !access(rbx, rax, ctxCallerModule, true) ||
		!access(r8, rbx, in.disp, false) || !access(rbx, rbx, in.disp+8, false) || !constant(rdi, in.imm) || !constant(rsi, int64(in.other)) {
		return false
	}
	if d := next(x86asm.CALL); d == nil || !is(d.Args[0], loc(r8), 8) {
		return false
	}
	if d := next(x86asm.MOV); d == nil {
		return false
	} else if to, ok := inSlot(d.Args[0], 8, d); !ok || to != inputs[2] || !is(d.Args[1], loc(rax), 8) {
		return false
	}
	for x := reg(0); x < numRegs; x++ {
		if keeps.has(x) && !load(x, home[x]) {
			return false
		}
	}
	for _, d := range in.defs {
		if !d.at.isReg() || !load(d.at.reg(), inputs[2]) {
			return false
		}
	}
	if own {
		if d := next(x86asm.MOV); d == nil || d.Args[0] != x86asm.RSP || d.Args[1] != x86asm.RBP {
			return false
		}
		if d := next(x86asm.POP); d == nil || d.Args[0] != x86asm.RBP {
			return false
		}
	}
	if at != len(code) {
		return false
	}
	lost := in.clob
	for _, d := range in.defs {
		lost |= ofPlace(d.at)
	}
	p.checkpoints[code[0].at] = checkpointCode{len(code), lost}
	return true
}

// framesItself proves how the code of a checkpoint begins that makes a frame for itself, and returns how many instructions that are: it
// asks for a larger stack with the execution context in rax, which is then as it was. Where the stack is, is proven by [keeping].
func framesItself(in *ins, code []decoded, proven []bool) (size int, ok bool) {
	ops := []x86asm.Op{x86asm.PUSH, x86asm.MOV, x86asm.SUB, x86asm.MOV, x86asm.MOV, x86asm.SUB, x86asm.CMP, x86asm.LEA, x86asm.JA, x86asm.MOV, x86asm.CALL, x86asm.MOV, x86asm.SUB}
	ctx := in.uses[0].at
	if ctx == loc(rax) {
		ops = slices.Delete(ops, 4, 5)
	}
	if len(code) <= len(ops) {
		return 0, false
	}
	for k, o := range ops {
		if code[k].Op != o {
			return 0, false
		}
	}
	top := func(a x86asm.Arg) bool {
		m, is := a.(x86asm.Mem)
		return is && m.Base == x86asm.RBP && m.Index == 0 && distance(m) == -8
	}
	inContext := func(a x86asm.Arg, at int32) bool {
		m, is := a.(x86asm.Mem)
		return is && m.Base == x86asm.RAX && m.Index == 0 && m.Segment == 0 && distance(m) == at
	}
	put, rest := &code[3], code[4:len(ops)]
	if ctx != loc(rax) {
		if !is(rest[0].Args[0], loc(rax), 8) || !is(rest[0].Args[1], ctx, 8) {
			return 0, false
		}
		rest = rest[1:]
	}
	down, compare, up, enough, grow, call, back, frame := &rest[0], &rest[1], &rest[2], &rest[3], &rest[4], &rest[5], &rest[6], &rest[7]
	number := func(d *decoded) int64 { n, _ := d.Args[1].(x86asm.Imm); return int64(n) }
	to, isRel := enough.Args[0].(x86asm.Rel)
	m, isMem := up.Args[1].(x86asm.Mem)
	ok = code[1].Args[0] == x86asm.RBP && code[2].Args[0] == x86asm.RSP && top(put.Args[0]) && is(put.Args[1], loc(rax), 8) &&
		number(&code[2]) == 8 && number(down) == number(grow) && number(down) == 8+number(frame)+64 && frame.Args[0] == x86asm.RSP &&
		isMem && m.Base == x86asm.RSP && m.Index == 0 && int64(distance(m)) == number(down) && up.Args[0] == x86asm.RSP && down.Args[0] == x86asm.RSP && compare.Args[0] == x86asm.RSP && inContext(compare.Args[1], ctxStackBottom) &&
		isRel && enough.at+enough.len+int(to) == back.at && inContext(grow.Args[0], ctxGrowSize) && grow.MemBytes == 8 &&
		inContext(call.Args[0], ctxStackGrow) && is(back.Args[0], loc(rax), 8) && top(back.Args[1])
	first := len(ops) - len(rest)
	for _, k := range []int{1, 4, 5} {
		proven[first+k] = true
	}
	return len(ops), ok
}

// checkpointCode is proven code of a checkpoint: so many instructions, which change nothing but some registers.
type checkpointCode struct {
	size int
	lost regs
}
