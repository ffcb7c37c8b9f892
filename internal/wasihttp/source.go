package wasihttp

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/wazedge/wazedge/internal/wasi2"
)

// maxChunk is how many bytes of a body are read at once.
const maxChunk = 32 << 10

// source is a body that a component reads.
type source struct {
	body io.ReadCloser
	// before, unless nil, is called before a read, and returns what is to be called behind it.
	before   func() (after func(error) error)
	trailers func() http.Header // once the body has been read

	mu      sync.Mutex
	buf     []byte // that was read and not taken
	all     []byte // that buf is in
	err     error  // io.EOF at the end
	reading bool
	closed  bool
	ready   chan struct{} // closed when something was read; nil while nobody waits
}

var _ wasi2.Input = (*source)(nil)

// Read implements [wasi2.Input].
func (s *source) Read(n uint64) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, wasi2.ErrClosed
	case n == 0:
		return nil, nil
	case len(s.buf) > 0:
		b := s.buf[:min(n, uint64(len(s.buf)))]
		s.buf = s.buf[len(b):]
		return b, nil
	case s.err != nil:
		return nil, s.err
	}
	s.fill()
	return nil, s.err
}

// fill has more read, unless that is under way.
func (s *source) fill() {
	if s.reading {
		return
	}
	s.reading = true
	if s.body == http.NoBody {
		s.arrived(nil, io.EOF)
		return
	}
	if s.all == nil {
		s.all = make([]byte, maxChunk)
	}
	go func() {
		n, err := s.read(s.all)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.arrived(s.all[:n], err)
	}()
}

func (s *source) read(b []byte) (int, error) {
	if s.before == nil {
		return s.body.Read(b)
	}
	after := s.before()
	n, err := s.body.Read(b)
	return n, after(err)
}

func (s *source) arrived(b []byte, err error) {
	s.reading, s.buf = false, b
	if err != nil && !errors.Is(err, io.EOF) {
		err = codeOf(err)
	}
	s.err = err
	wake(&s.ready)
}

// signal is closed, or nil, when there is something to read, or the end.
func (s *source) signal() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && len(s.buf) == 0 && s.err == nil {
		s.fill()
	}
	if s.closed || len(s.buf) > 0 || s.err != nil {
		return nil
	}
	return waitOn(&s.ready)
}

// Pollable implements [wasi2.Input].
func (s *source) Pollable() *wasi2.Pollable { return wasi2.NewPollable(s.signal) }

// drained is signal for the end: what comes before it is dropped.
func (s *source) drained() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf = nil
	if s.closed || s.err != nil {
		return nil
	}
	if !s.reading {
		s.reading = true
		go func() {
			b := make([]byte, maxChunk)
			var err error
			for err == nil && !s.isClosed() {
				_, err = s.read(b)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.arrived(nil, err)
		}()
	}
	return waitOn(&s.ready)
}

func (s *source) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// end is how the body has ended: io.EOF, another error, or nil if it has not.
func (s *source) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.buf) > 0 {
		return nil
	}
	return s.err
}

// close gives the body up.
func (s *source) close() {
	s.mu.Lock()
	already, reading := s.closed, s.reading
	s.closed = true
	wake(&s.ready)
	s.mu.Unlock()
	if already {
		return
	}
	if reading { // what is read holds the body until it has come
		go s.body.Close()
		return
	}
	_ = s.body.Close()
}
