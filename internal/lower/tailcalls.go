package lower

import "github.com/wazedge/wazedge/internal/wasm"

// tailRegisters is how many integers and references fill the registers that the
// engine passes parameters in on amd64, beside its own two.
const tailRegisters = 7

// TailCalls makes plain calls of the tail calls whose callee is found at run time and
// takes its last integer in the register that the engine's compiler for amd64 has the
// callee's address in. With more parameters it makes a plain call by itself.
func TailCalls(m *wasm.Module) (*wasm.Module, error) { return scannedBy(m, newTailCalls(m)) }

func newTailCalls(m *wasm.Module) scan {
	return &tailCalls{imported: m.ImportedCount(wasm.ExternFunc), spaces: m.Spaces()}
}

// tailCalls is the pass.
type tailCalls struct {
	listed
	imported uint32
	spaces   *wasm.Spaces
}

var returningCalls = &opSet{ops: []wasm.Op{wasm.OpReturnCall, wasm.OpReturnCallIndirect, wasm.OpReturnCallRef}}

func (*tailCalls) begin(int, []wasm.LocalRun) *opSet { return returningCalls }

func (t *tailCalls) look(in *wasm.Instr) {
	switch {
	case in.Op == wasm.OpReturnCall && in.X < t.imported && fillsRegisters(t.spaces.FuncTypeOf(in.X)):
		t.note(in, int32(wasm.OpCall))
	case in.Op == wasm.OpReturnCallIndirect && fillsRegisters(&t.spaces.Types[in.X].Func):
		t.note(in, int32(wasm.OpCallIndirect))
	case in.Op == wasm.OpReturnCallRef && fillsRegisters(&t.spaces.Types[in.X].Func):
		t.note(in, int32(wasm.OpCallRef))
	}
}

// replace makes a call of in.
func (*tailCalls) replace(b *body, in *wasm.Instr, call int32) bool {
	plain := *in
	plain.Op = wasm.Op(call)
	b.Instr(&plain)
	b.Op(wasm.OpReturn)
	return true
}

// fillsRegisters reports whether the parameters of t are just as many as there are
// registers for.
func fillsRegisters(t *wasm.FuncType) bool {
	n := 0
	for _, p := range t.Params {
		if p == wasm.I32 || p == wasm.I64 || p.IsRef() {
			n++
		}
	}
	return n == tailRegisters
}
