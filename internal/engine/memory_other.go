//go:build !unix && !windows

package engine

import "math"

// maxReservation is what an int of 32 bits can count.
const maxReservation = math.MaxInt32

// Mapped says that machine code and the memory of guests are mappings of their
// own, not of Go's heap.
const Mapped = false

// backedLazily is false: a slice costs its whole size.
const backedLazily = false

// reserve is a slice of Go's heap. Nothing can be in front of it; it is too short to
// need that.
func reserve(_, size uint64) space { return space{bytes: make([]byte, size)} }

// commit makes the first size bytes of b usable; here they always are.
func commit(b []byte, _, size uint64) bool { return true }

// release leaves s to the garbage collector.
func (s space) release() {}
