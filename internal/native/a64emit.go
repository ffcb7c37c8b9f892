package native

// a64emitter writes the code of a function for arm64.
type a64emitter struct {
	writing
	a64asm
	frameSize int32 // slots and saved registers
	block     int32 // of parameters and results on the stack
}

// The frame, from the stack's pointer up: its size, and 8 bytes; slots; what is saved; the return
// address, and the size of the block of parameters and results; that block.
const (
	a64below = 16 // what is below the slots
	a64above = 16 // what is above the saved registers
)

func (arm64) emit(l *lfn) machineCode {
	e := &a64emitter{writing: writing{lfn: l}}
	e.function(l.layout())
	for _, j := range e.jumps {
		e.lead(j.at, e.labels[j.block])
	}
	e.made.text = e.b
	return e.made
}

func (e *a64emitter) function(order []int32) {
	e.labels = make([]int, len(e.lb))
	e.made.parts = make([]part, len(e.ops))
	size := 8 * e.slots
	for _, list := range [2]regs{armSaved & (1<<firstFloat - 1), armSaved &^ (1<<firstFloat - 1)} {
		for r := range reg(numRegs) {
			if (e.used & list).has(r) {
				e.saved = append(e.saved, r)
			}
		}
	}
	for _, r := range e.saved {
		size = e.room(r, size)
		e.made.kept |= 1 << r
	}
	e.frameSize = (size + 15) &^ 15
	e.block = e.m.signature(e.m.TypeIndexOf(e.index)).block
	e.framed = size > 0 || e.called || e.frame || e.block > 0
	if e.m.carries(e.index) {
		e.mem(aLdrX, arm.carrying, 1, int64(e.m.globalAt(e.m.carried.global)))
		e.made.inner = e.at()
	}
	e.blocks(order, func(n, next int32) {
		lb := &e.lb[n]
		if lb.header && lb.depth > 0 {
			for e.at()%16 != 0 {
				e.word(aNop)
			}
		}
		e.labels[n] = e.at()
		for i := lb.first; i <= lb.last; i++ {
			in := &e.ops[i]
			e.moves(in.entry, e)
			e.moves(in.before, e)
			start := e.at()
			e.ins(in, next)
			e.made.parts[i] = part{from: int32(start), to: int32(e.at())}
		}
	})
	e.writeStubs()
	e.word(aBrk) // so that every return address is in the function
	e.made.end = e.at()
	for _, t := range e.made.tables {
		start := e.at()
		e.lead(t.lea-4, start)
		for _, b := range t.list {
			e.word(a64(e.labels[e.through(b)] - start))
		}
	}
	if len(e.constants) > 0 {
		for e.at()%16 != 0 {
			e.word(aBrk)
		}
		start := e.at()
		e.b = append(e.b, e.constants...)
		for _, p := range e.refs {
			if !e.patch(p.at, start+p.offset) {
				panic(declined("constants that are too far"))
			}
		}
	}
}

// lead is [a64asm.patch] of a jump. A function where one is too far keeps the engine's code.
func (e *a64emitter) lead(at, to int) {
	if !e.patch(at, to) {
		panic(declined("jumps that do not fit"))
	}
}

// room is the end of the place of r behind size bytes of the frame.
func (e *a64emitter) room(r reg, size int32) int32 {
	if r >= firstFloat {
		return (size+15)&^15 + 16
	}
	return size + 8
}

// jump writes a jump to a block, of the kind o.
func (e *a64emitter) jump(o a64, b int32) {
	e.jumps = append(e.jumps, jump{at: e.at(), block: e.through(b)})
	e.word(o)
}

// toStub writes a jump of the kind o to code that f writes behind the function.
func (e *a64emitter) toStub(o a64, f func()) {
	at := e.at()
	e.word(o)
	e.stubs = append(e.stubs, func() {
		e.lead(at, e.at())
		f()
	})
}

// skip writes a jump of the kind o forwards, completed by the function that it returns.
func (e *a64emitter) skip(o a64) func() {
	at := e.at()
	e.word(o)
	return func() { e.patch(at, e.at()) }
}

// back writes a jump of the kind o to what has been written.
func (e *a64emitter) back(o a64, to int) {
	at := e.at()
	e.word(o)
	e.lead(at, to)
}

// slot is the offset of a slot from the stack's pointer. Those of vectors are two, of which the upper one
// is named.
func (e *a64emitter) slot(v vreg, l loc) int64 {
	n := int64(l - slotBase)
	if e.vec[v] {
		n--
	}
	return a64below + 8*n
}

// access is the instruction that loads or stores a value of w bytes.
func a64access(w int, float, store bool) a64 {
	var o a64
	switch {
	case float && w == 4:
		o = aLdrS
	case float && w == 8:
		o = aLdrD
	case float:
		o = aLdrQ
	case w == 4:
		o = aLdrW
	default:
		o = aLdrX
	}
	if store {
		o &^= 1 << 22
	}
	return o
}

func (e *a64emitter) bytes(v vreg) int {
	switch {
	case e.vec[v]:
		return 16
	case e.wide[v]:
		return 8
	}
	return 4
}

