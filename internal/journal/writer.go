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
// in which numbers are LEB128, texts and lists have their length in front, arguments and
// results as many as the function has, and check, 8 bytes, is there when memory was read: a
// checksum of it as it was behind the call.
type Writer struct {
	memory *Memory // nil for none, or when there is too much
	file   *Record // nil for none

	functions uint64
	head      []byte // of the call under way: its function and arguments; reused
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
	for k := range f.Params {
		b = binary.AppendUvarint(b, f.arg(k, args[k]))
	}
	w.head, w.spans = b, w.spans[:0]
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
	b := append(w.out[:0], w.head...)
	if e != nil {
		b = e.appendTo(b)
	} else {
		b = append(b, returned)
		for _, r := range results {
			b = binary.AppendUvarint(b, r)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(w.spans)))
	b = w.appendSpans(b)
	w.put(b)
	w.out = b
	if w.memory != nil && !w.memory.end() {
		w.memory = nil
	}
}

// appendSpans appends what the call has used: what was sent comes before what was written,
// as it may have been written over.
func (w *Writer) appendSpans(b []byte) []byte {
	sum, read := uint64(0), false
	for k := range w.spans {
		switch s := &w.spans[k]; s.kind & 15 {
		case spanRead, spanSent:
			b = binary.AppendUvarint(append(b, s.kind), uint64(s.at))
			b = binary.AppendUvarint(b, uint64(len(s.bytes)))
			sum, read = check(sum, s.bytes), true
		case spanSaid:
			b = binary.AppendUvarint(append(b, s.kind), uint64(len(s.bytes)))
			b = w.data(b, s.bytes)
		}
	}
	for k := range w.spans {
		if s := &w.spans[k]; s.kind == spanWritten {
			b = binary.AppendUvarint(append(b, s.kind), uint64(s.at))
			b = binary.AppendUvarint(b, uint64(len(s.bytes)))
			b = w.data(b, s.bytes)
		}
	}
	if read {
		b = binary.LittleEndian.AppendUint64(b, sum)
	}
	return b
}

// small is what is not worth being written by itself.
const small = 1 << 10

// data is b, as far as it has not been written, and data.
func (w *Writer) data(b, data []byte) []byte {
	if len(data) <= small {
		return append(b, data...)
	}
	w.put(b)
	w.put(data)
	return b[:0]
}

func (w *Writer) put(b []byte) {
	if w.memory != nil {
		w.memory.write(b)
	}
	if w.file != nil {
		w.file.write(b)
	}
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
