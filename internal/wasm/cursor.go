package wasm

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/wazedge/wazedge/internal/fault"
)

// cursor reads the primitive values of the binary format (core 5.2) and remembers
// the first thing that went wrong: after that every read gives zero and moves
// nothing, so that callers check once for several reads.
//
// last is where WasmEdge would say that the failure is: the place where the
// latest read began, or the end of the input when a read ran out of it.
type cursor struct {
	buf  []byte
	pos  int
	last int
	base int64 // offset of buf in the file

	code fault.Code // Success until something failed
	need Features   // the proposal that would have made it legal, or none
	odd  bool       // something was written in a way of [Misread]
	why  error      // more about it, or nil
}

// fail records code at the place of the latest read.
func (c *cursor) fail(code fault.Code) { c.failAt(code, c.last) }

// failAt records code at position at of the input, unless something failed before.
func (c *cursor) failAt(code fault.Code, at int) {
	if c.code == fault.Success {
		c.code, c.last = code, at
		c.buf = c.buf[:c.pos] // nothing more to be read
	}
}

// failNeed is failAt for syntax that proposal need would have made legal.
func (c *cursor) failNeed(code fault.Code, need Features, at int) {
	if c.code == fault.Success {
		c.failAt(code, at)
		c.need = need
	}
}

// short records that the input ended within a read.
func (c *cursor) short() {
	if c.code == fault.Success {
		c.code = fault.UnexpectedEnd
		c.pos = len(c.buf)
		c.last = c.pos
	}
}

// rest is how many bytes are unread.
func (c *cursor) rest() int { return len(c.buf) - c.pos }

// offset is the file offset of the next byte.
func (c *cursor) offset() int64 { return c.base + int64(c.pos) }

// err is the recorded failure with its information lines up to the byte offset,
// followed by the syntax nodes from the inside out; nil when nothing failed.
func (c *cursor) err(nodes ...string) *fault.Error {
	if c.code == fault.Success {
		return nil
	}
	off := c.base + int64(c.last)
	e := fault.At(c.code, off)
	e.Err = c.why
	if c.need != 0 {
		e = e.With(fault.RequiresProposal(c.need.Name()))
	}
	e = e.With(fault.ByteOffset(off))
	for _, n := range nodes {
		e = e.With(fault.ASTNode(n))
	}
	return e
}

func (c *cursor) byte() byte {
	if c.pos < len(c.buf) {
		c.last = c.pos
		c.pos++
		return c.buf[c.last]
	}
	c.short()
	return 0
}

// peek is the next byte, left unread.
func (c *cursor) peek() byte {
	if c.pos < len(c.buf) {
		c.last = c.pos
		return c.buf[c.pos]
	}
	c.short()
	return 0
}

// bytes is the next n bytes, as a part of the input.
func (c *cursor) bytes(n int) []byte {
	if c.code == fault.Success {
		c.last = c.pos
	}
	if uint(n) > uint(c.rest()) {
		c.short()
		return nil
	}
	b := c.buf[c.pos : c.pos+n : c.pos+n]
	c.pos += n
	return b
}

func (c *cursor) u32() uint32 {
	if p := c.pos; p < len(c.buf) && c.buf[p] < 0x80 {
		c.last = p
		c.pos++
		return uint32(c.buf[p])
	}
	return uint32(c.unsigned(32))
}

func (c *cursor) u64() uint64 {
	if p := c.pos; p < len(c.buf) && c.buf[p] < 0x80 {
		c.last = p
		c.pos++
		return uint64(c.buf[p])
	}
	return c.unsigned(64)
}

// unsigned reads an unsigned LEB128 number of the given width (core 5.2.2).
func (c *cursor) unsigned(width uint) uint64 {
	if c.code != fault.Success {
		return 0
	}
	c.last = c.pos
	var v uint64
	for shift := uint(0); ; shift += 7 {
		if shift >= width {
			c.fail(fault.IntegerTooLong)
			return 0
		}
		if c.pos == len(c.buf) {
			c.short()
			return 0
		}
		b := c.buf[c.pos]
		c.pos++
		v |= uint64(b&0x7F) << shift
		if left := width - shift; left < 7 && b&0x7F>>left != 0 {
			c.fail(fault.IntegerTooLarge)
			return 0
		}
		if b < 0x80 {
			return v
		}
	}
}

func (c *cursor) s32() int32 {
	if p := c.pos; p < len(c.buf) && c.buf[p] < 0x80 {
		c.last = p
		c.pos++
		return int32(c.buf[p]) << 25 >> 25
	}
	return int32(c.signed(32))
}

func (c *cursor) s33() int64 { return c.signed(33) }

func (c *cursor) s64() int64 {
	if p := c.pos; p < len(c.buf) && c.buf[p] < 0x80 {
		c.last = p
		c.pos++
		return int64(c.buf[p]) << 57 >> 57
	}
	return c.signed(64)
}

// signed reads a signed LEB128 number of the given width (core 5.2.2).
func (c *cursor) signed(width uint) int64 {
	if c.code != fault.Success {
		return 0
	}
	c.last = c.pos
	var v int64
	for shift := uint(0); ; shift += 7 {
		if c.pos == len(c.buf) {
			c.short()
			return 0
		}
		b := c.buf[c.pos]
		c.pos++
		left := width - shift
		if b >= 0x80 {
			if left < 7 {
				c.fail(fault.IntegerTooLong)
				return 0
			}
			v |= int64(b&0x7F) << shift
			continue
		}
		// The bits beyond the width must repeat the sign.
		if left < 7 {
			if top := int8(b<<1) >> left; top != 0 && top != -1 {
				c.fail(fault.IntegerTooLarge)
				return 0
			}
		}
		v |= int64(b) << shift
		if up := 64 - shift; up > 7 {
			v = v << (up - 7) >> (up - 7) // extend the sign of the last seven bits
		}
		return v
	}
}

// shortest notes a number that was just read and takes more than n bytes.
func (c *cursor) shortest(n int) { c.odd = c.odd || c.pos-c.last > n }

func (c *cursor) f32() uint32 {
	if b := c.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) f64() uint64 {
	if b := c.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// name reads a name (core 5.2.4). The string is a copy.
func (c *cursor) name() string {
	start := c.pos
	n := c.u32()
	if c.code != fault.Success {
		return ""
	}
	if uint64(n) > uint64(c.rest()) {
		c.failAt(fault.LengthOutOfBounds, len(c.buf))
		return ""
	}
	b := c.bytes(int(n))
	if !utf8.Valid(b) {
		c.failAt(fault.MalformedUTF8, start)
		return ""
	}
	return string(b)
}

// count reads the number of a vector's elements. Numbers that the rest of the
// input cannot hold by far are refused here, as WasmEdge does; the others run into
// its end. Callers allocate by [cursor.room].
func (c *cursor) count() int {
	n := c.u32()
	if uint64(n)/2 > uint64(c.rest()) {
		c.fail(fault.IntegerTooLong)
		return 0
	}
	return int(n)
}

// room is how many of n elements of at least size bytes each the rest of the
// input can hold.
func (c *cursor) room(n, size int) int { return min(n, c.rest()/size) }
