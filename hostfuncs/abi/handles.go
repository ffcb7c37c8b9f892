package abi

import "sync"

// maxHandles bounds [Handles] when their owner sets no limit.
const maxHandles = 1 << 20

// Resource is what a handle stands for. It counts who refers to it: the table of
// handles does, and each call that is using it. The last one frees it, so that what
// one thread of a guest closes does not vanish while another one uses it.
type Resource interface {
	Retain()
	Release() error
}

// Handles maps a guest's numbers to resources of type T. New ones get the lowest free
// number, as POSIX asks of descriptors. The zero Handles is ready for use.
type Handles[T Resource] struct {
	First int // the lowest number of a new one
	Limit int // how many there may be at once; 0 for as many as a guest could want

	mu    sync.Mutex
	slots []slot[T]
	free  int // no slot from First to below this is free
	used  int
}

type slot[T Resource] struct {
	resource T
	open     bool
}

// Get is the resource of number n with a reference for the caller, who releases it,
// and whether there is one.
func (h *Handles[T]) Get(n uint32) (T, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.open(n) {
		var none T
		return none, false
	}
	r := h.slots[n].resource
	r.Retain()
	return r, true
}

// Room reports whether there is room for one more. A caller that makes something asks
// before it does, so that a refusal leaves nothing behind.
func (h *Handles[T]) Room() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.room()
}

func (h *Handles[T]) room() bool {
	limit := h.Limit
	if limit <= 0 || limit > maxHandles {
		limit = maxHandles
	}
	return h.used < limit
}

// Add puts r, with the caller's reference, under the lowest free number. When there is
// no room, r is released and the number means nothing.
func (h *Handles[T]) Add(r T) (uint32, bool) {
	h.mu.Lock()
	if !h.room() {
		h.mu.Unlock()
		r.Release()
		return 0, false
	}
	defer h.mu.Unlock()
	h.free = max(h.free, h.First)
	for h.free < len(h.slots) && h.slots[h.free].open {
		h.free++
	}
	n := h.free
	h.set(n, r)
	h.free++
	return uint32(n), true
}

// Put puts r, with the caller's reference, under number n; it is for what a guest
// starts with and does not look at the limit. What was there is released.
func (h *Handles[T]) Put(n uint32, r T) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open(n) {
		h.take(int(n)).Release()
	}
	h.set(int(n), r)
}

func (h *Handles[T]) set(n int, r T) {
	for len(h.slots) <= n {
		h.slots = append(h.slots, slot[T]{})
	}
	h.slots[n] = slot[T]{r, true}
	h.used++
}

// Remove takes the resource of number n away and hands its reference to the caller.
func (h *Handles[T]) Remove(n uint32) (T, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.open(n) {
		var none T
		return none, false
	}
	return h.take(int(n)), true
}

func (h *Handles[T]) take(n int) T {
	r := h.slots[n].resource
	h.slots[n] = slot[T]{}
	h.used--
	h.free = min(h.free, n)
	return r
}

// Renumber moves from's resource to number to, and releases what was there. Both must
// be in use, but for to if it is below First, or ok is false. What is moved to its own
// number stays.
func (h *Handles[T]) Renumber(from, to uint32) (ok bool) {
	old, ok := h.move(from, to)
	if old.open {
		old.resource.Release() // POSIX's dup2 does not tell of errors here either
	}
	return ok
}

func (h *Handles[T]) move(from, to uint32) (old slot[T], ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.open(from) || !h.open(to) && uint64(to) >= uint64(h.First) {
		return old, false
	}
	if from == to {
		return old, true
	}
	if h.open(to) {
		old = slot[T]{h.take(int(to)), true}
	}
	h.set(int(to), h.take(int(from)))
	return old, true
}

// open reports whether number n stands for something.
func (h *Handles[T]) open(n uint32) bool {
	return uint64(n) < uint64(len(h.slots)) && h.slots[n].open
}

// Len is how many there are.
func (h *Handles[T]) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.used
}

// Each calls f with what there is, in the order of the numbers.
func (h *Handles[T]) Each(f func(n uint32, r T)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for n, s := range h.slots {
		if s.open {
			f(uint32(n), s.resource)
		}
	}
}

// Close releases all.
func (h *Handles[T]) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for n, s := range h.slots {
		if s.open {
			h.take(n).Release()
		}
	}
	h.slots = nil
}
