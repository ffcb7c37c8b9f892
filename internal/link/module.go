package link

import (
	"context"
	"sync"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Module is a module of a [Runtime], with its code for each company that it has been
// linked in. Several goroutines may use one that is compiled.
type Module struct {
	Prepared *prepare.Module
	runtime  *Runtime

	mu    sync.Mutex
	codes map[shape]*code
}

// code is what has become of a module for the engine.
type code struct {
	*prepare.Code
	way  prepare.Way
	uses wasm.Features // the proposals that lowering was for

	// rewrite makes anew, and traced, what the engine was given; nil when that was the
	// file as it was.
	rewrite func() (*wasm.Module, error)

	hosts engine.Found // that the module imports from
}

// shape is what decides the code of a module beside the plan: what it is linked with.
type shape struct {
	uses  wasm.Features // the proposals that it is lowered for
	moved string        // names of the imports of memories that lowering has moved elsewhere
}

// Bytes is m as it was read; nil where an entry of the cache stands in for it.
func (m *Module) Bytes() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Prepared.StoodIn() {
		return nil
	}
	return m.Prepared.Bytes
}

// Compile compiles m, which is valid, unless it is already. It is not needed: the first
// instance would do it.
func (m *Module) Compile(ctx context.Context) error {
	return m.runtime.engines.Compile(ctx, func() error { return m.compileAlone(ctx) })
}

// compileAlone compiles m for no company.
func (m *Module) compileAlone(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	alone := m.alone()
	if err := m.ready(ctx, alone, nil); err != nil || m.codes[alone] != nil {
		return err
	}
	bounded, err := m.Prepared.Bound(m.runtime.Plan(), func(string) {})
	if err != nil {
		return err
	}
	_, err = m.compile(ctx, compiling{module: bounded, shape: alone, cache: true})
	return err
}

// alone is the shape of m linked with no other guest.
func (m *Module) alone() shape { return shape{uses: m.Prepared.Checked.Uses} }

// ready takes the code of m from the entry of the cache that stands in for m, if there
// is one and its code will do in this shape and way (nil is any). Otherwise m is read,
// decoded and validated as if the entry had not been there. m.mu is held.
func (m *Module) ready(ctx context.Context, s shape, w *prepare.Way) error {
	if !m.Prepared.StoodIn() {
		return nil
	}
	alone := m.alone()
	if s != alone || w != nil && *w != prepare.Compile {
		clear(m.codes)
		return m.Prepared.Reload()
	}
	if m.codes[alone] != nil {
		return nil
	}
	c, err := m.Prepared.Cached(ctx, m.runtime.Target(ctx, prepare.Compile))
	if err != nil {
		return m.Prepared.Reload()
	}
	m.hold(alone, &code{Code: c, way: prepare.Compile, uses: alone.uses})
	return nil
}

func (m *Module) hold(s shape, c *code) *code {
	if m.codes == nil {
		m.codes = map[shape]*code{}
	}
	m.codes[s] = c
	return c
}

// compiling is what m is to be compiled for.
type compiling struct {
	module *wasm.Module // m within its bounds, and with its imports redirected
	shape  shape
	way    *prepare.Way                    // in which the instances that it is linked with are executed; nil without any
	tracer func(prepare.Way) engine.Tracer // who is told of calls; may be nil
	cache  bool                            // the code may come from the cache, and goes there
	once   bool                            // the code is for one instance
}

// compile makes the code of m. m.mu is held.
func (m *Module) compile(ctx context.Context, c compiling) (*code, error) {
	if made := m.codes[c.shape]; !c.once && made != nil && (c.way == nil || made.way == *c.way) {
		return made, nil
	}
	plan := m.runtime.Plan()
	r, err := m.Prepared.Lower(c.module, c.shape.uses, plan)
	if err != nil {
		return nil, err
	}
	out := &code{uses: c.shape.uses}
	if c.way != nil {
		out.way = *c.way
	} else {
		out.way = m.Prepared.Way(r)
	}
	if r.Module != m.Prepared.Module {
		out.rewrite = func() (*wasm.Module, error) { return pipeline.Trace(c.module, c.shape.uses, plan) }
	}
	target := m.runtime.Target(ctx, out.way)
	if c.tracer != nil {
		target.Tracer = c.tracer(out.way)
	}
	if out.Code, err = m.Prepared.Compile(ctx, target, r, c.cache); err != nil {
		return nil, err
	}
	if c.once || target.Tracer != nil {
		return out, nil
	}
	return m.hold(c.shape, out), nil
}

// Decoded is what m says. Where an entry of the cache stands in for it, that changes
// when the entry turns out to be damaged.
func (m *Module) Decoded() *wasm.Module {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Prepared.Module
}

// image is what the memory of a new instance with the code c begins with, or nil.
func (m *Module) image(c *code) (*cache.Image, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return c.Image()
}

// standIn is the code of the entry that stands in for m, and what the memory of a new
// instance begins with. Where the entry has been damaged since, m is read as if it had not
// been there, and there is no code. m.mu is held.
func (m *Module) standIn(s shape) (*code, *cache.Image, error) {
	c := m.codes[s]
	if c == nil {
		return nil, nil, nil
	}
	image, err := c.Image()
	if err == nil {
		return c, image, nil
	}
	clear(m.codes)
	return nil, nil, m.Prepared.Reload()
}

// Precompile is [prepare.Module.Precompile] for the engine's compiler.
func (m *Module) Precompile(ctx context.Context, p *prepare.Precompiling) (module []byte, entries []*cache.Contents, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Prepared.Precompile(ctx, m.runtime.Target(ctx, prepare.Compile), p)
}

// Target is what m is compiled for where it is compiled for the cache alone.
func (m *Module) Target(ctx context.Context) prepare.Target {
	return m.runtime.Target(ctx, prepare.Compile)
}

// Close lets go of what m holds beside its code.
func (m *Module) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Prepared.Close()
}
