package engine

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// backing are bytes in a file without a name, which memories map to begin with the same
// contents, and to get copies of their own of the pages that they write to.
type backing struct {
	bytes []byte // mapped for reading; nil for no backing
	file  int
}

// newBacking has the same bytes, which nobody can change, or nothing.
func newBacking(bytes []byte) backing {
	file, err := unix.MemfdCreate("wazedge", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_NOEXEC_SEAL)
	if err != nil { // before Linux 6.3
		file, err = unix.MemfdCreate("wazedge", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return backing{}
	}
	b := backing{file: file}
	if b.write(bytes) {
		_, err = unix.FcntlInt(uintptr(file), unix.F_ADD_SEALS, unix.F_SEAL_WRITE|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
		if err == nil {
			b.bytes, _ = unix.Mmap(file, 0, len(bytes), unix.PROT_READ, unix.MAP_SHARED)
		}
	}
	if b.bytes == nil {
		_ = unix.Close(file) // nothing was made of it
	}
	return b
}

func (b *backing) write(bytes []byte) bool {
	for at := 0; at < len(bytes); {
		n, err := unix.Pwrite(b.file, bytes[at:], int64(at))
		if err != nil && err != unix.EINTR || n == 0 {
			return false
		}
		at += max(n, 0)
	}
	return true
}

// mapTo has memory, which begins with a page of the system's, be the bytes from at on, and reports
// whether that could be done: else it is what it was.
func (b *backing) mapTo(memory []byte, at uint64) bool {
	const how = unix.MAP_PRIVATE | unix.MAP_FIXED | unix.MAP_NORESERVE
	to := unsafe.Pointer(unsafe.SliceData(memory))
	_, err := unix.MmapPtr(b.file, int64(at), to, uintptr(len(memory)), unix.PROT_READ|unix.PROT_WRITE, how)
	return err == nil
}

// close lets go of b. What is mapped stays as it is.
func (b *backing) close() {
	if b.bytes == nil {
		return
	}
	// Both are ours, and cannot fail.
	_ = unix.Munmap(b.bytes)
	_ = unix.Close(b.file)
	b.bytes = nil
}
