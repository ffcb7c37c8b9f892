package wat

import "encoding/binary"

// shape is a division of v128 into lanes.
type shape struct {
	lanes int
	bits  uint
	float bool
}

// shapes are the shapes by keyword (core 6.5.9).
var shapes = map[string]shape{
	"i8x16": {16, 8, false}, "i16x8": {8, 16, false}, "i32x4": {4, 32, false}, "i64x2": {2, 64, false},
	"f32x4": {4, 32, true}, "f64x2": {2, 64, true},
}

// format is the format of the lanes of a shape of floats.
func (s shape) format() floatFormat {
	if s.bits == 32 {
		return format32
	}
	return format64
}

// shape consumes the keyword of a shape.
func (p *parser) shape() shape {
	s, ok := shapes[p.text()]
	if p.tok.kind != tokKeyword || !ok {
		p.unexpected("a vector shape")
		return shapes["i8x16"]
	}
	p.advance()
	return s
}

// lane consumes the literal of one lane.
func (p *parser) lane(s shape) uint64 {
	if s.float {
		return p.float(s.format())
	}
	return p.int(s.bits)
}

// vector consumes a shape and a literal for each lane.
func (p *parser) vector() (lo, hi uint64) {
	s := p.shape()
	var b [16]byte
	for i := range s.lanes {
		putLane(&b, s, i, p.lane(s))
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
