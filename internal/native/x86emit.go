package native

import "math/bits"

// emitter writes the code of a function.
type emitter struct {
	writing
	asm
	frameSize int32  // below rbp
	scratched regs   // which scratch registers were needed
	short     []bool // of each jump, by its order: fits a byte
	order     []int32
	bare      bool      // there is no frame at hand
	early     bool      // the prologue is not behind the block at hand
	instead   []instead // of being saved in the frame
}

// instead is a register that is kept in another one.
type instead struct{ saved, in reg }

func (amd64) emit(l *lfn) machineCode {
	e := &emitter{order: l.layout()}
	var short []bool
	for round := range 4 {
		scratched := e.scratched
		*e = emitter{writing: writing{lfn: l}, order: e.order, scratched: scratched, short: short}
		e.function()
		if round == 0 || e.scratched != scratched {
			short = e.fitting()
			continue
		}
		if e.complete() {
			e.made.text = e.b
			return e.made
		}
		short = nil
	}
	panic(declined("jumps that do not fit"))
}

func (e *emitter) function() {
	e.labels = make([]int, len(e.lb))
	e.made.parts = make([]part, len(e.ops))
	need := e.used & x86Saved
	need |= e.scratched
	free := e.unused()
	for r := range reg(numRegs) {
		if !need.has(r) {
			continue
		}
		kind := free & (1<<firstFloat - 1)
		if r >= firstFloat {
			kind = free &^ kind
		}
		if kind != 0 {
			to := reg(bits.TrailingZeros64(uint64(kind)))
			free &^= 1 << to
			e.instead = append(e.instead, instead{r, to})
			continue
		}
		e.saved = append(e.saved, r)
	}
	for _, r := range e.saved {
		e.made.keeping += saveSize(r)
	}
	size := e.made.keeping + 8*e.spilled() + e.out
	e.framed = size > 0 || e.called || e.frame
	e.frameSize = (size + 8*(e.slots-e.spilled()) + 15) &^ 15
	if e.m.carries(e.index) {
		e.op(oMov, 8, x86.carrying, m(rbx, e.m.globalAt(e.m.carried.global)), 0)
		e.made.inner = e.at()
	}
	e.blocks(e.order, func(n, next int32) {
		lb := &e.lb[n]
		e.bare, e.early = lb.bare || !e.framed, lb.bare
		if lb.header && lb.depth > 0 {
			e.align()
		}
		e.labels[n] = e.at()
		if n == e.behind {
			e.prologue(&e.ops[e.lb[0].first])
		}
		for _, m := range lb.sunk {
			e.move(m.v, m.from, m.to)
		}
		for i := lb.first; i <= lb.last; i++ {
			in := &e.ops[i]
			moves := e.at()
			e.moves(in.entry, e)
			e.moves(in.before, e)
			sites, start := len(e.guarded), e.at()
			e.ins(in, next)
			e.made.parts[i] = part{int32(moves), int32(start), int32(e.at())}
			e.faults(in, e.guarded[sites:])
		}
	})
	e.writeStubs()
	e.byte(0xCC) // so that every return address is in the function
	e.made.end = e.at()
	for _, t := range e.made.tables {
		for e.at()%4 != 0 {
			e.byte(0xCC)
		}
		start := e.at()
		e.patch32(t.lea-4, int32(start-t.lea))
		for _, b := range t.list {
			e.imm32(int64(e.labels[e.through(b)] - start))
		}
	}
	if len(e.constants) > 0 {
		for e.at()%16 != 0 {
			e.byte(0xCC)
		}
		start := e.at()
		e.byte(e.constants...)
		for _, p := range e.refs {
			e.patch32(p.at, int32(start+p.offset-p.at-4))
		}
	}
}

func (e *emitter) align() {
	nops := [...]string{"", "\x90", "\x66\x90", "\x0F\x1F\x00", "\x0F\x1F\x40\x00", "\x0F\x1F\x44\x00\x00", "\x66\x0F\x1F\x44\x00\x00",
		"\x0F\x1F\x80\x00\x00\x00\x00", "\x0F\x1F\x84\x00\x00\x00\x00\x00", "\x66\x0F\x1F\x84\x00\x00\x00\x00\x00"}
	for n := -e.at() & 15; n > 0; {
		k := min(n, len(nops)-1)
		e.byte([]byte(nops[k])...)
		n -= k
	}
}

// fitting says which jumps fit a byte, where all of them are as they were written last.
func (e *emitter) fitting() []bool {
	const margin = 32 // for what alignment may add
	fits := make([]bool, len(e.jumps))
	for i, j := range e.jumps {
		d := e.labels[j.block] - j.at
		fits[i] = d > -128+margin && d < 127-margin
	}
	return fits
}

