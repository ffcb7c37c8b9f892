package lower

import "github.com/wazedge/wazedge/internal/wasm"

// Remainders computes remainders by division and multiplication. The engine's
// compiler for arm64 keeps the quotient in the place of the result while it tests the
// divisor, and loses it where registers are short.
func Remainders(m *wasm.Module) (*wasm.Module, error) { return scannedBy(m, newRemainders(m)) }

func newRemainders(*wasm.Module) scan { return new(remainders) }

// remainders is the pass.
type remainders struct {
	listed
	plain bool // the operand on top is a constant, and not -1
}

// How a remainder is replaced.
const (
	anyDivisor int32 = iota
	plainDivisor
)

func (r *remainders) begin(int, []wasm.LocalRun) *opSet {
	r.plain = false
	return allOps
}

func (r *remainders) look(in *wasm.Instr) {
	how := anyDivisor
	if r.plain {
		how = plainDivisor
	}
	switch in.Op {
	case wasm.OpI32RemS, wasm.OpI32RemU, wasm.OpI64RemS, wasm.OpI64RemU:
		r.note(in, how)
	}
	r.plain = (in.Op == wasm.OpI32Const || in.Op == wasm.OpI64Const) && int64(in.Val) != -1
}

// remainder says what stands for a remainder: the type, and the instructions for it.
type remainder struct {
	typ            wasm.ValType
	div, mul, sub  wasm.Op
	constant, same wasm.Op
	signed         bool
}

var remainderOps = map[wasm.Op]remainder{
	wasm.OpI32RemS: {wasm.I32, wasm.OpI32DivS, wasm.OpI32Mul, wasm.OpI32Sub, wasm.OpI32Const, wasm.OpI32Eq, true},
	wasm.OpI32RemU: {wasm.I32, wasm.OpI32DivU, wasm.OpI32Mul, wasm.OpI32Sub, wasm.OpI32Const, wasm.OpI32Eq, false},
	wasm.OpI64RemS: {wasm.I64, wasm.OpI64DivS, wasm.OpI64Mul, wasm.OpI64Sub, wasm.OpI64Const, wasm.OpI64Eq, true},
	wasm.OpI64RemU: {wasm.I64, wasm.OpI64DivU, wasm.OpI64Mul, wasm.OpI64Sub, wasm.OpI64Const, wasm.OpI64Eq, false},
}

func (*remainders) replace(b *body, in *wasm.Instr, how int32) bool {
	o := remainderOps[in.Op]
	x, y := b.scratch(o.typ), b.scratch(o.typ)
	b.X(wasm.OpLocalSet, y)
	b.X(wasm.OpLocalSet, x)
	if o.signed && how != plainDivisor {
		// The remainder by -1 is that by 1, and the least number can be divided by it.
		b.Instr(&wasm.Instr{Op: o.constant, Val: 1})
		b.X(wasm.OpLocalGet, y)
		b.X(wasm.OpLocalGet, y)
		b.Instr(&wasm.Instr{Op: o.constant, Val: 1<<64 - 1})
		b.Op(o.same)
		b.Op(wasm.OpSelect)
		b.X(wasm.OpLocalSet, y)
	}
	b.X(wasm.OpLocalGet, x)
	b.X(wasm.OpLocalGet, x)
	b.X(wasm.OpLocalGet, y)
	b.Op(o.div)
	b.X(wasm.OpLocalGet, y)
	b.Op(o.mul)
	b.Op(o.sub)
	b.release(o.typ, x)
	b.release(o.typ, y)
	return true
}
