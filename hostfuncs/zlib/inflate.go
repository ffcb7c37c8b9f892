package zlib

import (
	"bytes"
	"compress/flate"
	"errors"
	"hash/crc32"
	"io"
	"iter"
)

// inflaterMemory is what compress/flate takes for a stream, with what is held here.
const inflaterMemory = 3 << 16

// inflater is a stream that decompresses. Decoding is a coroutine, that is resumed with more
// input or more room.
type inflater struct {
	wrap   wrapping
	bits   int32 // as the guest has said them
	most   int   // bits of the size of a window
	verify bool  // what the trailer says

	next   func() (step, bool)
	stop   func()
	source source // what is left of the input
	room   []byte // what is left of the room for output

	window     window
	made       uint32 // bytes
	check      uint32 // of them
	dictionary []byte
	wanted     uint32    // the checksum of a dictionary
	header     *gzHeader // that is read, of gzip
	resumed    bool      // decoding begins behind the header
	begun      bool
	last       step // that decoding came to
	found      int  // bytes of the mark that sync looks for
}

// step is what decoding has come to.
type step uint8

const (
	begins step = iota
	needsInput
	needsRoom
	needsDictionary
	ended
	damaged
)

// openInflater makes a stream that decompresses at the first argument.
func (c call) openInflater(bits int32) (int32, error) {
	return c.open(c.word(0), func(t *transfer) (stream, int32) {
		i := &inflater{verify: true}
		return i, i.reset(t, bits)
	})
}

func (i *inflater) memory() uint64 { return inflaterMemory }

// end ends the coroutine.
func (i *inflater) end() {
	if i.stop != nil {
		i.stop()
	}
	i.next, i.stop = nil, nil
}

// reset begins a new stream, wrapped as bits say.
func (i *inflater) reset(t *transfer, bits int32) int32 {
	wrap, most := raw, bits
	switch {
	case bits < 0:
		if bits < -15 {
			return streamError
		}
		most = -bits
	case bits < 16:
		wrap = zlibWrapped
	case bits < 32:
		wrap, most = gzipWrapped, bits&15
	case bits < 48:
		wrap, most = eitherWrapped, bits&15
	}
	if most != 0 && (most < 8 || most > 15) {
		return streamError
	}
	if most == 0 {
		most = 15
	}
	i.end()
	*i = inflater{wrap: wrap, bits: bits, most: int(most), verify: i.verify, window: i.window}
	i.window.clear()
	t.totalIn, t.totalOut, t.dataType = 0, 0, 0
	if wrap != raw {
		t.adler = 1
		if wrap == gzipWrapped {
			t.adler = 0
		}
	}
	return success
}

// inflate decompresses what there is, as far as there is room.
func (i *inflater) inflate(t *transfer, flush int32) int32 {
	if flush < noFlush || flush > flushTrees {
		return streamError
	}
	in, out := len(t.in), len(t.out)
	i.decode(t)
	if i.wrap != raw && i.begun {
		t.adler = i.check
	}
	switch i.last {
	case ended:
		t.dataType = 64 // behind the last block
		return streamEnd
	case damaged:
		return dataError
	case needsDictionary:
		t.adler = i.wanted
		return needDict
	}
	if in == len(t.in) && out == len(t.out) || flush == finish {
		return bufError
	}
	return success
}

// decode goes on until there is no input, or no room, or an end.
func (i *inflater) decode(t *transfer) {
	if i.next == nil && i.last == begins {
		i.next, i.stop = iter.Pull(i.steps)
	}
	for i.last < needsDictionary && !t.interrupted() {
		given, free := t.in[:min(len(t.in), piece)], t.out[:min(len(t.out), piece)]
		i.source.bytes, i.room = given, free
		i.last, _ = i.next()
		t.consume(len(given) - len(i.source.bytes))
		t.produced(len(free) - len(i.room))
		i.source.bytes, i.room = nil, nil
		if i.last == needsInput && len(t.in) == 0 || i.last == needsRoom && len(t.out) == 0 {
			return
		}
	}
}

// steps is the coroutine.
func (i *inflater) steps(yield func(step) bool) {
	i.source.more = func() bool { return yield(needsInput) }
	err := i.whole(yield)
	i.source.more = nil
	switch {
	case err == nil:
		yield(ended)
	case !errors.Is(err, errStopped):
		yield(damaged)
	}
}

// whole decodes a stream with what is around it.
func (i *inflater) whole(yield func(step) bool) error {
	if i.wrap != raw && !i.resumed {
		if err := i.readHeader(yield); err != nil {
			return err
		}
	}
	i.begun = true
	if err := i.body(flate.NewReaderDict(&i.source, i.dictionary), yield); err != nil {
		return err
	}
	return i.readTrailer()
}

