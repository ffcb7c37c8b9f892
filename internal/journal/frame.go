package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/pierrec/lz4/v4"
)

// A record is magic, then frames. A frame is 16 bytes, little-endian:
//
//	0:  kind, one of the letters below
//	1:  1 if the contents are compressed: one block of LZ4
//	2:  0 0
//	4:  length of the contents u32, at most maxFrame
//	8:  length of what follows u32
//	12: CRC-32C of what follows
const (
	magic     = "wazedge record 3\n"
	frameHead = 16
	frameSize = 128 << 10 // of those that are written, but for what is written from where it is
	maxFrame  = 1 << 20
)

// The kinds of frames, in the order in which they come.
const (
	frameHeader = 'H' // [Header]
	frameModule = 'M' // a part of the module
	frameCalls  = 'C' // a part of the journal
	frameEnd    = 'E' // [End]
)

// FormatError says why a file is no record that can be read.
type FormatError struct {
	Why error // one of those below
	At  int64 // where in the file
}

func (e *FormatError) Error() string { return fmt.Sprintf("%v (at byte %d)", e.Why, e.At) }

// Unwrap is e.Why.
func (e *FormatError) Unwrap() error { return e.Why }

// What may be wrong with a file.
var (
	ErrForeign   = errors.New("this is no record of wazedge record")
	ErrVersion   = errors.New("the record is of another version of wazedge")
	ErrTruncated = errors.New("the record ends before the module does")
	ErrCorrupt   = errors.New("the record is damaged")
)

var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

// frame is what is told of a frame in front of it.
type frame struct {
	kind         byte
	packed       bool
	size, stored uint32
	sum          uint32
}

// put writes f to the beginning of b.
func (f *frame) put(b []byte) {
	b[0], b[1], b[2], b[3] = f.kind, 0, 0, 0
	if f.packed {
		b[1] = 1
	}
	binary.LittleEndian.PutUint32(b[4:], f.size)
	binary.LittleEndian.PutUint32(b[8:], f.stored)
	binary.LittleEndian.PutUint32(b[12:], f.sum)
}

// parse reads b, and reports whether it can be a frame's head.
func (f *frame) parse(b []byte) bool {
	*f = frame{
		kind: b[0], packed: b[1] == 1,
		size: binary.LittleEndian.Uint32(b[4:]), stored: binary.LittleEndian.Uint32(b[8:]), sum: binary.LittleEndian.Uint32(b[12:]),
	}
	return b[1] <= 1 && b[2] == 0 && b[3] == 0 && f.size <= maxFrame && f.stored <= f.size && (f.packed || f.stored == f.size)
}

// frameWriter writes frames.
type frameWriter struct {
	w     io.Writer
	lz4   lz4.Compressor
	space []byte // for what is compressed

	// What does not get smaller is not tried to be for some frames.
	skip, backOff int
}

// write writes a frame, compressed if that is wanted and worth it. In front of its contents b has
// room for the frame's head.
func (w *frameWriter) write(kind byte, b []byte, pack bool) error {
	f := frame{kind: kind, size: uint32(len(b) - frameHead)}
	if w.skip > 0 {
		w.skip--
	} else if pack && f.size >= 64 {
		if w.space == nil {
			w.space = make([]byte, frameHead+frameSize)
		}
		if n, err := w.lz4.CompressBlock(b[frameHead:], w.space[frameHead:frameHead+f.size-f.size/16]); err == nil && n > 0 {
			f.packed, b = true, w.space[:frameHead+n]
		}
		w.learn(f.packed)
	}
	f.stored, f.sum = uint32(len(b)-frameHead), crc32.Checksum(b[frameHead:], castagnoli())
	f.put(b)
	_, err := w.w.Write(b)
	return err
}

// writeBehind is write for contents of which the second part is elsewhere, and stays there.
func (w *frameWriter) writeBehind(kind byte, b, more []byte) error {
	f := frame{kind: kind, size: uint32(len(b) - frameHead + len(more))}
	f.stored = f.size
	f.sum = crc32.Update(crc32.Checksum(b[frameHead:], castagnoli()), castagnoli(), more)
	f.put(b)
	if _, err := w.w.Write(b); err != nil {
		return err
	}
	_, err := w.w.Write(more)
	return err
}

// learn notes whether a frame got smaller.
func (w *frameWriter) learn(smaller bool) {
	if smaller {
		w.backOff = 0
		return
	}
	w.backOff = min(2*w.backOff+1, 31)
	w.skip = w.backOff
}

// frameReader reads frames one after another.
type frameReader struct {
	r      io.ReaderAt
	at     int64 // of the next frame
	stored []byte
	out    []byte
}

// next is the kind and the contents of the next frame, which are good until the one
// after it is read. It is io.EOF where the file ends, in a frame as well.
func (r *frameReader) next() (byte, []byte, error) {
	var head [frameHead]byte
	if err := readFull(r.r, head[:], r.at); err != nil {
		return 0, nil, err
	}
	var f frame
	if !f.parse(head[:]) {
		return 0, nil, &FormatError{ErrCorrupt, r.at}
	}
	r.stored = sized(r.stored, f.stored)
	if err := readFull(r.r, r.stored, r.at+frameHead); err != nil {
		return 0, nil, err
	}
	if crc32.Checksum(r.stored, castagnoli()) != f.sum {
		return 0, nil, &FormatError{ErrCorrupt, r.at}
	}
	b := r.stored
	if f.packed {
		r.out = sized(r.out, f.size)
		if n, err := lz4.UncompressBlock(r.stored, r.out); err != nil || n != int(f.size) {
			return 0, nil, &FormatError{ErrCorrupt, r.at}
		}
		b = r.out
	}
	r.at += frameHead + int64(f.stored)
	return f.kind, b, nil
}

func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}

// sized is b with n bytes.
func sized(b []byte, n uint32) []byte {
	if uint32(cap(b)) < n {
		return make([]byte, n)
	}
	return b[:n]
}
