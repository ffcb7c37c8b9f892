package journal

import (
	"encoding/json"
	"io"
	"slices"
	"sync"
	"time"
)

// Header is what a run is made of beside the answers of the host.
type Header struct {
	Wazedge string `json:"wazedge"` // version that recorded it
	Engine  string `json:"engine"`
	Machine string `json:"machine"` // GOOS/GOARCH
	Date    string `json:"date,omitempty"`

	Module string   `json:"module"` // file name
	Digest string   `json:"digest"` // BLAKE3 of the module
	Size   int64    `json:"size"`   // bytes of the module
	Words  []string `json:"words"`  // behind the module, on the command line

	// Options are those that decide what the guest does, names and values.
	Options [][2]string `json:"options,omitempty"`
	Costs   string      `json:"costs,omitempty"` // the table of costs, its text

	MaxMemory uint64 `json:"max_memory,omitempty"` // the bound of memory that was in force, in bytes
}

// End is how a recorded run has ended.
type End struct {
	Status int `json:"status"` // of the process
	// Interrupted says that the guest was ended by what another run need not meet at the
	// same place: its time.
	Interrupted bool `json:"interrupted,omitempty"`
}

// pieces is how many frames of calls are under way at most; who records waits when the file
// is that far behind.
const pieces = 16

// packingPart is how many times the time that compressing takes a run has to take.
const packingPart = 50

// settling is how long a call may stay in this process before it is written.
const settling = 40 * time.Millisecond

// bulk is how much is written from where it is: copying it and waking another thread would take more.
const bulk = 16 << 10

// Record is a record that is being written. What it is told goes to the file in another
// goroutine, with a bounded number of bytes between; what is large goes there at once.
type Record struct {
	mu     sync.Mutex
	piece  piece // being filled
	closed bool

	full chan piece
	more chan struct{} // there is something in full, or nothing more to come
	free buffers
	done chan struct{}

	file    sync.Mutex // held by who takes from full, until that is written
	frames  frameWriter
	began   time.Time
	packing time.Duration // that compressing has taken
	failed  error         // of writing
}

// piece is what will be a frame of calls, behind room for its head.
type piece struct {
	b    []byte
	bulk int // bytes that are not worth compressing, as contents of files
}

// empty reports whether there is nothing in p.
func (p *piece) empty() bool { return len(p.b) == frameHead }

// buffers are those of pieces that nobody uses. The one that was used last is taken first, as it is
// the one that the processor has at hand.
type buffers struct {
	mu   *sync.Mutex
	list *[][]byte
	left chan struct{} // one for each that may be taken
}

func newBuffers(n int) buffers {
	b := buffers{new(sync.Mutex), new([][]byte), make(chan struct{}, n)}
	for range n {
		b.left <- struct{}{}
	}
	return b
}

// some reports whether taking one does not wait, for who alone takes them.
func (b buffers) some() bool { return len(b.left) > 0 }

// take takes an empty one, and waits until there is one.
func (b buffers) take() []byte {
	<-b.left
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(*b.list)
	if n == 0 {
		return make([]byte, frameHead, frameHead+frameSize)
	}
	taken := (*b.list)[n-1]
	*b.list = (*b.list)[:n-1]
	return taken
}

// put gives one back.
func (b buffers) put(buffer []byte) {
	b.mu.Lock()
	*b.list = append(*b.list, buffer[:frameHead])
	b.mu.Unlock()
	b.left <- struct{}{}
}

// NewRecord writes a record to w: the header, the module, which is asked for once, and what
// is to come. The caller calls [Record.Close].
func NewRecord(w io.Writer, h *Header, module func() ([]byte, error)) *Record {
	r := &Record{
		full: make(chan piece, pieces), more: make(chan struct{}, 1), free: newBuffers(pieces), done: make(chan struct{}),
		frames: frameWriter{w: w}, began: time.Now(),
	}
	r.piece.b = r.free.take()
	r.file.Lock() // until the module is written
	go r.run(h, module)
	return r
}

// run writes until the last piece.
func (r *Record) run(h *Header, module func() ([]byte, error)) {
	defer close(r.done)
	r.failed = r.front(h, module)
	r.file.Unlock()
	settle := time.NewTicker(settling)
	defer settle.Stop()
	for r.drain() {
		select {
		case <-r.more:
		case <-settle.C:
			r.settle()
		}
	}
}

// drain writes what is full, and reports whether there may be more.
func (r *Record) drain() bool {
	r.file.Lock()
	defer r.file.Unlock()
	return r.drainLocked()
}

