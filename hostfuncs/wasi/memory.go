package wasi

import (
	"encoding/binary"
	"unsafe"

	"github.com/tetratelabs/wazero/api"
)

// memory is the calling module's memory 0.
type memory struct{ m api.Memory }

// memoryOf is the memory of mod; a module without one gives a memory in which
// no address is valid.
func memoryOf(mod api.Module) memory {
	m := mod.Memory()
	// A module without memory returns a nil pointer in a non-nil interface.
	if m == nil || (*[2]uintptr)(unsafe.Pointer(&m))[1] == 0 {
		return memory{}
	}
	return memory{m}
}

// bytes is the guest's memory from p on, n bytes long, not a copy.
// No bytes may be anywhere, also outside of memory.
func (m memory) bytes(p ptr, n size) ([]byte, Errno) {
	if m.m == nil {
		return nil, EFAULT
	}
	if n == 0 {
		return nil, Success
	}
	if uint64(p)+uint64(n) == 1<<32 {
		return m.lastBytes(p, n)
	}
	b, ok := m.m.Read(uint32(p), uint32(n))
	if !ok {
		return nil, EFAULT
	}
	return b, Success
}

// lastBytes is bytes for a range that ends at 4 GiB, whose end the engine's own
// accessor computes in 32 bits.
func (m memory) lastBytes(p ptr, n size) ([]byte, Errno) {
	b, ok := m.m.Read(uint32(p), uint32(n-1))
	if !ok {
		return nil, EFAULT
	}
	if _, ok = m.m.ReadUint16Le(1<<32 - 2); !ok {
		return nil, EFAULT
	}
	if n == 1 {
		b, _ = m.m.Read(uint32(p)-1, 1)
		return unsafe.Slice(&b[0], 2)[1:], Success
	}
	return unsafe.Slice(&b[0], int(n)), Success
}

// memoryPiece is how much of a guest's memory is worked on before a call looks
// whether the guest is to stop.
const memoryPiece = 256 << 10

// aligned is bytes for something that the guest's memory refers to, of a type
// with the given alignment, a power of two.
func (m memory) aligned(p ptr, n size, alignment ptr) ([]byte, Errno) {
	if p&(alignment-1) != 0 {
		return nil, EADDRNOTAVAIL
	}
	return m.bytes(p, n)
}

// array is bytes for count elements of elem bytes each.
func (m memory) array(p ptr, count, elem size) ([]byte, Errno) {
	n := uint64(count) * uint64(elem)
	if n > 1<<32-1 {
		return nil, EFAULT
	}
	return m.bytes(p, size(n))
}

// u16 is the place of a 16-bit number at p.
func (m memory) u16(p ptr16) ([]byte, Errno) { return m.bytes(ptr(p), 2) }

// u32 is the place of a 32-bit number at p.
func (m memory) u32(p ptr32) ([]byte, Errno) { return m.bytes(ptr(p), 4) }

// u64 is the place of a 64-bit number at p.
func (m memory) u64(p ptr64) ([]byte, Errno) { return m.bytes(ptr(p), 8) }

func put16(b []byte, v uint16) { binary.LittleEndian.PutUint16(b, v) }
func put32(b []byte, v uint32) { binary.LittleEndian.PutUint32(b, v) }
func put64(b []byte, v uint64) { binary.LittleEndian.PutUint64(b, v) }
func get16(b []byte) uint16    { return binary.LittleEndian.Uint16(b) }
func get32(b []byte) uint32    { return binary.LittleEndian.Uint32(b) }
func get64(b []byte) uint64    { return binary.LittleEndian.Uint64(b) }
