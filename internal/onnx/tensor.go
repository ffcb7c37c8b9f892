package onnx

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Type is a type of elements, by its number in the format.
type Type uint8

// The types that tensors have.
const (
	Float    Type = 1
	Uint8    Type = 2
	Int8     Type = 3
	Uint16   Type = 4
	Int16    Type = 5
	Int32    Type = 6
	Int64    Type = 7
	Bool     Type = 9
	Float16  Type = 10
	Double   Type = 11
	Uint32   Type = 12
	Uint64   Type = 13
	BFloat16 Type = 16
)

// Size is the number of bytes of an element, or 0 if tensors do not have the type.
func (t Type) Size() int {
	switch t {
	case Uint8, Int8, Bool:
		return 1
	case Uint16, Int16, Float16, BFloat16:
		return 2
	case Float, Int32, Uint32:
		return 4
	case Double, Int64, Uint64:
		return 8
	}
	return 0
}

// String is the name of the type in the format.
func (t Type) String() string {
	switch t {
	case Float:
		return "FLOAT"
	case Uint8:
		return "UINT8"
	case Int8:
		return "INT8"
	case Uint16:
		return "UINT16"
	case Int16:
		return "INT16"
	case Int32:
		return "INT32"
	case Int64:
		return "INT64"
	case Bool:
		return "BOOL"
	case Float16:
		return "FLOAT16"
	case Double:
		return "DOUBLE"
	case Uint32:
		return "UINT32"
	case Uint64:
		return "UINT64"
	case BFloat16:
		return "BFLOAT16"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// maxRank bounds the number of dimensions.
const maxRank = 16

// Tensor is a value of a model. Its data is a slice of the Go type that Type names, of
// uint16 with the bits for the small floating-point types, and of bytes for Bool. It
// is not changed once it has been made.
type Tensor struct {
	Type  Type
	Shape []int
	data  any
	store *store // what it takes of the memory of a run; nil for what is the model's or the caller's
}

// number is a Go type of elements that can be computed with.
type number interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// count is the number of elements of a tensor of that shape, and whether it is one.
func count(shape []int) (int, bool) {
	n := uint64(1)
	if len(shape) > maxRank {
		return 0, false
	}
	empty := false
	for _, d := range shape {
		if d < 0 {
			return 0, false
		}
		if d == 0 {
			empty = true
			continue
		}
		hi, lo := bits.Mul64(n, uint64(d))
		if hi != 0 || lo > maxElements {
			return 0, false
		}
		n = lo
	}
	if empty {
		return 0, true
	}
	return int(n), true
}

// Len is the number of elements.
func (t *Tensor) Len() int {
	n, _ := count(t.Shape)
	return n
}

// makeData is a slice for n elements of type t.
func makeData(t Type, n int) any {
	switch t {
	case Float:
		return make([]float32, n)
	case Double:
		return make([]float64, n)
	case Int8:
		return make([]int8, n)
	case Int16:
		return make([]int16, n)
	case Int32:
		return make([]int32, n)
	case Int64:
		return make([]int64, n)
	case Uint16, Float16, BFloat16:
		return make([]uint16, n)
	case Uint32:
		return make([]uint32, n)
	case Uint64:
		return make([]uint64, n)
	default:
		return make([]byte, n)
	}
}

// NewTensor is the tensor whose elements are the little-endian ones in b, which is copied.
// The length of b has to be that of the shape.
func NewTensor(t Type, shape []int, b []byte) (*Tensor, error) {
	n, ok := count(shape)
	if size := t.Size(); size == 0 {
		return nil, fmt.Errorf("elements of %v are not supported", t)
	} else if !ok || n != len(b)/size || len(b)%size != 0 {
		return nil, fmt.Errorf("%d bytes for %v of shape %v", len(b), t, shape)
	}
	data := makeData(t, n)
	if _, err := binary.Decode(b, binary.LittleEndian, data); err != nil {
		return nil, err
	}
	return &Tensor{Type: t, Shape: append([]int(nil), shape...), data: data}, nil
}

// Size is the number of bytes of the elements.
func (t *Tensor) Size() int { return t.Len() * t.Type.Size() }

// AppendTo appends the elements in little-endian order to b.
func (t *Tensor) AppendTo(b []byte) []byte {
	b, _ = binary.Append(b, binary.LittleEndian, t.data) // fails for other types than ours only
	return b
}

// view is t in another shape of as many elements.
func (t *Tensor) view(shape ...int) *Tensor {
	return &Tensor{Type: t.Type, Shape: shape, data: t.data, store: t.store}
}

// slice is t's data as what it is.
func slice[T any](t *Tensor) []T { return t.data.([]T) }

// strides are the distances between neighbours in each dimension of shape.
func strides(shape []int) []int {
	s := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		s[i] = step
		step *= shape[i]
	}
	return s
}

// product is the number of elements of part of a shape that is known to be one.
func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
