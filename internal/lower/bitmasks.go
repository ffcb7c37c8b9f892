package lower

import "github.com/wazedge/wazedge/internal/wasm"

// Bitmasks takes the signs of two 64-bit lanes one by one. The engine's compiler for
// arm64 has one lane in the place of the result while it fetches the other: where
// registers are short, it takes that for the result.
func Bitmasks(m *wasm.Module) (*wasm.Module, error) { return scannedBy(m, newBitmasks(m)) }

func newBitmasks(*wasm.Module) scan { return &bitmasks{every{ops: wideBitmasks}} }

// bitmasks is the pass.
type bitmasks struct{ every }

var wideBitmasks = &opSet{ops: []wasm.Op{wasm.OpI64x2Bitmask}}

func (*bitmasks) replace(b *body, _ *wasm.Instr, _ int32) bool {
	v := b.scratch(wasm.V128)
	b.X(wasm.OpLocalTee, v)
	b.sign(0, 63)
	b.X(wasm.OpLocalGet, v)
	b.sign(1, 62)
	b.I64(2)
	b.Op(wasm.OpI64And)
	b.Op(wasm.OpI64Or)
	b.Op(wasm.OpI32WrapI64)
	b.release(wasm.V128, v)
	return true
}

// sign leaves a lane of the vector on the stack without its low bits.
func (b *body) sign(lane byte, bits int64) {
	b.Instr(&wasm.Instr{Op: wasm.OpI64x2ExtractLane, Lane: lane})
	b.I64(bits)
	b.Op(wasm.OpI64ShrU)
}
