package native

import "math"

// ins writes one operation; next is the block that is written behind it.
func (e *emitter) ins(in *ins, next int32) {
	w := int(in.w)
	dst, src := noReg, noReg
	if len(in.defs) > 0 && in.defs[0].at.isReg() {
		dst = in.defs[0].at.reg()
	}
	if len(in.uses) > 0 && in.uses[0].at.isReg() {
		src = in.uses[0].at.reg()
	}
	// over has the first operand where the result is to be.
	over := func() {
		if dst != src {
			if dst >= xmm0 {
				e.op(oMovaps, 0, dst, r(src), 0)
			} else {
				e.op(oMov, w, dst, r(src), 0)
			}
		}
	}
	switch in.op {
	case mNop:
	case mEntry:
		e.enter(in)
	case mMov:
		e.reinterpret(w, dst, src)
	case mImm:
		if in.imm == 0 {
			e.op(oXor, 4, dst, r(dst), 0)
		} else {
			e.set(w, dst, in.imm)
		}
	case mFloat:
		if in.imm == 0 {
			e.op(oXorps, 0, dst, r(dst), 0)
		} else {
			e.opPool(scalar(in.w)|0x10, 0, dst, scalarBytes(w, uint64(in.imm)))
		}
	case mVector:
		e.vectorConst(dst, e.vectors[in.imm])
	case mVec:
		e.vector(in, dst, src)
	case mLea:
		e.lea(in, w, dst, src)
	case mAlu:
		e.binary(in, w, dst, src, func(x rm) { e.alu(in.sub, w, dst, x) })
	case mImul:
		e.binary(in, w, dst, src, func(x rm) { e.op(oImul, w, dst, x, 0) })
	case mAluImm:
		over()
		e.aluImm(in.sub, w, r(dst), in.imm)
	case mImulImm:
		if in.imm == int64(int8(in.imm)) {
			e.op(oImul8, w, dst, e.operand(in, 0), 1)
			e.byte(byte(in.imm))
		} else {
			e.op(oImul32, w, dst, e.operand(in, 0), 4)
			e.imm32(in.imm)
		}
	case mNeg:
		over()
		e.op(0xF7, w, 3, r(dst), 0)
	case mNot:
		over()
		e.op(0xF7, w, 2, r(dst), 0)
	case mShiftImm:
		over()
		e.op(0xC1, w, reg(in.sub), r(dst), 1)
		e.byte(byte(in.imm))
	case mShiftCL:
		over()
		e.op(0xD3, w, reg(in.sub), r(dst), 0)
	case mShiftX:
		o := map[uint8]opcode{shShl: oShlx, shShr: oShrx, shSar: oSarx}[in.sub]
		e.vex(o, w, dst, in.uses[1].at.reg(), r(src), 0)
	case mBits:
		o := [...]opcode{oLzcnt, oTzcnt, oPopcnt}[in.sub]
		if dst != src { // some processors wait for what was there
			e.op(oXor, 4, dst, r(dst), 0)
		}
		e.op(o, w, dst, r(src), 0)
	case mExt:
		e.extend(in, w, dst, src)
	case mDiv:
		e.divide(in)
	case mMulHi:
		e.op(0xF7, 8, reg(4+in.sub), r(in.uses[1].at.reg()), 0)
	case mCheck:
		t := in.temps[0].at.reg()
		e.op(oLea, 8, t, m(src, int32(in.imm)), 0)
		e.op(oCmp, 8, t, e.operand(in, 1), 0)
		e.trapIf(ccA, in, in.code)
	case mCheckLim:
		switch in.sub {
		case 0:
			e.op(oCmp, 8, src, e.operand(in, 1), 0)
			e.trapIf(ccA, in, in.code)
		case 1:
			e.op(oCmp, w, src, e.operand(in, 1), 0)
			e.trapIf(in.cc, in, in.code)
		default:
			e.op(oTest, w, src, r(src), 0)
			e.trapIf(in.cc, in, in.code)
		}
	case mSet:
		e.compare(in)
		switch in.cc {
		case ccFE, ccFNE:
			e.floatEqual(in.cc, dst)
		default:
			e.op(oSet|opcode(in.cc), 1, 0, r(dst), 0)
			e.zero8(dst)
		}
	case mSel:
		e.sel(in, dst)
	case mLoad:
		e.load(in.sub, dst, e.memory(in))
	case mStore:
		e.store(in.sub, src, e.memory(in))
	case mStoreImm:
		x := e.memory(in)
		switch in.sub {
		case 0:
			e.op(0xC6, 4, 0, x, 1)
			e.byte(byte(in.imm))
		case 1:
			e.op(0x6600C7, 4, 0, x, 2)
			e.byte(byte(in.imm), byte(in.imm>>8))
		default:
			e.op(0xC7, 4<<(in.sub-2), 0, x, 4)
			e.imm32(in.imm)
		}
	case mFAlu:
		over()
		if in.pooled {
			e.opPool(scalar(in.w)|opcode(in.sub), 0, dst, scalarBytes(w, uint64(in.imm)))
			break
		}
		e.op(scalar(in.w)|opcode(in.sub), 0, dst, e.operand(in, 1), 0)
	case mFUn:
		if in.sub == 0xFF {
			e.op(scalar(in.w)|0x51, 0, dst, r(src), 0)
			break
		}
		o := oRound
		if w == 8 {
			o++
		}
		e.op(o, 0, dst, r(src), 1)
		e.byte(in.sub | 8) // without an exception for what is not exact
	case mFBits:
		over()
		bits := uint64(in.imm)
		if w == 4 {
			bits |= bits << 32
		}
		e.opPool(0x100|opcode(in.sub), 0, dst, vectorBytes(bits, bits))
	case mFCopysign:
		t := in.temps[0].at.reg()
		sign := uint64(1) << 63
		if w == 4 {
			sign = 1<<31 | 1<<63
		}
		over()
		e.opPool(oMovaps, 0, t, vectorBytes(sign, sign))
		e.op(oAndps, 0, t, r(in.uses[1].at.reg()), 0)
		e.opPool(oAndps, 0, dst, vectorBytes(^sign, ^sign))
		e.op(oOrps, 0, dst, r(t), 0)
	case mFMinMax:
		over()
		e.minMax(in, dst, in.uses[1].at.reg())
	case mFConv:
		e.convert(in, dst, src)
	case mTrunc:
		e.truncate(in, dst, src)
	case mCall:
		e.byte(0xE8)
		e.made.calls = append(e.made.calls, callSite{e.at(), in.target})
		e.imm32(0)
		e.behindCall(in)
	case mCallMem:
		if reg(in.sub) == noReg {
			if in.clob == e.m.target.convention().ofMemmove {
				e.made.moves = append(e.made.moves, e.at())
			}
			e.op(0xFF, 4, 2, r(in.uses[len(in.uses)-1].at.reg()), 0)
		} else {
			e.op(0xFF, 4, 2, m(reg(in.sub), in.disp), 0)
		}
		e.behindCall(in)
	case mCheckpoint:
		e.checkpoint(in)
	case mFill:
		e.byte(0xF3, 0xAA)
	case mLoadArg:
		e.loadSlot(w, dst, m(rbp, 16+in.disp))
	case mLoadOut:
		e.loadSlot(w, dst, m(rsp, in.disp))
	case mStoreRes:
		e.storeSlot(w, src, m(rbp, 16+in.disp))
	case mStoreOut:
		e.storeSlot(w, src, m(rsp, in.disp))
	case mJump:
		if t := e.through(in.target); t != next || e.early && !e.lb[t].bare {
			if e.returns(t) {
				e.epilogue()
			} else {
				e.jump(-1, t)
			}
		}
	case mBr:
		e.compare(in)
		e.branch(in.cc, e.through(in.target), e.through(in.other), next)
	case mSwitch:
		e.jumpTable(in)
	case mRet:
		e.epilogue()
	case mTrap:
		e.trap(in, in.code)
	default:
		panic(declined("an operation without code"))
	}
}

