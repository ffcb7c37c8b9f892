package heap

import (
	"encoding/binary"
	"math"
)

// Refill returns a cell of a size class whose free list is empty, and fills the
// list. It may collect. The error, a [fault.Error], is that of a full heap.
func (h *Heap) Refill(class uint32) (uint32, error) {
	if h.config.Stress || h.taken >= h.threshold {
		h.Collect()
	}
	at, err := h.refill(class)
	if err != nil {
		h.Collect()
		at, err = h.refill(class)
	}
	return at, err
}

// refill is Refill without collecting.
func (h *Heap) refill(class uint32) (uint32, error) {
	spans := h.byClass[class]
	for i := h.sweepAt[class]; i < len(spans); i++ {
		h.sweepAt[class] = i + 1
		if s := spans[i]; !s.swept {
			if at := h.sweep(s); at != 0 {
				return at, nil
			}
		}
	}
	cell := classSizes[class]
	s := h.newSpan(spanSize/page, int(class), cell)
	if s == nil {
		return 0, h.outOfHeap()
	}
	h.byClass[class] = append(h.byClass[class], s)
	h.sweepAt[class] = len(h.byClass[class])
	return h.sweep(s), nil
}

// sweep puts the unmarked cells of s on the free list, but for one, which it
// returns, or 0 if there is none.
func (h *Heap) sweep(s *span) uint32 {
	s.swept = true
	if s.live == s.cells {
		return 0
	}
	mem := h.mem.Bytes()
	list, free := uint32(0), uint64(0)
	for i := int64(s.cells) - 1; i >= 0; i-- {
		if s.marked[i/64]&(1<<(i%64)) != 0 {
			continue
		}
		at := s.start + uint32(i)*s.cell
		binary.LittleEndian.PutUint32(mem[at:], list)
		list = at
		free++
		if h.config.Stress {
			s.swept = false // the others are handed out after the next collection
			break
		}
	}
	h.taken += free * uint64(s.cell)
	binary.LittleEndian.PutUint32(mem[FreeLists+4*s.class:], binary.LittleEndian.Uint32(mem[list:]))
	return list
}

// Large returns a new object of n bytes, which no size class holds. It may
// collect. The error, a [fault.Error], is that of a full heap.
func (h *Heap) Large(n uint32) (uint32, error) {
	if n > math.MaxUint32-page {
		return 0, h.outOfHeap()
	}
	if h.config.Stress || h.taken+uint64(n) > h.threshold {
		h.Collect()
	}
	pages := (n + page - 1) / page
	s := h.newSpan(pages, -1, pages*page)
	if s == nil {
		h.Collect()
		if s = h.newSpan(pages, -1, pages*page); s == nil {
			return 0, h.outOfHeap()
		}
	}
	h.taken += s.bytes()
	return s.start, nil
}
