package cli

import "github.com/wazedge/wazedge/internal/wasm"

// proposalOptions gives the proposals that the options --disable-NAME and
// --enable-NAME concern, in the order in which WasmEdge applies them: the order
// on the command line does not count.
var proposalOptions = []struct {
	option string
	change change
	of     wasm.Features
}{
	{"wasm-1", standard, wasm.Wasm1},
	{"wasm-2", standard, wasm.Wasm2},
	{"wasm-3", standard, wasm.Wasm3},
	{"disable-import-export-mut-globals", without, wasm.MutableGlobals},
	{"disable-non-trap-float-to-int", without, wasm.NonTrapFloatToInt},
	{"disable-sign-extension-operators", without, wasm.SignExtension},
	{"disable-multi-value", without, wasm.MultiValue},
	{"disable-bulk-memory", without, wasm.BulkMemory},
	{"disable-simd", without, wasm.SIMD},
	{"disable-tail-call", without, wasm.TailCall},
	{"disable-extended-const", without, wasm.ExtendedConst},
	{"disable-multi-memory", without, wasm.MultiMemory},
	{"disable-relaxed-simd", without, wasm.RelaxedSIMD},
	{"disable-exception-handling", without, wasm.ExceptionHandling},
	{"disable-memory64", without, wasm.Memory64},
	{"enable-multi-memory", with, wasm.MultiMemory},
	{"enable-tail-call", with, wasm.TailCall},
	{"enable-extended-const", with, wasm.ExtendedConst},
	{"enable-relaxed-simd", with, wasm.RelaxedSIMD},
	{"enable-exception-handling", with, wasm.ExceptionHandling},
	{"disable-gc", without, wasm.GC},
	{"disable-function-reference", without, wasm.FunctionReferences},
	{"disable-reference-types", without, wasm.ReferenceTypes},
	{"enable-function-reference", with, wasm.FunctionReferences},
	{"enable-gc", with, wasm.GC},
	{"enable-threads", with, wasm.Threads},
	{"enable-component", with, wasm.ComponentModel},
	{"enable-all", standard, wasm.Wasm3 | wasm.Threads | wasm.ComponentModel},
}

// features are the proposals that are on.
func (s switches) features() wasm.Features {
	f := wasm.Wasm3
	if len(s) == 0 {
		return f
	}
	for _, o := range proposalOptions {
		if s[o.option] {
			f = o.change.apply(f, o.of)
		}
	}
	return f
}

// change is what an option does with its proposals.
type change uint8

const (
	standard change = iota // these and no others
	with
	without
)

func (c change) apply(f, g wasm.Features) wasm.Features {
	switch c {
	case with:
		return f.With(g)
	case without:
		return f.Without(g)
	}
	return g
}