const oXor opcode = 0x33

// extends reports whether the upper half of what a caller or callee has left for d is to be cleared.
func (e *emitter) extends(d def) bool {
	return d.fix != noReg && d.fix < xmm0 && !e.wide[d.v] && e.halves[d.v]
}

// behindCall follows a call: the upper halves of 32-bit results are not defined.
func (e *emitter) behindCall(in *ins) {
	e.place(in)
	for _, d := range in.defs {
		if e.extends(d) {
			e.op(oMov, 4, d.fix, r(d.fix), 0)
		}
	}
}

func (e *emitter) zero8(x reg) { e.op(oMovzxB, 1, x, r(x), 0) }

func (e *emitter) reinterpret(w int, dst, src reg) {
	switch {
	case dst >= xmm0 && src >= xmm0:
		e.op(oMovaps, 0, dst, r(src), 0)
	case dst >= xmm0:
		e.op(oMovd, w, dst, r(src), 0)
	case src >= xmm0:
		e.op(oMovdTo, w, src, r(dst), 0)
	default:
		e.op(oMov, w, dst, r(src), 0)
	}
}

func (e *emitter) lea(in *ins, w int, dst, src reg) {
	if !in.index {
		switch {
		case in.disp == 0:
			e.op(oMov, w, dst, r(src), 0)
		case dst == src:
			e.aluImm(aluAdd, w, r(dst), int64(in.disp))
		default:
			e.op(oLea, w, dst, m(src, in.disp), 0)
		}
		return
	}
	x := m(src, in.disp)
	x.index, x.scale = in.uses[1].at.reg(), in.scale
	if in.scale == 0 && in.disp == 0 {
		switch dst {
		case src:
			e.alu(aluAdd, w, dst, r(x.index))
			return
		case x.index:
			e.alu(aluAdd, w, dst, r(src))
			return
		}
		if b := byte(x.base) & 7; b == 5 { // needs no displacement the other way round
			x.base, x.index = x.index, x.base
		}
	}
	e.op(oLea, w, dst, x, 0)
}

