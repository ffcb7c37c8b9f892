package engine

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// touched is how many bytes of b, whole pages of a mapping, are in pages that the system has supplied.
func touched(b []byte) (n uint64, ok bool) {
	if len(b) == 0 {
		return 0, true
	}
	size := os.Getpagesize()
	pages := make([]byte, (len(b)+size-1)/size)
	_, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(unsafe.Pointer(unsafe.SliceData(pages))))
	for _, p := range pages {
		n += uint64(p & 1)
	}
	return n * uint64(size), errno == 0
}
