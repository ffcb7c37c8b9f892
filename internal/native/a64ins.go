package native

import "math"

// Instructions by what operations have in sub.
var (
	a64alu      = [...]a64{aluAdd: aAdd, aluOr: aOrr, aluAnd: aAnd, aluSub: aSub, aluXor: aEor}
	a64shifts   = [...]a64{shShl: aLslv, shShr: aLsrv, shSar: aAsrv, shRor: aRorv}
	a64floatAlu = [...]a64{0x58: aFadd, 0x59: aFmul, 0x5C: aFsub, 0x5E: aFdiv} // as in amd64's opcodes
	a64rounding = [...]a64{aFrintN, aFrintM, aFrintP, aFrintZ}
)

// ins writes one operation; next is the block that is written behind it.
func (e *a64emitter) ins(in *ins, next int32) {
	w := int(in.w)
	dst, src, second := noReg, noReg, noReg
	if len(in.defs) > 0 && in.defs[0].at.isReg() {
		dst = in.defs[0].at.reg()
	}
	if len(in.uses) > 0 && in.uses[0].at.isReg() {
		src = in.uses[0].at.reg()
	}
	if len(in.uses) > 1 && in.uses[1].at.isReg() {
		second = in.uses[1].at.reg()
	}
	switch in.op {
	case mNop:
	case mEntry:
		e.prologue(in)
	case mMov:
		e.copy(w, dst, src)
	case mImm:
		e.set(w, dst, in.imm)
	case mFloat:
		e.float64(w, dst, uint64(in.imm))
	case mVector:
		e.literal(dst, e.vectors[in.imm])
	case mVec:
		e.vector(in, dst, src, second)
	case mLea:
		e.lea(in, w, dst, src)
	case mAlu:
		e.op(a64alu[in.sub].sized(w), dst, src, second)
	case mAluImm:
		switch in.sub {
		case aluAdd:
			e.addImm(w, dst, src, in.imm)
		case aluSub:
			e.addImm(w, dst, src, -in.imm)
		case aluOr:
			e.logical(aOrr, aOrrImm, w, dst, src, in.imm)
		case aluAnd:
			e.logical(aAnd, aAndImm, w, dst, src, in.imm)
		default:
			e.logical(aEor, aEorImm, w, dst, src, in.imm)
		}
	case mNeg:
		e.op(aSub.sized(w), dst, xzr, src)
	case mNot:
		e.op(aOrn.sized(w), dst, xzr, src)
	case mImul:
		e.madd(aMadd.sized(w), dst, src, second, xzr)
	case mImulImm:
		e.set(w, x27, in.imm)
		e.madd(aMadd.sized(w), dst, src, x27, xzr)
	case mMulHi:
		o := aUmulh
		if in.sub == 1 {
			o = aSmulh
		}
		e.op(o, dst, src, second)
	case mShiftImm:
		e.shiftImm(in.sub, w, dst, src, int(in.imm))
	case mShiftX:
		e.shift(in.sub, w, dst, src, second)
	case mBits:
		e.bits(in.sub, w, dst, src)
	case mExt:
		e.extend(in.sub, w, dst, src)
	case mDiv:
		e.divide(in, w, dst, src, second)
	case mCheck:
		// The index is extended here, whatever else its register has.
		e.set(8, x27, in.imm)
		e.op(aAddExt|wide, x27, x27, src)
		e.op(aSubs|wide, xzr, x27, second)
		e.trapIf(aBc|a64(hi), in, in.code)
	case mCheckLim:
		e.checkLimit(in, w, src)
	case mSet:
		cc := e.compare(in)
		e.op(aCsinc|a64(cc^1)<<12, dst, xzr, xzr)
	case mSel:
		e.sel(in, dst)
	case mLoad:
		if in.sub < ldX {
			e.access(in, a64loads[in.sub], dst)
			break
		}
		e.access(in, aLdrD, dst)
		extend := [...]a64{nSshll, nUshll}[(in.sub-ldX)%2]
		e.two(extend|1<<(19+(in.sub-ldX)/2), dst, dst)
	case mStore:
		e.access(in, a64store(in.sub, src), src)
	case mStoreImm:
		t := xzr
		if in.imm != 0 {
			t = x29
			e.set(8, t, in.imm)
		}
		e.access(in, a64store(in.sub, t), t)
	case mFAlu:
		e.op(a64floatAlu[in.sub].floats(w), dst, src, second)
	case mFUn:
		o := aFsqrt
		if in.sub != 0xFF {
			o = a64rounding[in.sub]
		}
		e.two(o.floats(w), dst, src)
	case mFBits:
		o := aFabs
		if in.sub == 0x57 {
			o = aFneg
		}
		e.two(o.floats(w), dst, src)
	case mFCopysign:
		mask := aFnegS4 // of zeros: the signs
		if w == 8 {
			mask = aFnegD2
		}
		e.two(aZeroV, v16, 0)
		e.two(mask, v16, v16)
		if dst != src {
			e.op(aMovV, dst, src, src)
		}
		e.op(aBit, dst, second, v16)
	case mFMinMax:
		o := aFmin
		if in.sub == 1 {
			o = aFmax
		}
		e.op(o.floats(w), dst, src, second)
	case mFConv:
		e.convert(in.sub, w, dst, src)
	case mTrunc:
		e.truncate(in, dst, src)
	case mCall:
		e.made.calls = append(e.made.calls, callSite{e.at(), in.target})
		e.word(aBl)
		e.behindCall(in)
	case mCallMem:
		code := x27
		if reg(in.sub) == noReg {
			code = in.uses[len(in.uses)-1].at.reg()
		} else {
			e.mem(aLdrX, x27, reg(in.sub), int64(in.disp))
		}
		e.two(aBlr, 0, code)
		e.behindCall(in)
	case mFill:
		e.fill()
	case mLoadArg:
		e.mem(a64access(w, dst >= firstFloat, false), dst, sp, e.argument(in))
	case mStoreRes:
		e.mem(a64access(w, src >= firstFloat, true), src, sp, e.argument(in))
	case mLoadOut:
		e.mem(a64access(w, dst >= firstFloat, false), dst, sp, int64(in.disp)-in.imm)
	case mStoreOut:
		e.mem(a64access(w, src >= firstFloat, true), src, sp, int64(in.disp)-in.imm)
	case mJump:
		if t := e.through(in.target); t != next {
			if e.returns(t) {
				e.epilogue()
			} else {
				e.jump(aB, t)
			}
		}
	case mBr:
		e.branch(in, e.through(in.target), e.through(in.other), next)
	case mSwitch:
		e.jumpTable(in, src)
	case mRet:
		e.epilogue()
	case mTrap:
		e.trap(in, in.code)
	default:
		panic(declined("an operation without code"))
	}
}

