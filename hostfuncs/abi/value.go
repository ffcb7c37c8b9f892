package abi

import (
	"slices"
	"unsafe"
)

// ValueType is a wasm type of values, in wasm's own encoding.
type ValueType = byte

// The types of values that functions have.
const (
	I32       ValueType = 0x7f
	I64       ValueType = 0x7e
	F32       ValueType = 0x7d
	F64       ValueType = 0x7c
	ExternRef ValueType = 0x6f
)

// Signature is the wasm type of a function.
type Signature struct {
	Params, Results []ValueType
}

// Equal reports whether s and t are the same type.
func (s Signature) Equal(t Signature) bool {
	return slices.Equal(s.Params, t.Params) && slices.Equal(s.Results, t.Results)
}

// Ptr is an address in the guest's memory.
type Ptr uint32

// Ptr16, Ptr32 and Ptr64 are addresses of what is aligned to 2, 4 and 8 bytes. A
// call with such an address that is not a multiple of that is refused before
// anything else is looked at.
type (
	Ptr16 uint32
	Ptr32 uint32
	Ptr64 uint32
)

// Size is a number of bytes or elements.
type Size uint32

// Word is what a parameter or result of a typed function can be. What is narrower than
// the wasm type is its low bits.
type Word interface {
	~uint8 | ~uint16 | ~int32 | ~uint32 | ~int64 | ~uint64
}

func typeOf[T Word]() ValueType {
	if unsafe.Sizeof(T(0)) == 8 {
		return I64
	}
	return I32
}

// encode is v as the engine takes it.
func encode[T Word](v T) uint64 {
	if unsafe.Sizeof(v) == 8 {
		return uint64(v)
	}
	return uint64(uint32(v))
}

// parameter is what is to be known of a parameter beside its name.
type parameter struct {
	kind    ValueType
	mask    uint8 // the bits that are 0 in it, as it is aligned
	address bool
}

func parameterOf[T Word]() parameter {
	p := parameter{kind: typeOf[T]()}
	switch any(T(0)).(type) {
	case Ptr:
		p.address = true
	case Ptr16:
		p.mask, p.address = 1, true
	case Ptr32:
		p.mask, p.address = 3, true
	case Ptr64:
		p.mask, p.address = 7, true
	}
	return p
}
