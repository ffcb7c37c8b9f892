package lower

import "github.com/wazedge/wazedge/internal/wasm"

// Conversions converts unsigned 64-bit integers by signed conversions. The engine's
// compiler for amd64 branches in the middle of such a conversion without telling its
// register allocator: where registers are short, what was loaded on one way is taken to
// be there on the other.
func Conversions(m *wasm.Module) (*wasm.Module, error) { return scannedBy(m, newConversions(m)) }

func newConversions(*wasm.Module) scan { return &conversions{every{ops: unsignedConversions}} }

// conversions is the pass.
type conversions struct{ every }

var unsignedConversions = &opSet{ops: []wasm.Op{wasm.OpF32ConvertI64U, wasm.OpF64ConvertI64U}}

func (*conversions) replace(b *body, in *wasm.Instr, _ int32) bool {
	if in.Op == wasm.OpF32ConvertI64U {
		b.convertUnsigned(wasm.OpF32ConvertI64S, wasm.OpF32Mul)
	} else {
		b.convertUnsigned(wasm.OpF64ConvertI64S, wasm.OpF64Mul)
	}
	return true
}

// convertUnsigned converts half of a number whose topmost bit is set, and doubles the
// result. The bit that is lost stays in the lowest of the half, so that it rounds as
// the number does.
func (b *body) convertUnsigned(convert, mul wasm.Op) {
	x, top := b.scratch(wasm.I64), b.scratch(wasm.I64)
	b.X(wasm.OpLocalTee, x)
	b.X(wasm.OpLocalGet, x)
	b.I64(63)
	b.Op(wasm.OpI64ShrU)
	b.X(wasm.OpLocalTee, top)
	b.Op(wasm.OpI64ShrU)
	b.X(wasm.OpLocalGet, x)
	b.X(wasm.OpLocalGet, top)
	b.Op(wasm.OpI64And)
	b.Op(wasm.OpI64Or)
	b.Op(convert)
	b.X(wasm.OpLocalGet, top)
	b.I64(1)
	b.Op(wasm.OpI64Add)
	b.Op(convert)
	b.Op(mul)
	b.release(wasm.I64, x)
	b.release(wasm.I64, top)
}
