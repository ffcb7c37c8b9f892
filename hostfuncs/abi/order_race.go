//go:build race

package abi

// ordered has Go's race detector told that a call which begins after another one has
// returned comes behind it. The threads of a guest that use the same memory have seen to
// that themselves, by instructions that the detector does not see.
const ordered = true
