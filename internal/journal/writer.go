package journal

import (
	"encoding/binary"
	"io"
	"slices"
	"sync"
	"sync/atomic"
)

// Writer writes the calls of one guest, one after another. Calls do not nest. The form of a
// journal is a sequence of
//
//	0, module, name, parameters, results     a function, numbered from 0 on
//	1+n, arguments, outcome, spans, check    a call of function n
//
// in which texts and lists have their length in front, arguments and results are as many as
// the function has, of 4 or 8 bytes as their types are, addresses and lengths of spans have 4,
// other numbers are LEB128, and check, 8 bytes, is there when memory was read: a checksum of it
// as it was behind the call. What there is much of has a fixed size, as that takes guests that call
// often the least time, and is compressed by somebody else.
type Writer struct {
	memory *Memory // nil for none, or when there is too much
	file   *Record // nil for none

	functions uint64
	head      []byte // of the call under way: its function and arguments; reused
	types     []byte // of its results
	out       []byte // reused
	spans     []span

	mu   sync.Mutex
	said []span // which may come from any goroutine
	some atomic.Bool
}

// span is something that the call under way has used.
type span struct {
	kind   byte
	buffer bool // one of those that [Writer.Moved] is about
	at     uint32
	bytes  []byte
}

// NewWriter returns a writer to m and r, each of which may be nil.
func NewWriter(m *Memory, r *Record) *Writer {
	return &Writer{memory: m, file: r}
}

// Lost reports whether nothing that w is told is kept.
func (w *Writer) Lost() bool { return w.memory == nil && w.file == nil }

// Memory is the beginning of the run; nil when that has become too long.
func (w *Writer) Memory() *Memory { return w.memory }

// Function is the number of f, which w has not been told yet.
func (w *Writer) Function(f *Function) uint64 {
	b := append(w.out[:0], 0)
	b = appendText(appendText(b, f.Module), f.Name)
	b = appendText(appendText(b, string(f.Params)), string(f.Results))
	w.put(b)
	w.out = b
	w.functions++
	return w.functions - 1
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Begin says that function n, which is f, is called with args.
func (w *Writer) Begin(n uint64, f *Function, args []uint64) {
	b := binary.AppendUvarint(w.head[:0], n+1)
	for k, t := range f.Params {
		if width(t) == 4 {
			b = binary.LittleEndian.AppendUint32(b, uint32(args[k]))
		} else {
			b = binary.LittleEndian.AppendUint64(b, args[k])
		}
	}
	w.head, w.types, w.spans = b, f.Results, w.spans[:0]
	if w.some.Load() {
		w.take() // not of a call
	}
}

// Use says that the call under way uses b, the memory at an address. With buffer, what
// [Writer.Moved] says is about it.
func (w *Writer) Use(u Use, at uint32, b []byte, buffer bool) {
	if len(b) > 0 {
		w.spans = append(w.spans, span{kind: byte(u), buffer: buffer, at: at, bytes: b})
	}
}

// Moved says that of the buffers that were used, taken as one, the first n bytes have been
// read or written, and no others. What was read has been sent to stream, unless that is 0.
func (w *Writer) Moved(n int, stream uint8) {
	for k := range w.spans {
		s := &w.spans[k]
		if !s.buffer {
			continue
		}
		s.bytes = s.bytes[:min(n, len(s.bytes))]
		n -= len(s.bytes)
		if s.kind == spanRead && stream != 0 {
			s.kind = spanSent | stream<<4
		}
	}
}

// Say says that b, which the host has made, has been sent to stream. It counts if a call is
// under way, which it is taken for a part of. It may be called by any goroutine.
func (w *Writer) Say(b []byte, stream uint8) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for piece := range slices.Chunk(b, maxText) {
		w.said = append(w.said, span{kind: spanSaid | stream<<4, bytes: slices.Clone(piece)})
	}
	w.some.Store(true)
}

// take is what has been said since it was called last.
func (w *Writer) take() []span {
	w.mu.Lock()
	defer w.mu.Unlock()
	said := w.said
	w.said = nil
	w.some.Store(false)
	return said
}

// Tee is out, with w told of what is written to it, which is stream of that number.
func (w *Writer) Tee(out io.Writer, stream uint8) io.Writer { return tee{out, w, stream} }

type tee struct {
	out    io.Writer
	w      *Writer
	stream uint8
}

// Write writes b.
func (t tee) Write(b []byte) (int, error) {
	t.w.Say(b, t.stream)
	return t.out.Write(b)
}

