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
//	0, module, name, parameters, results       a function, numbered from 0 on
//	1+2n, arguments, outcome, spans, check     a call of function n
//	2+2n, bytes, check                         a call of it like its last one
//
// in which texts and lists have their length in front, arguments and results are as many as
// the function has, of 4 or 8 bytes as their types are, addresses and lengths of spans have 4,
// other numbers are LEB128, and check, 8 bytes, is there when memory was read: a checksum of it
// as it was behind the call. A call like the last one of the function that was written at length has
// its arguments, outcome and spans; bytes are those of the memory it may have written. That one has returned, has at most
// [spansKept] spans, and nothing that came from the host was sent to a stream in it.
type Writer struct {
	memory *Memory // nil for none, or when there is too much
	file   *Record // nil for none

	calls []*last
	call  *last  // under way
	moved moved  // by it
	out   []byte // reused

	mu   sync.Mutex
	said []span // which may come from any goroutine
	some atomic.Bool
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
	w.calls = append(w.calls, newLast(uint64(len(w.calls)), f))
	return uint64(len(w.calls) - 1)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Begin says that function n is called with args.
func (w *Writer) Begin(n uint64, args []uint64) {
	w.call, w.moved = w.calls[n], unmoved
	w.call.begin(args)
	if w.some.Load() {
		w.take() // not of a call
	}
}

// Use says that the call under way uses b, the memory at an address. With buffer, what
// [Writer.Moved] says is about it.
func (w *Writer) Use(u Use, at uint32, b []byte, buffer bool) {
	if len(b) > 0 {
		w.call.use(u, at, b, buffer)
	}
}

// Moved says that of the buffers that were used, taken as one, the first n bytes have been
// read or written, and no others. What was read has been sent to stream, unless that is 0. It is
// called once in a call, behind [Writer.Use].
func (w *Writer) Moved(n int, stream uint8) { w.moved = moved{true, n, stream} }

// Say says that b, which the host has made, has been sent to stream. It counts if a call is
// under way, which it is taken for a part of. It may be called by any goroutine.
func (w *Writer) Say(b []byte, stream uint8) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for piece := range slices.Chunk(b, maxText) {
		w.said = append(w.said, span{kind: spanSaid | stream<<4, size: uint32(len(piece)), bytes: slices.Clone(piece)})
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
	c := w.call
	var said []span
	if w.some.Load() {
		said = w.take()
	}
	same := c.returned(results, e) && c.same && c.used == len(c.spans) && c.moved == w.moved && len(said) == 0
	if !same {
		c.settle(w.moved, said, e)
	}
	// Most calls are small, and what they take is what recording costs.
	room := c.roomAgain()
	if same && room <= small && w.memory == nil && w.file != nil && w.file.writeAgain(c, room) {
		return
	}
	if !same {
		room = c.room(e)
	}
	if room <= small && w.memory == nil && w.file != nil {
		if b, ok := w.file.begin(room); ok {
			w.file.end(w.write(b, same, e))
			return
		}
	}
	if cap(w.out) < room {
		w.out = make([]byte, room)
	}
	b := w.out[:cap(w.out)]
	w.put(b[:w.write(b, same, e)])
	if w.memory != nil && !w.memory.end() {
		w.memory = nil
	}
}

// write writes the call under way, which is the same as the last one or not, to b, which has room
// for it, and returns how many bytes that are. What is large is not written there but put, with all
// that is in front of it.
func (w *Writer) write(b []byte, same bool, e *Ending) int {
	c := w.call
	if same {
		if c.written <= small {
			return c.writeAgain(b)
		}
		n := copy(b, c.again)
		for k := range c.spans {
			if s := &c.spans[k]; s.kind == spanWritten {
				n = w.data(b, n, s.bytes[:s.size])
			}
		}
		return c.writeCheck(b, n)
	}
	n := c.writeHead(b, e)
	n += binary.PutUvarint(b[n:], uint64(len(c.spans)))
	// What was sent comes before what was written, as it may have been written over.
	for k := range c.spans {
		s := &c.spans[k]
		switch s.kind & 15 {
		case spanWritten:
		case spanSaid:
			b[n] = s.kind
			binary.LittleEndian.PutUint32(b[n+1:], s.size)
			n = w.data(b, n+5, s.bytes)
		default:
			n += s.writePlace(b[n:])
		}
	}
	for k := range c.spans {
		if s := &c.spans[k]; s.kind == spanWritten {
			n = w.data(b, n+s.writePlace(b[n:]), s.bytes[:s.size])
		}
	}
	return c.writeCheck(b, n)
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
