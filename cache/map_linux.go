package cache

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Files of the store are mapped as the system maps programs: they are this
// user's alone, written once under another name, and never changed. What is
// mapped is verified in place, and nothing of it is copied before it is written
// to. A universal module is anybody's file, and is not mapped.

// mapLeast is the size in bytes below which copying is as good.
const mapLeast = 32 << 10

// mapCode puts the file's pages from at on in the place of p, readable and
// executable. It fails where the file system holds no programs, for one, and
// leaves memory that can be written to then.
func mapCode(p []byte, f *os.File, at int64) bool {
	if !mapOver(p, f, at) {
		return false
	}
	if unix.Mprotect(p, unix.PROT_READ|unix.PROT_EXEC) == nil {
		return true
	}
	_, err := unix.MmapPtr(-1, 0, unsafe.Pointer(&p[0]), uintptr(len(p)),
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED)
	if err != nil {
		panic("cache: no memory in the place of a mapping: " + err.Error())
	}
	return false
}

// mapMemory puts the file's pages from at on in the place of p, to be copied when
// they are written to.
func mapMemory(p []byte, f *os.File, at int64) bool {
	return len(p)%os.Getpagesize() == 0 && mapOver(p, f, at)
}

// mapOver replaces the mapping that p is in by one of the file, to be copied when
// written to. p must not be memory of Go's.
func mapOver(p []byte, f *os.File, at int64) bool {
	page := int64(os.Getpagesize())
	if len(p) < mapLeast || int64(uintptr(unsafe.Pointer(&p[0])))%page != 0 || at%page != 0 {
		return false
	}
	_, err := unix.MmapPtr(int(f.Fd()), at, unsafe.Pointer(&p[0]), uintptr(len(p)),
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_FIXED)
	return err == nil
}

// mapView maps size bytes of the file from at on, to be read, or returns nil.
func mapView(f *os.File, at, size int64) (b []byte, free func()) {
	if size < mapLeast || at%int64(os.Getpagesize()) != 0 {
		return nil, func() {}
	}
	b, err := unix.Mmap(int(f.Fd()), at, int(size), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, func() {}
	}
	return b, func() { _ = unix.Munmap(b) } // it is b as it was mapped
}
