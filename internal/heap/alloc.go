package heap

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/wazedge/wazedge/internal/fault"
)

// Refill returns a cell of a size class whose free list is empty, and fills the
// list. It may collect. The error, a [fault.Error], is that of a full heap.
func (h *Heap) Refill(class uint32) (uint32, error) {
	if err := h.collectFor(0); err != nil {
		return 0, err
	}
	at, err := h.refill(class)
	if err == nil {
		return at, nil
	}
	if err := h.Collect(); err != nil {
		return 0, err
	}
	return h.refill(class)
}

// collectFor collects, if it is time to, before n bytes beyond those of a size class
// are taken, and pauses.
func (h *Heap) collectFor(n uint64) error {
	if err := h.Pause(); err != nil {
		return err
	}
	if h.config.Stress || h.unfinished || h.taken >= h.threshold || h.taken+n > h.threshold {
		return h.Collect()
	}
	return nil
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
	s, err := h.largeSpan(n)
	if err != nil {
		return 0, err
	}
	h.taken += s.bytes()
	return s.start, nil
}

// largeSpan is a span for one object of n bytes.
func (h *Heap) largeSpan(n uint32) (*span, error) {
	if n > math.MaxUint32-page {
		return nil, h.outOfHeap()
	}
	if err := h.collectFor(uint64(n)); err != nil {
		return nil, err
	}
	pages := (n + page - 1) / page
	if s := h.newSpan(pages, -1, pages*page); s != nil {
		return s, nil
	}
	if err := h.Collect(); err != nil {
		return nil, err
	}
	if s := h.newSpan(pages, -1, pages*page); s != nil {
		return s, nil
	}
	return nil, h.outOfHeap()
}

// Room reports whether [Heap.Large] has room for n bytes. It may collect.
func (h *Heap) Room(n uint32) (bool, error) {
	if class, ok := ClassOf(n); ok {
		n = classSizes[class]
	}
	s, err := h.largeSpan(n)
	if errors.Is(err, fault.Interrupted) {
		return false, err
	}
	if err != nil {
		return false, nil
	}
	h.release(s)
	h.spans = h.spans[:len(h.spans)-1]
	return true, nil
}

// zeroPiece is how many bytes are set to zero between two pauses.
const zeroPiece = 4 << 20

// Zero sets n bytes from at on, of an object that is new and large, to zero. What
// was never used is zero already, and is not touched.
func (h *Heap) Zero(at, n uint32) error {
	end := uint64(at) + uint64(n)
	if s := h.pages[(at-base)/page]; uint64(s.fresh) < end {
		end = max(uint64(s.fresh), uint64(at))
		s.fresh = math.MaxUint32
	}
	mem := h.mem.Bytes()
	for from := uint64(at); from < end; from += zeroPiece {
		clear(mem[from:min(from+zeroPiece, end)])
		if err := h.Pause(); err != nil {
			return err
		}
	}
	return nil
}

// Pause returns the error with which the guest is to end now, or nil.
func (h *Heap) Pause() error {
	if h.guest.Pause == nil {
		return nil
	}
	return h.guest.Pause()
}
