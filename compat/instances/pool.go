// Package instances serves one request after the other with instances of a module that are
// made once and taken back to where they began, in a few microseconds, instead of made anew.
package instances

import (
	"context"
	"errors"
	"sync"

	"github.com/wazedge/wazedge/compat"
)

// Config says how instances are made.
type Config struct {
	// Store is what each has of its own; its WASI is the world of requests that bring none.
	Store compat.StoreConfig

	// Begin, unless nil, is called with a new instance. Every request finds what it has left.
	Begin func(ctx context.Context, i *compat.Instance) error

	// Idle is how many instances are kept for requests to come; 0 stands for 16.
	Idle int
}

// Pool has instances of one module. It is safe for concurrent use; its owner calls
// [Pool.Close].
//
// Each instance serves one request at a time, and is what it was at the beginning when it serves the
// next: memory, globals, tables, the account of gas and time, and WASI with all that was open,
// whatever the request has done, traps and growth included. A memory maps the contents that the instances begin with,
// and takes the pages that a request writes to, which are given back. What cannot be taken back
// (objects of the garbage collector, threads, plug-ins) serves one request, and the next gets a new instance.
type Pool struct {
	module *compat.Module
	config Config

	mu     sync.Mutex
	idle   []*compat.Instance
	once   bool // instances cannot be taken back
	closed bool
}

// New is a pool of instances of m, none of which is made yet.
func New(m *compat.Module, c Config) *Pool {
	if c.Idle == 0 {
		c.Idle = 16
	}
	return &Pool{module: m, config: c}
}

// Use has f work with an instance in the world w, or that of the [Config] if w is nil. i and all that
// comes from it are f's until it returns; the error is f's, or says why there is no instance.
func (p *Pool) Use(ctx context.Context, w *compat.WASIConfig, f func(i *compat.Instance) error) error {
	i, err := p.take(ctx, w)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // f panics
			_ = i.Close(ctx)
		}
	}()
	err = f(i)
	done = true
	return errors.Join(err, p.give(ctx, i))
}

// take is an instance in the world w.
func (p *Pool) take(ctx context.Context, w *compat.WASIConfig) (*compat.Instance, error) {
	i, err := p.next()
	if err == nil && i == nil {
		i, err = p.start(ctx)
	}
	if err != nil || w == nil {
		return i, err
	}
	if err := i.Store().SetWASI(*w); err != nil {
		return nil, errors.Join(err, i.Close(ctx))
	}
	return i, nil
}

// next is an instance that there is, or nil.
func (p *Pool) next() (*compat.Instance, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, compat.ErrClosed
	}
	n := len(p.idle)
	if n == 0 {
		return nil, nil
	}
	i := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return i, nil
}

// start makes an instance.
func (p *Pool) start(ctx context.Context) (*compat.Instance, error) {
	i, err := p.module.Instantiate(ctx, p.config.Store)
	if err != nil {
		return nil, err
	}
	if p.config.Begin != nil {
		if err := p.config.Begin(ctx, i); err != nil {
			return nil, errors.Join(err, i.Close(ctx))
		}
	}
	if i.Store().Mark() == nil {
		// The first request is charged for no more than the others.
		if err := i.Store().Reset(p.config.Store.WASI); err != nil {
			return nil, errors.Join(err, i.Close(ctx))
		}
		return i, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.once = true
	return i, nil
}

// give takes back i, or closes it.
func (p *Pool) give(ctx context.Context, i *compat.Instance) error {
	p.mu.Lock()
	kept := !p.once && !p.closed && len(p.idle) < p.config.Idle
	p.mu.Unlock()
	if !kept || i.Store().Reset(p.config.Store.WASI) != nil {
		return i.Close(ctx)
	}
	p.mu.Lock()
	if kept = !p.closed && len(p.idle) < p.config.Idle; kept {
		p.idle = append(p.idle, i)
	}
	p.mu.Unlock()
	if !kept {
		return i.Close(ctx)
	}
	return nil
}

// Close closes the instances that are idle, and each other one when what it serves is over.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	var err error
	for _, i := range idle {
		err = errors.Join(err, i.Close(ctx))
	}
	return err
}