// argument is the offset of a parameter or result of this function from the stack's pointer.
func (e *a64emitter) argument(in *ins) int64 {
	return a64below + int64(e.frameSize) + a64above + int64(in.disp)
}

// behindCall follows a call: the upper halves of 32-bit results are not defined.
func (e *a64emitter) behindCall(in *ins) {
	e.place(in)
	for _, d := range in.defs {
		if d.fix != noReg && d.fix < firstFloat && !e.wide[d.v] {
			e.copy(4, d.fix, d.fix)
		}
	}
}

func (e *a64emitter) float64(w int, dst reg, bits uint64) {
	if bits == 0 {
		e.two(aZeroV, dst, 0)
		return
	}
	e.set(w, x27, int64(bits))
	e.copy(w, dst, x27)
}

func (e *a64emitter) lea(in *ins, w int, dst, src reg) {
	if in.index {
		e.op(aAdd.sized(w)|a64(in.scale)<<10, dst, src, in.uses[1].at.reg())
		src = dst
	}
	switch {
	case in.disp != 0:
		e.addImm(w, dst, src, int64(in.disp))
	case !in.index:
		e.copy(w, dst, src)
	}
}

func (e *a64emitter) shiftImm(sub uint8, w int, dst, src reg, n int) {
	width := 8 * w
	switch sub {
	case shShl:
		e.bitfield(aUbfm, w, dst, src, (width-n)%width, width-1-n)
	case shShr:
		e.bitfield(aUbfm, w, dst, src, n, width-1)
	case shSar:
		e.bitfield(aSbfm, w, dst, src, n, width-1)
	case shRol:
		n = (width - n) % width
		fallthrough
	default:
		o := aExtr
		if w == 8 {
			o |= wide | 1<<22
		}
		e.op(o|a64(n)<<10, dst, src, src)
	}
}

