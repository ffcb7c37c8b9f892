// Package link links modules with each other and with the host, and makes their
// instances (core 4.7.4): what they import, the code that is for this company, what
// has to be there beside them, the segments, the account they run on.
package link

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/use"
)

// Runtime is what modules are compiled by. It is safe for concurrent use; its owner
// calls [Runtime.Close].
type Runtime struct {
	Options prepare.Options
	Plan    func() *prepare.Plan // of the code that runs here
	labels  atomic.Uint64

	closed atomic.Bool

	mu        sync.Mutex
	engines   map[prepare.Way]*engine.Runtime // nil once they are closed
	stores    map[*Store]struct{}             // that have been used and are not closed
	compiling int                             // how often somebody is at it
	objects   map[Host]*Module                // of host modules
}

// NewRuntime returns a Runtime. It takes nothing until a module is compiled.
func NewRuntime(o prepare.Options) *Runtime {
	r := &Runtime{Options: o, engines: map[prepare.Way]*engine.Runtime{}}
	r.Plan = sync.OnceValue(func() *prepare.Plan { return r.Options.Plan(false) })
	return r
}

// Accompany says that modules may be linked with others from now on. None has been compiled,
// and nobody else uses r.
func (r *Runtime) Accompany() {
	r.Options.Linked = true
	r.Plan = sync.OnceValue(func() *prepare.Plan { return r.Options.Plan(false) })
}

// Module is m as a module of r.
func (r *Runtime) Module(m *prepare.Module) *Module {
	m.Label = strconv.FormatUint(r.labels.Add(1), 10)
	return &Module{runtime: r, Prepared: m}
}

// Target is what modules are compiled for to be executed in one way. That of a Runtime
// whose code is released compiles nothing.
func (r *Runtime) Target(ctx context.Context, w prepare.Way) prepare.Target {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.engines[w]
	if e == nil {
		e = engine.New(ctx, engine.Config{Interpreter: w == prepare.Interpret, Artifacts: w == prepare.Compile})
		if r.engines == nil {
			// It has nothing to be closed that could fail.
			_ = e.Close(ctx)
		} else {
			r.engines[w] = e
		}
	}
	return prepare.Target{Engine: e, Way: w}
}

// join says that s is used from now on, which it cannot be if r is closed.
func (r *Runtime) join(s *Store) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return false
	}
	if r.stores == nil {
		r.stores = map[*Store]struct{}{}
	}
	r.stores[s] = struct{}{}
	return true
}

// compile has f compile something, unless r is closed, which keeps the code until then.
func (r *Runtime) compile(ctx context.Context, f func() error) error {
	r.mu.Lock()
	closed := r.closed.Load()
	if !closed {
		r.compiling++
	}
	r.mu.Unlock()
	if closed {
		return use.Interrupted(use.ErrClosed)
	}
	err := f()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.compiling--
	if failed := r.releaseUnused(ctx); err == nil {
		err = failed
	}
	return err
}

// leave says that s is closed. The last store lets go of the code, if r is closed.
func (r *Runtime) leave(ctx context.Context, s *Store) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.stores, s)
	return r.releaseUnused(ctx)
}

// Close closes all stores, and releases all code when nothing runs in them any more.
// Modules are of no use then.
func (r *Runtime) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed.Store(true)
	stores := slices.Collect(maps.Keys(r.stores))
	r.mu.Unlock()
	var err error
	for _, s := range stores {
		err = errors.Join(err, s.Close(ctx))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(err, r.releaseUnused(ctx))
}

// releaseUnused releases the code if r is closed and nobody needs it. r.mu is held.
func (r *Runtime) releaseUnused(ctx context.Context) error {
	if !r.closed.Load() || len(r.stores) > 0 || r.compiling > 0 {
		return nil
	}
	var err error
	for _, e := range r.engines {
		err = errors.Join(err, e.Close(ctx))
	}
	r.engines = nil
	return err
}
