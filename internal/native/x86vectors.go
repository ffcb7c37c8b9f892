package native

import (
	"encoding/binary"
	"math"

	"github.com/wazedge/wazedge/internal/wasm"
)

// The 128-bit instructions are made of those of SSE4.1, which the engine asks of every
// processor of this architecture.

// vecKind is how a vector instruction is made.
type vecKind uint8

const (
	vecNone    vecKind = iota
	vecOver            // code: a is written over, with b
	vecSwap            // code: b is written over, with a
	vecNot             // as vecOver, and the opposite of it
	vecNotSwap         // as vecSwap, and the opposite of it
	vecSame            // code: where the result is b, all bits
	vecNotSame         // the opposite
	vecOf              // code: of a
	vecPart            // code: of the upper half of a
	vecCmp             // as vecOver, with sub as a byte behind
	vecCmpSwap         // as vecSwap, with sub as a byte behind
	vecRound           // as vecOf, with sub as a byte behind
	vecMask            // code: of a and the bits mask, 64 of them twice
	vecZero            // code: a from zero
	vecShift           // code by a count, or sub as the digit of the opcode imm by a constant
	vecOther           // several instructions, see [emitter.vectorOther]
)

// vecHow describes a vector instruction.
type vecHow struct {
	kind vecKind
	code opcode
	sub  uint8
	imm  opcode
	mask uint64
}

// extensions are the instructions that load 8 bytes and extend them, from v128.load8x8_s on.
var extensions = [...]opcode{0x660220, 0x660230, 0x660223, 0x660233, 0x660225, 0x660235}