func (e *a64emitter) temporary(float bool) loc {
	if float {
		return loc(v17)
	}
	return loc(x29)
}

// move copies v. x29 and v17 may hold another value meanwhile.
func (e *a64emitter) move(v vreg, from, to loc) {
	w, float := e.bytes(v), e.float[v]
	switch {
	case from.isReg() && to.isReg():
		e.copy(w, to.reg(), from.reg())
	case from.isReg():
		e.mem(a64access(w, float, true), from.reg(), sp, e.slot(v, to))
	case to.isReg():
		e.mem(a64access(w, float, false), to.reg(), sp, e.slot(v, from))
	default: // by a register that is no other value's
		e.mem(a64access(w, true, false), v16, sp, e.slot(v, from))
		e.mem(a64access(w, true, true), v16, sp, e.slot(v, to))
	}
}

// copy is to = from, of w bytes, within and between the kinds of registers.
func (e *a64emitter) copy(w int, to, from reg) {
	switch {
	case to >= firstFloat && from >= firstFloat:
		e.op(aMovV, to, from, from)
	case to >= firstFloat:
		e.two(a64general(aFmovTo, w), to, from)
	case from >= firstFloat:
		e.two(a64general(aFmovOf, w), to, from)
	default:
		e.op(aOrr.sized(w), to, xzr, from)
	}
}

// a64general is o, between a float and a general register, both of w bytes.
func a64general(o a64, w int) a64 { return o.sized(w).floats(w) }

// place notes that the code up to here stands for the instruction of in.
func (e *a64emitter) place(in *ins) {
	e.made.places = append(e.made.places, placed{uint32(e.at()), in.pos})
}

// trapIf writes a jump to a trap, of the kind o.
func (e *a64emitter) trapIf(o a64, in *ins, code uint8) {
	e.toStub(o, func() { e.trap(in, code) })
}

// trap writes the way to a trap. Nothing but the execution context is needed any more.
func (e *a64emitter) trap(in *ins, code uint8) {
	switch at := in.uses[in.ctx].at; {
	case at == loc(x0):
	case at.isReg():
		e.copy(8, x0, at.reg())
	default:
		e.mem(aLdrX, x0, sp, e.slot(in.uses[in.ctx].v, at))
	}
	if !e.framed {
		e.word(aStpPre | 0x7E<<15 | a64(xzr)<<10 | a64(sp)<<5 | a64(x30))
		e.word(aStpPre | 0x7E<<15 | a64(xzr)<<10 | a64(sp)<<5 | a64(xzr))
	}
	e.made.traps = append(e.made.traps, callSite{e.at(), int32(code)})
	e.word(aBl)
	e.place(in)
}

func (e *a64emitter) prologue(in *ins) {
	if e.framed {
		size := xzr
		if e.block > 0 {
			e.moveSp(-int64(e.block))
			e.set(8, x27, int64(e.block))
			size = x27
		}
		e.word(aStpPre | 0x7E<<15 | a64(size)<<10 | a64(sp)<<5 | a64(x30))
		if e.called || e.frameSize > 0 {
			e.stackCheck(in)
		}
		e.moveSp(-int64(e.frameSize) - a64below)
		size = xzr
		if e.frameSize > 0 {
			e.set(8, x27, int64(e.frameSize))
			size = x27
		}
		e.mem(aStrX, size, sp, 0)
		e.save(true)
	}
	for _, d := range in.defs {
		if !e.float[d.v] && !e.wide[d.v] {
			e.copy(4, d.fix, d.fix)
		}
	}
}

// stackCheck enlarges the stack if the frame, and those of callees that check nothing, are not in it.
func (e *a64emitter) stackCheck(in *ins) {
	need := int64(e.frameSize) + int64(e.out) + a64below + 64
	if !e.small(aSubImm, aAddImm, 8, x27, sp, need) {
		e.set(8, x27, need)
		e.op(aSubSp, x27, sp, x27)
	}
	e.mem(aLdrX, x11, x0, ctxStackBottom)
	e.op(aSubs|wide, xzr, x27, x11)
	var back int
	e.toStub(aBc|a64(lt), func() {
		e.set(8, x27, need)
		e.mem(aStrX, x27, x0, ctxGrowSize)
		e.mem(aLdrX, x27, x0, ctxStackGrow)
		e.two(aBlr, 0, x27)
		e.place(in)
		e.back(aB, back)
	})
	back = e.at()
}

// save stores the registers that callers rely on, or loads them.
func (e *a64emitter) save(store bool) {
	size := 8 * e.slots
	for _, r := range e.saved {
		size = e.room(r, size)
		at := int64(size) + a64below
		o, unit := a64access(16, true, store), int64(16)
		if r < firstFloat {
			o, unit = a64access(8, false, store), 8
		}
		e.mem(o, r, sp, at-unit)
	}
}

func (e *a64emitter) epilogue() {
	if e.framed {
		e.save(false)
		e.moveSp(int64(e.frameSize) + a64below)
		e.word(aLdrX&^scaled | postInc | a64above<<12 | a64(sp)<<5 | a64(x30))
		e.moveSp(int64(e.block))
	}
	e.word(aRet)
}
