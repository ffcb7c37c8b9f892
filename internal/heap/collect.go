package heap

import (
	"encoding/binary"
	"slices"
)

// Collect finds what is alive and frees the rest: large objects and spans without
// a live cell at once, other cells when their size class runs out.
func (h *Heap) Collect() {
	for class := range classSizes {
		h.put(FreeLists+4*uint32(class), 0)
		h.sweepAt[class] = 0
	}
	for _, s := range h.spans {
		clear(s.marked)
		s.live, s.swept = 0, false
	}
	h.markRoots()
	h.drain()
	h.releaseDead()
	h.Stats.Collections++
	h.taken = 0
	h.threshold = max(minThreshold, h.Stats.Live)
}

func (h *Heap) markRoots() {
	end := h.guest.Stack()
	mem := h.mem.Bytes()
	for at := uint32(ShadowStack); at < end; at += 4 {
		h.mark(binary.LittleEndian.Uint32(mem[at:]))
	}
	h.mark(h.guest.Pending())
	for _, root := range h.roots {
		h.mark(root())
	}
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
func (h *Heap) drain() {
	mem := h.mem.Bytes()
	for len(h.grey) > 0 {
		ref := h.grey[len(h.grey)-1]
		h.grey = h.grey[:len(h.grey)-1]
		desc := binary.LittleEndian.Uint32(mem[ref:])
		info := &h.types[binary.LittleEndian.Uint32(mem[desc+descInfo:])]
		if info.ElemRef {
			n := binary.LittleEndian.Uint32(mem[ref+ArrayLength:])
			for i := range n {
				h.mark(binary.LittleEndian.Uint32(mem[ref+ArrayData+4*i:]))
			}
			continue
		}
		for _, off := range info.Refs {
			h.mark(binary.LittleEndian.Uint32(mem[ref+off:]))
		}
	}
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