func howOf(o wasm.Op) vecHow {
	over := func(c opcode) vecHow { return vecHow{kind: vecOver, code: 0x660000 | c} }
	kind := func(k vecKind, c opcode) vecHow { return vecHow{kind: k, code: 0x660000 | c} }
	cmp := func(k vecKind, c opcode, sub uint8) vecHow { return vecHow{kind: k, code: c, sub: sub} }
	shift := func(c, imm opcode, sub uint8) vecHow {
		return vecHow{kind: vecShift, code: 0x660000 | c, imm: 0x660000 | imm, sub: sub}
	}
	mask := func(c opcode, m uint64) vecHow { return vecHow{kind: vecMask, code: c, mask: m} }
	switch o {
	case wasm.OpI8x16Add:
		return over(0x1FC)
	case wasm.OpI16x8Add:
		return over(0x1FD)
	case wasm.OpI32x4Add:
		return over(0x1FE)
	case wasm.OpI64x2Add:
		return over(0x1D4)
	case wasm.OpI8x16Sub:
		return over(0x1F8)
	case wasm.OpI16x8Sub:
		return over(0x1F9)
	case wasm.OpI32x4Sub:
		return over(0x1FA)
	case wasm.OpI64x2Sub:
		return over(0x1FB)
	case wasm.OpI8x16AddSatS:
		return over(0x1EC)
	case wasm.OpI16x8AddSatS:
		return over(0x1ED)
	case wasm.OpI8x16AddSatU:
		return over(0x1DC)
	case wasm.OpI16x8AddSatU:
		return over(0x1DD)
	case wasm.OpI8x16SubSatS:
		return over(0x1E8)
	case wasm.OpI16x8SubSatS:
		return over(0x1E9)
	case wasm.OpI8x16SubSatU:
		return over(0x1D8)
	case wasm.OpI16x8SubSatU:
		return over(0x1D9)
	case wasm.OpI16x8Mul:
		return over(0x1D5)
	case wasm.OpI32x4Mul:
		return over(0x240)
	case wasm.OpI8x16MinS:
		return over(0x238)
	case wasm.OpI16x8MinS:
		return over(0x1EA)
	case wasm.OpI32x4MinS:
		return over(0x239)
	case wasm.OpI8x16MaxS:
		return over(0x23C)
	case wasm.OpI16x8MaxS:
		return over(0x1EE)
	case wasm.OpI32x4MaxS:
		return over(0x23D)
	case wasm.OpI8x16MinU:
		return over(0x1DA)
	case wasm.OpI16x8MinU:
		return over(0x23A)
	case wasm.OpI32x4MinU:
		return over(0x23B)
	case wasm.OpI8x16MaxU:
		return over(0x1DE)
	case wasm.OpI16x8MaxU:
		return over(0x23E)
	case wasm.OpI32x4MaxU:
		return over(0x23F)
	case wasm.OpI8x16AvgrU:
		return over(0x1E0)
	case wasm.OpI16x8AvgrU:
		return over(0x1E3)
	case wasm.OpI8x16Eq:
		return over(0x174)
	case wasm.OpI16x8Eq:
		return over(0x175)
	case wasm.OpI32x4Eq:
		return over(0x176)
	case wasm.OpI64x2Eq:
		return over(0x229)
	case wasm.OpI8x16Ne:
		return kind(vecNot, 0x174)
	case wasm.OpI16x8Ne:
		return kind(vecNot, 0x175)
	case wasm.OpI32x4Ne:
		return kind(vecNot, 0x176)
	case wasm.OpI64x2Ne:
		return kind(vecNot, 0x229)
	case wasm.OpI8x16GtS:
		return over(0x164)
	case wasm.OpI16x8GtS:
		return over(0x165)
	case wasm.OpI32x4GtS:
		return over(0x166)
	case wasm.OpI8x16LtS:
		return kind(vecSwap, 0x164)
	case wasm.OpI16x8LtS:
		return kind(vecSwap, 0x165)
	case wasm.OpI32x4LtS:
		return kind(vecSwap, 0x166)
	case wasm.OpI8x16LeS:
		return kind(vecNot, 0x164)
	case wasm.OpI16x8LeS:
		return kind(vecNot, 0x165)
	case wasm.OpI32x4LeS:
		return kind(vecNot, 0x166)
	case wasm.OpI8x16GeS:
		return kind(vecNotSwap, 0x164)
	case wasm.OpI16x8GeS:
		return kind(vecNotSwap, 0x165)
	case wasm.OpI32x4GeS:
		return kind(vecNotSwap, 0x166)
	case wasm.OpI8x16LeU, wasm.OpI8x16GtU: // the greater of both is b
		return vecHow{kind: vecSame + vecKind(truth(o == wasm.OpI8x16GtU)), code: 0x6601DE, imm: 0x660174}
	case wasm.OpI16x8LeU, wasm.OpI16x8GtU:
		return vecHow{kind: vecSame + vecKind(truth(o == wasm.OpI16x8GtU)), code: 0x66023E, imm: 0x660175}
	case wasm.OpI32x4LeU, wasm.OpI32x4GtU:
		return vecHow{kind: vecSame + vecKind(truth(o == wasm.OpI32x4GtU)), code: 0x66023F, imm: 0x660176}
	case wasm.OpI8x16GeU, wasm.OpI8x16LtU: // the lesser of both is b
		return vecHow{kind: vecSame + vecKind(truth(o == wasm.OpI8x16LtU)), code: 0x6601DA, imm: 0x660174}
	case wasm.OpI16x8GeU, wasm.OpI16x8LtU:
		return vecHow{kind: vecSame + vecKind(truth(o == wasm.OpI16x8LtU)), code: 0x66023A, imm: 0x660175}
	case wasm.OpI32x4GeU, wasm.OpI32x4LtU:
		return vecHow{kind: vecSame + vecKind(truth(o == wasm.OpI32x4LtU)), code: 0x66023B, imm: 0x660176}
	case wasm.OpV128And:
		return over(0x1DB)
	case wasm.OpV128Or:
		return over(0x1EB)
	case wasm.OpV128Xor:
		return over(0x1EF)
	case wasm.OpV128Andnot:
		return kind(vecSwap, 0x1DF)
	case wasm.OpI32x4DotI16x8S:
		return over(0x1F5)
	case wasm.OpI8x16NarrowI16x8S:
		return over(0x163)
	case wasm.OpI8x16NarrowI16x8U:
		return over(0x167)
	case wasm.OpI16x8NarrowI32x4S:
		return over(0x16B)
	case wasm.OpI16x8NarrowI32x4U:
		return over(0x22B)
	case wasm.OpF32x4Add:
		return vecHow{kind: vecOver, code: 0x158}
	case wasm.OpF64x2Add:
		return over(0x158)
	case wasm.OpF32x4Sub:
		return vecHow{kind: vecOver, code: 0x15C}
	case wasm.OpF64x2Sub:
		return over(0x15C)
	case wasm.OpF32x4Mul:
		return vecHow{kind: vecOver, code: 0x159}
	case wasm.OpF64x2Mul:
		return over(0x159)
	case wasm.OpF32x4Div:
		return vecHow{kind: vecOver, code: 0x15E}
	case wasm.OpF64x2Div:
		return over(0x15E)
	case wasm.OpF32x4Pmin:
		return vecHow{kind: vecSwap, code: 0x15D}
	case wasm.OpF64x2Pmin:
		return kind(vecSwap, 0x15D)
	case wasm.OpF32x4Pmax:
		return vecHow{kind: vecSwap, code: 0x15F}
	case wasm.OpF64x2Pmax:
		return kind(vecSwap, 0x15F)
	case wasm.OpF32x4Eq:
		return cmp(vecCmp, 0x1C2, 0)
	case wasm.OpF64x2Eq:
		return cmp(vecCmp, 0x6601C2, 0)
	case wasm.OpF32x4Ne:
		return cmp(vecCmp, 0x1C2, 4)
	case wasm.OpF64x2Ne:
		return cmp(vecCmp, 0x6601C2, 4)
	case wasm.OpF32x4Lt:
		return cmp(vecCmp, 0x1C2, 1)
	case wasm.OpF64x2Lt:
		return cmp(vecCmp, 0x6601C2, 1)
	case wasm.OpF32x4Le:
		return cmp(vecCmp, 0x1C2, 2)
	case wasm.OpF64x2Le:
		return cmp(vecCmp, 0x6601C2, 2)
	case wasm.OpF32x4Gt:
		return cmp(vecCmpSwap, 0x1C2, 1)
	case wasm.OpF64x2Gt:
		return cmp(vecCmpSwap, 0x6601C2, 1)
	case wasm.OpF32x4Ge:
		return cmp(vecCmpSwap, 0x1C2, 2)
	case wasm.OpF64x2Ge:
		return cmp(vecCmpSwap, 0x6601C2, 2)
	case wasm.OpI8x16Abs:
		return kind(vecOf, 0x21C)
	case wasm.OpI16x8Abs:
		return kind(vecOf, 0x21D)
	case wasm.OpI32x4Abs:
		return kind(vecOf, 0x21E)
	case wasm.OpF32x4Sqrt:
		return vecHow{kind: vecOf, code: 0x151}
	case wasm.OpF64x2Sqrt:
		return kind(vecOf, 0x151)
	case wasm.OpF32x4ConvertI32x4S:
		return vecHow{kind: vecOf, code: 0x15B}
	case wasm.OpF64x2ConvertLowI32x4S:
		return vecHow{kind: vecOf, code: 0xF301E6}
	case wasm.OpF32x4DemoteF64x2Zero:
		return kind(vecOf, 0x15A)
	case wasm.OpF64x2PromoteLowF32x4:
		return vecHow{kind: vecOf, code: 0x15A}
	case wasm.OpI16x8ExtendLowI8x16S, wasm.OpI16x8ExtendHighI8x16S:
		return kind(vecOf+vecKind(truth(o == wasm.OpI16x8ExtendHighI8x16S)), 0x220)
	case wasm.OpI16x8ExtendLowI8x16U, wasm.OpI16x8ExtendHighI8x16U:
		return kind(vecOf+vecKind(truth(o == wasm.OpI16x8ExtendHighI8x16U)), 0x230)
	case wasm.OpI32x4ExtendLowI16x8S, wasm.OpI32x4ExtendHighI16x8S:
		return kind(vecOf+vecKind(truth(o == wasm.OpI32x4ExtendHighI16x8S)), 0x223)
	case wasm.OpI32x4ExtendLowI16x8U, wasm.OpI32x4ExtendHighI16x8U:
		return kind(vecOf+vecKind(truth(o == wasm.OpI32x4ExtendHighI16x8U)), 0x233)
	case wasm.OpI64x2ExtendLowI32x4S, wasm.OpI64x2ExtendHighI32x4S:
		return kind(vecOf+vecKind(truth(o == wasm.OpI64x2ExtendHighI32x4S)), 0x225)
	case wasm.OpI64x2ExtendLowI32x4U, wasm.OpI64x2ExtendHighI32x4U:
		return kind(vecOf+vecKind(truth(o == wasm.OpI64x2ExtendHighI32x4U)), 0x235)
	case wasm.OpF32x4Ceil:
		return cmp(vecRound, 0x660308, 2)
	case wasm.OpF64x2Ceil:
		return cmp(vecRound, 0x660309, 2)
	case wasm.OpF32x4Floor:
		return cmp(vecRound, 0x660308, 1)
	case wasm.OpF64x2Floor:
		return cmp(vecRound, 0x660309, 1)
	case wasm.OpF32x4Trunc:
		return cmp(vecRound, 0x660308, 3)
	case wasm.OpF64x2Trunc:
		return cmp(vecRound, 0x660309, 3)
	case wasm.OpF32x4Nearest:
		return cmp(vecRound, 0x660308, 0)
	case wasm.OpF64x2Nearest:
		return cmp(vecRound, 0x660309, 0)
	case wasm.OpF32x4Abs:
		return mask(0x154, 0x7FFFFFFF_7FFFFFFF)
	case wasm.OpF64x2Abs:
		return mask(0x154, math.MaxInt64)
	case wasm.OpF32x4Neg:
		return mask(0x157, 0x80000000_80000000)
	case wasm.OpF64x2Neg:
		return mask(0x157, 1<<63)
	case wasm.OpV128Not:
		return mask(0x157, math.MaxUint64)
	case wasm.OpI32x4ExtaddPairwiseI16x8S:
		return mask(0x6601F5, 0x00010001_00010001)
	case wasm.OpI16x8ExtaddPairwiseI8x16U:
		return mask(0x660204, 0x01010101_01010101)
	case wasm.OpI8x16Neg:
		return kind(vecZero, 0x1F8)
	case wasm.OpI16x8Neg:
		return kind(vecZero, 0x1F9)
	case wasm.OpI32x4Neg:
		return kind(vecZero, 0x1FA)
	case wasm.OpI64x2Neg:
		return kind(vecZero, 0x1FB)
	case wasm.OpI16x8Shl:
		return shift(0x1F1, 0x171, 6)
	case wasm.OpI32x4Shl:
		return shift(0x1F2, 0x172, 6)
	case wasm.OpI64x2Shl:
		return shift(0x1F3, 0x173, 6)
	case wasm.OpI16x8ShrU:
		return shift(0x1D1, 0x171, 2)
	case wasm.OpI32x4ShrU:
		return shift(0x1D2, 0x172, 2)
	case wasm.OpI64x2ShrU:
		return shift(0x1D3, 0x173, 2)
	case wasm.OpI16x8ShrS:
		return shift(0x1E1, 0x171, 4)
	case wasm.OpI32x4ShrS:
		return shift(0x1E2, 0x172, 4)
	case wasm.OpI8x16Shuffle, wasm.OpI8x16Swizzle,
		wasm.OpI8x16Splat, wasm.OpI16x8Splat, wasm.OpI32x4Splat, wasm.OpI64x2Splat, wasm.OpF32x4Splat, wasm.OpF64x2Splat,
		wasm.OpI8x16ExtractLaneS, wasm.OpI8x16ExtractLaneU, wasm.OpI16x8ExtractLaneS, wasm.OpI16x8ExtractLaneU, wasm.OpI32x4ExtractLane,
		wasm.OpI64x2ExtractLane, wasm.OpF32x4ExtractLane, wasm.OpF64x2ExtractLane,
		wasm.OpI8x16ReplaceLane, wasm.OpI16x8ReplaceLane, wasm.OpI32x4ReplaceLane, wasm.OpI64x2ReplaceLane, wasm.OpF32x4ReplaceLane, wasm.OpF64x2ReplaceLane,
		wasm.OpV128Bitselect, wasm.OpV128AnyTrue, wasm.OpI8x16AllTrue, wasm.OpI16x8AllTrue, wasm.OpI32x4AllTrue, wasm.OpI64x2AllTrue,
		wasm.OpI8x16Bitmask, wasm.OpI16x8Bitmask, wasm.OpI32x4Bitmask, wasm.OpI64x2Bitmask,
		wasm.OpF32x4Min, wasm.OpF64x2Min, wasm.OpF32x4Max, wasm.OpF64x2Max, wasm.OpI64x2Mul,
		wasm.OpI32x4TruncSatF32x4S, wasm.OpI32x4TruncSatF64x2SZero, wasm.OpI32x4TruncSatF64x2UZero, wasm.OpF32x4ConvertI32x4U, wasm.OpF64x2ConvertLowI32x4U,
		wasm.OpI16x8ExtmulLowI8x16S, wasm.OpI16x8ExtmulHighI8x16S, wasm.OpI16x8ExtmulLowI8x16U, wasm.OpI16x8ExtmulHighI8x16U,
		wasm.OpI32x4ExtmulLowI16x8S, wasm.OpI32x4ExtmulHighI16x8S, wasm.OpI32x4ExtmulLowI16x8U, wasm.OpI32x4ExtmulHighI16x8U,
		wasm.OpI64x2ExtmulLowI32x4S, wasm.OpI64x2ExtmulHighI32x4S, wasm.OpI64x2ExtmulLowI32x4U, wasm.OpI64x2ExtmulHighI32x4U,
		wasm.OpI8x16Shl, wasm.OpI8x16ShrS, wasm.OpI8x16ShrU, wasm.OpI8x16Popcnt, wasm.OpI32x4TruncSatF32x4U,
		wasm.OpI64x2GtS, wasm.OpI64x2LtS, wasm.OpI64x2LeS, wasm.OpI64x2GeS,
		wasm.OpI16x8Q15mulrSatS, wasm.OpI64x2ShrS, wasm.OpI64x2Abs, wasm.OpI16x8ExtaddPairwiseI8x16S, wasm.OpI32x4ExtaddPairwiseI16x8U:
		return vecHow{kind: vecOther}
	}
	return vecHow{}
}

