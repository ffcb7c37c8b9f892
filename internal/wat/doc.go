// Package wat is the text format of WebAssembly 3.0 with the threads proposal:
// [Parse] reads a module, [Print] writes one, and [ParseScript] reads the wast
// scripts of the specification's test suite.
//
// The package checks what the text format asks for (core chapter 6): grammar,
// literals in range, identifiers that are bound once, labels and inline function
// types that match. Whether the module is valid is asked of package validate.
// Mnemonics and the shapes of immediates come from the instruction table
// [wasm.Ops].
//
// Input may be hostile: nesting is tracked on the heap, never on the Go stack, and
// memory stays within a small multiple of the input.
package wat
