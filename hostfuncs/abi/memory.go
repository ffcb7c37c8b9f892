package abi

import (
	"encoding/binary"
	"unsafe"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/journal"
)

// Memory is a guest's linear memory. The zero Memory is that of a guest that has none:
// no address is valid in it.
type Memory struct {
	m api.Memory
	w *journal.Writer // is told what is used; nil for nobody
}

// MemoryOf is a view of m, which may be nil.
func MemoryOf(m api.Memory) Memory {
	// A module without memory returns a nil pointer in a non-nil interface.
	if m == nil || (*[2]uintptr)(unsafe.Pointer(&m))[1] == 0 {
		return Memory{}
	}
	return Memory{m: m}
}

// Exists reports whether the guest has a memory.
func (m Memory) Exists() bool { return m.m != nil }

// Bytes is the guest's memory from p on, n bytes long, not a copy, and whether it lies
// within memory. No bytes may be anywhere, also outside of memory. A journal of the call
// has what is there when the call is over: what is only read is better asked for by
// [Memory.Input], and buffers by [Memory.Buffer].
func (m Memory) Bytes(p Ptr, n Size) ([]byte, bool) { return m.use(journal.Written, p, n, false) }

// Input is Bytes for what is only read.
func (m Memory) Input(p Ptr, n Size) ([]byte, bool) { return m.use(journal.Read, p, n, false) }

// Direction is the way that the bytes of a buffer go.
type Direction uint8

// The directions.
const (
	FromGuest Direction = iota
	ToGuest
)

// Buffer is Bytes for a buffer that is read, or written from its beginning on;
// [Memory.Moved] says how far.
func (m Memory) Buffer(d Direction, p Ptr, n Size) ([]byte, bool) {
	use := journal.Read
	if d == ToGuest {
		use = journal.Written
	}
	return m.use(use, p, n, true)
}

// Moved says that of the buffers of the call, one behind the other, n bytes have been read
// or written, and, unless stream is 0, have been sent to the host's stream of that number.
func (m Memory) Moved(n int, stream uint8) {
	if m.w != nil {
		m.w.Moved(n, stream)
	}
}

// use is the memory from p on, of which a journal is told.
func (m Memory) use(u journal.Use, p Ptr, n Size, buffer bool) ([]byte, bool) {
	b, ok := m.bytes(p, n)
	if m.w != nil && ok {
		m.w.Use(u, uint32(p), b, buffer)
	}
	return b, ok
}

func (m Memory) bytes(p Ptr, n Size) ([]byte, bool) {
	if m.m == nil {
		return nil, false
	}
	if n == 0 {
		return nil, true
	}
	if uint64(p)+uint64(n) == 1<<32 {
		return m.lastBytes(p, n)
	}
	return m.m.Read(uint32(p), uint32(n))
}

// lastBytes is Bytes for a range that ends at 4 GiB, whose end the engine's own
// accessor computes in 32 bits.
func (m Memory) lastBytes(p Ptr, n Size) ([]byte, bool) {
	b, ok := m.m.Read(uint32(p), uint32(n-1))
	if !ok {
		return nil, false
	}
	if _, ok = m.m.ReadUint16Le(1<<32 - 2); !ok {
		return nil, false
	}
	if n == 1 {
		b, _ = m.m.Read(uint32(p)-1, 1)
		return unsafe.Slice(&b[0], 2)[1:], true
	}
	return unsafe.Slice(&b[0], int(n)), true
}

// Piece is how much of a guest's memory is worked on before a call looks whether the
// guest is to stop.
const Piece = 256 << 10

// Aligned reports whether p is a multiple of alignment, a power of two: for addresses
// that the guest's memory holds. Those among parameters have types of their own.
func (p Ptr) Aligned(alignment Ptr) bool { return p&(alignment-1) == 0 }

// Array is Bytes for count elements of elem bytes each.
func (m Memory) Array(p Ptr, count, elem Size) ([]byte, bool) {
	n := uint64(count) * uint64(elem)
	if n > 1<<32-1 {
		return nil, false
	}
	return m.Bytes(p, Size(n))
}

// InputArray is [Memory.Input] for count elements of elem bytes each.
func (m Memory) InputArray(p Ptr, count, elem Size) ([]byte, bool) {
	n := uint64(count) * uint64(elem)
	if n > 1<<32-1 {
		return nil, false
	}
	return m.Input(p, Size(n))
}

// U16 is the place of a 16-bit number at p.
func (m Memory) U16(p Ptr16) ([]byte, bool) { return m.Bytes(Ptr(p), 2) }

// U32 is the place of a 32-bit number at p.
func (m Memory) U32(p Ptr32) ([]byte, bool) { return m.Bytes(Ptr(p), 4) }

// U64 is the place of a 64-bit number at p.
func (m Memory) U64(p Ptr64) ([]byte, bool) { return m.Bytes(Ptr(p), 8) }

// iovSize is the size of an element of a list of buffers: address u32 at 0, length
// u32 at 4.
const iovSize = 8

// Buffers is the list of n buffers at p, for [Memory.AppendBuffers].
func (m Memory) Buffers(p Ptr32, n Size) ([]byte, bool) { return m.InputArray(Ptr(p), n, iovSize) }

// AppendBuffers appends the buffers that list names to bufs; see [Memory.Buffer]. Lengths
// are capped to 2^32-1 bytes in all.
func (m Memory) AppendBuffers(d Direction, bufs [][]byte, list []byte) ([][]byte, bool) {
	left := Size(1<<32 - 1)
	for ; len(list) >= iovSize; list = list[iovSize:] {
		n := min(Size(Get32(list[4:])), left)
		left -= n
		b, ok := m.Buffer(d, Ptr(Get32(list)), n)
		if !ok {
			return bufs, false
		}
		bufs = append(bufs, b)
	}
	return bufs, true
}

// Put16, Put32 and Put64 write a number to the start of b, Get16, Get32 and Get64 read
// one, as the guest's memory has them.
func Put16(b []byte, v uint16) { binary.LittleEndian.PutUint16(b, v) }

// Put32 is Put16 for 32 bits.
func Put32(b []byte, v uint32) { binary.LittleEndian.PutUint32(b, v) }

// Put64 is Put16 for 64 bits.
func Put64(b []byte, v uint64) { binary.LittleEndian.PutUint64(b, v) }

// Get16 is the number at the start of b.
func Get16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }

// Get32 is Get16 for 32 bits.
func Get32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

// Get64 is Get16 for 64 bits.
func Get64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