// vector lowers a vector instruction. Its operands stay until its result is complete, but for
// the one that is written over.
func (l *lowering) vector(x value, v *val) {
	o := wasm.Op(v.op)
	how := howOf(o)
	i := ins{op: mVec, w: 16, target: int32(o), imm: int64(v.aux), defs: out(vreg(x)), mem: -1, ctx: -1}
	temp := func(t typ) { i.temps = append(i.temps, use{v: l.temp(t), fix: noReg}) }
	switch how.kind {
	case vecNone:
		panic(declined(o.String()))
	case vecOver, vecNot, vecSame, vecNotSame, vecCmp:
		i.same, i.uses = true, []use{l.in(v.a)}
		if c := &l.vals[v.b]; how.kind == vecOver && c.op == opVector { // it is read where it stands
			i.pooled, i.other = true, int32(c.imm)
			break
		}
		i.uses = append(i.uses, l.late(v.b))
	case vecSwap, vecNotSwap, vecCmpSwap:
		i.same, i.uses = true, []use{l.in(v.b), l.late(v.a)}
	case vecOf, vecPart, vecRound:
		i.uses = []use{l.in(v.a)}
	case vecMask:
		i.same, i.uses = true, []use{l.in(v.a)}
	case vecZero:
		i.uses = []use{l.late(v.a)}
	case vecShift:
		i.same, i.uses = true, []use{l.in(v.a)}
		if n, ok := l.isConst(v.b); ok {
			i.imm = int64(n)
			break
		}
		i.uses = append(i.uses, l.late(v.b))
		temp(i32)
		temp(v128)
	default:
		i.uses = []use{l.in(v.a)}
		if v.b != 0 {
			i.same = true
			i.uses = append(i.uses, l.late(v.b))
		} else {
			i.uses[0].late = true
		}
		if v.c != 0 {
			i.uses = append(i.uses, l.late(v.c))
		}
		if o == wasm.OpI8x16Shuffle {
			i.imm = int64(v.imm)
		}
		temp(i32)
		temp(v128)
		temp(v128)
	}
	switch how.kind {
	case vecNot, vecNotSwap, vecNotSame:
		temp(v128)
	}
	l.emit(i)
}

