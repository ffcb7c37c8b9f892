package engine

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/internal/engine/guard"
)

// reserveAll maps address space for a memory of up to size bytes such that nothing else is anywhere that
// machine code without checks reaches, or returns nothing. Nobody can touch any of it before [space.commit].
func reserveAll(size uint64) space {
	p, err := unix.MmapPtr(-1, 0, nil, guard.Below+guard.Above, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|mapNoReserve)
	if err != nil {
		return space{}
	}
	return space{bytes: unsafe.Slice((*byte)(unsafe.Add(p, guard.Below)), size), below: guard.Below, above: guard.Above - size}
}

// protect has nobody touch b, whole pages of a space of [reserveAll], any more; or with open, all.
func protect(b []byte, open bool) bool {
	access := unix.PROT_NONE
	if open {
		access = unix.PROT_READ | unix.PROT_WRITE
	}
	return len(b) == 0 || unix.Mprotect(b, access) == nil
}