// readHeader reads the header of zlib or of gzip, and waits for a dictionary if it asks for one.
func (i *inflater) readHeader(yield func(step) bool) error {
	start, err := i.source.take(2)
	if err != nil {
		return err
	}
	if i.wrap != zlibWrapped && start[0] == 0x1f && start[1] == 0x8b {
		i.wrap, i.check = gzipWrapped, 0
		return i.readGzipHeader(start)
	}
	i.header.none()
	if i.wrap == gzipWrapped || (uint(start[0])<<8|uint(start[1]))%31 != 0 ||
		start[0]&15 != methodDeflate || int(start[0]>>4)+8 > i.most {
		return errDamaged
	}
	i.wrap, i.check = zlibWrapped, 1
	if start[1]&0x20 == 0 {
		return nil
	}
	wanted, err := i.source.take(4)
	if err != nil {
		return err
	}
	i.wanted = uint32(wanted[0])<<24 | uint32(wanted[1])<<16 | uint32(wanted[2])<<8 | uint32(wanted[3])
	if !yield(needsDictionary) {
		return errStopped
	}
	return nil
}

// body gives the guest what r decodes.
func (i *inflater) body(r io.Reader, yield func(step) bool) error {
	buffer := make([]byte, piece/4)
	for {
		n, err := r.Read(buffer)
		i.add(buffer[:n])
		for left := buffer[:n]; len(left) > 0; {
			for len(i.room) == 0 {
				if !yield(needsRoom) {
					return errStopped
				}
			}
			k := copy(i.room, left)
			i.room, left = i.room[k:], left[k:]
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// add notes what has been decoded.
func (i *inflater) add(b []byte) {
	i.window.add(b)
	i.made += uint32(len(b))
	switch i.wrap {
	case zlibWrapped:
		i.check = adlerUpdate(i.check, b)
	case gzipWrapped:
		i.check = crc32.Update(i.check, crc32.IEEETable, b)
	}
}

// readTrailer compares what is told of the data with it.
func (i *inflater) readTrailer() error {
	var want []byte
	switch i.wrap {
	case zlibWrapped:
		want = big32(nil, i.check)
	case gzipWrapped:
		want = little32(little32(nil, i.check), i.made)
	}
	got, err := i.source.take(len(want))
	if err == nil && i.verify && !i.resumed && !bytes.Equal(got, want) {
		return errDamaged
	}
	return err
}

// setDictionary is what the data may refer to.
func (i *inflater) setDictionary(b []byte) int32 {
	switch {
	case i.wrap == raw && i.last == begins:
	case i.wrap == raw || i.last != needsDictionary:
		return streamError
	case adlerUpdate(1, b) != i.wanted:
		return dataError
	default:
		i.last = needsInput
	}
	i.dictionary = bytes.Clone(b[max(0, len(b)-windowSize):])
	i.window.add(i.dictionary)
	return success
}

// syncMark is what a flush leaves at a byte's boundary.
var syncMark = [...]byte{0, 0, 0xff, 0xff}

// sync passes over the input up to a mark of a full flush, behind which decoding goes on.
func (i *inflater) sync(t *transfer) int32 {
	if len(t.in) == 0 {
		return bufError
	}
	n := 0
	for n < len(t.in) && i.found < len(syncMark) && !(n%piece == 0 && t.interrupted()) {
		switch b := t.in[n]; {
		case b == syncMark[i.found]:
			i.found++
		case b != 0:
			i.found = 0
		default:
			i.found = len(syncMark) - i.found
		}
		n++
	}
	t.consume(n)
	if i.found < len(syncMark) {
		return dataError
	}
	i.end()
	i.last, i.found, i.dictionary = begins, 0, nil
	i.resumed = true
	return success
}

// copy is a stream that goes on as i does, which there is for one that has not begun, or that
// has ended; else nil.
func (i *inflater) copy() stream {
	if i.last != begins && i.last < ended {
		return nil
	}
	twin := *i
	twin.next, twin.stop = nil, nil
	twin.window = window{bytes.Clone(i.window.b)}
	return &twin
}

var (
	errStopped = errors.New("zlib: the stream is not wanted any more")
	errDamaged = errors.New("zlib: damaged")
)

// source is the input of a stream. When it is at an end, more waits for the next.
type source struct {
	bytes []byte
	more  func() bool
}

// ReadByte implements [io.ByteReader].
func (s *source) ReadByte() (byte, error) {
	for len(s.bytes) == 0 {
		if !s.more() {
			return 0, errStopped
		}
	}
	b := s.bytes[0]
	s.bytes = s.bytes[1:]
	return b, nil
}

// Read implements [io.Reader].
func (s *source) Read(to []byte) (int, error) {
	for len(s.bytes) == 0 {
		if !s.more() {
			return 0, errStopped
		}
	}
	n := copy(to, s.bytes)
	s.bytes = s.bytes[n:]
	return n, nil
}

// take is the next n bytes.
func (s *source) take(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(s, b)
	return b, err
}