func (e *emitter) vectorConst(dst reg, bits [2]uint64) {
	switch bits {
	case [2]uint64{}:
		e.op(oXorps, 0, dst, r(dst), 0)
	case [2]uint64{math.MaxUint64, math.MaxUint64}:
		e.op(0x660176, 0, dst, r(dst), 0)
	default:
		e.opPool(oMovaps, 0, dst, vectorBytes(bits[0], bits[1]))
	}
}

// with writes an instruction with a byte behind it.
func (e *emitter) with(o opcode, w int, g, x reg, b byte) {
	e.op(o, w, g, r(x), 1)
	e.byte(b)
}

// The vector instructions that several are made of.
const (
	pXor    opcode = 0x6601EF
	pAnd    opcode = 0x6601DB
	pAndn   opcode = 0x6601DF
	pOr     opcode = 0x6601EB
	pOnes   opcode = 0x660176 // of a register with itself
	pShufB  opcode = 0x660200
	pShufD  opcode = 0x660170
	pShifts opcode = 0x660172
	pShiftQ opcode = 0x660173
)

func (e *emitter) vector(in *ins, dst, src reg) {
	o := wasm.Op(in.target)
	how := howOf(o)
	over := func() {
		if dst != src {
			e.op(oMovaps, 0, dst, r(src), 0)
		}
	}
	b := noReg
	if len(in.uses) > 1 {
		b = in.uses[1].at.reg()
	}
	opposite := func() {
		t := in.temps[0].at.reg()
		e.op(pOnes, 0, t, r(t), 0)
		e.op(pXor, 0, dst, r(t), 0)
	}
	switch how.kind {
	case vecOver, vecSwap:
		over()
		if in.pooled {
			bits := e.vectors[in.other]
			e.opPool(how.code, 0, dst, vectorBytes(bits[0], bits[1]))
			break
		}
		e.op(how.code, 0, dst, r(b), 0)
	case vecNot, vecNotSwap:
		over()
		e.op(how.code, 0, dst, r(b), 0)
		opposite()
	case vecSame, vecNotSame:
		over()
		e.op(how.code, 0, dst, r(b), 0)
		e.op(how.imm, 0, dst, r(b), 0)
		if how.kind == vecNotSame {
			opposite()
		}
	case vecOf:
		e.op(how.code, 0, dst, r(src), 0)
	case vecPart:
		e.with(pShufD, 0, dst, src, 0xEE)
		e.op(how.code, 0, dst, r(dst), 0)
	case vecCmp, vecCmpSwap:
		over()
		e.with(how.code, 0, dst, b, how.sub)
	case vecRound:
		e.with(how.code, 0, dst, src, how.sub|8)
	case vecMask:
		over()
		e.opPool(how.code, 0, dst, vectorBytes(how.mask, how.mask))
	case vecZero:
		e.op(oXorps, 0, dst, r(dst), 0)
		e.op(how.code, 0, dst, r(src), 0)
	case vecShift:
		over()
		most := map[opcode]int64{0x660171: 15, 0x660172: 31, 0x660173: 63}[how.imm]
		if b == noReg {
			e.with(how.imm, 0, reg(how.sub), dst, byte(in.imm&most))
			break
		}
		e.op(how.code, 0, dst, r(e.count(in, b, most)), 0)
	default:
		e.vectorOther(in, o, dst, src, b, over)
	}
}

