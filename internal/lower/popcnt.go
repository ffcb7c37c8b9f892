package lower

import "github.com/wazedge/wazedge/internal/wasm"

// Popcnt counts the bits of 32-bit integers as 64-bit ones. The engine's compiler for
// arm64 counts the whole register, whose upper half i32.load8_s and i32.load16_s fill
// with the sign.
func Popcnt(m *wasm.Module) (*wasm.Module, error) {
	return withInstructions(m, func(b *body, in *wasm.Instr) (bool, error) {
		if in.Op != wasm.OpI32Popcnt {
			return false, nil
		}
		b.Op(wasm.OpI64ExtendI32U)
		b.Op(wasm.OpI64Popcnt)
		b.Op(wasm.OpI32WrapI64)
		return true, nil
	})
}
