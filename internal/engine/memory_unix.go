//go:build unix

package engine

import (
	"math"

	"golang.org/x/sys/unix"
)

// maxReservation bounds what is asked for where an int has 32 bits.
const maxReservation = math.MaxInt & (1<<40 - 1)

// Mapped says that machine code and the memory of guests are mappings of their
// own, not of Go's heap.
const Mapped = true

// backedLazily says that reserved memory costs nothing until it is touched.
const backedLazily = true

// reserve maps size bytes of zeroed private memory, or returns nil.
func reserve(size uint64) []byte {
	b, err := unix.Mmap(-1, 0, int(size), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANON|mapNoReserve)
	if err != nil {
		return nil
	}
	return b
}

// commit makes the first size bytes of b usable; here they always are.
func commit(b []byte, size uint64) bool { return true }

// release unmaps what [reserve] returned.
func release(b []byte) {
	if b == nil {
		return
	}
	if err := unix.Munmap(b); err != nil {
		panic("engine: unmap of a reservation of ours: " + err.Error())
	}
}