// count has the count of a shift, which is in b, in the lowest lane of a register.
func (e *emitter) count(in *ins, b reg, most int64) reg {
	t, x := in.temps[0].at.reg(), in.temps[1].at.reg()
	e.op(oMov, 4, t, r(b), 0)
	e.aluImm(aluAnd, 4, r(t), most)
	e.op(oMovd, 4, x, r(t), 0)
	return x
}

func (e *emitter) vectorOther(in *ins, o wasm.Op, dst, a, b reg, over func()) {
	t, u := in.temps[1].at.reg(), in.temps[2].at.reg()
	lane := byte(in.imm)
	mov := func(to, from reg) { e.op(oMovaps, 0, to, r(from), 0) }
	do := func(o opcode, to, from reg) { e.op(o, 0, to, r(from), 0) }
	switch o {
	case wasm.OpI8x16Shuffle:
		e.shuffle(e.vectors[in.imm], dst, a, b, t, u, in.uses[0].v == in.uses[1].v)
	case wasm.OpI8x16Swizzle: // an index from 16 on has its highest bit set by this
		mov(t, b)
		e.opPool(0x6601DC, 0, t, vectorBytes(0x70707070_70707070, 0x70707070_70707070))
		over()
		do(pShufB, dst, t)
	case wasm.OpI8x16Splat:
		e.op(oMovd, 4, dst, r(a), 0)
		do(pXor, t, t)
		do(pShufB, dst, t)
	case wasm.OpI16x8Splat:
		e.op(oMovd, 4, dst, r(a), 0)
		e.with(0xF20170, 0, dst, dst, 0)
		e.with(pShufD, 0, dst, dst, 0)
	case wasm.OpI32x4Splat:
		e.op(oMovd, 4, dst, r(a), 0)
		e.with(pShufD, 0, dst, dst, 0)
	case wasm.OpI64x2Splat:
		e.op(oMovd, 8, dst, r(a), 0)
		e.with(pShufD, 0, dst, dst, 0x44)
	case wasm.OpF32x4Splat:
		e.with(pShufD, 0, dst, a, 0)
	case wasm.OpF64x2Splat:
		e.with(pShufD, 0, dst, a, 0x44)
	case wasm.OpI8x16ExtractLaneS:
		e.with(0x660314, 0, a, dst, lane)
		e.signed8(dst, dst)
	case wasm.OpI8x16ExtractLaneU:
		e.with(0x660314, 0, a, dst, lane)
	case wasm.OpI16x8ExtractLaneS:
		e.with(0x6601C5, 0, dst, a, lane)
		e.op(oMovsxW, 4, dst, r(dst), 0)
	case wasm.OpI16x8ExtractLaneU:
		e.with(0x6601C5, 0, dst, a, lane)
	case wasm.OpI32x4ExtractLane:
		e.with(0x660316, 0, a, dst, lane)
	case wasm.OpI64x2ExtractLane:
		e.with(0x660316, 8, a, dst, lane)
	case wasm.OpF32x4ExtractLane:
		e.with(pShufD, 0, dst, a, lane)
	case wasm.OpF64x2ExtractLane:
		e.with(pShufD, 0, dst, a, 0x44|lane*0xAA)
	case wasm.OpI8x16ReplaceLane:
		over()
		e.with(0x660320, 0, dst, b, lane)
	case wasm.OpI16x8ReplaceLane:
		over()
		e.with(0x6601C4, 0, dst, b, lane)
	case wasm.OpI32x4ReplaceLane:
		over()
		e.with(0x660322, 0, dst, b, lane)
	case wasm.OpI64x2ReplaceLane:
		over()
		e.with(0x660322, 8, dst, b, lane)
	case wasm.OpF32x4ReplaceLane:
		over()
		e.with(0x660321, 0, dst, b, lane<<4)
	case wasm.OpF64x2ReplaceLane:
		over()
		if lane == 0 {
			e.op(oMovsd, 0, dst, r(b), 0)
		} else {
			e.op(0x66016C, 0, dst, r(b), 0)
		}
	case wasm.OpV128Bitselect:
		over()
		do(pXor, dst, b)
		do(pAnd, dst, in.uses[2].at.reg())
		do(pXor, dst, b)
	case wasm.OpV128AnyTrue:
		do(0x660217, a, a)
		e.op(oSet|opcode(ccNE), 1, 0, r(dst), 0)
		e.zero8(dst)
	case wasm.OpI8x16AllTrue, wasm.OpI16x8AllTrue, wasm.OpI32x4AllTrue, wasm.OpI64x2AllTrue:
		eq := map[wasm.Op]opcode{wasm.OpI8x16AllTrue: 0x660174, wasm.OpI16x8AllTrue: 0x660175, wasm.OpI32x4AllTrue: 0x660176, wasm.OpI64x2AllTrue: 0x660229}[o]
		do(pXor, t, t)
		do(eq, t, a)
		do(0x660217, t, t)
		e.op(oSet|opcode(ccE), 1, 0, r(dst), 0)
		e.zero8(dst)
	case wasm.OpI8x16Bitmask:
		do(0x6601D7, dst, a)
	case wasm.OpI16x8Bitmask:
		mov(t, a)
		do(0x660163, t, t)
		do(0x6601D7, dst, t)
		e.op(oMovzxB, 1, dst, r(dst), 0)
	case wasm.OpI32x4Bitmask:
		do(0x150, dst, a)
	case wasm.OpI64x2Bitmask:
		do(0x660150, dst, a)
	case wasm.OpF32x4Min, wasm.OpF64x2Min, wasm.OpF32x4Max, wasm.OpF64x2Max:
		e.vectorMinMax(o, dst, a, b, t, over)
	case wasm.OpI64x2Mul: // a·b = low a·low b + (high a·low b + high b·low a)·2^32
		mov(t, a)
		e.with(pShiftQ, 0, 2, t, 32)
		do(0x6601F4, t, b)
		mov(u, b)
		e.with(pShiftQ, 0, 2, u, 32)
		do(0x6601F4, u, a)
		do(0x6601D4, t, u)
		e.with(pShiftQ, 0, 6, t, 32)
		over()
		do(0x6601F4, dst, b)
		do(0x6601D4, dst, t)
	case wasm.OpI32x4TruncSatF32x4S:
		mov(t, a)
		e.with(0x1C2, 0, t, t, 0) // no NaN
		mov(dst, a)
		do(pAnd, dst, t)
		do(pXor, t, dst) // without a NaN, the sign is the opposite
		do(0xF3015B, dst, dst)
		do(pAnd, t, dst) // too large: its sign is set
		e.with(pShifts, 0, 4, t, 31)
		do(pXor, dst, t)
	case wasm.OpI32x4TruncSatF64x2SZero:
		mov(t, a)
		e.with(0x6601C2, 0, t, t, 0)
		most := math.Float64bits(math.MaxInt32)
		e.opPool(0x660154, 0, t, vectorBytes(most, most))
		mov(dst, a)
		do(0x66015D, dst, t)
		do(0x6601E6, dst, dst)
	case wasm.OpI32x4TruncSatF64x2UZero:
		mov(dst, a)
		do(pXor, t, t)
		do(0x66015F, dst, t)
		most := math.Float64bits(math.MaxUint32)
		e.opPool(0x66015D, 0, dst, vectorBytes(most, most))
		e.with(0x660309, 0, dst, dst, 3|8)
		e.opPool(0x660158, 0, dst, vectorBytes(math.Float64bits(0x1p52), math.Float64bits(0x1p52)))
		e.with(0x1C6, 0, dst, t, 0x88)
	case wasm.OpF32x4ConvertI32x4U: // the lower 16 bits, and half of the upper ones twice
		mov(t, a)
		e.with(pShifts, 0, 6, t, 16)
		e.with(pShifts, 0, 2, t, 16)
		mov(dst, a)
		do(0x6601FA, dst, t)
		do(0x15B, t, t)
		e.with(pShifts, 0, 2, dst, 1)
		do(0x15B, dst, dst)
		do(0x158, dst, dst)
		do(0x158, dst, t)
	case wasm.OpF64x2ConvertLowI32x4U: // as the lower half of 2^52 and more
		mov(dst, a)
		e.opPool(0x660162, 0, dst, vectorBytes(0x43300000_43300000, 0x43300000_43300000))
		e.opPool(0x66015C, 0, dst, vectorBytes(math.Float64bits(0x1p52), math.Float64bits(0x1p52)))
	case wasm.OpI16x8Q15mulrSatS:
		over()
		do(0x66020B, dst, b)
		e.vectorConst(t, [2]uint64{0x8000800080008000, 0x8000800080008000})
		do(0x660175, t, dst) // -1 times -1
		do(pXor, dst, t)
	case wasm.OpI64x2ShrS:
		x := e.count(in, b, 63)
		e.vectorConst(u, [2]uint64{1 << 63, 1 << 63})
		do(0x6601D3, u, x)
		over()
		do(0x6601D3, dst, x)
		do(pXor, dst, u)
		do(0x6601FB, dst, u)
	case wasm.OpI8x16Shl, wasm.OpI8x16ShrU: // in lanes of 16 bits, less what comes from other bytes
		code := opcode(0x6601F1)
		if o == wasm.OpI8x16ShrU {
			code = 0x6601D1
		}
		x := e.count(in, b, 7)
		over()
		do(code, dst, x)
		do(pOnes, u, u)
		do(code, u, x)
		if o == wasm.OpI8x16ShrU {
			e.with(0x660171, 0, 2, u, 8)
		}
		do(pXor, t, t)
		do(pShufB, u, t)
		do(pAnd, dst, u)
	case wasm.OpI8x16ShrS: // each byte as the upper half of 16 bits
		x := e.count(in, b, 7)
		e.aluImm(aluAdd, 4, r(in.temps[0].at.reg()), 8)
		e.op(oMovd, 4, x, r(in.temps[0].at.reg()), 0)
		mov(u, a)
		do(0x660160, u, u)
		over()
		do(0x660168, dst, dst)
		do(0x6601E1, u, x)
		do(0x6601E1, dst, x)
		do(0x660163, u, dst)
		mov(dst, u)
	case wasm.OpI8x16Popcnt: // of both halves of a byte, from a table
		table := [2]uint64{0x0302020102010100, 0x0403030203020201}
		mov(t, a)
		e.opPool(pAnd, 0, t, vectorBytes(0x0F0F0F0F0F0F0F0F, 0x0F0F0F0F0F0F0F0F))
		e.vectorConst(u, table)
		do(pShufB, u, t)
		mov(t, a)
		e.with(0x660171, 0, 2, t, 4)
		e.opPool(pAnd, 0, t, vectorBytes(0x0F0F0F0F0F0F0F0F, 0x0F0F0F0F0F0F0F0F))
		e.vectorConst(dst, table)
		do(pShufB, dst, t)
		do(0x6601FC, dst, u)
	case wasm.OpI64x2GtS, wasm.OpI64x2LtS, wasm.OpI64x2LeS, wasm.OpI64x2GeS:
		// The upper halves decide, or where they are equal the borrow of the difference.
		x, y := a, b
		if o == wasm.OpI64x2LtS || o == wasm.OpI64x2GeS {
			x, y = b, a
		}
		mov(t, a)
		do(0x660176, t, b)
		mov(u, y)
		do(0x6601FB, u, x)
		do(pAnd, t, u)
		mov(u, x)
		do(0x660166, u, y)
		do(pOr, t, u)
		e.with(pShufD, 0, dst, t, 0xF5)
		if o == wasm.OpI64x2LeS || o == wasm.OpI64x2GeS {
			do(pOnes, u, u)
			do(pXor, dst, u)
		}
	case wasm.OpI32x4TruncSatF32x4U: // what is below 2^31, and what is above
		half := uint64(math.Float32bits(0x1p31)) * (1<<32 + 1)
		mov(dst, a)
		do(pXor, t, t)
		do(0x15F, dst, t)
		mov(t, dst)
		e.vectorConst(u, [2]uint64{half, half})
		do(0x15C, t, u)
		e.with(0x1C2, 0, u, t, 2) // too large
		do(0xF3015B, t, t)
		do(pXor, t, u)
		do(pXor, u, u)
		do(0x66023D, t, u)
		do(0xF3015B, dst, dst)
		do(0x6601FE, dst, t)
	case wasm.OpI64x2Abs:
		e.with(pShufD, 0, t, a, 0xF5) // the upper halves twice
		e.with(pShifts, 0, 4, t, 31)
		mov(dst, a)
		do(pXor, dst, t)
		do(0x6601FB, dst, t)
	case wasm.OpI16x8ExtaddPairwiseI8x16S:
		e.vectorConst(dst, [2]uint64{0x0101010101010101, 0x0101010101010101})
		do(0x660204, dst, a)
	case wasm.OpI32x4ExtaddPairwiseI16x8U: // as signed numbers, which are less by 2^15 each
		mov(dst, a)
		e.opPool(pXor, 0, dst, vectorBytes(0x8000800080008000, 0x8000800080008000))
		e.opPool(0x6601F5, 0, dst, vectorBytes(0x0001000100010001, 0x0001000100010001))
		e.opPool(0x6601FE, 0, dst, vectorBytes(0x0001000000010000, 0x0001000000010000))
	default:
		e.extmul(o, dst, a, b, t)
	}
}

