package onnx

import (
	"encoding/binary"
	"errors"
	"math"
)

// errTruncated is what a file comes to that ends too early or is no protocol buffer.
var errTruncated = errors.New("malformed protocol buffer")

// The ways in which protocol buffers encode a field.
const (
	wireVarint = 0
	wireFixed8 = 1
	wireBytes  = 2
	wireFixed4 = 5
)

// field is a field of a message.
type field struct {
	number int
	wire   int
	value  uint64 // of a number
	bytes  []byte // of everything else; part of the message
}

// fields calls f with the fields of message, until there is an error.
func fields(message []byte, f func(field) error) error {
	for len(message) > 0 {
		x, rest, err := nextField(message)
		if err != nil {
			return err
		}
		if err := f(x); err != nil {
			return err
		}
		message = rest
	}
	return nil
}

func nextField(b []byte) (x field, rest []byte, err error) {
	tag, n := binary.Uvarint(b)
	if n <= 0 || tag>>3 == 0 || tag>>3 > math.MaxInt32 {
		return x, nil, errTruncated
	}
	x.number, x.wire = int(tag>>3), int(tag&7)
	b = b[n:]
	switch x.wire {
	case wireVarint:
		if x.value, n = binary.Uvarint(b); n <= 0 {
			return x, nil, errTruncated
		}
		return x, b[n:], nil
	case wireFixed4:
		if len(b) < 4 {
			return x, nil, errTruncated
		}
		x.value = uint64(binary.LittleEndian.Uint32(b))
		return x, b[4:], nil
	case wireFixed8:
		if len(b) < 8 {
			return x, nil, errTruncated
		}
		x.value = binary.LittleEndian.Uint64(b)
		return x, b[8:], nil
	case wireBytes:
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return x, nil, errTruncated
		}
		x.bytes = b[n:][:size]
		return x, b[n+int(size):], nil
	}
	return x, nil, errTruncated
}

// numbers appends the numbers of x, a repeated field of varints, packed or not, to list.
func numbers[T int | int64 | int32 | uint64](list []T, x field) ([]T, error) {
	if x.wire == wireVarint {
		return append(list, T(x.value)), nil
	}
	if x.wire != wireBytes {
		return nil, errTruncated
	}
	for b := x.bytes; len(b) > 0; {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errTruncated
		}
		list, b = append(list, T(v)), b[n:]
	}
	return list, nil
}

// floats is numbers for 32-bit floating-point numbers.
func floats(list []float32, x field) ([]float32, error) {
	if x.wire == wireFixed4 {
		return append(list, math.Float32frombits(uint32(x.value))), nil
	}
	if x.wire != wireBytes || len(x.bytes)%4 != 0 {
		return nil, errTruncated
	}
	for b := x.bytes; len(b) > 0; b = b[4:] {
		list = append(list, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return list, nil
}

// doubles is numbers for 64-bit floating-point numbers.
func doubles(list []float64, x field) ([]float64, error) {
	if x.wire == wireFixed8 {
		return append(list, math.Float64frombits(x.value)), nil
	}
	if x.wire != wireBytes || len(x.bytes)%8 != 0 {
		return nil, errTruncated
	}
	for b := x.bytes; len(b) > 0; b = b[8:] {
		list = append(list, math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	return list, nil
}
