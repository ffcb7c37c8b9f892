package compat

import (
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/stack"
	"github.com/wazedge/wazedge/internal/wasm"
)

// KindOf is the kind of values of type t, as the command line tells types apart,
// where types are the module's.
func KindOf(t wasm.ValType, types *wasm.TypeSpace) value.Kind { return stack.KindOf(t, types) }

// Features are proposals of WebAssembly.
type Features = wasm.Features

// FuncType is the type of a function (core 2.3.5).
type FuncType = wasm.FuncType

// ValType is the type of a value (core 2.3.4).
type ValType = wasm.ValType

// The types of values that host functions and objects have.
const (
	I32  = wasm.I32
	I64  = wasm.I64
	F32  = wasm.F32
	F64  = wasm.F64
	V128 = wasm.V128
)

// FuncRef and ExternRef are the types of references to functions, and to what the host has
// made; they may be null.
var FuncRef, ExternRef ValType = wasm.FuncRef, wasm.ExternRef

// MemoryType, TableType and GlobalType are the types of memories, tables and globals (core
// 2.3.6 to 2.3.8).
type (
	MemoryType = wasm.MemoryType
	TableType  = wasm.TableType
	GlobalType = wasm.GlobalType
)

// Limits are the bounds of a memory in pages of 64 KiB, or of a table in elements.
type Limits = wasm.Limits

// Error is an error with WasmEdge's code, and the lines that WasmEdge logs below it.
type Error = fault.Error

// Code is WasmEdge's code of an error.
type Code = fault.Code

// Work is a step with a module.
type Work = prepare.Work

// ResourceError says that a valid module asks for more than there is.
type ResourceError = pipeline.ResourceError

// DefaultTableElements bounds tables that the guest can make grow, each and all of
// them together, where nothing else does.
const DefaultTableElements = pipeline.DefaultTableElements
