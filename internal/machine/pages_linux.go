package machine

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// largePage is the size in bytes of a large page where pages have 4 KiB.
const largePage = 2 << 20

func preferLargePages(b []byte) {
	page := uintptr(os.Getpagesize())
	before := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) % page)
	if whole := (len(b) - before) / int(page) * int(page); whole >= largePage {
		_ = unix.Madvise(b[before:before+whole], unix.MADV_HUGEPAGE)
	}
}