// binary writes an operation that is written over its first operand; the second stays
// until then.
func (e *emitter) binary(in *ins, w int, dst, src reg, f func(rm)) {
	if dst != src {
		e.op(oMov, w, dst, r(src), 0)
	}
	f(e.operand(in, 1))
}

func (e *emitter) extend(in *ins, w int, dst, src reg) {
	switch in.sub {
	case extL:
		if dst == src && w == 8 {
			return // it is extended already
		}
		e.op(oMov, 4, dst, r(src), 0)
	case extLS:
		e.op(oMovsxd, 8, dst, r(src), 0)
	case extBS:
		if w == 4 {
			e.signed8(dst, src)
			return
		}
		e.op(oMovsxB, 8, dst, r(src), 0)
	case extWS:
		e.op(oMovsxW, w, dst, r(src), 0)
	}
}

// signed8 needs a prefix for the low bytes of some registers.
func (e *emitter) signed8(dst, src reg) {
	e.op(oMovsxB, 1, dst, r(src), 0)
}

// compare sets the flags.
func (e *emitter) compare(in *ins) {
	w := int(in.w)
	x := in.uses[0].at
	switch in.cmp {
	case cmpReg:
		e.op(oCmp, w, x.reg(), e.rm(in.uses[1].at), 0)
	case cmpImm:
		if in.imm == 0 {
			e.op(oTest, w, x.reg(), r(x.reg()), 0)
		} else {
			e.aluImm(aluCmp, w, r(x.reg()), in.imm)
		}
	case testReg:
		e.op(oTest, w, x.reg(), r(in.uses[1].at.reg()), 0)
	case testImm:
		e.op(0xF7, w, 0, r(x.reg()), 4)
		e.imm32(in.imm)
	case cmpFloat, cmpFloatSw:
		g, y := x.reg(), in.uses[1].at.reg()
		if in.cmp == cmpFloatSw {
			g, y = y, g
		}
		o := oUcomis
		if w == 8 {
			o |= 0x660000
		}
		e.op(o, 0, g, r(y), 0)
	}
}

// floatEqual makes 0 or 1 of the flags of an equality of floats.
func (e *emitter) floatEqual(cc cond, dst reg) {
	not := cc == ccFNE
	e.op(oSet|opcode(ccE), 1, 0, r(dst), 0)
	ok := e.rel(ccNP)
	e.set(4, dst, 0)
	ok()
	e.zero8(dst)
	if not {
		e.aluImm(aluXor, 4, r(dst), 1)
	}
}