// extmul multiplies lanes of half the width.
func (e *emitter) extmul(o wasm.Op, dst, a, b, t reg) {
	var extend, multiply opcode
	high := false
	switch o {
	case wasm.OpI16x8ExtmulLowI8x16S, wasm.OpI16x8ExtmulHighI8x16S:
		extend, multiply, high = 0x660220, 0x6601D5, o == wasm.OpI16x8ExtmulHighI8x16S
	case wasm.OpI16x8ExtmulLowI8x16U, wasm.OpI16x8ExtmulHighI8x16U:
		extend, multiply, high = 0x660230, 0x6601D5, o == wasm.OpI16x8ExtmulHighI8x16U
	case wasm.OpI32x4ExtmulLowI16x8S, wasm.OpI32x4ExtmulHighI16x8S:
		extend, multiply, high = 0x660223, 0x660240, o == wasm.OpI32x4ExtmulHighI16x8S
	case wasm.OpI32x4ExtmulLowI16x8U, wasm.OpI32x4ExtmulHighI16x8U:
		extend, multiply, high = 0x660233, 0x660240, o == wasm.OpI32x4ExtmulHighI16x8U
	case wasm.OpI64x2ExtmulLowI32x4S, wasm.OpI64x2ExtmulHighI32x4S:
		extend, multiply, high = 0x660225, 0x660228, o == wasm.OpI64x2ExtmulHighI32x4S
	case wasm.OpI64x2ExtmulLowI32x4U, wasm.OpI64x2ExtmulHighI32x4U:
		extend, multiply, high = 0x660235, 0x6601F4, o == wasm.OpI64x2ExtmulHighI32x4U
	default:
		panic(declined(o.String()))
	}
	for _, x := range [2][2]reg{{t, b}, {dst, a}} {
		from := x[1]
		if high {
			e.with(pShufD, 0, x[0], from, 0xEE)
			from = x[0]
		}
		e.op(extend, 0, x[0], r(from), 0)
	}
	e.op(multiply, 0, dst, r(t), 0)
}

