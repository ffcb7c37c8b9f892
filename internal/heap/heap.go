package heap

import (
	"encoding/binary"
	"fmt"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Memory is the linear memory that a heap lies in.
type Memory interface {
	// Bytes is all of it; what it returns is good until the next Grow.
	Bytes() []byte
	// Grow adds pages of 64 KiB and reports whether it could.
	Grow(pages uint32) bool
}

// Config are the limits of a heap. The zero value has none but the memory's.
type Config struct {
	Limit  uint64 // most bytes of objects, free cells included; 0 for no limit
	Stress bool   // collect at every allocation
}

// Heap is a garbage-collected heap. It is not safe for concurrent use, as the
// modules that share it are not.
type Heap struct {
	mem    Memory
	config Config

	types       []typeInfo
	descriptors map[wasm.TypeID]uint32
	nextStatic  uint32

	roots []func() uint32
	guest Guest

	spans   []*span // by address
	pages   []*span // the span of each page from base on
	free    []run   // runs of free pages, by address
	byClass [len(classSizes)][]*span
	sweepAt [len(classSizes)]int // the next of byClass to sweep

	taken     uint64 // bytes handed out since the last collection
	threshold uint64 // how many may be before the next
	grey      []uint32

	used       uint32 // pages that have ever been in a span, from base on
	unfinished bool   // the last collection was given up, so that its marks are not to be relied on

	// Stats says what the heap has done so far.
	Stats Stats
}

// Stats are numbers for tests and curiosity.
type Stats struct {
	Collections int
	Live        uint64 // bytes of marked cells after the last collection
	Peak        uint64 // most bytes of spans at any time
}

// minThreshold is what may be allocated before the first collection, in bytes:
// enough that small programs never collect.
const minThreshold = 16 << 20

// Guest is what the collector asks of those who use the heap.
type Guest struct {
	Stack   func() uint32 // the shadow stack's end
	Pending func() uint32 // the exception under way
	Pause   func() error  // why the guest is to end now, or nil; may be nil itself
}

// New makes a heap in mem, which has MinPages at least.
func New(mem Memory, g Guest, c Config) (*Heap, error) {
	h := &Heap{
		mem: mem, config: c, guest: g, descriptors: map[wasm.TypeID]uint32{},
		nextStatic: Descriptors, threshold: minThreshold,
	}
	if c.Limit > 0 {
		h.threshold = min(h.threshold, c.Limit)
	}
	b := mem.Bytes()
	if len(b) < base {
		return nil, fmt.Errorf("heap: a memory of %d bytes is too small", len(b))
	}
	for n := uint32(0); n <= MaxListed; n += 8 {
		class, _ := ClassOf(n)
		b[Classes+n/8] = byte(class)
	}
	for _, kind := range [...]typeInfo{{kind: Box}, {kind: Refs, Layout: Layout{ElemLog: 2, ElemRef: true}}, {kind: Table, Layout: Layout{Size: 16, Refs: []uint32{12}}}} {
		if _, err := h.descriptor(kind, 1); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// outOfHeap is the trap of a program that has more alive than the heap may hold.
func (h *Heap) outOfHeap() error {
	reason := "out of heap: the structures and arrays that are alive need more than"
	if h.config.Limit > 0 {
		reason += fmt.Sprintf(" the heap limit of %d bytes", h.config.Limit)
	} else {
		reason += " memory can hold"
	}
	return &fault.Error{Code: fault.RuntimeError, Offset: -1, Info: []string{reason}}
}

func (h *Heap) word(at uint32) uint32 { return binary.LittleEndian.Uint32(h.mem.Bytes()[at:]) }

func (h *Heap) put(at, v uint32) { binary.LittleEndian.PutUint32(h.mem.Bytes()[at:], v) }

// KindOf is what the reference ref, neither null nor an i31, points to.
func (h *Heap) KindOf(ref uint32) Kind { return Kind(h.word(h.word(ref) + DescKind)) }

// NewBox is a new object that holds a reference of the host's. It never collects,
// so that what a caller holds stays alive.
func (h *Heap) NewBox(value uint64) (uint32, error) {
	class, _ := ClassOf(BoxValue + 8)
	at := h.word(FreeLists + 4*class)
	if at == 0 {
		var err error
		if at, err = h.refill(class); err != nil {
			return 0, err
		}
	} else {
		h.put(FreeLists+4*class, h.word(at))
	}
	h.put(at, BoxDesc)
	binary.LittleEndian.PutUint64(h.mem.Bytes()[at+BoxValue:], value)
	return at, nil
}

// BoxValueOf is what the box at ref holds.
func (h *Heap) BoxValueOf(ref uint32) uint64 {
	return binary.LittleEndian.Uint64(h.mem.Bytes()[ref+BoxValue:])
}

// TableSize is the number of elements of the table at ref.
func (h *Heap) TableSize(ref uint32) uint32 { return h.word(ref + ArrayLength) }