func (e *emitter) sel(in *ins, dst reg) {
	n := 2
	if in.cmp == cmpImm || in.cmp == testImm {
		n = 1
	}
	yes, no := in.uses[n].at, in.uses[n+1].at.reg()
	w := int(in.sub)
	e.compare(in)
	if dst >= xmm0 {
		if dst != no {
			e.op(oMovaps, 0, dst, r(no), 0)
		}
		skip := e.rel(in.cc.not())
		e.op(oMovaps, 0, dst, r(yes.reg()), 0)
		skip()
		return
	}
	if dst != no {
		e.op(oMov, w, dst, r(no), 0)
	}
	e.op(oCmov|opcode(in.cc), w, dst, e.rm(yes), 0)
}

func (e *emitter) load(kind uint8, dst reg, x rm) {
	switch kind {
	case ldL:
		e.op(oMov, 4, dst, x, 0)
	case ldQ:
		e.op(oMov, 8, dst, x, 0)
	case ldBU:
		e.op(oMovzxB, 4, dst, x, 0)
	case ldWU:
		e.op(oMovzxW, 4, dst, x, 0)
	case ldB4S:
		e.op(oMovsxB, 4, dst, x, 0)
	case ldW4S:
		e.op(oMovsxW, 4, dst, x, 0)
	case ldB8S:
		e.op(oMovsxB, 8, dst, x, 0)
	case ldW8S:
		e.op(oMovsxW, 8, dst, x, 0)
	case ldL8S:
		e.op(oMovsxd, 8, dst, x, 0)
	case ldF:
		e.op(oMovss, 0, dst, x, 0)
	case ldD:
		e.op(oMovsd, 0, dst, x, 0)
	case ldV:
		e.op(oMovups, 0, dst, x, 0)
	default:
		e.op(extensions[kind-ldX], 0, dst, x, 0)
	}
}

func (e *emitter) store(size uint8, src reg, x rm) {
	switch {
	case src >= xmm0 && size == 2:
		e.op(oStoreS, 0, src, x, 0)
	case src >= xmm0 && size == 4:
		e.op(oStoreU, 0, src, x, 0)
	case src >= xmm0:
		e.op(oStoreD, 0, src, x, 0)
	case size == 0:
		e.op(oStoreB, 1, src, x, 0)
	case size == 1:
		e.op(0x660000|oStore, 4, src, x, 0)
	case size == 2:
		e.op(oStore, 4, src, x, 0)
	default:
		e.op(oStore, 8, src, x, 0)
	}
}

func (e *emitter) loadSlot(w int, dst reg, x rm) {
	switch {
	case dst >= xmm0 && w == 16:
		e.op(oMovups, 0, dst, x, 0)
	case dst >= xmm0:
		e.op(scalar(uint8(w))|0x10, 0, dst, x, 0)
	default:
		e.op(oMov, w, dst, x, 0)
	}
}

func (e *emitter) storeSlot(w int, src reg, x rm) {
	switch {
	case src >= xmm0 && w == 16:
		e.op(oStoreU, 0, src, x, 0)
	case src >= xmm0:
		e.op(scalar(uint8(w))|0x11, 0, src, x, 0)
	default:
		e.op(oStore, w, src, x, 0)
	}
}

func (e *emitter) branch(cc cond, yes, no, next int32) {
	switch cc {
	case ccFE:
		e.jump(int(ccP), no)
		e.jump(int(ccNE), no)
		if yes != next {
			e.jump(-1, yes)
		}
		return
	case ccFNE:
		e.jump(int(ccP), yes)
	}
	if cc == ccFNE {
		cc = ccNE
	}
	switch {
	case yes == no:
		if yes != next {
			e.jump(-1, yes)
		}
	case yes == next:
		e.jump(int(cc.not()), no)
	default:
		e.jump(int(cc), yes)
		if no != next {
			e.jump(-1, no)
		}
	}
}

func (e *emitter) jumpTable(in *ins) {
	n := len(in.list) - 1
	last := e.through(in.list[n])
	x := in.uses[0].at.reg()
	if n <= 3 {
		for k := range n {
			if k == 0 {
				e.op(oTest, 4, x, r(x), 0)
			} else {
				e.aluImm(aluCmp, 4, r(x), int64(k))
			}
			e.jump(int(ccE), in.list[k])
		}
		e.jump(-1, last)
		return
	}
	t, u := in.temps[0].at.reg(), in.temps[1].at.reg()
	e.aluImm(aluCmp, 4, r(x), int64(n))
	e.jump(int(ccAE), last)
	e.op(oLea, 8, t, rm{mem: true, base: noReg, index: noReg}, 0)
	e.made.tables = append(e.made.tables, table{e.at(), in.list[:n]})
	e.op(oMovsxd, 8, u, rm{mem: true, base: t, index: x, scale: 2}, 0)
	e.alu(aluAdd, 8, u, r(t))
	e.op(0xFF, 4, 4, r(u), 0)
}