// vectorMinMax is as [emitter.minMax], of which each lane is one: both ways round, as the
// processor takes the second of two zeros and of what is no number.
func (e *emitter) vectorMinMax(o wasm.Op, dst, a, b, t reg, over func()) {
	p, shift, by := opcode(0), pShifts, byte(10)
	if o == wasm.OpF64x2Min || o == wasm.OpF64x2Max {
		p, shift, by = 0x660000, pShiftQ, 13
	}
	e.op(oMovaps, 0, t, r(b), 0)
	switch o {
	case wasm.OpF32x4Min, wasm.OpF64x2Min:
		e.op(p|0x15D, 0, t, r(a), 0)
		over()
		e.op(p|0x15D, 0, dst, r(b), 0)
		e.op(p|0x156, 0, t, r(dst), 0) // -0 if one is, NaN if one is
		e.op(oMovaps, 0, dst, r(t), 0)
		e.with(p|0x1C2, 0, dst, t, 3)
		e.op(p|0x156, 0, t, r(dst), 0)
	default:
		e.op(p|0x15F, 0, t, r(a), 0)
		over()
		e.op(p|0x15F, 0, dst, r(b), 0)
		e.op(p|0x157, 0, dst, r(t), 0)
		e.op(p|0x156, 0, t, r(dst), 0)
		e.op(p|0x15C, 0, t, r(dst), 0) // 0 if one is
		e.op(oMovaps, 0, dst, r(t), 0)
		e.with(p|0x1C2, 0, dst, t, 3)
	}
	e.with(shift, 0, 2, dst, by) // of a NaN nothing but what every NaN has
	e.op(pAndn, 0, dst, r(t), 0)
}

