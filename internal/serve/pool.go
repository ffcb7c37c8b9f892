package serve

import (
	"errors"
	"sync"
)

// errUnmarked is why an instance serves one request only.
var errUnmarked = errors.New("its state cannot be taken over")

// resettable is an instance that can be taken back to what it was before a request, so that
// the next one finds nothing of it: memories, globals, tables, resources, open files.
type resettable interface {
	reset() error
	close()
}

// pool are instances that have been taken back, for later requests.
type pool[I resettable] struct {
	mu     sync.Mutex
	idle   []I
	closed bool
}

// take is an instance that has served nobody since it was taken back, or one that is made.
func (p *pool[I]) take(create func() (I, error)) (I, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		i := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return i, nil
	}
	p.mu.Unlock()
	return create()
}

// give takes back i, which has served a request, at once: what the request has left in it
// does not wait for the next one. An instance that is not to be used again is closed.
func (p *pool[I]) give(i I, again bool) {
	if !again || i.reset() != nil {
		i.close()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		i.close()
		return
	}
	p.idle = append(p.idle, i)
}

// close closes what is idle, and what is given later.
func (p *pool[I]) close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, i := range idle {
		i.close()
	}
}