// complete fills in the distances of jumps, and reports whether they fit.
func (e *emitter) complete() bool {
	for _, j := range e.jumps {
		d := e.labels[j.block] - j.at
		if j.size == 1 {
			if d != int(int8(d)) {
				return false
			}
			e.b[j.at-1] = byte(d)
			continue
		}
		e.patch32(j.at-4, int32(d))
	}
	return true
}

// jump writes a jump to a block; always with cc -1.
func (e *emitter) jump(cc int, b int32) {
	b = e.through(b)
	if n := len(e.jumps); n < len(e.short) && e.short[n] {
		if cc < 0 {
			e.byte(0xEB, 0)
		} else {
			e.byte(0x70|byte(cc), 0)
		}
		e.jumps = append(e.jumps, jump{e.at(), b, 1})
		return
	}
	if cc < 0 {
		e.byte(0xE9)
	} else {
		e.byte(0x0F, 0x80|byte(cc))
	}
	e.imm32(0)
	e.jumps = append(e.jumps, jump{e.at(), b, 4})
}

// toStub writes a jump to code that f writes behind the function; the stub may go back
// by [emitter.back] to where it was come from.
func (e *emitter) toStub(cc cond, f func()) {
	e.byte(0x0F, 0x80|byte(cc))
	e.imm32(0)
	at, bare := e.at(), e.bare
	e.stubs = append(e.stubs, func() {
		e.bare = bare
		e.patch32(at-4, int32(e.at()-at))
		f()
	})
}

func (e *emitter) back(to int) {
	e.byte(0xE9)
	e.imm32(int64(to - e.at() - 4))
}

// rel is a short jump forwards, completed by the function that it returns.
func (e *emitter) rel(cc cond) func() {
	e.byte(0x70|byte(cc), 0)
	at := e.at()
	return func() { e.b[at-1] = byte(e.at() - at) }
}

// opPool writes an instruction whose operand is a constant behind the function, see [pool.constant].
func (e *emitter) opPool(o opcode, w int, g reg, c []byte) {
	e.op(o, w, g, rm{mem: true, base: noReg, index: noReg}, 0)
	e.refs = append(e.refs, poolRef{e.at() - 4, e.constant(c)})
}

// slot is the place of a slot of the frame.
func (e *emitter) slot(l loc) rm { return m(rbp, -e.made.keeping-8*int32(l-slotBase+1)) }

func (e *emitter) rm(l loc) rm {
	if l.isReg() {
		return r(l.reg())
	}
	return e.slot(l)
}

// operand is use k of in, or its memory operand.
func (e *emitter) operand(in *ins, k int) rm {
	if in.mem >= 0 && int(in.mem) == k {
		return e.memory(in)
	}
	return e.rm(in.uses[k].at)
}

func (e *emitter) memory(in *ins) rm {
	x := m(in.uses[in.mem].at.reg(), in.disp)
	x.guarded = in.guarded()
	if in.index {
		x.index, x.scale = in.uses[in.mem+1].at.reg(), in.scale
	}
	return x
}

func (e *emitter) temporary(float bool) loc {
	t := scratch
	if float {
		t = scratchFloat
	}
	e.scratched |= 1 << t
	return loc(t)
}

// move copies v.
func (e *emitter) move(v vreg, from, to loc) {
	w := 4
	if e.wide[v] {
		w = 8
	}
	switch {
	case e.vec[v] && !from.isReg() && !to.isReg():
		e.scratched |= 1 << scratch
		for _, half := range []int32{0, 8} {
			a, b := e.slot(from), e.slot(to)
			a.disp += half
			b.disp += half
			e.op(oMov, 8, scratch, a, 0)
			e.op(oStore, 8, scratch, b, 0)
		}
	case e.vec[v] && !to.isReg():
		e.op(oStoreU, 0, from.reg(), e.slot(to), 0)
	case e.vec[v] && !from.isReg():
		e.op(oMovups, 0, to.reg(), e.slot(from), 0)
	case !from.isReg() && !to.isReg():
		// By a register of the other kind, which no cycle of these moves is in.
		if e.float[v] {
			e.scratched |= 1 << scratch
			e.op(oMov, w, scratch, e.slot(from), 0)
			e.op(oStore, w, scratch, e.slot(to), 0)
		} else {
			e.scratched |= 1 << scratchFloat
			e.op(scalar(uint8(w))|0x10, 0, scratchFloat, e.slot(from), 0)
			e.op(scalar(uint8(w))|0x11, 0, scratchFloat, e.slot(to), 0)
		}
	case e.float[v]:
		switch {
		case from.isReg() && to.isReg():
			e.op(oMovaps, 0, to.reg(), r(from.reg()), 0)
		case from.isReg():
			e.op(scalar(uint8(w))|0x11, 0, from.reg(), e.slot(to), 0)
		default:
			e.op(scalar(uint8(w))|0x10, 0, to.reg(), e.slot(from), 0)
		}
	case to.isReg():
		e.op(oMov, w, to.reg(), e.rm(from), 0)
	default:
		e.op(oStore, w, from.reg(), e.slot(to), 0)
	}
}

