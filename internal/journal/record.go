package journal

import (
	"encoding/json"
	"io"
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

// settling is how long a call may stay in this process before it is written.
const settling = 40 * time.Millisecond

// Record is a record that is being written. What it is told goes to the file in another
// goroutine, with a bounded number of bytes between.
type Record struct {
	mu     sync.Mutex
	piece  piece // being filled
	closed bool

	full  chan piece
	empty chan []byte
	done  chan struct{}

	frames frameWriter
	failed error // of writing; read when done is closed
}

// piece is what will be a frame of calls.
type piece struct {
	b    []byte
	bulk int // bytes of large pieces of memory
}

// NewRecord writes a record to w: the header, the module, which is asked for once, and what
// is to come. The caller calls [Record.Close].
func NewRecord(w io.Writer, h *Header, module func() ([]byte, error)) *Record {
	r := &Record{
		full: make(chan piece, pieces), empty: make(chan []byte, pieces), done: make(chan struct{}),
		frames: frameWriter{w: w}, piece: piece{b: room(nil)},
	}
	for range pieces - 1 {
		r.empty <- nil
	}
	go r.run(h, module)
	return r
}

// run writes until the last piece.
func (r *Record) run(h *Header, module func() ([]byte, error)) {
	defer close(r.done)
	r.failed = r.begin(h, module)
	settle := time.NewTicker(settling)
	defer settle.Stop()
	for {
		select {
		case p, more := <-r.full:
			if !more {
				return
			}
			r.store(p)
		case <-settle.C:
			r.settle()
		}
	}
}

// store writes p, which is empty then.
func (r *Record) store(p piece) {
	if r.failed == nil && len(p.b) > 0 {
		// Compressing takes longer than writing does. Where the guest would have to wait, and
		// for contents of files, it is left out.
		r.failed = r.frames.write(frameCalls, p.b, p.bulk < len(p.b)/2 && len(r.full) < pieces/2)
	}
	r.empty <- p.b[:0]
}

// begin writes what stands in front of the calls.
func (r *Record) begin(h *Header, module func() ([]byte, error)) error {
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
	if err := r.frames.write(frameHeader, header, false); err != nil {
		return err
	}
	for len(b) > 0 {
		n := min(len(b), frameSize)
		if err := r.frames.write(frameModule, b[:n], true); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// settle writes what there is of a piece, behind those that are full.
func (r *Record) settle() {
	if !r.mu.TryLock() {
		return // it is growing
	}
	var list []piece
	for len(r.full) > 0 {
		list = append(list, <-r.full)
	}
	if len(r.piece.b) > 0 && len(r.empty) > 0 {
		list = append(list, r.piece)
		r.piece = piece{b: room(<-r.empty)}
	}
	r.mu.Unlock()
	for _, p := range list {
		r.store(p)
	}
}

func room(b []byte) []byte {
	if b == nil {
		b = make([]byte, 0, frameSize)
	}
	return b
}

// write appends b, and waits if the file is far behind.
func (r *Record) write(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	bulk := len(b) > small
	for len(b) > 0 && !r.closed {
		n := min(len(b), frameSize-len(r.piece.b))
		r.piece.b = append(r.piece.b, b[:n]...)
		if bulk {
			r.piece.bulk += n
		}
		b = b[n:]
		if len(r.piece.b) == frameSize {
			r.full <- r.piece
			r.piece = piece{b: room(<-r.empty)}
		}
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
	close(r.full)
	r.mu.Unlock()
	<-r.done
	if r.failed != nil || e == nil {
		return r.failed
	}
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return r.frames.write(frameEnd, b, false)
}