// shuffle takes bytes of a and b.
func (e *emitter) shuffle(bits [2]uint64, dst, a, b, t, u reg, one bool) {
	var of, ofA, ofB [16]byte
	for k := range of {
		of[k] = byte(bits[k/8] >> (k % 8 * 8))
		if one {
			of[k] &= 15
		}
		ofA[k], ofB[k] = of[k], of[k]-16
		if of[k] >= 16 {
			ofA[k] = 0x80
		} else {
			ofB[k] = 0x80
		}
	}
	whole := func(of [16]byte) (byte, bool) { // lanes of 4 bytes
		sel := byte(0)
		for k := 0; k < 16; k += 4 {
			if of[k]&3 != 0 || of[k] > 12 || of[k+1] != of[k]+1 || of[k+2] != of[k]+2 || of[k+3] != of[k]+3 {
				return 0, false
			}
			sel |= of[k] / 4 << (k / 2)
		}
		return sel, true
	}
	half := func(x [16]byte) [2]uint64 {
		return [2]uint64{binary.LittleEndian.Uint64(x[:8]), binary.LittleEndian.Uint64(x[8:])}
	}
	if sel, ok := whole(ofA); ok {
		e.with(pShufD, 0, dst, a, sel)
		return
	}
	if sel, ok := whole(ofB); ok {
		e.with(pShufD, 0, dst, b, sel)
		return
	}
	onlyA := true
	for _, x := range ofB {
		onlyA = onlyA && x == 0x80
	}
	if !onlyA {
		e.op(oMovaps, 0, t, r(b), 0)
		x := half(ofB)
		e.vectorConst(u, x)
		e.op(pShufB, 0, t, r(u), 0)
	}
	if dst != a {
		e.op(oMovaps, 0, dst, r(a), 0)
	}
	x := half(ofA)
	e.vectorConst(u, x)
	e.op(pShufB, 0, dst, r(u), 0)
	if !onlyA {
		e.op(pOr, 0, dst, r(t), 0)
	}
}
