package heap

import (
	"encoding/binary"
	"slices"
)

// Collect finds what is alive and frees the rest: large objects and spans without
// a live cell at once, other cells when their size class runs out. The error is that
// of a pause; the next allocation collects again then.
func (h *Heap) Collect() error {
	h.unfinished = true
	for class := range classSizes {
		h.put(FreeLists+4*uint32(class), 0)
		h.sweepAt[class] = 0
	}
	for _, s := range h.spans {
		clear(s.marked)
		s.live, s.swept = 0, false
	}
	h.grey = h.grey[:0]
	if err := h.markRoots(); err != nil {
		return err
	}
	if err := h.drain(); err != nil {
		return err
	}
	h.releaseDead()
	h.Stats.Collections++
	h.taken = 0
	h.threshold = max(minThreshold, h.Stats.Live)
	h.unfinished = false
	return nil
}

// markPiece is how many references are marked between two pauses: less than some
// milliseconds' worth.
const markPiece = 1 << 16

// markAll marks n references in a row.
func (h *Heap) markAll(at, n uint32) error {
	mem := h.mem.Bytes()
	for i := range n {
		if i%markPiece == markPiece-1 {
			if err := h.Pause(); err != nil {
				return err
			}
		}
		h.mark(binary.LittleEndian.Uint32(mem[at+4*i:]))
	}
	return nil
}

func (h *Heap) markRoots() error {
	if err := h.markAll(ShadowStack, (h.guest.Stack()-ShadowStack)/4); err != nil {
		return err
	}
	h.mark(h.guest.Pending())
	for _, root := range h.roots {
		h.mark(root())
	}
	return nil
}

// mark marks the object that ref refers to, if any, and notes it for scanning.
// Functions' numbers are below base, as those of i31 are odd.
func (h *Heap) mark(ref uint32) {
	if ref < base || ref&1 != 0 {
		return
	}
	p := (ref - base) / page
	if p >= uint32(len(h.pages)) || h.pages[p] == nil {
		return
	}
	if h.pages[p].mark(ref) {
		h.grey = append(h.grey, ref)
	}
}

// drain scans marked objects until none is left.
func (h *Heap) drain() error {
	mem := h.mem.Bytes()
	for n := 1; len(h.grey) > 0; n++ {
		if n%markPiece == 0 {
			if err := h.Pause(); err != nil {
				return err
			}
		}
		ref := h.grey[len(h.grey)-1]
		h.grey = h.grey[:len(h.grey)-1]
		desc := binary.LittleEndian.Uint32(mem[ref:])
		info := &h.types[binary.LittleEndian.Uint32(mem[desc+descInfo:])]
		if info.ElemRef {
			if err := h.markAll(ref+ArrayData, binary.LittleEndian.Uint32(mem[ref+ArrayLength:])); err != nil {
				return err
			}
			continue
		}
		for _, off := range info.Refs {
			h.mark(binary.LittleEndian.Uint32(mem[ref+off:]))
		}
	}
	return nil
}

// releaseDead gives back the spans that have no live cell.
func (h *Heap) releaseDead() {
	h.Stats.Live = 0
	dead := func(s *span) bool { return s.live == 0 }
	for _, s := range h.spans {
		h.Stats.Live += uint64(s.live) * uint64(s.cell)
		if dead(s) {
			h.release(s)
		}
	}
	h.spans = slices.DeleteFunc(h.spans, dead)
	for class := range h.byClass {
		h.byClass[class] = slices.DeleteFunc(h.byClass[class], dead)
	}
}