func (e *emitter) divide(in *ins) {
	w := int(in.w)
	y := in.uses[1].at.reg()
	signed := in.sub == 0 || in.sub == 2
	if in.imm == 0 {
		e.op(oTest, w, y, r(y), 0)
		e.trapIf(ccE, in, exitDivideZero)
	}
	var done func()
	if signed && in.imm < 2 {
		e.aluImm(aluCmp, w, r(y), -1)
		normal := e.rel(ccNE)
		if in.sub == 0 {
			e.aluImm(aluCmp, w, r(rax), 1) // overflows for the least integer alone
			e.trapIf(0, in, exitOverflow)  // jo
		} else {
			e.op(oXor, 4, rdx, r(rdx), 0)
			e.byte(0xEB, 0)
			at := e.at()
			done = func() { e.b[at-1] = byte(e.at() - at) }
		}
		normal()
	}
	if signed {
		if w == 8 {
			e.byte(0x48)
		}
		e.byte(0x99) // cdq, cqo
		e.op(0xF7, w, 7, r(y), 0)
	} else {
		e.op(oXor, 4, rdx, r(rdx), 0)
		e.op(0xF7, w, 6, r(y), 0)
	}
	if done != nil {
		done()
	}
}

// minMax makes dst the lesser or the greater of dst and y (core 4.3.3: a NaN if one of
// them is; -0 is less than 0).
func (e *emitter) minMax(in *ins, dst, y reg) {
	o := oUcomis
	if in.w == 8 {
		o |= 0x660000
	}
	e.op(o, 0, dst, r(y), 0)
	differ := e.rel(ccNE)
	nan := e.rel(ccP)
	if in.sub == 0 {
		e.op(oOrps, 0, dst, r(y), 0)
	} else {
		e.op(oAndps, 0, dst, r(y), 0)
	}
	e.byte(0xEB, 0)
	end1 := e.at()
	nan()
	e.op(scalar(in.w)|0x58, 0, dst, r(y), 0) // a NaN
	e.byte(0xEB, 0)
	end2 := e.at()
	differ()
	if in.sub == 0 {
		e.op(scalar(in.w)|0x5D, 0, dst, r(y), 0)
	} else {
		e.op(scalar(in.w)|0x5F, 0, dst, r(y), 0)
	}
	e.b[end1-1] = byte(e.at() - end1)
	e.b[end2-1] = byte(e.at() - end2)
}

// convert is for the instructions from f32.convert_i32_s to f64.promote_f32.
func (e *emitter) convert(in *ins, dst, src reg) {
	const cvtsi2 = 0x2A
	to := scalar(in.w)
	switch in.sub {
	case 0, 5: // i32_s
		e.op(oXorps, 0, dst, r(dst), 0)
		e.op(to|cvtsi2, 4, dst, r(src), 0)
	case 1, 6, 2, 7: // i32_u, i64_s
		e.op(oXorps, 0, dst, r(dst), 0)
		e.op(to|cvtsi2, 8, dst, r(src), 0)
	case 3, 8: // i64_u
		t, u := in.temps[0].at.reg(), in.temps[1].at.reg()
		e.op(oXorps, 0, dst, r(dst), 0)
		e.op(oTest, 8, src, r(src), 0)
		var back int
		e.toStub(ccS, func() { // half of it, with the last bit kept for rounding
			e.op(oMov, 8, t, r(src), 0)
			e.op(oMov, 8, u, r(src), 0)
			e.op(0xD1, 8, 5, r(t), 0)
			e.aluImm(aluAnd, 4, r(u), 1)
			e.alu(aluOr, 8, t, r(u))
			e.op(to|cvtsi2, 8, dst, r(t), 0)
			e.op(to|0x58, 0, dst, r(dst), 0)
			e.back(back)
		})
		e.op(to|cvtsi2, 8, dst, r(src), 0)
		back = e.at()
	case 4: // f32.demote_f64
		if dst != src {
			e.op(oXorps, 0, dst, r(dst), 0)
		}
		e.op(scalar(8)|0x5A, 0, dst, r(src), 0)
	case 9: // f64.promote_f32
		if dst != src {
			e.op(oXorps, 0, dst, r(dst), 0)
		}
		e.op(scalar(4)|0x5A, 0, dst, r(src), 0)
	}
}

