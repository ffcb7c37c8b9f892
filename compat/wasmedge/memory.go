package wasmedge

import (
	"sync"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/fault"
)

const pageSize = 65536

// Memory is a linear memory: of an instance, or one of the host's own, which belongs to the
// guests of the first store that it gets to.
type Memory struct {
	typ compat.MemoryType

	mu    sync.Mutex
	in    *world
	guest *compat.Memory // nil for one that no guest has
	own   []byte         // before that
}

// NewMemory is a memory of the host's own, of zeros; nil for a type that no memory can have.
func NewMemory(mtype *MemoryType) *Memory {
	if mtype == nil {
		return nil
	}
	l := mtype.typ.Limits
	if l.Min > maxPages || l.HasMax && l.Max < l.Min || l.Shared && !l.HasMax {
		return nil
	}
	return &Memory{typ: mtype.typ, own: make([]byte, l.Min*pageSize)}
}

// now is the type of m that begins with its present size.
func (m *Memory) now() compat.MemoryType {
	t := m.typ
	t.Limits.Min = uint64(m.GetPageSize())
	return t
}

// attach has m be the memory of guests, with what is in it.
func (m *Memory) attach(w *world, guest *compat.Memory) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.guest != nil {
		return errElsewhere
	}
	copy(guest.Bytes(), m.own)
	m.in, m.guest, m.own = w, guest, nil
	return nil
}

// bytes is all of m; nothing when its store is released.
func (m *Memory) bytes() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.guest == nil:
		return m.own
	case m.in.closed.Load():
		return nil
	}
	return m.guest.Bytes()
}

// part are length bytes at off.
func (m *Memory) part(off, length uint) ([]byte, error) {
	all := m.bytes()
	if off > uint(len(all)) || length > uint(len(all))-off {
		return nil, failed(fault.New(fault.MemoryOutOfBounds))
	}
	return all[off:][:length:length], nil
}

// GetMemoryType is the type.
func (m *Memory) GetMemoryType() *MemoryType { return &MemoryType{m.typ} }

// GetData are length bytes at off, as they are in the memory: what is written to them is
// written there. They are good until the memory grows or its store is released.
func (m *Memory) GetData(off uint, length uint) ([]byte, error) { return m.part(off, length) }

// SetData copies the first length bytes of data to off.
func (m *Memory) SetData(data []byte, off uint, length uint) error {
	if length > uint(len(data)) {
		return failed(fault.New(fault.MemoryOutOfBounds))
	}
	part, err := m.part(off, length)
	if err != nil {
		return err
	}
	copy(part, data)
	return nil
}

// GetPageSize is the present size, in pages of 64 KiB.
func (m *Memory) GetPageSize() uint {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.guest == nil:
		return uint(len(m.own) / pageSize)
	case m.in.closed.Load():
		return 0
	}
	return uint(m.guest.Pages())
}

// GrowPage grows the memory by size pages.
func (m *Memory) GrowPage(size uint) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.grow(size) {
		return failed(fault.New(fault.MemoryOutOfBounds))
	}
	return nil
}

func (m *Memory) grow(size uint) bool {
	if size > maxPages {
		return false
	}
	if m.guest != nil {
		if m.in.closed.Load() {
			return false
		}
		_, ok := m.guest.Grow(uint32(size))
		return ok
	}
	pages := uint64(len(m.own)/pageSize) + uint64(size)
	if pages > maxPages || m.typ.Limits.HasMax && pages > m.typ.Limits.Max {
		return false
	}
	m.own = append(m.own, make([]byte, size*pageSize)...)
	return true
}

// Release lets go of a memory of the host's own that no guest has.
func (m *Memory) Release() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.own = nil
}
