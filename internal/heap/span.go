package heap

import "slices"

// span is a run of pages: cells of one size class, or one large object.
type span struct {
	start  uint32 // address
	pages  uint32
	class  int // -1 for a large object
	cell   uint32
	cells  uint32
	marked []uint64 // a bit for each cell
	live   uint32   // marked cells
	swept  bool     // the unmarked cells are on the free list, or were
	fresh  uint32   // address from which on nothing has been used when it was made
}

// run is a run of free pages.
type run struct{ first, n uint32 }

func (s *span) bytes() uint64 { return uint64(s.pages) * page }

// mark marks the cell at address at and reports whether it was not marked before.
func (s *span) mark(at uint32) bool {
	i := (at - s.start) / s.cell
	word, bit := &s.marked[i/64], uint64(1)<<(i%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	s.live++
	return true
}

// newSpan is a span of n pages with cells of size cell, or nil if there is no room.
func (h *Heap) newSpan(n uint32, class int, cell uint32) *span {
	first, ok := h.takePages(n)
	if !ok {
		return nil
	}
	s := &span{start: base + first*page, pages: n, class: class, cell: cell, cells: n * page / cell, swept: true}
	if class < 0 {
		s.cells = 1
	}
	s.fresh = base + max(first, h.used)*page
	h.used = max(h.used, first+n)
	s.marked = make([]uint64, (s.cells+63)/64)
	for p := first; p < first+n; p++ {
		h.pages[p] = s
	}
	h.spans = append(h.spans, s)
	h.Stats.Peak = max(h.Stats.Peak, h.inUse())
	return s
}

// inUse is how many bytes all spans have.
func (h *Heap) inUse() uint64 {
	n := uint64(len(h.pages))
	for _, r := range h.free {
		n -= uint64(r.n)
	}
	return n * page
}

// takePages takes n neighbouring pages: the first free run that has them, else
// new ones.
func (h *Heap) takePages(n uint32) (first uint32, ok bool) {
	if h.config.Limit > 0 && h.inUse()+uint64(n)*page > h.config.Limit {
		return 0, false
	}
	for i := range h.free {
		r := &h.free[i]
		if r.n < n {
			continue
		}
		first = r.first
		r.first, r.n = r.first+n, r.n-n
		if r.n == 0 {
			h.free = slices.Delete(h.free, i, i+1)
		}
		return first, true
	}
	return h.extend(n)
}

// extend takes n pages at the end of the memory, growing it.
func (h *Heap) extend(n uint32) (first uint32, ok bool) {
	first = uint32(len(h.pages))
	if k := len(h.free); k > 0 && h.free[k-1].first+h.free[k-1].n == first {
		first = h.free[k-1].first
	}
	end := uint64(base) + (uint64(first)+uint64(n))*page
	if have := uint64(len(h.mem.Bytes())); end > have {
		if !h.mem.Grow(uint32((end - have + wasmPage - 1) / wasmPage)) {
			return 0, false
		}
	}
	if k := len(h.free); k > 0 && h.free[k-1].first == first {
		h.free = h.free[:k-1]
	}
	for uint32(len(h.pages)) < first+n {
		h.pages = append(h.pages, nil)
	}
	return first, true
}

// release gives a span's pages back.
func (h *Heap) release(s *span) {
	first := (s.start - base) / page
	for p := first; p < first+s.pages; p++ {
		h.pages[p] = nil
	}
	i, _ := slices.BinarySearchFunc(h.free, first, func(r run, f uint32) int { return int(r.first) - int(f) })
	h.free = slices.Insert(h.free, i, run{first, s.pages})
	if i+1 < len(h.free) && h.free[i].first+h.free[i].n == h.free[i+1].first {
		h.free[i].n += h.free[i+1].n
		h.free = slices.Delete(h.free, i+1, i+2)
	}
	if i > 0 && h.free[i-1].first+h.free[i-1].n == h.free[i].first {
		h.free[i-1].n += h.free[i].n
		h.free = slices.Delete(h.free, i, i+1)
	}
}