func (e *a64emitter) shift(sub uint8, w int, dst, src, n reg) {
	o := a64shifts[sub]
	if sub == shRol {
		e.op(aSub.sized(w), x27, xzr, n)
		n, o = x27, aRorv
	}
	e.op(o.sized(w), dst, src, n)
}

// bits counts zeros from the left or from the right, or ones.
func (e *a64emitter) bits(sub uint8, w int, dst, src reg) {
	switch sub {
	case 0:
		e.two(aClz.sized(w), dst, src)
	case 1:
		e.two(aRbit.sized(w), dst, src)
		e.two(aClz.sized(w), dst, dst)
	default:
		e.copy(w, v16, src) // with zeros in what is above
		e.two(aCntB, v16, v16)
		e.two(aAddvB, v16, v16)
		e.copy(4, dst, v16)
	}
}

func (e *a64emitter) extend(sub uint8, w int, dst, src reg) {
	switch sub {
	case extL: // even where nothing is left to do: what has been extended is proven to be
		e.copy(4, dst, src)
	case extLS:
		e.bitfield(aSbfm, 8, dst, src, 0, 31)
	case extBS:
		e.bitfield(aSbfm, w, dst, src, 0, 7)
	case extWS:
		e.bitfield(aSbfm, w, dst, src, 0, 15)
	}
}

func (e *a64emitter) divide(in *ins, w int, dst, a, b reg) {
	signed := in.sub == 0 || in.sub == 2
	if in.imm == 0 {
		e.trapIf(aCbz.sized(w)|a64(b), in, exitDivideZero)
	}
	if in.sub == 0 && in.imm < 2 {
		// If b is -1, a is compared with 1, which overflows for the least integer alone.
		e.cmpImm(w, b, -1)
		e.word(aCcmp.sized(w) | 1<<16 | a64(eq)<<12 | a64(a)<<5)
		e.trapIf(aBc|a64(vs), in, exitOverflow)
	}
	o := aUdiv
	if signed {
		o = aSdiv
	}
	if in.sub < 2 {
		e.op(o.sized(w), dst, a, b)
		return
	}
	e.op(o.sized(w), x27, a, b)
	e.madd(aMsub.sized(w), dst, x27, b, a)
}

func (e *a64emitter) checkLimit(in *ins, w int, src reg) {
	switch in.sub {
	case 0:
		limit := in.uses[1].at.reg()
		if e.wide[in.uses[0].v] {
			e.op(aSubs|wide, xzr, src, limit)
			e.trapIf(aBc|a64(hi), in, in.code)
		} else { // the other way round, as what stands on the right can be extended
			e.op(aCmpExt|wide, xzr, limit, src)
			e.trapIf(aBc|a64(lo), in, in.code)
		}
	case 1:
		o := aLdrW
		if w == 8 {
			o = aLdrX
		}
		e.access(in, o, x27)
		e.op(aSubs.sized(w), xzr, src, x27)
		e.trapIf(aBc|a64(a64conds[in.cc]), in, in.code)
	default:
		o := aCbz // there is no other condition
		if in.cc == ccNE {
			o = aCbnz
		}
		e.trapIf(o.sized(w)|a64(src), in, in.code)
	}
}

// compare sets the flags, and is the condition that in has behind them.
func (e *a64emitter) compare(in *ins) a64cond {
	w := int(in.w)
	x := in.uses[0].at.reg()
	switch in.cmp {
	case cmpReg:
		e.op(aSubs.sized(w), xzr, x, in.uses[1].at.reg())
	case cmpImm:
		e.cmpImm(w, x, in.imm)
	case testReg:
		e.op(aAnds.sized(w), xzr, x, in.uses[1].at.reg())
	case testImm:
		e.logical(aAnds, aAndsImm, w, xzr, x, in.imm)
	case cmpFloat, cmpFloatSw:
		y := in.uses[1].at.reg()
		if in.cmp == cmpFloatSw {
			x, y = y, x
		}
		e.op(aFcmp.floats(w), 0, x, y)
		return a64floats[in.cc]
	default:
		panic(declined("a comparison without code"))
	}
	return a64conds[in.cc]
}

