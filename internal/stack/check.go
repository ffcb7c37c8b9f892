package stack

import (
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Check compares the kinds of args with the parameters of t.
func Check(t *wasm.FuncType, args []value.Value, types *wasm.TypeSpace) *fault.Error {
	fits := len(args) == len(t.Params)
	for i := 0; fits && i < len(args); i++ {
		fits = args[i].Kind == KindOf(t.Params[i], types)
	}
	if fits {
		return nil
	}
	got := wasm.FuncType{Params: make([]wasm.ValType, len(args)), Results: t.Results}
	for i, a := range args {
		got.Params[i] = TypeOf(a.Kind)
	}
	return fault.New(fault.FuncSigMismatch,
		fault.Mismatched("function type", t.String(), got.String()))
}
