//go:build amd64 || arm64

package machine

import (
	"encoding/binary"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// The parts of the header of a program of 64 bits, of little endian, in the format ELF that matter.
const (
	elfHeader    = 64
	elfMagic     = "\x7fELF\x02\x01"
	elfType      = 16
	elfPrograms  = 32 // where the headers of segments are
	elfEachSize  = 54
	elfNumber    = 56
	elfFixed     = 2 // the type of programs whose segments are where they say
	segmentSize  = 56
	segmentLoad  = 1
	segmentWrite = 2
	mostSegments = 32
)

// ownSegments are the [constantSegments] of the program itself.
var ownSegments = sync.OnceValue(func() [][2]uint64 {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return nil
	}
	defer f.Close()
	return constantSegments(f)
})

func releaseProgram() {
	page := uint64(os.Getpagesize())
	for _, s := range ownSegments() {
		begin := (s[0] + page - 1) &^ (page - 1)
		if end := s[1] &^ (page - 1); begin < end {
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, uintptr(begin), uintptr(end-begin), unix.MADV_DONTNEED)
		}
	}
}

// constantSegments are where the segments of the program f begin and end that are never written to. There are none
// where they may be elsewhere than f says.
func constantSegments(f io.ReaderAt) (list [][2]uint64) {
	var head [elfHeader]byte
	order := binary.LittleEndian
	if _, err := f.ReadAt(head[:], 0); err != nil || string(head[:len(elfMagic)]) != elfMagic || order.Uint16(head[elfType:]) != elfFixed {
		return nil
	}
	n := order.Uint16(head[elfNumber:])
	if order.Uint16(head[elfEachSize:]) != segmentSize || n > mostSegments {
		return nil
	}
	segments := make([]byte, segmentSize*int(n))
	if _, err := f.ReadAt(segments, int64(order.Uint64(head[elfPrograms:]))); err != nil {
		return nil
	}
	for ; len(segments) > 0; segments = segments[segmentSize:] {
		kind, flags := order.Uint32(segments), order.Uint32(segments[4:])
		if at, size := order.Uint64(segments[16:]), order.Uint64(segments[32:]); kind == segmentLoad && flags&segmentWrite == 0 {
			list = append(list, [2]uint64{at, at + size})
		}
	}
	return list
}
