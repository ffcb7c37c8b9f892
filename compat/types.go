package compat

import (
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

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

// typeOf is the widest type of values of kind k.
func typeOf(k value.Kind) wasm.ValType {
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

// Features are proposals of WebAssembly.
type Features = wasm.Features

// FuncType is the type of a function (core 2.3.5).
type FuncType = wasm.FuncType

// ValType is the type of a value (core 2.3.4).
type ValType = wasm.ValType

// Error is an error with WasmEdge's code, and the lines that WasmEdge logs below it.
type Error = fault.Error

// Code is WasmEdge's code of an error.
type Code = fault.Code

// WrongVMWorkflow is the code of what does not fit the stage of a [VM].
const WrongVMWorkflow = fault.WrongVMWorkflow

// HeapConfig bounds the heap of structures and arrays.
type HeapConfig = heap.Config

// Work is a step with a module.
type Work = prepare.Work
