package compat

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Module is a module of a [Runtime]: decoded, then validated, then compiled. A compiled
// one does not change any more: any number of instances can be made of it, by several
// goroutines at once.
type Module struct {
	runtime  *Runtime
	prepared *prepare.Module

	mu    sync.Mutex
	codes map[string]*code // by [shape.key]
}

// code is what has become of a module for the engine.
type code struct {
	*prepare.Code
	way  prepare.Way
	uses wasm.Features // the proposals that lowering was for

	// rewrite makes anew, and traced, what the engine was given; nil when that was the
	// file as it was.
	rewrite func() (*wasm.Module, error)

	hosts hostInstances // that the module imports from

	// kept says that the module was not decoded from its file, so that its bodies are to
	// be read from there.
	kept bool
}

// shape is what decides the code of a module beside the plan: what it is linked with.
type shape struct {
	uses  wasm.Features // the proposals that it is lowered for
	moved []string      // imports of memories that lowering has moved elsewhere
}

func (s shape) key() string { return fmt.Sprintf("%x %s", uint64(s.uses), strings.Join(s.moved, " ")) }

// Validate checks m. The error is a [*Error]; it is one of loading when a function's
// body turns out to be malformed.
func (m *Module) Validate() error { return m.prepared.Validate() }

// Compile compiles m, which is valid, unless it is already. It is not needed: the first
// instance would do it.
func (m *Module) Compile(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.ready(ctx, m.ownShape(), nil); err != nil || m.codes[m.ownShape().key()] != nil {
		return err
	}
	bounded, err := m.prepared.Bound(m.runtime.plan(), func(string) {})
	if err != nil {
		return err
	}
	own := m.ownShape()
	_, err = m.compile(ctx, compiling{module: bounded, shape: own, keep: true})
	return err
}

// ownShape is that of m linked with no other guest.
func (m *Module) ownShape() shape { return shape{uses: m.prepared.Checked.Uses} }

// ready takes the code of m from the entry of the cache that stands in for m, if there
// is one and its code will do in this shape and way (nil is any). Otherwise m is read,
// decoded and validated as if the entry had not been there. m.mu is held.
func (m *Module) ready(ctx context.Context, s shape, w *prepare.Way) error {
	own := m.ownShape()
	if m.codes[own.key()] != nil && !m.prepared.StoodIn() {
		return nil
	}
	if m.prepared.StoodIn() && (s.key() != own.key() || w != nil && *w != prepare.Compile) {
		clear(m.codes)
		return m.prepared.Reload()
	}
	if m.codes[own.key()] != nil {
		return nil
	}
	c, err := m.prepared.Cached(ctx, m.runtime.target(ctx, prepare.Compile))
	if err != nil {
		return m.prepared.Reload()
	}
	if c != nil {
		m.keep(own, &code{Code: c, way: prepare.Compile, uses: own.uses, kept: true})
	}
	return nil
}

func (m *Module) keep(s shape, c *code) *code {
	if m.codes == nil {
		m.codes = map[string]*code{}
	}
	m.codes[s.key()] = c
	return c
}

// compiling is what m is to be compiled for.
type compiling struct {
	module *wasm.Module // m within its bounds, and with its imports redirected
	shape  shape
	way    *prepare.Way                    // in which the instances that it is linked with are executed; nil without any
	tracer func(prepare.Way) engine.Tracer // who is told of calls; may be nil
	keep   bool                            // the code may be kept for other processes
	once   bool                            // the code is for one instance
}

// compile makes the code of m. m.mu is held.
func (m *Module) compile(ctx context.Context, c compiling) (*code, error) {
	if made := m.codes[c.shape.key()]; !c.once && made != nil && (c.way == nil || made.way == *c.way) {
		return made, nil
	}
	plan := m.runtime.plan()
	r, err := m.prepared.Lower(c.module, c.shape.uses, plan)
	if err != nil {
		return nil, err
	}
	out := &code{uses: c.shape.uses}
	if c.way != nil {
		out.way = *c.way
	} else {
		out.way = m.prepared.Way(r)
	}
	if r.Module != m.prepared.Module {
		out.rewrite = func() (*wasm.Module, error) { return prepare.Trace(c.module, c.shape.uses, plan) }
	}
	target := m.runtime.target(ctx, out.way)
	if c.tracer != nil {
		target.Tracer = c.tracer(out.way)
	}
	if out.Code, err = m.prepared.Compile(ctx, target, r, c.keep); err != nil {
		return nil, err
	}
	if c.once || target.Tracer != nil {
		return out, nil
	}
	return m.keep(c.shape, out), nil
}

// decoded is what m says. Where an entry of the cache stands in for it, that changes
// when the entry turns out to be damaged.
func (m *Module) decoded() *wasm.Module {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.prepared.Module
}

// image is what the memory of a new instance with the code c begins with, or nil.
func (m *Module) image(c *code) (*cache.Image, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return c.Image()
}

// Name is the absolute path of the file that m was read from, as WasmEdge prints it; empty
// without one.
func (m *Module) Name() string { return m.prepared.Path }

// FunctionType is the type of the exported function name, and whether there is one.
func (m *Module) FunctionType(name string) (FuncType, bool) {
	return m.decoded().ExportedFunc(name)
}

// HasStart reports whether m has a start function, which instantiation runs.
func (m *Module) HasStart() bool { return m.decoded().Start != nil }

// Precompiled reports whether m brings along code that is executed.
func (m *Module) Precompiled() bool { return m.prepared.Precompiled() }

// Size is how many bytes m has.
func (m *Module) Size() int { return len(m.prepared.Bytes) }

// Close lets go of what m holds beside its code, which lives as long as the [Runtime].
// m must not be instantiated any more; instances stay usable.
func (m *Module) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.prepared.Close()
}

// hostInstances are the instances of host functions that stores share, by the modules that
// they are of.
type hostInstances struct {
	mu   sync.Mutex
	list map[hostModule]*engine.Instance
}

func (h *hostInstances) of(m hostModule) *engine.Instance {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.list[m]
}

func (h *hostInstances) note(m hostModule, i *engine.Instance) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.list == nil {
		h.list = map[hostModule]*engine.Instance{}
	}
	h.list[m] = i
}
