package lower

import (
	"math"

	"github.com/wazedge/wazedge/internal/wasm"
)

// InPlace has no bitselect, no copysign and no conversion of unsigned lanes to f64 left. The engine's compiler for amd64
// makes each of them with a register of its own that it writes more than once, and an operand that may have to be
// loaded in between. Its register allocator may load that into the same register, and keeps only one of the two
// values meanwhile.
func InPlace(m *wasm.Module) (*wasm.Module, error) { return scannedBy(m, newInPlace(m)) }

func newInPlace(*wasm.Module) scan { return &inPlace{every{ops: writtenInPlace}} }

// inPlace is the pass.
type inPlace struct{ every }

var writtenInPlace = &opSet{ops: []wasm.Op{wasm.OpV128Bitselect, wasm.OpF32Copysign, wasm.OpF64Copysign, wasm.OpF64x2ConvertLowI32x4U}}

func (*inPlace) replace(b *body, in *wasm.Instr, _ int32) bool {
	switch in.Op {
	case wasm.OpF32Copysign:
		b.copySign(wasm.F32)
	case wasm.OpF64Copysign:
		b.copySign(wasm.F64)
	case wasm.OpF64x2ConvertLowI32x4U:
		b.convertLanes()
	default:
		b.blend()
	}
	return true
}

// blend stands for v128.bitselect (core 4.3.4): the bits of the first where the third has ones, and else of the second.
func (b *body) blend() {
	mask, second := b.scratch(wasm.V128), b.scratch(wasm.V128)
	b.X(wasm.OpLocalSet, mask)
	b.X(wasm.OpLocalTee, second)
	b.Op(wasm.OpV128Xor)
	b.X(wasm.OpLocalGet, mask)
	b.Op(wasm.OpV128And)
	b.X(wasm.OpLocalGet, second)
	b.Op(wasm.OpV128Xor)
	b.release(wasm.V128, mask)
	b.release(wasm.V128, second)
}

// copySign stands for the copysign of floats of type t: it is done with their bits.
func (b *body) copySign(t wasm.ValType) {
	bits, to, from := bitsOf(t)
	sign := b.scratch(bits)
	constant, and, or := func(n uint64) { b.I64(int64(n)) }, wasm.OpI64And, wasm.OpI64Or
	most := uint64(1<<63 - 1)
	if bits == wasm.I32 {
		constant, and, or, most = func(n uint64) { b.I32(int32(n)) }, wasm.OpI32And, wasm.OpI32Or, 1<<31-1
	}
	b.Op(to)
	constant(^most)
	b.Op(and)
	b.X(wasm.OpLocalSet, sign)
	b.Op(to)
	constant(most)
	b.Op(and)
	b.X(wasm.OpLocalGet, sign)
	b.Op(or)
	b.Op(from)
	b.release(bits, sign)
}

// convertLanes stands for f64x2.convert_low_i32x4_u: of numbers less 2^31, which is added then. Both are exact.
func (b *body) convertLanes() {
	lanes := func(n uint64) { b.Instr(&wasm.Instr{Op: wasm.OpV128Const, Val: n, Hi: n}) }
	lanes(1<<31 | 1<<63)
	b.Op(wasm.OpV128Xor)
	b.Op(wasm.OpF64x2ConvertLowI32x4S)
	lanes(math.Float64bits(1 << 31))
	b.Op(wasm.OpF64x2Add)
}
