package zlib

import (
	"bytes"
	"compress/flate"
	"hash/crc32"
)

// methodDeflate is the one method of compression.
const methodDeflate = 8

// Ways to flush.
const (
	noFlush      = 0
	partialFlush = 1
	syncFlush    = 2
	fullFlush    = 3
	finish       = 4
	flushBlock   = 5
	flushTrees   = 6
)

// Strategies of compression. Those that are not here change how much is found only.
const (
	huffmanOnly  = 2
	runLengths   = 3
	lastStrategy = 4
)

// wrapping is what a stream has around its compressed data.
type wrapping uint8

const (
	raw wrapping = iota
	zlibWrapped
	gzipWrapped
	eitherWrapped // of the two, as the data says
)

// deflaterMemory is what compress/flate takes for a stream, with what is held here.
const deflaterMemory = 3 << 19

// deflater is a stream that compresses.
type deflater struct {
	wrap            wrapping
	level, strategy int32
	bits            int // of the size of the window
	writer          *flate.Writer
	pending         bytes.Buffer // what the guest had no room for
	window          window
	sinceReset      int // bytes that the writer may refer to

	header     *gzHeader // nil for one that says nothing
	dictionary uint32    // its checksum; 0 for none
	check      uint32    // of the input
	read       uint32    // bytes of input

	begun     bool  // the header is written
	finished  bool  // the trailer is
	unflushed bool  // there was input since the last flush
	flush     int32 // the last way
}

// openDeflater makes a stream that compresses at the first argument.
func (c call) openDeflater(level, method, bits, memory, strategy int32) (int32, error) {
	return c.open(c.word(0), func(t *transfer) (stream, int32) {
		d := newDeflater(level, method, bits, memory, strategy)
		if d == nil {
			return nil, streamError
		}
		return d, d.reset(t)
	})
}

// newDeflater is a stream by the arguments of deflateInit2, or nil.
func newDeflater(level, method, bits, memory, strategy int32) *deflater {
	d := &deflater{wrap: zlibWrapped, level: level, strategy: strategy}
	switch {
	case bits < 0:
		if bits < -15 {
			return nil
		}
		d.wrap, bits = raw, -bits
	case bits > 15:
		d.wrap, bits = gzipWrapped, bits-16
	}
	if memory < 1 || memory > 9 || method != methodDeflate || bits < 8 || bits > 15 || bits == 8 && d.wrap != zlibWrapped {
		return nil
	}
	if !validLevel(level, strategy) {
		return nil
	}
	d.bits = int(bits)
	return d
}

func validLevel(level, strategy int32) bool {
	return level >= -1 && level <= 9 && strategy >= 0 && strategy <= lastStrategy
}

func (d *deflater) memory() uint64 { return deflaterMemory }

func (d *deflater) end() {}

// reset begins a new stream with the same parameters.
func (d *deflater) reset(t *transfer) int32 {
	t.totalIn, t.totalOut, t.dataType = 0, 0, 2
	d.pending.Reset()
	d.window.clear()
	d.writer, d.dictionary, d.read, d.check = nil, 0, 0, 0
	d.begun, d.finished, d.unflushed, d.flush = false, false, false, -2
	if d.wrap != gzipWrapped {
		d.check = 1
	}
	t.adler = d.check
	return success
}

// renew makes a writer that may refer to the dictionary.
func (d *deflater) renew(dictionary []byte) {
	level := int(d.level)
	if d.strategy == huffmanOnly || d.strategy == runLengths && level != 0 {
		level = flate.HuffmanOnly
	}
	d.writer, _ = flate.NewWriterDict(&d.pending, level, dictionary) // the level is one
	d.sinceReset = len(dictionary)
}

// begin writes the header of the stream.
func (d *deflater) begin() {
	if d.writer == nil {
		d.renew(nil)
	}
	if d.begun {
		return
	}
	d.begun = true
	switch d.wrap {
	case zlibWrapped:
		d.pending.Write(zlibHeader(d.level, d.dictionary))
	case gzipWrapped:
		d.pending.Write(d.header.encoded(d.level))
	}
}

// drain gives the guest what it has room for.
func (d *deflater) drain(t *transfer) {
	n := copy(t.out, d.pending.Bytes())
	d.pending.Next(n)
	t.produced(n)
}

// rank orders ways to flush by how much they do.
func rank(flush int32) int32 {
	if flush > finish {
		return flush*2 - 9
	}
	return flush * 2
}

// deflate compresses what there is, as far as there is room.
func (d *deflater) deflate(t *transfer, flush int32) int32 {
	if flush < noFlush || flush > flushBlock || d.finished && flush != finish {
		return streamError
	}
	if len(t.out) == 0 {
		return bufError
	}
	before := d.flush
	d.flush = flush
	if d.pending.Len() > 0 {
		if d.drain(t); len(t.out) == 0 {
			d.flush = -1
			return success
		}
	} else if len(t.in) == 0 && rank(flush) <= rank(before) && flush != finish {
		return bufError
	}
	if d.finished && len(t.in) > 0 {
		return bufError
	}
	d.begin()
	if d.compress(t); len(t.in) > 0 || d.pending.Len() > 0 {
		d.flush = -1
		return success
	}
	d.flushNow(flush)
	d.drain(t)
	switch {
	case d.pending.Len() > 0:
		d.flush = -1
	case d.finished:
		return streamEnd
	}
	return success
}

