package heap

import (
	"encoding/binary"
	"errors"

	"github.com/wazedge/wazedge/internal/wasm"
)

// The places in a descriptor.
const (
	DescKind    = 0  // a Kind
	DescDepth   = 4  // how many supertypes are above
	descInfo    = 12 // number of the type in Heap.types
	DescDisplay = 16 // the descriptors of the supertypes from the root, its own last
)

// MinDisplay is how many entries a display has at least, so that looking up to
// that depth needs no comparison with the object's own depth. Absent ones are 0.
const MinDisplay = 8

// Kind is what an object is.
type Kind uint32

// The kinds of objects. Box holds a reference of the host's; Refs is an array of
// references that a table or an element segment consists of; Table is what a
// table's references may be exchanged in.
const (
	Struct Kind = 1 + iota
	Array
	Func
	Box
	Refs
	Table
)

// The descriptors that every heap has.
const (
	BoxDesc   = Descriptors
	RefsDesc  = BoxDesc + DescDisplay + 4*MinDisplay
	TableDesc = RefsDesc + DescDisplay + 4*MinDisplay
)

func descriptorSize(depths uint32) uint32 { return DescDisplay + 4*max(depths, MinDisplay) }

// typeInfo is what the collector knows of a type.
type typeInfo struct {
	kind Kind
	Layout
}

// ErrTooManyTypes is the error of a store whose types do not fit the region of
// descriptors any more.
var ErrTooManyTypes = errors.New("too many types in one store")

// ErrTooManyFuncs is the error of a store whose functions do not fit the function
// table any more.
var ErrTooManyFuncs = errors.New("too many functions in one store")

// Attachment is an instance that joins the heap.
type Attachment struct {
	Types *wasm.TypeSpace // of its module, interned in the store's TypeStore
	Funcs []uint32        // type index of each function that it adds to the function table
	Base  uint32          // entry of the function table where Funcs begin

	// Roots are called by every collection to learn what the instance refers to.
	Roots []func() uint32
}

// Attach makes the descriptors of an instance's types and returns the address of
// an array with one for each type index.
func (h *Heap) Attach(a Attachment) (uint32, error) {
	if uint64(a.Base)+uint64(len(a.Funcs)) > MaxFuncs {
		return 0, ErrTooManyFuncs
	}
	for i := range a.Types.IDs {
		if err := h.describe(a.Types, uint32(i)); err != nil {
			return 0, err
		}
	}
	at, err := h.static(4 * uint32(len(a.Types.IDs)))
	if err != nil {
		return 0, err
	}
	mem := h.mem.Bytes()
	for i, id := range a.Types.IDs {
		binary.LittleEndian.PutUint32(mem[at+4*uint32(i):], h.descriptors[id])
	}
	for i, t := range a.Funcs {
		binary.LittleEndian.PutUint32(mem[FuncTypes+4*(a.Base+uint32(i)):], h.descriptors[a.Types.IDs[t]])
	}
	h.roots = append(h.roots, a.Roots...)
	return at, nil
}

// describe makes the descriptor of the type with index i, whose supertypes have
// theirs.
func (h *Heap) describe(space *wasm.TypeSpace, i uint32) error {
	id := space.IDs[i]
	if h.descriptors[id] != 0 {
		return nil
	}
	def := &space.Defs[i]
	info := typeInfo{kind: Func}
	switch def.Kind {
	case wasm.CompStruct:
		info = typeInfo{Struct, LayoutOf(def)}
	case wasm.CompArray:
		info = typeInfo{Array, LayoutOf(def)}
	}
	display := []wasm.TypeID{id}
	for s, ok := space.Store.Super(id); ok; s, ok = space.Store.Super(s) {
		display = append(display, s)
	}
	at, err := h.descriptor(info, uint32(len(display)))
	if err != nil {
		return err
	}
	h.descriptors[id] = at
	for d, s := range display {
		h.put(at+DescDisplay+4*uint32(len(display)-1-d), h.descriptors[s])
	}
	return nil
}

// descriptor makes a descriptor with depths entries of its display in use, all 0.
func (h *Heap) descriptor(info typeInfo, depths uint32) (uint32, error) {
	at, err := h.static(descriptorSize(depths))
	if err != nil {
		return 0, err
	}
	h.put(at+DescKind, uint32(info.kind))
	h.put(at+DescDepth, depths-1)
	h.put(at+descInfo, uint32(len(h.types)))
	h.types = append(h.types, info)
	return at, nil
}

// static takes n bytes of the region of descriptors.
func (h *Heap) static(n uint32) (uint32, error) {
	n = (n + 7) &^ 7
	if n > descriptorsEnd-h.nextStatic {
		return 0, ErrTooManyTypes
	}
	at := h.nextStatic
	h.nextStatic += n
	return at, nil
}
