package blake3

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// lanes are what the nodes are that are hashed at once, each in a lane of the vectors. The
// assembly knows where the fields are.
type lanes struct {
	in                 [16]unsafe.Pointer
	low, high          [16]uint32 // counters
	key                words
	blocks             uint64
	flags, first, last uint32 // first and last are those of the first and last block beside flags
	_                  uint32
	to                 unsafe.Pointer // where the chaining values go
}

// hash16 and hash8 hash so many lanes, by AVX-512F and AVX2.
//
//go:noescape
func hash16(l *lanes)

//go:noescape
func hash8(l *lanes)

// width is how many lanes there are; 0 where a node takes as long as several.
var width = func() int {
	switch {
	case cpu.X86.HasAVX512F:
		return 16
	case cpu.X86.HasAVX2:
		return 8
	}
	return 0
}()

// wide does what level does for the first nodes, and gives for how many; one alone is left.
func (m *mode) wide(values, b []byte, n, each int, counter uint64) int {
	if n < 2 || width == 0 {
		return 0
	}
	l := lanes{key: m.key, blocks: uint64(each / block), flags: m.flags}
	if each == chunk {
		l.first, l.last = chunkStart, chunkEnd
	} else {
		l.flags |= parent
	}
	var rest [16 * Size]byte
	for from := 0; from < n; from += width {
		k := min(n-from, width)
		if k == 1 {
			return from
		}
		for i := range width {
			at := (from + min(i, k-1)) * each // lanes that are over do what the last one does
			l.in[i] = unsafe.Pointer(&b[at : at+each][0])
			if each == chunk {
				c := counter + uint64(from+i)
				l.low[i], l.high[i] = uint32(c), uint32(c>>32)
			}
		}
		to := values[from*Size:]
		if k < width {
			to = rest[:]
		}
		l.to = unsafe.Pointer(&to[:width*Size][0])
		if width == 16 {
			hash16(&l)
		} else {
			hash8(&l)
		}
		if k < width {
			copy(values[from*Size:], rest[:k*Size])
		}
	}
	return n
}
