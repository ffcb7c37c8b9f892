//go:build unix

package engine

import (
	"math"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/internal/machine"
)

// maxReservation bounds what is asked for where an int has 32 bits.
const maxReservation = math.MaxInt & (1<<40 - 1)

// Mapped says that machine code and the memory of guests are mappings of their
// own, not of Go's heap.
const Mapped = true

// backedLazily says that reserved memory costs nothing until it is touched.
const backedLazily = true

// reserve maps size bytes of zeroed private memory behind below bytes that nobody
// can touch, or returns nothing.
func reserve(below, size uint64) space {
	access := unix.PROT_READ | unix.PROT_WRITE
	first := access
	if below > 0 {
		first = unix.PROT_NONE
	}
	p, err := unix.MmapPtr(-1, 0, nil, uintptr(below+size), first, unix.MAP_PRIVATE|unix.MAP_ANON|mapNoReserve)
	if err != nil {
		return space{}
	}
	s := space{bytes: unsafe.Slice((*byte)(unsafe.Add(p, below)), size), below: below}
	if below > 0 && unix.Mprotect(s.bytes, access) != nil {
		s.release()
		return space{}
	}
	return s
}

// A memory is backed by large pages between these bytes, which takes the system less time,
// as does their end. Below, most would not be used; beyond, a guest that does nothing but
// fill memory would get further in its time.
const (
	smallPages = 64 << 20
	largePages = 768 << 20
)

// commit makes the first size bytes of b usable, of which before were; here they always
// are.
func commit(b []byte, before, size uint64) bool {
	if before <= smallPages && size > smallPages {
		machine.PreferLargePages(b[smallPages:min(uint64(len(b)), largePages)])
	}
	return true
}

// release unmaps what [reserve] or [reserveAll] returned.
func (s space) release() {
	if s.bytes == nil {
		return
	}
	p := unsafe.Add(unsafe.Pointer(unsafe.SliceData(s.bytes)), -int(s.below))
	if err := unix.MunmapPtr(p, uintptr(s.below)+uintptr(len(s.bytes))+uintptr(s.above)); err != nil {
		panic("engine: unmap of a reservation of ours: " + err.Error())
	}
}
