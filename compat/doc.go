// Package compat is what WasmEdge promises its users, as a library: a [VM] that
// loads a WebAssembly module, validates, instantiates and runs it, and that
// fails with WasmEdge's codes and information lines.
//
// The VM prints no results and no errors; it returns them, and package cli prints
// them. What WasmEdge logs while a guest runs (a refused growth of memory, a
// directory that cannot be bound) goes to the Logger of the [Config].
package compat
