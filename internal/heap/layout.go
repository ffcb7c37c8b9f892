package heap

import (
	"math/bits"

	"github.com/wazedge/wazedge/internal/wasm"
)

// The places in an object. Every object begins with its descriptor's address.
// Structures have their fields behind it; arrays their length, then the elements.
const (
	ArrayLength = 4
	ArrayData   = 8
	BoxValue    = 8 // of a host's reference: 64 bits
)

// Layout is how the objects of a type lie in memory.
type Layout struct {
	Size    uint32   // of a structure, in bytes, a multiple of 8
	Offsets []uint32 // of a structure's fields, from the object's address
	Refs    []uint32 // those of Offsets that hold references to objects
	ElemLog uint8    // of an array: log2 of the bytes of an element
	ElemRef bool     // of an array: the elements are references to objects
}

// LayoutOf lays out the structure or array type t. Fields stand in order of
// declaration, so that a subtype's begin as its supertype's.
func LayoutOf(t *wasm.SubType) Layout {
	var l Layout
	if t.Kind == wasm.CompArray {
		l.ElemLog = uint8(bits.TrailingZeros32(t.Fields[0].Type.Size()))
		l.ElemRef = isObject(t.Fields[0].Type)
		return l
	}
	end := uint32(4)
	for _, f := range t.Fields {
		size := f.Type.Size()
		align := min(size, 8)
		end = (end + align - 1) &^ (align - 1)
		l.Offsets = append(l.Offsets, end)
		if isObject(f.Type) {
			l.Refs = append(l.Refs, end)
		}
		end += size
	}
	l.Size = (end + 7) &^ 7
	return l
}

// isObject reports whether values of type t may be addresses of objects. What a
// concrete reference points to is not known here, so that function references
// are looked at too: their numbers are told from addresses by their size.
func isObject(t wasm.ValType) bool { return t.IsRef() }
