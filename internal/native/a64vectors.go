package native

import (
	"math"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// a64kind is how a vector instruction is made on arm64.
type a64kind uint8

const (
	a64None   a64kind = iota
	a64Two            // d = a op b
	a64Swap           // d = b op a
	a64Not            // as a64Two, and the opposite of it
	a64One            // d = op a
	a64Then           // d = then (op a)
	a64Narrow         // the lower half of d = op a, the upper half = op b
	a64Pairs          // d = a op b of the lower halves, and of the upper ones, and these added in pairs
	a64Shift          // by a count, the opposite of which is taken for a shift to the right
	a64Choose         // where op of b and a is true b, else a
	a64Other          // see [a64emitter.vectorOther]
)

// a64how describes a vector instruction.
type a64how struct {
	kind a64kind
	code a64
	then a64
}

// The vector instructions that several are made of, of 16 bytes.
const (
	nNot    a64 = 0x6E205800
	nAnd    a64 = 0x4E201C00
	nBsl    a64 = 0x6E601C00 // d = n where d has ones, else m
	nUmaxp  a64 = 0x6EA0A400 // lanes of 32 bits
	nCmeq0  a64 = 0x4E209800
	nAddpS  a64 = 0x4EA0BC00
	nDup    a64 = 0x4E000C00 // of a general register
	nDupE   a64 = 0x4E000400 // of a lane
	nMovE   a64 = 0x5E000400 // of a lane, alone
	nIns    a64 = 0x4E001C00 // of a general register
	nInsE   a64 = 0x6E000400 // of the first lane
	nUmov   a64 = 0x0E003C00
	nSmov   a64 = 0x0E002C00
	nTbl    a64 = 0x4E000000
	nTbl2   a64 = 0x4E002000
	nSshr   a64 = 0x4F000400
	nUshr   a64 = 0x6F000400
	nShl    a64 = 0x4F005400
	nZip1B  a64 = 0x4E003800
	nExt8   a64 = 0x6E004000
	nAddvH  a64 = 0x4E71B800
	nAddvS  a64 = 0x4EB1B800
	nSshll  a64 = 0x0F00A400
	nUshll  a64 = 0x2F00A400
	nSqxtn  a64 = 0x0E214800
	nSqxtun a64 = 0x2E212800
	nUqxtn  a64 = 0x2E214800
	nScvtfD a64 = 0x4E61D800
	nUcvtfD a64 = 0x6E61D800
	nSmull  a64 = 0x0E20C000
	nUmull  a64 = 0x2E20C000
	nUpper  a64 = 1 << 30 // of instructions on lower halves: on upper ones
	aCsinv  a64 = 0x5A800000
	aLdrLit a64 = 0x9C000000
)

// a64lanes is the binary logarithm of the bytes of the lanes that o is named for.
func a64lanes(o wasm.Op) int {
	for k, name := range []string{"i8x16", "i16x8", "i32x4", "i64x2"} {
		if strings.HasPrefix(o.String(), name) {
			return k
		}
	}
	if strings.HasPrefix(o.String(), "f64x2") {
		return 3
	}
	return 2
}

func a64howOf(o wasm.Op) a64how {
	lanes := a64lanes(o)
	size, float := a64(lanes)<<22, a64(0)
	if lanes == 3 {
		float = double
	}
	i := func(k a64kind, c a64) a64how { return a64how{kind: k, code: c | size} }
	f := func(k a64kind, c a64) a64how { return a64how{kind: k, code: c | float} }
	as := func(k a64kind, c a64) a64how { return a64how{kind: k, code: c} }
	extend := func(c a64, half a64) a64how { return as(a64One, c|half|a64(1)<<(18+lanes)) }
	switch o {
	case wasm.OpI8x16Add, wasm.OpI16x8Add, wasm.OpI32x4Add, wasm.OpI64x2Add:
		return i(a64Two, 0x4E208400)
	case wasm.OpI8x16Sub, wasm.OpI16x8Sub, wasm.OpI32x4Sub, wasm.OpI64x2Sub:
		return i(a64Two, 0x6E208400)
	case wasm.OpI8x16AddSatS, wasm.OpI16x8AddSatS:
		return i(a64Two, 0x4E200C00)
	case wasm.OpI8x16AddSatU, wasm.OpI16x8AddSatU:
		return i(a64Two, 0x6E200C00)
	case wasm.OpI8x16SubSatS, wasm.OpI16x8SubSatS:
		return i(a64Two, 0x4E202C00)
	case wasm.OpI8x16SubSatU, wasm.OpI16x8SubSatU:
		return i(a64Two, 0x6E202C00)
	case wasm.OpI16x8Mul, wasm.OpI32x4Mul:
		return i(a64Two, 0x4E209C00)
	case wasm.OpI8x16MinS, wasm.OpI16x8MinS, wasm.OpI32x4MinS:
		return i(a64Two, 0x4E206C00)
	case wasm.OpI8x16MinU, wasm.OpI16x8MinU, wasm.OpI32x4MinU:
		return i(a64Two, 0x6E206C00)
	case wasm.OpI8x16MaxS, wasm.OpI16x8MaxS, wasm.OpI32x4MaxS:
		return i(a64Two, 0x4E206400)
	case wasm.OpI8x16MaxU, wasm.OpI16x8MaxU, wasm.OpI32x4MaxU:
		return i(a64Two, 0x6E206400)
	case wasm.OpI8x16AvgrU, wasm.OpI16x8AvgrU:
		return i(a64Two, 0x6E201400)
	case wasm.OpI16x8Q15mulrSatS:
		return i(a64Two, 0x6E20B400)
	case wasm.OpI8x16Eq, wasm.OpI16x8Eq, wasm.OpI32x4Eq, wasm.OpI64x2Eq:
		return i(a64Two, 0x6E208C00)
	case wasm.OpI8x16Ne, wasm.OpI16x8Ne, wasm.OpI32x4Ne, wasm.OpI64x2Ne:
		return i(a64Not, 0x6E208C00)
	case wasm.OpI8x16GtS, wasm.OpI16x8GtS, wasm.OpI32x4GtS, wasm.OpI64x2GtS:
		return i(a64Two, 0x4E203400)
	case wasm.OpI8x16LtS, wasm.OpI16x8LtS, wasm.OpI32x4LtS, wasm.OpI64x2LtS:
		return i(a64Swap, 0x4E203400)
	case wasm.OpI8x16GeS, wasm.OpI16x8GeS, wasm.OpI32x4GeS, wasm.OpI64x2GeS:
		return i(a64Two, 0x4E203C00)
	case wasm.OpI8x16LeS, wasm.OpI16x8LeS, wasm.OpI32x4LeS, wasm.OpI64x2LeS:
		return i(a64Swap, 0x4E203C00)
	case wasm.OpI8x16GtU, wasm.OpI16x8GtU, wasm.OpI32x4GtU:
		return i(a64Two, 0x6E203400)
	case wasm.OpI8x16LtU, wasm.OpI16x8LtU, wasm.OpI32x4LtU:
		return i(a64Swap, 0x6E203400)
	case wasm.OpI8x16GeU, wasm.OpI16x8GeU, wasm.OpI32x4GeU:
		return i(a64Two, 0x6E203C00)
	case wasm.OpI8x16LeU, wasm.OpI16x8LeU, wasm.OpI32x4LeU:
		return i(a64Swap, 0x6E203C00)
	case wasm.OpI8x16Abs, wasm.OpI16x8Abs, wasm.OpI32x4Abs, wasm.OpI64x2Abs:
		return i(a64One, 0x4E20B800)
	case wasm.OpI8x16Neg, wasm.OpI16x8Neg, wasm.OpI32x4Neg, wasm.OpI64x2Neg:
		return i(a64One, 0x6E20B800)
	case wasm.OpI8x16Popcnt:
		return i(a64One, 0x4E205800)
	case wasm.OpI8x16Shl, wasm.OpI16x8Shl, wasm.OpI32x4Shl, wasm.OpI64x2Shl:
		return a64how{a64Shift, 0x4E204400 | size, nShl}
	case wasm.OpI8x16ShrS, wasm.OpI16x8ShrS, wasm.OpI32x4ShrS, wasm.OpI64x2ShrS:
		return a64how{a64Shift, 0x4E204400 | size, nSshr}
	case wasm.OpI8x16ShrU, wasm.OpI16x8ShrU, wasm.OpI32x4ShrU, wasm.OpI64x2ShrU:
		return a64how{a64Shift, 0x6E204400 | size, nUshr}
	case wasm.OpV128Not:
		return as(a64One, nNot)
	case wasm.OpV128And:
		return as(a64Two, nAnd)
	case wasm.OpV128Andnot:
		return as(a64Two, 0x4E601C00)
	case wasm.OpV128Or:
		return as(a64Two, aMovV)
	case wasm.OpV128Xor:
		return as(a64Two, 0x6E201C00)
	case wasm.OpI8x16Swizzle:
		return as(a64Two, nTbl)
	case wasm.OpI32x4DotI16x8S:
		return a64how{a64Pairs, nSmull | 1<<22, nAddpS}
	case wasm.OpI8x16NarrowI16x8S, wasm.OpI16x8NarrowI32x4S:
		return i(a64Narrow, nSqxtn)
	case wasm.OpI8x16NarrowI16x8U, wasm.OpI16x8NarrowI32x4U:
		return i(a64Narrow, nSqxtun)
	case wasm.OpI16x8ExtendLowI8x16S, wasm.OpI32x4ExtendLowI16x8S, wasm.OpI64x2ExtendLowI32x4S:
		return extend(nSshll, 0)
	case wasm.OpI16x8ExtendHighI8x16S, wasm.OpI32x4ExtendHighI16x8S, wasm.OpI64x2ExtendHighI32x4S:
		return extend(nSshll, nUpper)
	case wasm.OpI16x8ExtendLowI8x16U, wasm.OpI32x4ExtendLowI16x8U, wasm.OpI64x2ExtendLowI32x4U:
		return extend(nUshll, 0)
	case wasm.OpI16x8ExtendHighI8x16U, wasm.OpI32x4ExtendHighI16x8U, wasm.OpI64x2ExtendHighI32x4U:
		return extend(nUshll, nUpper)
	case wasm.OpI16x8ExtmulLowI8x16S, wasm.OpI32x4ExtmulLowI16x8S, wasm.OpI64x2ExtmulLowI32x4S:
		return as(a64Two, nSmull|(size-1<<22))
	case wasm.OpI16x8ExtmulHighI8x16S, wasm.OpI32x4ExtmulHighI16x8S, wasm.OpI64x2ExtmulHighI32x4S:
		return as(a64Two, nSmull|nUpper|(size-1<<22))
	case wasm.OpI16x8ExtmulLowI8x16U, wasm.OpI32x4ExtmulLowI16x8U, wasm.OpI64x2ExtmulLowI32x4U:
		return as(a64Two, nUmull|(size-1<<22))
	case wasm.OpI16x8ExtmulHighI8x16U, wasm.OpI32x4ExtmulHighI16x8U, wasm.OpI64x2ExtmulHighI32x4U:
		return as(a64Two, nUmull|nUpper|(size-1<<22))
	case wasm.OpI16x8ExtaddPairwiseI8x16S, wasm.OpI32x4ExtaddPairwiseI16x8S:
		return as(a64One, 0x4E202800|(size-1<<22))
	case wasm.OpI16x8ExtaddPairwiseI8x16U, wasm.OpI32x4ExtaddPairwiseI16x8U:
		return as(a64One, 0x6E202800|(size-1<<22))
	case wasm.OpF32x4Add, wasm.OpF64x2Add:
		return f(a64Two, 0x4E20D400)
	case wasm.OpF32x4Sub, wasm.OpF64x2Sub:
		return f(a64Two, 0x4EA0D400)
	case wasm.OpF32x4Mul, wasm.OpF64x2Mul:
		return f(a64Two, 0x6E20DC00)
	case wasm.OpF32x4Div, wasm.OpF64x2Div:
		return f(a64Two, 0x6E20FC00)
	case wasm.OpF32x4Min, wasm.OpF64x2Min:
		return f(a64Two, 0x4EA0F400)
	case wasm.OpF32x4Max, wasm.OpF64x2Max:
		return f(a64Two, 0x4E20F400)
	case wasm.OpF32x4Pmin, wasm.OpF64x2Pmin: // where a is greater than b
		return a64how{a64Choose, 0x6EA0E400 | float, 1}
	case wasm.OpF32x4Pmax, wasm.OpF64x2Pmax: // where b is greater than a
		return f(a64Choose, 0x6EA0E400)
	case wasm.OpF32x4Eq, wasm.OpF64x2Eq:
		return f(a64Two, 0x4E20E400)
	case wasm.OpF32x4Ne, wasm.OpF64x2Ne:
		return f(a64Not, 0x4E20E400)
	case wasm.OpF32x4Gt, wasm.OpF64x2Gt:
		return f(a64Two, 0x6EA0E400)
	case wasm.OpF32x4Lt, wasm.OpF64x2Lt:
		return f(a64Swap, 0x6EA0E400)
	case wasm.OpF32x4Ge, wasm.OpF64x2Ge:
		return f(a64Two, 0x6E20E400)
	case wasm.OpF32x4Le, wasm.OpF64x2Le:
		return f(a64Swap, 0x6E20E400)
	case wasm.OpF32x4Abs, wasm.OpF64x2Abs:
		return f(a64One, 0x4EA0F800)
	case wasm.OpF32x4Neg, wasm.OpF64x2Neg:
		return f(a64One, 0x6EA0F800)
	case wasm.OpF32x4Sqrt, wasm.OpF64x2Sqrt:
		return f(a64One, 0x6EA1F800)
	case wasm.OpF32x4Ceil, wasm.OpF64x2Ceil:
		return f(a64One, 0x4EA18800)
	case wasm.OpF32x4Floor, wasm.OpF64x2Floor:
		return f(a64One, 0x4E219800)
	case wasm.OpF32x4Trunc, wasm.OpF64x2Trunc:
		return f(a64One, 0x4EA19800)
	case wasm.OpF32x4Nearest, wasm.OpF64x2Nearest:
		return f(a64One, 0x4E218800)
	case wasm.OpI32x4TruncSatF32x4S:
		return as(a64One, 0x4EA1B800)
	case wasm.OpI32x4TruncSatF32x4U:
		return as(a64One, 0x6EA1B800)
	case wasm.OpI32x4TruncSatF64x2SZero:
		return a64how{a64Then, 0x4EE1B800, nSqxtn | 2<<22}
	case wasm.OpI32x4TruncSatF64x2UZero:
		return a64how{a64Then, 0x6EE1B800, nUqxtn | 2<<22}
	case wasm.OpF32x4ConvertI32x4S:
		return as(a64One, 0x4E21D800)
	case wasm.OpF32x4ConvertI32x4U:
		return as(a64One, 0x6E21D800)
	case wasm.OpF64x2ConvertLowI32x4S:
		return a64how{a64Then, nSshll | 1<<21, nScvtfD}
	case wasm.OpF64x2ConvertLowI32x4U:
		return a64how{a64Then, nUshll | 1<<21, nUcvtfD}
	case wasm.OpF32x4DemoteF64x2Zero:
		return as(a64One, 0x0E616800)
	case wasm.OpF64x2PromoteLowF32x4:
		return as(a64One, 0x0E617800)
	case wasm.OpI8x16Shuffle,
		wasm.OpI8x16Splat, wasm.OpI16x8Splat, wasm.OpI32x4Splat, wasm.OpI64x2Splat, wasm.OpF32x4Splat, wasm.OpF64x2Splat,
		wasm.OpI8x16ExtractLaneS, wasm.OpI8x16ExtractLaneU, wasm.OpI16x8ExtractLaneS, wasm.OpI16x8ExtractLaneU, wasm.OpI32x4ExtractLane,
		wasm.OpI64x2ExtractLane, wasm.OpF32x4ExtractLane, wasm.OpF64x2ExtractLane,
		wasm.OpI8x16ReplaceLane, wasm.OpI16x8ReplaceLane, wasm.OpI32x4ReplaceLane, wasm.OpI64x2ReplaceLane, wasm.OpF32x4ReplaceLane, wasm.OpF64x2ReplaceLane,
		wasm.OpV128Bitselect, wasm.OpV128AnyTrue, wasm.OpI8x16AllTrue, wasm.OpI16x8AllTrue, wasm.OpI32x4AllTrue, wasm.OpI64x2AllTrue,
		wasm.OpI8x16Bitmask, wasm.OpI16x8Bitmask, wasm.OpI32x4Bitmask, wasm.OpI64x2Bitmask, wasm.OpI64x2Mul:
		return as(a64Other, 0)
	}
	return a64how{}
}

// a64vector lowers a vector instruction.
func (l *lowering) a64vector(x value, v *val) {
	o := wasm.Op(v.op)
	how := a64howOf(o)
	i := ins{op: mVec, w: 16, target: int32(o), imm: int64(v.aux), defs: out(vreg(x)), mem: -1, ctx: -1}
	switch {
	case how.kind == a64None:
		panic(declined(o.String()))
	case how.kind == a64Shift:
		i.uses = []use{l.in(v.a)}
		if n, ok := l.isConst(v.b); ok {
			i.imm = int64(n)
		} else {
			i.uses = append(i.uses, l.in(v.b))
		}
	case o == wasm.OpV128Bitselect:
		i.same, i.uses = true, []use{l.in(v.c), l.late(v.a), l.late(v.b)}
	case how.kind == a64Other && v.b != 0 && o != wasm.OpI8x16Shuffle: // written over a
		i.same, i.uses = true, []use{l.in(v.a), l.late(v.b)}
	default:
		i.uses = []use{l.in(v.a)}
		if v.b != 0 {
			i.uses = append(i.uses, l.in(v.b))
		}
		if o == wasm.OpI8x16Shuffle {
			i.imm = int64(v.imm)
			i.temps = []use{{v: l.temp(v128), fix: noReg}}
		}
	}
	l.emit(i)
}

// literal loads 16 bytes that stand behind the function.
func (e *a64emitter) literal(dst reg, bits [2]uint64) {
	switch bits {
	case [2]uint64{}:
		e.two(aZeroV, dst, 0)
		return
	case [2]uint64{math.MaxUint64, math.MaxUint64}:
		e.two(aZeroV|0x7<<16|0x1F<<5, dst, 0)
		return
	}
	e.refs = append(e.refs, poolRef{e.at(), e.constant(vectorBytes(bits[0], bits[1]))})
	e.two(aLdrLit, dst, 0)
}

// lane is o on the lane n of 1<<size bytes.
func (o a64) lane(size, n int) a64 { return o | a64(2*n+1)<<(16+size) }

func (e *a64emitter) vector(in *ins, dst, a, b reg) {
	o := wasm.Op(in.target)
	how := a64howOf(o)
	switch how.kind {
	case a64Two:
		e.op(how.code, dst, a, b)
	case a64Swap:
		e.op(how.code, dst, b, a)
	case a64Not:
		e.op(how.code, dst, a, b)
		e.two(nNot, dst, dst)
	case a64One:
		e.two(how.code, dst, a)
	case a64Then:
		e.two(how.code, v16, a)
		e.two(how.then, dst, v16)
	case a64Narrow:
		e.two(how.code, v16, a)
		e.two(how.code|nUpper, v16, b)
		e.op(aMovV, dst, v16, v16)
	case a64Pairs:
		e.op(how.code, v16, a, b)
		e.op(how.code|nUpper, v17, a, b)
		e.op(how.then, dst, v16, v17)
	case a64Choose:
		if how.then != 0 {
			e.op(how.code, v16, a, b)
		} else {
			e.op(how.code, v16, b, a)
		}
		e.op(nBsl, v16, b, a)
		e.op(aMovV, dst, v16, v16)
	case a64Shift:
		e.vectorShift(in, how, a64lanes(o), dst, a, b)
	default:
		e.vectorOther(in, o, dst, a, b)
	}
}

func (e *a64emitter) vectorShift(in *ins, how a64how, size int, dst, a, b reg) {
	width := 8 << size
	if b == noReg {
		n := int(in.imm) & (width - 1)
		switch {
		case how.then == nShl:
			e.two(how.then|a64(width+n)<<16, dst, a)
		case n == 0:
			e.op(aMovV, dst, a, a)
		default:
			e.two(how.then|a64(2*width-n)<<16, dst, a)
		}
		return
	}
	e.logical(aAnd, aAndImm, 4, x27, b, int64(width-1))
	if how.then != nShl {
		e.op(aSub|wide, x27, xzr, x27)
	}
	e.two(nDup.lane(size, 0), v16, x27)
	e.op(how.code, dst, a, v16)
}

func (e *a64emitter) vectorOther(in *ins, o wasm.Op, dst, a, b reg) {
	size, lane := a64lanes(o), int(in.imm)
	over := func() {
		if dst != a {
			e.op(aMovV, dst, a, a)
		}
	}
	wideLane := a64(0)
	if size == 3 {
		wideLane = 1 << 30
	}
	// any makes 1 of v16 if it is not zero, with the condition ne.
	any := func(cc a64cond) {
		e.op(nUmaxp, v16, v16, v16)
		e.copy(8, x27, v16)
		e.cmpImm(8, x27, 0)
		e.op(aCsinc|a64(cc^1)<<12, dst, xzr, xzr)
	}
	switch o {
	case wasm.OpI8x16Shuffle:
		t := in.temps[0].at.reg()
		bits := e.vectors[in.imm]
		if in.uses[0].at == in.uses[1].at {
			e.literal(t, [2]uint64{bits[0] & 0x0F0F0F0F0F0F0F0F, bits[1] & 0x0F0F0F0F0F0F0F0F})
			e.op(nTbl, dst, a, t)
			break
		}
		e.op(aMovV, v16, a, a)
		e.op(aMovV, v17, b, b)
		e.literal(t, bits)
		e.op(nTbl2, dst, v16, t)
	case wasm.OpI8x16Splat, wasm.OpI16x8Splat, wasm.OpI32x4Splat, wasm.OpI64x2Splat:
		e.two(nDup.lane(size, 0), dst, a)
	case wasm.OpF32x4Splat, wasm.OpF64x2Splat:
		e.two(nDupE.lane(size, 0), dst, a)
	case wasm.OpI8x16ExtractLaneS, wasm.OpI16x8ExtractLaneS:
		e.two(nSmov.lane(size, lane), dst, a)
	case wasm.OpI8x16ExtractLaneU, wasm.OpI16x8ExtractLaneU, wasm.OpI32x4ExtractLane, wasm.OpI64x2ExtractLane:
		e.two(nUmov.lane(size, lane)|wideLane, dst, a)
	case wasm.OpF32x4ExtractLane, wasm.OpF64x2ExtractLane:
		e.two(nMovE.lane(size, lane), dst, a)
	case wasm.OpI8x16ReplaceLane, wasm.OpI16x8ReplaceLane, wasm.OpI32x4ReplaceLane, wasm.OpI64x2ReplaceLane:
		over()
		e.two(nIns.lane(size, lane), dst, b)
	case wasm.OpF32x4ReplaceLane, wasm.OpF64x2ReplaceLane:
		over()
		e.two(nInsE.lane(size, lane), dst, b)
	case wasm.OpV128Bitselect:
		over()
		e.op(nBsl, dst, b, in.uses[2].at.reg())
	case wasm.OpV128AnyTrue:
		e.op(aMovV, v16, a, a)
		any(ne)
	case wasm.OpI8x16AllTrue, wasm.OpI16x8AllTrue, wasm.OpI32x4AllTrue, wasm.OpI64x2AllTrue:
		e.two(nCmeq0|a64(size)<<22, v16, a)
		any(eq)
	case wasm.OpI8x16Bitmask: // a bit of each lane, the upper half's in the upper byte of 16 bits
		e.two(nSshr|a64(16-7)<<16, v16, a)
		e.literal(v17, [2]uint64{0x8040201008040201, 0x8040201008040201})
		e.op(nAnd, v16, v16, v17)
		e.op(nExt8, v17, v16, v16)
		e.op(nZip1B, v16, v16, v17)
		e.two(nAddvH, v16, v16)
		e.two(nUmov.lane(1, 0), dst, v16)
	case wasm.OpI16x8Bitmask:
		e.two(nSshr|a64(32-15)<<16, v16, a)
		e.literal(v17, [2]uint64{0x0008000400020001, 0x0080004000200010})
		e.op(nAnd, v16, v16, v17)
		e.two(nAddvH, v16, v16)
		e.two(nUmov.lane(1, 0), dst, v16)
	case wasm.OpI32x4Bitmask:
		e.two(nSshr|a64(64-31)<<16, v16, a)
		e.literal(v17, [2]uint64{0x0000000200000001, 0x0000000800000004})
		e.op(nAnd, v16, v16, v17)
		e.two(nAddvS, v16, v16)
		e.copy(4, dst, v16)
	case wasm.OpI64x2Bitmask:
		e.two(nUshr|a64(128-63)<<16, v16, a)
		e.two(nUmov.lane(3, 1)|1<<30, x27, v16)
		e.copy(4, dst, v16)
		e.op(aAdd|1<<10, dst, dst, x27)
	case wasm.OpI64x2Mul:
		for lane := range 2 {
			e.two(nUmov.lane(3, lane)|1<<30, x27, a)
			e.two(nUmov.lane(3, lane)|1<<30, x29, b)
			e.madd(aMadd|wide, x27, x27, x29, xzr)
			e.two(nIns.lane(3, lane), v16, x27)
		}
		e.op(aMovV, dst, v16, v16)
	default:
		panic(declined(o.String()))
	}
}
