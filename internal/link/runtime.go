// Package link links modules with each other and with the host, and makes their
// instances (core 4.7.4): what they import, the code that is for this company, what
// has to be there beside them, the segments, the account they run on.
package link

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
)

// Runtime is what modules are compiled by. It is safe for concurrent use; its owner
// calls [Runtime.Close].
type Runtime struct {
	Options prepare.Options
	Plan    func() *prepare.Plan // of the code that runs here
	labels  atomic.Uint64

	mu      sync.Mutex
	engines map[prepare.Way]*engine.Runtime
}

// NewRuntime returns a Runtime. It takes nothing until a module is compiled.
func NewRuntime(o prepare.Options) *Runtime {
	r := &Runtime{Options: o, engines: map[prepare.Way]*engine.Runtime{}}
	r.Plan = sync.OnceValue(func() *prepare.Plan { return r.Options.Plan(false) })
	return r
}

// Module is m as a module of r.
func (r *Runtime) Module(m *prepare.Module) *Module {
	m.Label = strconv.FormatUint(r.labels.Add(1), 10)
	return &Module{runtime: r, Prepared: m}
}

// Target is what modules are compiled for to be executed in one way.
func (r *Runtime) Target(ctx context.Context, w prepare.Way) prepare.Target {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.engines[w]
	if e == nil {
		e = engine.New(ctx, engine.Config{Interpreter: w == prepare.Interpret, Artifacts: w == prepare.Compile})
		r.engines[w] = e
	}
	return prepare.Target{Engine: e, Way: w}
}

// Close releases all code. All instances are closed before, and modules must not be
// used any more.
func (r *Runtime) Close(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	for _, e := range r.engines {
		err = errors.Join(err, e.Close(ctx))
	}
	clear(r.engines)
	return err
}
