package wasmedge

import "github.com/wazedge/wazedge/internal/wasm"

// Proposal is a proposal of WebAssembly, for [Configure.AddConfig].
type Proposal uint32

// The proposals. ANNOTATIONS is about the text format only and changes nothing.
const (
	IMPORT_EXPORT_MUT_GLOBALS Proposal = iota
	NON_TRAP_FLOAT_TO_INT_CONVERSIONS
	SIGN_EXTENSION_OPERATORS
	MULTI_VALUE
	BULK_MEMORY_OPERATIONS
	REFERENCE_TYPES
	SIMD
	TAIL_CALL
	EXTENDED_CONST
	FUNCTION_REFERENCES
	GC
	MULTI_MEMORIES
	THREADS
	RELAXED_SIMD
	ANNOTATIONS
	MEMORY64
	EXCEPTION_HANDLING
	COMPONENT_MODEL
)

// proposals are those of the loader, by the SDK's number.
var proposals = [...]wasm.Features{
	IMPORT_EXPORT_MUT_GLOBALS:         wasm.MutableGlobals,
	NON_TRAP_FLOAT_TO_INT_CONVERSIONS: wasm.NonTrapFloatToInt,
	SIGN_EXTENSION_OPERATORS:          wasm.SignExtension,
	MULTI_VALUE:                       wasm.MultiValue,
	BULK_MEMORY_OPERATIONS:            wasm.BulkMemory,
	REFERENCE_TYPES:                   wasm.ReferenceTypes,
	SIMD:                              wasm.SIMD,
	TAIL_CALL:                         wasm.TailCall,
	EXTENDED_CONST:                    wasm.ExtendedConst,
	FUNCTION_REFERENCES:               wasm.FunctionReferences,
	GC:                                wasm.GC,
	MULTI_MEMORIES:                    wasm.MultiMemory,
	THREADS:                           wasm.Threads,
	RELAXED_SIMD:                      wasm.RelaxedSIMD,
	ANNOTATIONS:                       0,
	MEMORY64:                          wasm.Memory64,
	EXCEPTION_HANDLING:                wasm.ExceptionHandling,
	COMPONENT_MODEL:                   wasm.ComponentModel,
}

// features are the features of p; none for what is no proposal.
func (p Proposal) features() wasm.Features {
	if int(p) >= len(proposals) {
		return 0
	}
	return proposals[p]
}

// HostRegistration is a module of the host's that a [VM] registers of itself.
type HostRegistration uint32

// WASI has a [VM] register wasi_snapshot_preview1.
const WASI HostRegistration = 0