// drainLocked is drain with the file held.
func (r *Record) drainLocked() bool {
	for {
		select {
		case p, more := <-r.full:
			if !more {
				return false
			}
			r.store(p)
		default:
			return true
		}
	}
}

// store writes p, which is empty then. The file is held.
func (r *Record) store(p piece) {
	if r.failed == nil && !p.empty() {
		// Compressing takes longer than writing does. Where the guest would have to wait, for
		// contents of files, and where it has taken its part of the time, it is left out.
		now := time.Now()
		pack := p.bulk < len(p.b)/2 && len(r.full) < pieces/2 && r.packing <= now.Sub(r.began)/packingPart
		r.failed = r.frames.write(frameCalls, p.b, pack)
		if pack {
			r.packing += time.Since(now)
		}
	}
	r.free.put(p.b)
}

// front writes what stands in front of the calls.
func (r *Record) front(h *Header, module func() ([]byte, error)) error {
	b, err := module()
	if err != nil {
		return err
	}
	h.Size = int64(len(b))
	header, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(r.frames.w, magic); err != nil {
		return err
	}
	space := make([]byte, frameHead, frameHead+frameSize)
	if err := r.frames.write(frameHeader, append(space, header...), false); err != nil {
		return err
	}
	for part := range slices.Chunk(b, frameSize) {
		if err := r.frames.write(frameModule, append(space, part...), true); err != nil {
			return err
		}
	}
	return nil
}

// settle has what there is of a piece written.
func (r *Record) settle() {
	if !r.mu.TryLock() {
		return // it is growing, or written
	}
	defer r.mu.Unlock()
	if !r.closed && !r.piece.empty() && r.free.some() {
		r.full <- r.piece // has room, as there are no more pieces than that
		r.piece = piece{b: r.free.take()}
	}
}

// write appends b, and waits if the file is far behind.
func (r *Record) write(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(b) >= bulk && !r.closed {
		r.writeThrough(b)
		return
	}
	large := len(b) > small
	for len(b) > 0 && !r.closed {
		n := min(len(b), cap(r.piece.b)-len(r.piece.b))
		r.piece.b = append(r.piece.b, b[:n]...)
		if large {
			r.piece.bulk += n
		}
		b = b[n:]
		if len(r.piece.b) == cap(r.piece.b) {
			r.pass()
		}
	}
}

// writeThrough writes b to the file, behind all that comes before it.
func (r *Record) writeThrough(b []byte) {
	if len(r.piece.b) > bulk {
		r.pass()
	}
	r.file.Lock()
	defer r.file.Unlock()
	r.drainLocked()
	for len(b) > 0 && r.failed == nil {
		n := min(len(b), maxFrame-len(r.piece.b))
		r.failed = r.frames.writeBehind(frameCalls, r.piece.b, b[:n])
		r.piece.b, r.piece.bulk = r.piece.b[:frameHead], 0
		b = b[n:]
	}
}

// begin is where n bytes of a call may be written, no more than a frame has; [Record.end] follows.
// It is false when there is no file any more.
func (r *Record) begin(n int) ([]byte, bool) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, false
	}
	if cap(r.piece.b)-len(r.piece.b) < n {
		r.pass()
	}
	return r.piece.b[len(r.piece.b):cap(r.piece.b)], true
}

// end says that n bytes have been written.
func (r *Record) end(n int) {
	r.piece.b = r.piece.b[:len(r.piece.b)+n]
	r.mu.Unlock()
}

// writeAgain is begin, writing c, and end.
func (r *Record) writeAgain(c *last, room int) bool {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return false
	}
	if cap(r.piece.b)-len(r.piece.b) < room {
		r.pass()
	}
	n := len(r.piece.b)
	r.piece.b = r.piece.b[:n+c.writeAgain(r.piece.b[n:cap(r.piece.b)])]
	r.mu.Unlock()
	return true
}

// pass has the piece written, and waits if the file is far behind.
func (r *Record) pass() {
	r.full <- r.piece
	r.wake()
	r.piece = piece{b: r.free.take()}
}

// wake has what is full be looked at.
func (r *Record) wake() {
	select {
	case r.more <- struct{}{}:
	default: // it will be
	}
}

// Close writes what is left and how the run has ended; nil stands for not knowing. The
// error is the first one of writing. Nothing is recorded any more.
func (r *Record) Close(e *End) error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	r.full <- r.piece
	r.piece = piece{}
	close(r.full)
	r.wake()
	r.mu.Unlock()
	<-r.done
	if r.failed != nil || e == nil {
		return r.failed
	}
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return r.frames.write(frameEnd, append(make([]byte, frameHead), b...), false)
}
