package abi

import (
	"testing"

	"github.com/tetratelabs/wazero/api"
)

// A buffer may end where a memory of 4 GiB ends, where addresses wrap.
func TestEndOfLargestMemory(t *testing.T) {
	m := MemoryOf(largestMemory{})
	for _, n := range []Size{1, 2, 8} {
		b, ok := m.Bytes(Ptr(1<<32-uint64(n)), n)
		if !ok || len(b) != int(n) || b[n-1] != 'z' {
			t.Errorf("the last %d bytes: %q, %v", n, b, ok)
		}
	}
	if _, ok := m.Bytes(1<<32-1, 2); ok {
		t.Error("beyond the end is memory")
	}
	if b, ok := m.Bytes(1<<32-8, 0); !ok || len(b) != 0 {
		t.Errorf("nothing: %q, %v", b, ok)
	}
}

// largestMemory shows the last eight bytes of a memory of 4 GiB, and has the
// engine's way of computing the end of a range in 32 bits.
type largestMemory struct{ api.Memory }

var lastBytes = []byte("abcdefgz")

func (largestMemory) Read(offset, n uint32) ([]byte, bool) {
	if uint64(offset)+uint64(n) > 1<<32 {
		return nil, false
	}
	const base = 1<<32 - 8
	return lastBytes[offset-base : offset+n-base], true
}

func (largestMemory) ReadUint16Le(offset uint32) (uint16, bool) { return 0, true }
