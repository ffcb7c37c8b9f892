package cache

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/internal/machine"
)

// buffer is memory to read to. A large one is a mapping of its own, whose pages can be
// moved to where they are wanted, instead of being copied.
type buffer struct {
	bytes  []byte
	mapped bool
}

// moveLeast is the size in bytes below which copying is as good as moving.
const moveLeast = 64 << 10

func newBuffer(size int64) buffer {
	if size >= moveLeast && size%int64(os.Getpagesize()) == 0 {
		if b, err := unix.Mmap(-1, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|populated(size)); err == nil {
			machine.PreferLargePages(b)
			return buffer{b, true}
		}
	}
	return buffer{make([]byte, size), false}
}

// populated is the flag that has a mapping of size bytes backed at once, which takes less than to do so page by page
// where it is too small for large pages. All of it is written to.
func populated(size int64) int {
	if size < populateMost {
		return unix.MAP_POPULATE
	}
	return 0
}

const populateMost = 4 << 20

// move puts the pages of b in the place of those of to, which is as long and a mapping
// of this process. It reports whether it could; b is gone then.
func (b *buffer) move(to []byte) bool {
	if !b.mapped || uintptr(unsafe.Pointer(&to[0]))%uintptr(os.Getpagesize()) != 0 {
		return false
	}
	n := uintptr(len(b.bytes))
	_, err := unix.MremapPtr(unsafe.Pointer(&b.bytes[0]), n, unsafe.Pointer(&to[0]), n, unix.MREMAP_MAYMOVE|unix.MREMAP_FIXED)
	if err != nil {
		return false
	}
	b.bytes, b.mapped = nil, false
	return true
}

func (b *buffer) free() {
	if b.mapped {
		_ = unix.Munmap(b.bytes) // it is b as it was mapped
	}
	b.bytes, b.mapped = nil, false
}