// compress takes input until it is at an end, or there is no room for what comes out.
func (d *deflater) compress(t *transfer) {
	for d.drain(t); len(t.in) > 0 && d.pending.Len() == 0 && !t.interrupted(); d.drain(t) {
		n := min(len(t.in), piece/4)
		if d.bits < 15 {
			n = d.within(n)
		}
		d.write(t.in[:n])
		t.consume(n)
		t.adler = d.check
	}
}

// within is how much of n bytes may be written, so that none refers back further than the
// window of the stream is large. compress/flate does not know of smaller ones.
func (d *deflater) within(n int) int {
	size := 1 << d.bits
	if d.sinceReset >= size-minLookahead {
		d.flushWriter()
		d.renew(nil)
	}
	return min(n, size-minLookahead-d.sinceReset)
}

// minLookahead is how much less of its window a stream of zlib uses.
const minLookahead = 262 - 8

func (d *deflater) write(b []byte) {
	if d.wrap == gzipWrapped {
		d.check = crc32.Update(d.check, crc32.IEEETable, b)
	} else {
		d.check = adlerUpdate(d.check, b)
	}
	_, _ = d.writer.Write(b) // to a buffer
	d.window.add(b)
	d.read += uint32(len(b))
	d.sinceReset += len(b)
	d.unflushed = true
}

func (d *deflater) flushWriter() { _ = d.writer.Flush() } // to a buffer

// flushNow does what flush says, unless it is done.
func (d *deflater) flushNow(flush int32) {
	switch {
	case flush == finish && !d.finished:
		_ = d.writer.Close() // to a buffer
		d.pending.Write(d.trailer())
		d.finished = true
	case flush == finish || flush == noFlush || !d.unflushed:
	default:
		d.flushWriter()
		if flush == fullFlush {
			d.renew(nil)
		}
		d.unflushed = false
	}
}

// trailer is what stands behind the compressed data.
func (d *deflater) trailer() []byte {
	switch d.wrap {
	case zlibWrapped:
		return big32(nil, d.check)
	case gzipWrapped:
		return little32(little32(nil, d.check), d.read)
	}
	return nil
}

// params changes how the rest is compressed.
func (d *deflater) params(t *transfer, level, strategy int32) int32 {
	if !validLevel(level, strategy) {
		return streamError
	}
	if level == -1 {
		level = 6
	}
	same := level == d.level && strategy == d.strategy
	if d.begun && !same && !d.finished {
		if code := d.deflate(t, flushBlock); code == streamError {
			return code
		}
		if len(t.in) > 0 || d.pending.Len() > 0 {
			return bufError
		}
	}
	d.level, d.strategy = level, strategy
	if d.writer != nil && !same && !d.finished {
		d.renewWithin()
	}
	return success
}

// renewWithin makes a writer that may refer to what the present one may refer to.
func (d *deflater) renewWithin() {
	last := d.window.last()
	d.renew(last[max(0, len(last)-d.sinceReset):])
}

// setDictionary has the data refer to b.
func (d *deflater) setDictionary(t *transfer, b []byte) int32 {
	if d.wrap == gzipWrapped || d.wrap == zlibWrapped && d.begun || d.finished {
		return streamError
	}
	if d.wrap == zlibWrapped {
		d.check = adlerUpdate(d.check, b)
		t.adler, d.dictionary = d.check, d.check
		d.check = 1
	}
	if d.unflushed {
		d.flushWriter()
		d.unflushed = false
	}
	d.window.add(b)
	d.renew(b[max(0, len(b)-(1<<d.bits-minLookahead)):])
	return success
}

// copy is a stream that goes on as d does. Both begin a new block.
func (d *deflater) copy() *deflater {
	if d.unflushed && !d.finished {
		d.flushWriter()
		d.unflushed = false
	}
	twin := *d
	twin.pending = bytes.Buffer{}
	twin.pending.Write(d.pending.Bytes())
	twin.window = window{bytes.Clone(d.window.b)}
	if twin.writer != nil && !twin.finished {
		twin.renewWithin()
	}
	return &twin
}

// bound is how long n bytes get at most.
func (d *deflater) bound(n uint32) uint32 {
	const more = 64 // for what is around the data
	header := 0
	if d.header != nil {
		header = len(d.header.extra) + len(d.header.name) + len(d.header.comment)
	}
	blocks := n >> 11
	if d.bits < 15 {
		blocks = n >> (d.bits - 7)
	}
	return compressBound(n) + blocks + uint32(header) + more
}

// zlibHeader is what stands in front of the compressed data.
func zlibHeader(level int32, dictionary uint32) []byte {
	kind := byte(2)
	switch {
	case level >= 0 && level < 2:
		kind = 0
	case level >= 2 && level < 6:
		kind = 1
	case level > 6:
		kind = 3
	}
	h := []byte{0x78, kind << 6}
	if dictionary != 0 {
		h[1] |= 0x20
		h = big32(h, dictionary)
	}
	h[1] |= byte(31 - (uint(h[0])<<8|uint(h[1]))%31)
	return h
}

func big32(b []byte, v uint32) []byte {
	return append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func little32(b []byte, v uint32) []byte {
	return append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
}
