package stack

import (
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/wasm"
)

// KindsOf are the kinds of values of types ts.
func KindsOf(ts []wasm.ValType, types *wasm.TypeSpace) []value.Kind {
	ks := make([]value.Kind, len(ts))
	for n, t := range ts {
		ks[n] = KindOf(t, types)
	}
	return ks
}

// KindOf is the kind of values of type t, as the command line tells types apart,
// where types are the module's.
func KindOf(t wasm.ValType, types *wasm.TypeSpace) value.Kind {
	switch t {
	case wasm.I32:
		return value.I32
	case wasm.I64:
		return value.I64
	case wasm.F32:
		return value.F32
	case wasm.F64:
		return value.F64
	case wasm.V128:
		return value.V128
	}
	if !t.IsRef() {
		return value.Invalid
	}
	switch types.TopOf(t.Heap()) {
	case wasm.HeapFunc:
		return value.FuncRef
	case wasm.HeapExtern:
		return value.ExternRef
	}
	return value.AnyRef
}

// TypeOf is the widest type of values of kind k.
func TypeOf(k value.Kind) wasm.ValType {
	switch k {
	case value.I32:
		return wasm.I32
	case value.I64:
		return wasm.I64
	case value.F32:
		return wasm.F32
	case value.F64:
		return wasm.F64
	case value.V128:
		return wasm.V128
	case value.FuncRef:
		return wasm.FuncRef
	case value.ExternRef:
		return wasm.ExternRef
	case value.AnyRef:
		return wasm.AnyRef
	}
	return wasm.Bottom
}
