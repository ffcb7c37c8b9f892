package engine

import (
	"math"
	"unsafe"

	"golang.org/x/sys/windows"
)

// maxReservation bounds what is asked for where an int has 32 bits.
const maxReservation = math.MaxInt & (1<<40 - 1)

// Mapped is false: code and memory cannot be replaced by mappings of files.
const Mapped = false

// backedLazily says that reserved memory costs nothing until it is committed.
const backedLazily = true

// reserve takes size bytes of address space without memory behind them, and below
// bytes in front that never get any, or returns nothing.
func reserve(below, size uint64) space {
	p, err := windows.VirtualAlloc(0, uintptr(below+size), windows.MEM_RESERVE, windows.PAGE_READWRITE)
	if err != nil {
		return space{}
	}
	p += uintptr(below)
	// The address is not of Go's heap, so that turning it into a pointer is safe;
	// the detour keeps vet, which cannot know, from objecting.
	return space{bytes: unsafe.Slice(*(**byte)(unsafe.Pointer(&p)), size), below: below}
}

// commit puts memory behind the first size bytes of b; where it is already,
// nothing changes. False means that the system is out of memory.
func commit(b []byte, _, size uint64) bool {
	if size == 0 {
		return true
	}
	p := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	_, err := windows.VirtualAlloc(p, uintptr(size), windows.MEM_COMMIT, windows.PAGE_READWRITE)
	return err == nil
}

// release gives back what [reserve] returned.
func (s space) release() {
	if s.bytes == nil {
		return
	}
	p := uintptr(unsafe.Pointer(unsafe.SliceData(s.bytes))) - uintptr(s.below)
	if err := windows.VirtualFree(p, 0, windows.MEM_RELEASE); err != nil {
		panic("engine: release of a reservation of ours: " + err.Error())
	}
}
