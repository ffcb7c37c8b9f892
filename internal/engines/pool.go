// Package engines has the engines by which modules are compiled and executed, one for each way to
// execute, and knows who uses them: their code is released when nobody does any more.
package engines

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/use"
)

// User is what instances live in. It can be told apart by ==.
type User interface{ Close(context.Context) error }

// Pool is the engines. It is safe for concurrent use, and takes nothing until something is compiled; its
// owner calls [Pool.Close]. The zero value has none.
type Pool struct {
	closed atomic.Bool

	mu        sync.Mutex
	released  bool
	engines   map[prepare.Way]*engine.Runtime
	users     map[User]struct{} // that have been in use and are not closed
	compiling int               // how often somebody is at it
}

// Target is what modules are compiled for to be executed in one way. That of a Pool
// whose code is released compiles nothing.
func (p *Pool) Target(ctx context.Context, w prepare.Way) prepare.Target {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.engines[w]
	if e == nil {
		e = engine.New(ctx, engine.Config{Interpreter: w == prepare.Interpret, Artifacts: w == prepare.Compile})
		if p.released {
			// It has nothing to be closed that could fail.
			_ = e.Close(ctx)
		} else {
			if p.engines == nil {
				p.engines = map[prepare.Way]*engine.Runtime{}
			}
			p.engines[w] = e
		}
	}
	return prepare.Target{Engine: e, Way: w}
}

// Join says that u uses the engines from now on, which it cannot if p is closed.
func (p *Pool) Join(u User) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed.Load() {
		return false
	}
	if p.users == nil {
		p.users = map[User]struct{}{}
	}
	p.users[u] = struct{}{}
	return true
}

// Compile has f compile something, unless p is closed, which keeps the code until then.
func (p *Pool) Compile(ctx context.Context, f func() error) error {
	p.mu.Lock()
	closed := p.closed.Load()
	if !closed {
		p.compiling++
	}
	p.mu.Unlock()
	if closed {
		return use.Interrupted(use.ErrClosed)
	}
	err := f()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.compiling--
	if failed := p.releaseUnused(ctx); err == nil {
		err = failed
	}
	return err
}

// Leave says that u is closed. The last one lets go of the code, if p is closed.
func (p *Pool) Leave(ctx context.Context, u User) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.users, u)
	return p.releaseUnused(ctx)
}

// Closed reports whether p is closed.
func (p *Pool) Closed() bool { return p.closed.Load() }

// Close closes all users, and releases all code when nothing runs in them any more.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed.Store(true)
	users := slices.Collect(maps.Keys(p.users))
	p.mu.Unlock()
	var err error
	for _, u := range users {
		err = errors.Join(err, u.Close(ctx))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Join(err, p.releaseUnused(ctx))
}

// releaseUnused releases the code if p is closed and nobody needs it. p.mu is held.
func (p *Pool) releaseUnused(ctx context.Context) error {
	if !p.closed.Load() || len(p.users) > 0 || p.compiling > 0 {
		return nil
	}
	var err error
	for _, e := range p.engines {
		err = errors.Join(err, e.Close(ctx))
	}
	p.engines, p.released = nil, true
	return err
}
