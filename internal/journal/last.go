package journal

import "encoding/binary"

// spansKept is how many pieces of memory a call has at most that others may be like.
const spansKept = 16

// last is a function and what is known of its last call. Guests often make calls that differ in
// nothing but what is in memory, so the next call is compared as it goes, and written over this one
// where it differs.
type last struct {
	*Function
	number        uint64   // in front of a call
	again         []byte   // in front of a call that is the same
	params, types []uint64 // bits of parameters and results that count

	args, results []uint64
	spans         []span // in the order in which they were used
	moved         moved
	written       int  // bytes of spans that may have been written
	read          bool // there is a span that was read

	used int  // spans that the call under way has come to
	same bool // the call under way is what this one was, as far as it has come
}

// moved is what [Writer.Moved] has said of a call.
type moved struct {
	told   bool
	n      int
	stream uint8
}

// unmoved is a call of which nothing has been said.
var unmoved moved

// span is something that a call has used.
type span struct {
	kind   byte   // as it is written
	size   uint32 // bytes that count, the first ones
	use    Use
	buffer bool // one of those that [Writer.Moved] is about
	at     uint32
	bytes  []byte
}

// newLast is function n, which has not been called.
func newLast(n uint64, f *Function) *last {
	return &last{
		Function: f, number: 1 + 2*n, again: binary.AppendUvarint(nil, 2+2*n), params: bitsOf(f.Params), types: bitsOf(f.Results),
		args: make([]uint64, len(f.Params)), results: make([]uint64, len(f.Results)),
	}
}

// bitsOf are the bits of values of types that count.
func bitsOf(types []byte) []uint64 {
	list := make([]uint64, len(types))
	for n, t := range types {
		list[n] = 1<<(8*width(t)) - 1
	}
	return list
}

// begin begins a call with args.
func (c *last) begin(args []uint64) {
	c.used = 0
	for k, mask := range c.params {
		if v := args[k] & mask; v != c.args[k] {
			c.args[k], c.same = v, false
		}
	}
}

// use says that the call under way uses b; see [Writer.Use].
func (c *last) use(u Use, at uint32, b []byte, buffer bool) {
	k := c.used
	c.used++
	if k == len(c.spans) {
		c.spans = append(c.spans, span{use: u, buffer: buffer, at: at, bytes: b})
		c.same = false
		return
	}
	s := &c.spans[k]
	if s.at != at || len(s.bytes) != len(b) || s.use != u || s.buffer != buffer {
		*s = span{use: u, buffer: buffer, at: at, bytes: b}
		c.same = false
	} else if &s.bytes[0] != &b[0] { // the memory is elsewhere now
		s.bytes = b
	}
}

// returned notes how the call under way has ended, and reports whether that is as the last one has.
func (c *last) returned(results []uint64, e *Ending) bool {
	if e != nil {
		return false
	}
	same := true
	for k, mask := range c.types {
		if v := results[k] & mask; v != c.results[k] {
			c.results[k], same = v, false
		}
	}
	return same
}

// settle makes the call under way, which differs from the last one, the last one. Besides what was
// used there is what was said.
func (c *last) settle(m moved, said []span, e *Ending) {
	c.same = e == nil && len(said) == 0 && c.used <= spansKept
	c.moved = m
	c.spans, c.written, c.read = c.spans[:c.used], 0, false
	for k := range c.spans {
		s := &c.spans[k]
		s.kind, s.size = byte(s.use), uint32(len(s.bytes))
		if m.told && s.buffer {
			s.size = uint32(min(m.n, len(s.bytes)))
			m.n -= int(s.size)
			if s.use == Read && m.stream != 0 {
				s.kind = spanSent | m.stream<<4
			}
		}
		if s.kind == spanWritten {
			c.written += weight(s.size)
		} else {
			c.read = true
		}
	}
	for k := range said {
		c.written += weight(said[k].size)
	}
	c.spans = append(c.spans, said...)
}

// weight is what size bytes add to a call: what is large makes it no small one, and is written elsewhere.
func weight(size uint32) int { return int(min(size, small+1)) }

// placeRoom is what the kind and the place of a span take, and checkRoom what the checksum does.
const (
	placeRoom = 9
	checkRoom = 8
)

// room is how many bytes of a call that is not the same are written to one place at most.
func (c *last) room(e *Ending) int {
	n := c.roomAgain() + binary.MaxVarintLen64 + 8*len(c.args) + 1 + 8*len(c.results) + binary.MaxVarintLen64 + len(c.spans)*placeRoom
	if e != nil {
		n += e.room()
	}
	return n
}

// roomAgain is room for a call that is the same.
func (c *last) roomAgain() int { return len(c.again) + c.written + checkRoom }

// writeHead writes what stands in front of the spans.
func (c *last) writeHead(b []byte, e *Ending) int {
	n := binary.PutUvarint(b, c.number)
	for k, v := range c.args {
		binary.LittleEndian.PutUint64(b[n:], v)
		n += width(c.Params[k])
	}
	if e != nil {
		return n + len(e.appendTo(b[n:n]))
	}
	b[n] = returned
	n++
	for k, v := range c.results {
		binary.LittleEndian.PutUint64(b[n:], v)
		n += width(c.Results[k])
	}
	return n
}

// writePlace writes the kind and the place of s.
func (s *span) writePlace(b []byte) int {
	b[0] = s.kind
	binary.LittleEndian.PutUint64(b[1:], uint64(s.at)|uint64(s.size)<<32)
	return placeRoom
}

// writeAgain writes a call that is the same, of which nothing is large, to b, which has room for it, and
// returns how many bytes that are.
func (c *last) writeAgain(b []byte) int {
	b[0] = c.again[0]
	n := 1
	if len(c.again) > 1 {
		n = copy(b, c.again)
	}
	sum := uint64(0)
	for k := range c.spans {
		s := &c.spans[k]
		p := s.bytes[:s.size]
		switch {
		case s.kind != spanWritten:
			sum = Sum(sum, p)
		case len(p) == 4:
			binary.LittleEndian.PutUint32(b[n:], binary.LittleEndian.Uint32(p))
			n += 4
		default:
			n += copy(b[n:], p)
		}
	}
	if c.read {
		binary.LittleEndian.PutUint64(b[n:], sum)
		n += checkRoom
	}
	return n
}

// writeCheck writes the checksum of what was read to b at n, if anything was, and returns what is
// behind it.
func (c *last) writeCheck(b []byte, n int) int {
	if !c.read {
		return n
	}
	sum := uint64(0)
	for k := range c.spans {
		if s := &c.spans[k]; s.kind&15 == spanRead || s.kind&15 == spanSent {
			sum = Sum(sum, s.bytes[:s.size])
		}
	}
	binary.LittleEndian.PutUint64(b[n:], sum)
	return n + checkRoom
}
