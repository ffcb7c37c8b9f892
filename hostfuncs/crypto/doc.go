// Package crypto is the host side of wasi-crypto: the five namespaces that WasmEdge
// has from a plug-in, with the 72 functions of its interface 0.9, and the three that
// interface 0.10 adds to them, for external secrets and for batches.
//
// A [Host] is what one guest has: objects, which the guest knows by handles, and the
// keys that it has the host manage. All algorithms are those of Go's library, of
// golang.org/x/crypto and of a few well-known modules; this package brings operands to
// them and results back.
//
// # Operands
//
// Handles have the kind of their object in the low byte and a number in the others that
// is not given again before 2^24 others have been: one that is closed stays closed. A
// handle of another kind than a function takes is no handle to it. An address that is not in
// the guest's memory is algorithm_failure, as in WasmEdge. Algorithms and options are found
// by name whatever the case of its letters.
//
// # Bounds
//
// A guest has up to [MaxHandles] objects and has the host hold up to [MaxHeld] bytes in them
// and for a call: beyond that there are too_many_handles and overflow. What a call does with
// much data is done in pieces that look for an interruption, and what cannot be done in pieces
// is left behind when the guest is interrupted; then it works on a copy.
//
// # Secrets
//
// What an object holds of a secret is overwritten when its last reference is gone: when it is
// closed, or with the host. Go's library copies some of it while it computes; those copies
// stay until the collector takes them. Tags are compared in constant time.
package crypto
