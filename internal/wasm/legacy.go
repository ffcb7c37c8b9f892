package wasm

import "errors"

// ErrLegacyExceptions is the cause of the error for an instruction of the
// exception handling proposal as it was before try_table.
var ErrLegacyExceptions = errors.New("this instruction is of the legacy exception handling proposal, " +
	"which WebAssembly 3.0 did not take up; build it with clang -mllvm -wasm-use-legacy-eh=false or emcc -sWASM_LEGACY_EXCEPTIONS=0, " +
	"or translate it with wasm-opt --translate-to-exnref")

// legacyExceptions are the instructions that the final proposal dropped.
var legacyExceptions = [256]string{
	0x06: "try", 0x07: "catch", 0x09: "rethrow", 0x18: "delegate", 0x19: "catch_all",
}
