package lower

import "github.com/wazedge/wazedge/internal/wasm"

// Popcnt counts the bits of 32-bit integers as 64-bit ones. The engine's compiler for
// arm64 counts the whole register, whose upper half i32.load8_s and i32.load16_s fill
// with the sign.
func Popcnt(m *wasm.Module) (*wasm.Module, error) { return scannedBy(m, newPopcnt(m)) }

func newPopcnt(*wasm.Module) scan { return new(popcnt) }

// popcnt is the pass.
type popcnt struct{ listed }

var popcnts = &opSet{ops: []wasm.Op{wasm.OpI32Popcnt}}

func (*popcnt) begin(int, []wasm.LocalRun) *opSet { return popcnts }

func (p *popcnt) look(in *wasm.Instr) { p.note(in, 0) }

func (*popcnt) replace(b *body, _ *wasm.Instr, _ int32) bool {
	b.Op(wasm.OpI64ExtendI32U)
	b.Op(wasm.OpI64Popcnt)
	b.Op(wasm.OpI32WrapI64)
	return true
}
