package wat

import (
	"encoding/binary"
	"sync"
)

// shape is a division of v128 into lanes.
type shape struct {
	lanes int
	bits  uint
	float bool
}

// shapes are the shapes by keyword (core 6.5.10).
var shapes = sync.OnceValue(func() map[string]shape {
	return map[string]shape{
		"i8x16": {16, 8, false}, "i16x8": {8, 16, false}, "i32x4": {4, 32, false}, "i64x2": {2, 64, false},
		"f32x4": {4, 32, true}, "f64x2": {2, 64, true},
	}
})

// format is the format of the lanes of a shape of floats.
func (s shape) format() floatFormat {
	if s.bits == 32 {
		return format32
	}
	return format64
}

// shape consumes the keyword of a shape.
func (c *cursor) shape() shape {
	s, ok := shapes()[c.text()]
	if c.tok.kind != tokKeyword || !ok {
		c.unexpected("a vector shape")
		return shapes()["i8x16"]
	}
	c.advance()
	return s
}

// lane consumes the literal of one lane.
func (c *cursor) lane(s shape) uint64 {
	if s.float {
		return c.float(s.format())
	}
	return c.int(s.bits)
}

// vector consumes a shape and a literal for each lane.
func (c *cursor) vector() (lo, hi uint64) {
	s := c.shape()
	var b [16]byte
	for i := range s.lanes {
		putLane(&b, s, i, c.lane(s))
	}
	return packLanes(b[:])
}

// putLane stores the bits of lane i.
func putLane(b *[16]byte, s shape, i int, v uint64) {
	for j := range int(s.bits / 8) {
		b[i*int(s.bits/8)+j] = byte(v >> (8 * j))
	}
}

// packLanes is the 16 bytes of a vector as two halves.
func packLanes(b []byte) (lo, hi uint64) {
	return binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
}
