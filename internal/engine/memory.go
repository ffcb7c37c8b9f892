package engine

import (
	"sync"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/wazedge/wazedge/internal/engine/private"
)

const pageSize = 65536

// allocator makes the linear memories of a [Store]. They grow in place: the
// address space up to the maximum is reserved once, and the operating system
// supplies pages when they are first touched. wazero's own allocator copies the
// whole memory on growth.
type allocator struct {
	limit   uint64 // bytes that a memory of the user's may reach
	limited bool   // the limit is the user's
	refused func() // called when growth fails for the limit of the user or of wide memories
	budget  *Budget
	spaces  *spaces // nil without any
	images  *images // what memories have in common

	mu      sync.Mutex
	regions map[*region]struct{}
}

// instanceAllocator is the allocator as wazero sees it while it instantiates one
// module.
type instanceAllocator struct {
	*allocator
	pinned    bool // the module's memory is shared
	unlimited bool // the module is ours, and the limit not meant for it, nor the budget before it grows
	wide      bool // the module's memory has 64-bit addresses for the user
	guarded   bool // the module's code relies on what is around its memory
	guards    bool // it is to be there, if it can

	made *region // of the module
}

// Allocate implements [experimental.MemoryAllocator]. It panics with ErrNoMemory,
// which [Runtime.Instantiate] recovers, since wazero knows no failure here.
func (a *instanceAllocator) Allocate(capacity, maximum uint64) experimental.LinearMemory {
	limit := a.limit
	if a.unlimited {
		limit = MaxPages * pageSize
	}
	if a.wide {
		limit = min(limit, (MaxPages-1)*pageSize)
	}
	maximum = min(maximum, limit)
	least := capacity
	if a.pinned {
		least = maximum
	}
	m := &region{allocator: a.allocator, limit: limit, pinned: a.pinned, told: a.limited || a.wide, whole: capacity == MaxPages*pageSize, taken: capacity, least: capacity}
	if a.unlimited {
		m.free = capacity
	}
	if a.guarded && capacity == 0 || !a.budget.Take(m.taken-m.free) {
		panic(ErrNoMemory) // an empty memory has no base for wazero
	}
	guards := a.guards && capacity > 0
	if a.spaces != nil {
		m.space = a.spaces.take(maximum, guards)
	}
	if m.bytes == nil && guards {
		m.space = reserveAll(maximum)
	}
	if m.bytes == nil && !a.guarded {
		m.space = reserveBetween(least, maximum)
	}
	if uint64(len(m.bytes)) < capacity {
		a.budget.Give(m.taken - m.free)
		panic(ErrNoMemory)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.regions == nil {
		a.regions = map[*region]struct{}{}
	}
	a.regions[m] = struct{}{}
	a.made = m
	return m
}

// close frees what wazero has not: a module whose start function traps is never
// closed, yet its memory was made.
func (a *allocator) close() {
	a.mu.Lock()
	regions := a.regions
	a.regions = nil
	a.mu.Unlock()
	for m := range regions {
		m.Free()
	}
}

// belowMemory is how many bytes in front of a memory that may grow beyond as many
// nobody can touch: an address that machine code takes for negative ends the
// process there, instead of reading or writing what it finds. Where the system
// grants no address space for it, a memory does without.
const belowMemory = 1 << 31

// space is reserved address space.
type space struct {
	bytes []byte // all of it is ours
	below uint64 // bytes in front that nobody can touch
	above uint64 // bytes behind, with which nobody can touch any but those that have been committed; 0 for none
}

// guarded reports whether s is of [reserveAll].
func (s *space) guarded() bool { return s.above > 0 }

// commit makes the first size bytes of s usable, of which before were. False means that the system has no
// more.
func (s *space) commit(before, size uint64) bool {
	if s.guarded() && size > before && !protect(s.bytes[before:size], true) {
		return false
	}
	return commit(s.bytes, before, size)
}

// retreat has the first size bytes of s be usable, of which before were.
func (s *space) retreat(before, size uint64) bool {
	return !s.guarded() || size >= before || protect(s.bytes[size:before], false)
}

// region is one linear memory.
type region struct {
	allocator *allocator
	space            // some of it used
	used      uint64 // bytes that the guest may touch
	limit     uint64 // bytes that it may reach
	taken     uint64 // bytes that are on the budget, but for the first free ones
	free      uint64
	least     uint64 // bytes that are on the budget from the beginning
	pinned    bool   // the memory is shared and must not move
	told      bool   // refusals are
	whole     bool   // it begins with MaxPages

	begin   uint64 // bytes that it began with
	started bool   // it has begun
	growths int    // since

	image  *image  // what it is taken back to; nil for nothing
	mapped bool    // some of image is mapped
	back   *uint64 // the size that it is being taken back to; nil when it is not
}

// Reallocate implements [experimental.LinearMemory]. It returns nil when the
// memory may not or cannot have size bytes, which fails the memory.grow.
func (m *region) Reallocate(size uint64) []byte {
	if m.back != nil {
		return m.bytes[:*m.back:len(m.bytes)]
	}
	if size > m.limit {
		if m.told && m.allocator.refused != nil {
			m.allocator.refused()
		}
		return nil
	}
	if size == MaxPages*pageSize && !m.whole {
		return nil // compiled code would take it for empty
	}
	more := max(size, m.taken) - m.taken
	if !m.allocator.budget.Take(more) {
		return nil
	}
	if size > uint64(len(m.bytes)) && !m.move(size) || !m.commit(m.used, size) {
		m.allocator.budget.Give(more)
		return nil
	}
	if m.started && size > m.used {
		m.growths++
	} else if !m.started {
		m.begin, m.started = size, true
	}
	m.used, m.taken = size, m.taken+more
	return m.bytes[:size:len(m.bytes)]
}

// move makes room for size bytes elsewhere, where the system did not let us
// reserve the maximum. It doubles, so that a guest that grows page by page is not
// copied for every page.
func (m *region) move(size uint64) bool {
	if m.pinned || m.guarded() {
		return false
	}
	moved := reserveBetween(size, max(size, min(2*size, m.limit)))
	if moved.bytes == nil || !moved.commit(0, size) {
		return false
	}
	copy(moved.bytes, m.bytes[:m.used])
	m.release()
	m.space = moved
	return true
}

// Free implements [experimental.LinearMemory]. Only the first call has an effect.
func (m *region) Free() {
	if m.allocator.spaces != nil && m.bytes != nil && !m.mapped {
		m.allocator.spaces.give(m.space, m.used)
	} else {
		m.release()
	}
	if m.image != nil {
		m.image.release()
		m.image = nil
	}
	m.allocator.budget.Give(m.taken - m.free)
	m.space, m.used, m.taken, m.free = space{}, 0, 0, 0
	m.allocator.mu.Lock()
	defer m.allocator.mu.Unlock()
	delete(m.allocator.regions, m)
}

// base is where m is.
func (m *region) base() *byte {
	if len(m.bytes) == 0 {
		return nil
	}
	return &m.bytes[0]
}

// clear makes m zero from a byte on, or what is mapped there.
func (m *region) clear(from uint64) bool {
	b := m.bytes[from:m.used]
	if !clearPages(b) {
		if m.mapped {
			return false
		}
		clear(b)
	}
	return true
}

// shrink makes m, which is that of memory, smaller again: size bytes.
func (m *region) shrink(memory api.Memory, size uint64) bool {
	m.back = &size
	defer func() { m.back = nil }()
	if !m.retreat(m.used, size) || !private.Shrink(memory, size) {
		return false
	}
	m.used = size
	m.allocator.budget.Give(m.taken - max(size, m.least))
	m.taken = max(size, m.least)
	return true
}

// reserveBetween obtains address space for most bytes, or for less, down to
// least, when the process may not have that much: a ulimit, a small address
// space, or a system that backs every reservation with memory at once.
func reserveBetween(least, most uint64) space {
	if !backedLazily {
		most = least
	}
	for size := most; size > 0 && size >= least; size = max(size/2, least) {
		if size <= maxReservation {
			if s := reserveGuarded(size); s.bytes != nil {
				return s
			}
		}
		if size == least {
			break
		}
	}
	return space{}
}

// reserveGuarded obtains address space for size bytes, with room in front of it if
// it may have addresses that could be taken for negative.
func reserveGuarded(size uint64) space {
	if size > belowMemory && size+belowMemory <= maxReservation {
		if s := reserve(belowMemory, size); s.bytes != nil {
			return s
		}
	}
	return reserve(0, size)
}
