// Package wasm is the binary format of WebAssembly 3.0 with the threads proposal:
// the data model of a module, the instruction table, and the way from bytes to a
// [Module] and back.
//
// A Module keeps function bodies and constant expressions as the bytes they were
// read from; [NewReader] streams their instructions and [AppendInstr] writes
// them. Decoding therefore costs time and memory by the number of entries, not by
// the amount of code. A Module aliases the bytes it was decoded from; neither it
// nor they may be changed afterwards. Passes build new modules.
//
// The package reads and writes; whether a module is valid is asked of package
// validate. Section numbers refer to the WebAssembly 3.0 core specification.
package wasm