// zero is the register whose being zero or not decides in, if nothing else does.
func (e *a64emitter) zero(in *ins) (x reg, ok bool) {
	if in.cc != ccE && in.cc != ccNE {
		return 0, false
	}
	switch {
	case in.cmp == testReg && in.uses[0].at == in.uses[1].at:
	case in.cmp == cmpImm && in.imm == 0:
	default:
		return 0, false
	}
	return in.uses[0].at.reg(), true
}

func (e *a64emitter) branch(in *ins, yes, no, next int32) {
	if yes == no {
		if yes != next {
			e.jump(aB, yes)
		}
		return
	}
	kind := func(not bool) a64 {
		if x, ok := e.zero(in); ok {
			o := aCbz
			if (in.cc == ccNE) != not {
				o = aCbnz
			}
			return o.sized(int(in.w)) | a64(x)
		}
		cc := e.compare(in)
		if not {
			cc ^= 1
		}
		return aBc | a64(cc)
	}
	if yes == next {
		e.jump(kind(true), no)
		return
	}
	e.jump(kind(false), yes)
	if no != next {
		e.jump(aB, no)
	}
}

func (e *a64emitter) sel(in *ins, dst reg) {
	n := 2
	if in.cmp == cmpImm || in.cmp == testImm {
		n = 1
	}
	yes, no := in.uses[n].at.reg(), in.uses[n+1].at.reg()
	w := int(in.sub)
	cc := e.compare(in)
	switch {
	case w == 16:
		e.word(aCsinv | wide | a64(cc^1)<<12 | a64(xzr)<<16 | a64(xzr)<<5 | a64(x27)) // all ones, or none
		e.two(nDup.lane(3, 0), v16, x27)
		e.op(nBsl, v16, yes, no)
		e.op(aMovV, dst, v16, v16)
	case dst >= firstFloat:
		e.op(aFcsel.floats(w)|a64(cc)<<12, dst, yes, no)
	default:
		e.op(aCsel.sized(w)|a64(cc)<<12, dst, yes, no)
	}
}

var a64loads = [...]a64{ldL: aLdrW, ldQ: aLdrX, ldB4S: aLdrsB, ldBU: aLdrB, ldW4S: aLdrsH, ldWU: aLdrH, ldB8S: aLdrxB, ldW8S: aLdrxH, ldL8S: aLdrxW,
	ldF: aLdrS, ldD: aLdrD, ldV: aLdrQ}

// a64store is the instruction that stores 1<<size bytes of x.
func a64store(size uint8, x reg) a64 {
	if x >= firstFloat {
		return [...]a64{2: aStrS, 3: aStrD, 4: aStrQ}[size]
	}
	return [...]a64{aStrB, aStrH, aStrW, aStrX}[size]
}

// access writes o, of t and the memory operand of in. An index is extended from 32 bits in it.
func (e *a64emitter) access(in *ins, o a64, t reg) {
	base, disp := in.uses[in.mem].at.reg(), int64(in.disp)
	if !in.index {
		e.mem(o, t, base, disp)
		return
	}
	index := in.uses[in.mem+1].at.reg()
	switch {
	case disp == 0 && in.scale == 0:
		e.op(o&^scaled|byReg, t, base, index)
	case disp == 0 && int(in.scale) == o.size():
		e.op(o&^scaled|byReg|byScaled, t, base, index)
	case in.scale != 0:
		panic(declined("an index of another scale"))
	case o.fits(disp):
		e.op(aAddExt|wide, x27, base, index)
		e.mem(o, t, x27, disp)
	default:
		e.set(8, x27, disp)
		e.op(aAddExt|wide, x27, x27, index)
		e.op(o&^scaled|byReg64, t, base, x27)
	}
}

