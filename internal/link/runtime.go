// Package link links modules with each other and with the host, and makes their
// instances (core 4.7.4): what they import, the code that is for this company, what
// has to be there beside them, the segments, the account they run on.
package link

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/wazedge/wazedge/internal/engines"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/prepare"
)

// Runtime is what modules are compiled by. It is safe for concurrent use; its owner
// calls [Runtime.Close].
type Runtime struct {
	Options prepare.Options
	Plan    func() *pipeline.Plan // of the code that runs here
	labels  atomic.Uint64
	engines engines.Pool // and the stores that use them

	mu      sync.Mutex
	objects map[Host]*Module // of host modules
}

// NewRuntime returns a Runtime. It takes nothing until a module is compiled.
func NewRuntime(o prepare.Options) *Runtime {
	r := &Runtime{Options: o}
	r.Plan = sync.OnceValue(func() *pipeline.Plan { return r.Options.Plan(false) })
	return r
}

// Accompany says that modules may be linked with others from now on. None has been compiled,
// and nobody else uses r.
func (r *Runtime) Accompany() {
	r.Options.Linked = true
	r.Plan = sync.OnceValue(func() *pipeline.Plan { return r.Options.Plan(false) })
}

// Module is m as a module of r.
func (r *Runtime) Module(m *prepare.Module) *Module {
	m.Label = strconv.FormatUint(r.labels.Add(1), 10)
	return &Module{runtime: r, Prepared: m}
}

// Target is what modules are compiled for to be executed in one way.
func (r *Runtime) Target(ctx context.Context, w prepare.Way) prepare.Target {
	return r.engines.Target(ctx, w)
}

// Close closes all stores, and releases all code when nothing runs in them any more.
// Modules are of no use then.
func (r *Runtime) Close(ctx context.Context) error { return r.engines.Close(ctx) }