// truncate makes an integer of a float. What the processor cannot do directly, or may not
// be done, is found out behind the function.
func (e *emitter) truncate(in *ins, dst, x reg) {
	unsigned, double, wide, saturate := in.sub&1 != 0, in.sub&2 != 0, in.sub&4 != 0, in.sub&8 != 0
	fw := uint8(4)
	if double {
		fw = 8
	}
	cvtt := scalar(fw) | 0x2C
	ucomis := oUcomis
	if double {
		ucomis |= 0x660000
	}
	t, f := in.temps[0].at.reg(), in.temps[1].at.reg()
	var back int
	// bad is the end of an operand that has no integer: low for one that is too small.
	bad := func(low, high int64) {
		w := 4
		if wide {
			w = 8
		}
		e.op(ucomis, 0, x, r(x), 0)
		if !saturate {
			e.trapIf(ccP, in, exitConversion)
			e.trap(in, exitOverflow)
			return
		}
		nan := e.rel(ccP)
		e.op(oXorps, 0, f, r(f), 0)
		e.op(ucomis, 0, x, r(f), 0)
		isLow := e.rel(ccB)
		e.set(w, dst, high)
		e.back(back)
		isLow()
		if low == 0 {
			e.op(oXor, 4, dst, r(dst), 0)
		} else {
			e.set(w, dst, low)
		}
		e.back(back)
		nan()
		e.op(oXor, 4, dst, r(dst), 0)
		e.back(back)
	}
	switch {
	case !wide:
		e.op(cvtt, 8, t, r(x), 0)
		if unsigned {
			e.op(oMov, 4, dst, r(t), 0)
			e.op(oCmp, 8, dst, r(t), 0)
		} else {
			e.op(oMovsxd, 8, dst, r(t), 0)
			e.op(oCmp, 8, dst, r(t), 0)
		}
		e.toStub(ccNE, func() {
			if unsigned {
				bad(0, math.MaxUint32)
			} else {
				bad(math.MinInt32, math.MaxInt32)
			}
		})
		if !unsigned {
			e.op(oMov, 4, dst, r(dst), 0)
		}
		back = e.at()
	case !unsigned:
		e.op(cvtt, 8, dst, r(x), 0)
		e.aluImm(aluCmp, 8, r(dst), 1)
		e.toStub(0, func() { // it overflows: the least integer, or none
			e.opPool(scalar(fw)|0x10, 0, f, scalarBytes(int(fw), leastBits(fw)))
			e.op(ucomis, 0, x, r(f), 0)
			other := e.rel(ccNE)
			nan := e.rel(ccP)
			e.back(back)
			other()
			nan()
			bad(math.MinInt64, math.MaxInt64)
		})
		back = e.at()
	default:
		e.op(cvtt, 8, dst, r(x), 0)
		e.op(oTest, 8, dst, r(dst), 0)
		e.toStub(ccS, func() {
			e.op(ucomis, 0, x, r(x), 0)
			var toBad []func()
			toBad = append(toBad, e.rel(ccP))
			e.op(oMovaps, 0, f, r(x), 0)
			e.opPool(scalar(fw)|0x58, 0, f, scalarBytes(int(fw), leastBits(fw))) // less 2^63
			e.op(cvtt, 8, dst, r(f), 0)
			e.op(oTest, 8, dst, r(dst), 0)
			toBad = append(toBad, e.rel(ccS))
			e.op(0x1BA, 8, 7, r(dst), 1) // btc
			e.byte(63)
			e.back(back)
			for _, f := range toBad {
				f()
			}
			bad(0, -1)
		})
		back = e.at()
	}
}

// leastBits are those of the float -2^63.
func leastBits(w uint8) uint64 {
	if w == 4 {
		return uint64(math.Float32bits(-0x1p63))
	}
	return math.Float64bits(-0x1p63)
}