func (e *a64emitter) jumpTable(in *ins, x reg) {
	n := len(in.list) - 1
	last := e.through(in.list[n])
	if n <= 3 {
		for k := range n {
			if k == 0 {
				e.jump(aCbz|a64(x), in.list[k])
			} else {
				e.cmpImm(4, x, int64(k))
				e.jump(aBc|a64(eq), in.list[k])
			}
		}
		e.jump(aB, last)
		return
	}
	t, u := in.temps[0].at.reg(), in.temps[1].at.reg()
	e.cmpImm(4, x, int64(n))
	e.jump(aBc|a64(hs), last)
	e.two(aAdr, t, 0)
	e.made.tables = append(e.made.tables, table{e.at(), in.list[:n]})
	e.op(aLdrxW&^scaled|byReg|byScaled, u, t, x)
	e.op(aAdd|wide, u, u, t)
	e.two(aBr, 0, u)
}

// convert is for the instructions from f32.convert_i32_s to f64.promote_f32.
func (e *a64emitter) convert(sub uint8, w int, dst, src reg) {
	switch sub {
	case 0, 5:
		e.two(aScvtf.floats(w), dst, src)
	case 1, 6:
		e.two(aUcvtf.floats(w), dst, src)
	case 2, 7:
		e.two((aScvtf | wide).floats(w), dst, src)
	case 3, 8:
		e.two((aUcvtf | wide).floats(w), dst, src)
	case 4:
		e.two(aFcvtS, dst, src)
	default:
		e.two(aFcvtD, dst, src)
	}
}

// truncate makes an integer of a float. The processor's own conversion takes the nearest integer that
// there is, and 0 for what is no number.
func (e *a64emitter) truncate(in *ins, dst, x reg) {
	unsigned, fw, wideResult, saturate := in.sub&1 != 0, 4+4*int(in.sub>>1&1), in.sub&4 != 0, in.sub&8 != 0
	o := aFcvtzs
	if unsigned {
		o = aFcvtzu
	}
	o = o.floats(fw)
	if wideResult {
		o |= wide
	}
	if saturate {
		e.two(o, dst, x)
		return
	}
	e.op(aFcmp.floats(fw), 0, x, x)
	e.trapIf(aBc|a64(vs), in, exitConversion)
	if !wideResult { // as one of 64 bits, which is to be the same
		e.two(aFcvtzs.floats(fw)|wide, x27, x)
		if unsigned {
			e.op(aCmpExt|wide, xzr, x27, x27)
		} else {
			e.op(a64(0x6B20C01F)|wide, xzr, x27, x27) // with the sign
		}
		e.trapIf(aBc|a64(ne), in, exitOverflow)
		e.copy(4, dst, x27)
		return
	}
	// In front of what overflows lie the powers of two; -1 has no integer without a sign.
	least, most, under := -0x1p63, 0x1p63, lt
	if unsigned {
		least, most, under = -1, 0x1p64, le
	}
	f := in.temps[1].at.reg()
	bits := func(x float64) uint64 {
		if fw == 4 {
			return uint64(math.Float32bits(float32(x)))
		}
		return math.Float64bits(x)
	}
	e.float64(fw, f, bits(most))
	e.op(aFcmp.floats(fw), 0, x, f)
	e.trapIf(aBc|a64(ge), in, exitOverflow)
	e.float64(fw, f, bits(least))
	e.op(aFcmp.floats(fw), 0, x, f)
	e.trapIf(aBc|a64(under), in, exitOverflow)
	e.two(o, dst, x)
}

// fill sets x10 bytes from x8 on to w9, 16 at a time.
func (e *a64emitter) fill() {
	e.two(aDupB, v16, x9)
	less := func() { e.word(aSubsImm | wide | 16<<10 | a64(x10)<<5 | a64(x10)) }
	less()
	short := e.skip(aBc | a64(lo))
	loop := e.at()
	e.word(aStrQ&^scaled | postInc | 16<<12 | a64(x8)<<5 | a64(v16&31))
	less()
	e.back(aBc|a64(hs), loop)
	short()
	e.addImm(8, x10, x10, 16)
	done := e.skip(aCbz | wide | a64(x10))
	loop = e.at()
	e.word(aStrB&^scaled | postInc | 1<<12 | a64(x8)<<5 | a64(x9))
	e.word(aSubsImm | wide | 1<<10 | a64(x10)<<5 | a64(x10))
	e.back(aBc|a64(ne), loop)
	done()
}
