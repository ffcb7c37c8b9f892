package wasihttp

import (
	"errors"
	"io"
	"sync"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/wasi2"
)

// maxBuffer is how many bytes of a body wait in one place.
const maxBuffer = 64 << 10

// ErrIncomplete is why a body that a component has given up ends.
var ErrIncomplete = errors.New("the body was given up before its end")

// pipe is a body that a component writes and the host reads.
type pipe struct {
	state    *State
	tooLarge Code // of a body that has more or less than it declares

	// written, unless nil, is told that so many bytes wait, once the component has written.
	written func(waiting int)

	mu       sync.Mutex
	buf      []byte // that waits
	spare    []byte // of the same size as buf may grow to
	declared int64  // by a content-length; negative for none
	got      int64  // bytes that were written
	ended    error  // io.EOF when it is complete, else why not; nil before
	trailers *fields
	closed   bool          // nobody reads any more
	room     chan struct{} // closed when there is room; nil while nobody waits
	more     chan struct{} // closed when there is more to read; nil while nobody waits
}

var _ wasi2.Output = (*pipe)(nil)

// Room implements [wasi2.Output].
func (p *pipe) Room() (uint64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.ended != nil {
		return 0, wasi2.ErrClosed
	}
	return uint64(max(maxBuffer-len(p.buf), 0)), nil
}

// Write implements [wasi2.Output].
func (p *pipe) Write(b []byte) error {
	waiting, err := p.add(b)
	if err == nil && p.written != nil {
		p.written(waiting)
	}
	return err
}

func (p *pipe) add(b []byte) (waiting int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed || p.ended != nil:
		return 0, wasi2.ErrClosed
	case len(p.buf)+len(b) > maxBuffer:
		return 0, exec.Trapf("more is written than check-write has allowed")
	}
	if p.declared >= 0 && p.got+int64(len(b)) > p.declared {
		return 0, &Error{Code: p.tooLarge, Size: uint64(p.got) + uint64(len(b))}
	}
	if err := p.state.take(len(b)); err != nil {
		return 0, err
	}
	p.got += int64(len(b))
	if p.buf == nil {
		p.buf, p.spare = p.spare, nil
	}
	p.buf = append(p.buf, b...)
	wake(&p.more)
	return len(p.buf), nil
}

// Flush implements [wasi2.Output]: what is written is on its way at once.
func (p *pipe) Flush() error {
	_, err := p.Room()
	return err
}

// Pollable implements [wasi2.Output].
func (p *pipe) Pollable() *wasi2.Pollable {
	return wasi2.NewPollable(func() <-chan struct{} {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.closed || p.ended != nil || len(p.buf) < maxBuffer {
			return nil
		}
		return waitOn(&p.room)
	})
}

// waitOn is the channel that wake closes.
func waitOn(c *chan struct{}) <-chan struct{} {
	if *c == nil {
		*c = make(chan struct{})
	}
	return *c
}

func wake(c *chan struct{}) {
	if *c != nil {
		close(*c)
		*c = nil
	}
}

// finish ends the body, which is then complete, unless it is not as long as was declared.
// Trailers, which may be nil, are the pipe's.
func (p *pipe) finish(trailers *fields) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended != nil {
		return p.ended
	}
	p.trailers = trailers
	p.ended = io.EOF
	if p.declared >= 0 && p.got != p.declared {
		p.ended = &Error{Code: p.tooLarge, Size: uint64(p.got)}
	}
	wake(&p.more)
	if p.ended != io.EOF {
		return p.ended
	}
	return nil
}

// abort ends the body, which is not complete, unless it has ended.
func (p *pipe) abort(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended == nil {
		p.ended = err
		wake(&p.more)
	}
}

// take is what waits, for the host until the next call, or why there is no more. With
// neither, the channel is closed when there is.
func (p *pipe) take() (b []byte, more <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, nil, ErrIncomplete
	case len(p.buf) > 0:
		b, p.buf = p.buf, nil
		p.state.give(len(b))
		wake(&p.room)
		return b, nil, nil
	case p.ended != nil:
		return nil, nil, p.ended
	}
	return nil, waitOn(&p.more), nil
}

// back gives b, which take has given, back for reuse.
func (p *pipe) back(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spare == nil {
		p.spare = b[:0]
	}
}

// close tells the component, when it writes the next time, that nobody reads any more.
func (p *pipe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.state.give(len(p.buf))
	p.buf = nil
	wake(&p.room)
	wake(&p.more)
}

// reader reads a pipe as the body of a request.
type reader struct {
	pipe *pipe
	rest []byte
	of   []byte // that rest is in
}

// Read implements [io.Reader].
func (r *reader) Read(b []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.of != nil {
			r.pipe.back(r.of)
			r.of = nil
		}
		got, more, err := r.pipe.take()
		if err != nil {
			return 0, err
		}
		if more != nil {
			<-more
		}
		r.rest, r.of = got, got
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Close implements [io.Closer].
func (r *reader) Close() error {
	r.pipe.close()
	return nil
}
