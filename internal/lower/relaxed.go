package lower

import "github.com/wazedge/wazedge/internal/wasm"

// relaxedSame gives the instruction that the deterministic profile makes of a
// relaxed one where one does just that, and is zero elsewhere (core A,
// "Deterministic Profile").
var relaxedSame = [wasm.NumOps]wasm.Op{
	wasm.OpI8x16RelaxedSwizzle:         wasm.OpI8x16Swizzle,
	wasm.OpI32x4RelaxedTruncF32x4S:     wasm.OpI32x4TruncSatF32x4S,
	wasm.OpI32x4RelaxedTruncF32x4U:     wasm.OpI32x4TruncSatF32x4U,
	wasm.OpI32x4RelaxedTruncF64x2SZero: wasm.OpI32x4TruncSatF64x2SZero,
	wasm.OpI32x4RelaxedTruncF64x2UZero: wasm.OpI32x4TruncSatF64x2UZero,
	wasm.OpI8x16RelaxedLaneselect:      wasm.OpV128Bitselect,
	wasm.OpI16x8RelaxedLaneselect:      wasm.OpV128Bitselect,
	wasm.OpI32x4RelaxedLaneselect:      wasm.OpV128Bitselect,
	wasm.OpI64x2RelaxedLaneselect:      wasm.OpV128Bitselect,
	wasm.OpF32x4RelaxedMin:             wasm.OpF32x4Min,
	wasm.OpF32x4RelaxedMax:             wasm.OpF32x4Max,
	wasm.OpF64x2RelaxedMin:             wasm.OpF64x2Min,
	wasm.OpF64x2RelaxedMax:             wasm.OpF64x2Max,
	wasm.OpI16x8RelaxedQ15mulrS:        wasm.OpI16x8Q15mulrSatS,
}

// RelaxedSIMD replaces the relaxed vector instructions by sequences of fixed ones
// with the results of the deterministic profile, so that both engines and every
// machine agree. Multiply-add rounds twice; the dot products multiply signed bytes
// and add without saturation.
func RelaxedSIMD(m *wasm.Module) (*wasm.Module, error) {
	return withBodies(m, func(*body, wasm.Body) (rewriteFunc, error) { return lowerRelaxed, nil })
}

func lowerRelaxed(b *body, in *wasm.Instr) (bool, error) {
	if op := relaxedSame[in.Op]; op != wasm.OpUnreachable {
		b.Op(op)
		return true, nil
	}
	switch in.Op {
	case wasm.OpF32x4RelaxedMadd:
		b.multiplyAdd(wasm.OpF32x4Mul, wasm.OpF32x4Add)
	case wasm.OpF64x2RelaxedMadd:
		b.multiplyAdd(wasm.OpF64x2Mul, wasm.OpF64x2Add)
	case wasm.OpF32x4RelaxedNmadd:
		b.multiplyAdd(wasm.OpF32x4Mul, wasm.OpF32x4Neg, wasm.OpF32x4Add)
	case wasm.OpF64x2RelaxedNmadd:
		b.multiplyAdd(wasm.OpF64x2Mul, wasm.OpF64x2Neg, wasm.OpF64x2Add)
	case wasm.OpI16x8RelaxedDotI8x16I7x16S:
		b.dotProduct()
	case wasm.OpI32x4RelaxedDotI8x16I7x16AddS:
		c := b.scratch(wasm.V128)
		b.X(wasm.OpLocalSet, c)
		b.dotProduct()
		b.Op(wasm.OpI32x4ExtaddPairwiseI16x8S)
		b.X(wasm.OpLocalGet, c)
		b.Op(wasm.OpI32x4Add)
		b.release(wasm.V128, c)
	default:
		return false, nil
	}
	return true, nil
}

// multiplyAdd takes a, b and c and leaves what ops make of a and b, and c with the
// last of them.
func (b *body) multiplyAdd(ops ...wasm.Op) {
	c := b.scratch(wasm.V128)
	b.X(wasm.OpLocalSet, c)
	last := len(ops) - 1
	for _, op := range ops[:last] {
		b.Op(op)
	}
	b.X(wasm.OpLocalGet, c)
	b.Op(ops[last])
	b.release(wasm.V128, c)
}

// dotProduct takes two vectors of bytes and leaves the sums of the products of
// neighbouring lanes.
func (b *body) dotProduct() {
	x, y := b.scratch(wasm.V128), b.scratch(wasm.V128)
	b.X(wasm.OpLocalSet, y)
	b.X(wasm.OpLocalTee, x)
	b.X(wasm.OpLocalGet, y)
	b.Op(wasm.OpI16x8ExtmulLowI8x16S)
	b.X(wasm.OpLocalGet, x)
	b.X(wasm.OpLocalGet, y)
	b.Op(wasm.OpI16x8ExtmulHighI8x16S)
	b.X(wasm.OpLocalSet, y)
	b.X(wasm.OpLocalTee, x)
	b.X(wasm.OpLocalGet, y)
	b.Shuffle(evenLanes)
	b.X(wasm.OpLocalGet, x)
	b.X(wasm.OpLocalGet, y)
	b.Shuffle(oddLanes)
	b.Op(wasm.OpI16x8Add)
	b.release(wasm.V128, x)
	b.release(wasm.V128, y)
}

// evenLanes and oddLanes pick every other 16-bit lane of two vectors.
var (
	evenLanes = [16]byte{0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29}
	oddLanes  = [16]byte{2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31}
)
