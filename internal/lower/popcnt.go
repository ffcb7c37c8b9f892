package lower

import "github.com/wazedge/wazedge/internal/wasm"

// Popcnt counts the bits of 32-bit integers as 64-bit ones. The engine's compiler for
// arm64 counts the whole register, whose upper half i32.load8_s and i32.load16_s fill
// with the sign.
func Popcnt(m *wasm.Module) (*wasm.Module, error) { return scannedBy(m, newPopcnt(m)) }

func newPopcnt(*wasm.Module) scan { return &popcnt{every{ops: popcnts}} }

// popcnt is the pass.
type popcnt struct{ every }

var popcnts = &opSet{ops: []wasm.Op{wasm.OpI32Popcnt}}

func (*popcnt) replace(b *body, _ *wasm.Instr, _ int32) bool {
	b.Op(wasm.OpI64ExtendI32U)
	b.Op(wasm.OpI64Popcnt)
	b.Op(wasm.OpI32WrapI64)
	return true
}