// End says that the call under way has returned with results, or has ended the guest, if e
// is not nil.
func (w *Writer) End(results []uint64, e *Ending) {
	if w.some.Load() {
		w.spans = append(w.spans, w.take()...)
	}
	room := w.room(e)
	if w.memory == nil && w.file != nil && room <= small {
		// Most calls are like that, and what they take is what recording costs.
		if b, ok := w.file.begin(room); ok {
			w.file.end(w.write(b, results, e))
		}
		return
	}
	if cap(w.out) < room {
		w.out = make([]byte, room)
	}
	b := w.out[:cap(w.out)]
	w.put(b[:w.write(b, results, e)])
	if w.memory != nil && !w.memory.end() {
		w.memory = nil
	}
}

// spanRoom is what a span takes at most beside its bytes.
const spanRoom = 9

// room is how many bytes [Writer.write] writes to its buffer at most.
func (w *Writer) room(e *Ending) int {
	n := len(w.head) + 1 + 8*len(w.types) + binary.MaxVarintLen64 + len(w.spans)*spanRoom + 8
	for k := range w.spans {
		if s := &w.spans[k]; s.hasBytes() && len(s.bytes) <= small {
			n += len(s.bytes)
		} else if s.hasBytes() {
			n += small // so that it is no small call
		}
	}
	if e != nil {
		n += e.room()
	}
	return n
}

// hasBytes reports whether a journal has the bytes of s.
func (s *span) hasBytes() bool { return s.kind == spanWritten || s.kind&15 == spanSaid }

// write writes the call under way to b, which has room for it, and returns how many bytes that
// are. What is large is not written there but put, with all that is in front of it.
func (w *Writer) write(b []byte, results []uint64, e *Ending) int {
	n := copy(b, w.head)
	if e != nil {
		n += len(e.appendTo(b[n:n]))
	} else {
		b[n] = returned
		n++
		for k, v := range results {
			binary.LittleEndian.PutUint64(b[n:], v)
			n += width(w.types[k])
		}
	}
	n += binary.PutUvarint(b[n:], uint64(len(w.spans)))
	return w.writeSpans(b, n)
}

// writeSpans writes what the call has used to b at n: what was sent comes before what was written,
// as it may have been written over.
func (w *Writer) writeSpans(b []byte, n int) int {
	sum, read, written := uint64(0), false, false
	for k := range w.spans {
		s := &w.spans[k]
		switch s.kind & 15 {
		case spanWritten:
			written = true
			continue
		case spanSaid:
			b[n] = s.kind
			binary.LittleEndian.PutUint32(b[n+1:], uint32(len(s.bytes)))
			n = w.data(b, n+5, s.bytes)
			continue
		}
		b[n] = s.kind
		binary.LittleEndian.PutUint64(b[n+1:], uint64(s.at)|uint64(len(s.bytes))<<32)
		n += spanRoom
		sum, read = Sum(sum, s.bytes), true
	}
	for k := 0; written && k < len(w.spans); k++ {
		s := &w.spans[k]
		if s.kind != spanWritten {
			continue
		}
		b[n] = s.kind
		binary.LittleEndian.PutUint64(b[n+1:], uint64(s.at)|uint64(len(s.bytes))<<32)
		n = w.data(b, n+spanRoom, s.bytes)
	}
	if read {
		binary.LittleEndian.PutUint64(b[n:], sum)
		n += 8
	}
	return n
}

// small is what is not worth being written by itself.
const small = 1 << 10

// data is data written to b at n, or put behind what is there.
func (w *Writer) data(b []byte, n int, data []byte) int {
	if len(data) <= small {
		return n + copy(b[n:], data)
	}
	w.put(b[:n])
	w.put(data)
	return 0
}

func (w *Writer) put(b []byte) {
	if w.memory != nil {
		w.memory.write(b)
	}
	if w.file != nil {
		w.file.write(b)
	}
}

// room is how many bytes e takes at most.
func (e *Ending) room() int {
	n := 1 + 4*binary.MaxVarintLen64 + len(e.Line) + len(e.Text)
	for _, line := range e.Info {
		n += binary.MaxVarintLen64 + len(line)
	}
	return n
}

func (e *Ending) appendTo(b []byte) []byte {
	switch {
	case e.Exit:
		return binary.AppendUvarint(append(b, exited), uint64(e.Status))
	case e.Code != 0:
		b = binary.AppendUvarint(append(b, faulted), uint64(e.Code))
		b = appendText(b, e.Line)
		b = binary.AppendUvarint(b, uint64(len(e.Info)))
		for _, line := range e.Info {
			b = appendText(b, line)
		}
		return b
	}
	return appendText(append(b, errored), e.Text)
}
