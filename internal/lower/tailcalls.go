package lower

import "github.com/wazedge/wazedge/internal/wasm"

// tailRegisters is how many integers and references fill the registers that the
// engine passes parameters in on amd64, beside its own two.
const tailRegisters = 7

// TailCalls makes plain calls of the tail calls whose callee is found at run time and
// takes its last integer in the register that the engine's compiler for amd64 has the
// callee's address in. With more parameters it makes a plain call by itself.
func TailCalls(m *wasm.Module) (*wasm.Module, error) {
	imported, spaces := m.ImportedCount(wasm.ExternFunc), m.Spaces()
	return withInstructions(m, func(b *body, in *wasm.Instr) (bool, error) {
		call := *in
		switch {
		case in.Op == wasm.OpReturnCall && in.X < imported && fillsRegisters(spaces.FuncTypeOf(in.X)):
			call.Op = wasm.OpCall
		case in.Op == wasm.OpReturnCallIndirect && fillsRegisters(&m.Types[in.X].Func):
			call.Op = wasm.OpCallIndirect
		case in.Op == wasm.OpReturnCallRef && fillsRegisters(&m.Types[in.X].Func):
			call.Op = wasm.OpCallRef
		default:
			return false, nil
		}
		b.Instr(&call)
		b.Op(wasm.OpReturn)
		return true, nil
	})
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