// place notes that the code up to here stands for the instruction of in.
func (e *emitter) place(in *ins) {
	e.made.places = append(e.made.places, placed{uint32(e.at()), in.pos})
}

// trapIf writes a jump to a trap.
func (e *emitter) trapIf(cc cond, in *ins, code uint8) {
	e.toStub(cc, func() { e.trap(in, code) })
}

// faults has the accesses at the offsets sites, which are of in, go on at a trap.
func (e *emitter) faults(in *ins, sites []int) {
	bare := e.bare
	for _, at := range sites {
		e.stubs = append(e.stubs, func() {
			e.bare = bare
			e.made.sites = append(e.made.sites, site{at, e.at()})
			e.trap(in, in.code)
		})
	}
}

// trap writes the way to a trap. Nothing but the execution context is needed any more.
func (e *emitter) trap(in *ins, code uint8) {
	if at := in.uses[in.ctx].at; at != loc(rax) {
		e.op(oMov, 8, rax, e.rm(at), 0)
	}
	if e.bare {
		e.byte(0x55) // push rbp
		e.op(oMov, 8, rbp, r(rsp), 0)
	}
	e.byte(0xE8)
	e.made.traps = append(e.made.traps, callSite{e.at(), int32(code)})
	e.imm32(0)
	e.place(in)
}

// prologue makes the frame. in is the entry of the function, for its place.
func (e *emitter) prologue(in *ins) {
	if e.framed {
		e.byte(0x55)
		e.op(oMov, 8, rbp, r(rsp), 0)
		need := int64(e.frameSize) + 64
		if e.called || e.frameSize > 16 {
			e.aluImm(aluSub, 8, r(rsp), need)
			e.op(oCmp, 8, rsp, m(rax, ctxStackBottom), 0)
			e.op(oLea, 8, rsp, m(rsp, int32(need)-e.frameSize), 0)
			var back int
			e.toStub(ccBE, func() {
				e.op(oMov, 8, rsp, r(rbp), 0)
				e.growStack(need)
				e.made.grows = e.at()
				e.place(in)
				if e.frameSize > 0 {
					e.aluImm(aluSub, 8, r(rsp), int64(e.frameSize))
				}
				e.back(back)
			})
			back = e.at()
		} else if e.frameSize > 0 {
			e.aluImm(aluSub, 8, r(rsp), int64(e.frameSize))
		}
		e.save(false)
	}
	for _, x := range e.instead {
		e.copy(x.in, x.saved)
	}
}

// growStack asks for a stack with room for need bytes, with the execution context in rax.
func (e *emitter) growStack(need int64) {
	e.op(0xC7, 8, 0, m(rax, ctxGrowSize), 4)
	e.imm32(need)
	e.op(0xFF, 4, 2, m(rax, ctxStackGrow), 0)
}

// enter extends what is passed, where that is needed.
func (e *emitter) enter(in *ins) {
	for _, d := range in.defs {
		if e.extends(d) {
			e.op(oMov, 4, d.fix, r(d.fix), 0)
		}
	}
}

// copy is to = from, of two registers of a kind.
func (e *emitter) copy(to, from reg) {
	if to >= xmm0 {
		e.op(oMovaps, 0, to, r(from), 0)
	} else {
		e.op(oMov, 8, to, r(from), 0)
	}
}

// unused are registers that nothing is in, for a function without a frame.
func (e *emitter) unused() regs {
	if e.called || e.slots > 0 || e.out > 0 || e.frame {
		return 0
	}
	free := x86.callerSaved &^ e.used
	for _, d := range e.ops[e.lb[0].first].defs {
		free &^= 1 << d.fix
	}
	for _, p := range e.m.calling(e.index).results {
		if p.reg != noReg {
			free &^= 1 << p.reg
		}
	}
	return free
}

// saveSize is what r takes in the frame when it is saved, in bytes.
func saveSize(r reg) int32 {
	if r >= xmm0 {
		return 16
	}
	return 8
}

// save stores the registers that callers rely on, or with restore loads them.
func (e *emitter) save(restore bool) {
	at := int32(0)
	for _, x := range e.saved {
		at += saveSize(x)
		o := opcode(oStore)
		w := 8
		switch {
		case x >= xmm0 && restore:
			o, w = oMovups, 0
		case x >= xmm0:
			o, w = oStoreU, 0
		case restore:
			o = oMov
		}
		e.op(o, w, x, m(rbp, -at), 0)
	}
}

func (e *emitter) epilogue() {
	if e.early { // nothing has been kept, and there is no frame
		e.byte(0xC3)
		return
	}
	for _, x := range e.instead {
		e.copy(x.saved, x.in)
	}
	if e.framed {
		e.save(true)
		if e.frameSize > 0 {
			e.op(oMov, 8, rsp, r(rbp), 0)
		}
		e.byte(0x5D)
	}
	e.byte(0xC3)
}
