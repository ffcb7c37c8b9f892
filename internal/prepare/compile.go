package prepare

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Way is how the engine executes a module.
type Way uint8

// The ways of execution.
const (
	Compile   Way = iota // the code may be cached
	Frugal               // compiled without being kept, for which the engine would copy the code
	Interpret            // not compiled
)

// Target is what a module is made ready for.
type Target struct {
	Engine *engine.Runtime // for Way
	Way    Way
	Tracer engine.Tracer // told of calls, unless nil
}

// Code is the engine's code of a module, and what instances of it need.
type Code struct {
	Engine *engine.Code
	pipeline.Needs
	Drop    []int // the data segments that are used up when they have been copied
	Recoded bool  // the engine was given another module than the file's

	entry *cache.Entry // that it was read from, which may have an image of the memory; or nil
	image *cache.Image // for the first instance

	named sync.Once
	names limits.Names
}

// Names are what m, which c is the code of, exports for its account. They are looked for once, not for each instance.
func (c *Code) Names(m *wasm.Module) *limits.Names {
	c.named.Do(func() { c.names = limits.NamesFor(m) })
	return &c.names
}

// Image is what the memory of a new instance begins with, to be closed by the caller; nil
// where the module's segments say all of it. One goroutine at a time calls it.
func (c *Code) Image() (*cache.Image, error) {
	if c.entry == nil {
		return nil, nil
	}
	if first := c.image; first != nil {
		c.image = nil
		return first, nil
	}
	return c.entry.Image()
}

// minWorkers is the size of the smallest module that is worth a second core, in bytes.
const minWorkers = 32 << 10

// Way is how r, which m became, is best executed. It says why in the log.
func (m *Module) Way(r *pipeline.Result) Way {
	o := m.options
	switch {
	case o.Interpreter && !m.Whole():
		return Interpret
	case m.cached.embedded != nil:
		return Compile
	}
	if t, is := r.Slow(); is && !m.Whole() {
		o.Log.Debug(fmt.Sprintf("The module is interpreted, for compiling it would take about %s.", (t.Linear + t.Excess).Round(time.Second)))
		return Interpret
	}
	if o.tooLarge(r.Load) {
		o.Log.Info(fmt.Sprintf("Compiling the module takes about %d MiB of memory, which is too much here: the code is not kept.",
			r.Load.Footprint(1)>>20))
		return Frugal
	}
	return Compile
}

// Lower is what m, of which bounded is what p's bounds leave, becomes for the engine.
func (m *Module) Lower(bounded *wasm.Module, uses wasm.Features, p *pipeline.Plan) (*pipeline.Result, error) {
	defer m.working("lowering")()
	return pipeline.Run(bounded, uses, p, nil)
}

// Cached is m's code in the entry that stands in for m, and nil if there is no entry. An
// error means that the entry is damaged: [Module.Reload] goes on without it.
func (m *Module) Cached(ctx context.Context, t Target) (*Code, error) {
	e := m.cached.entry
	if e == nil {
		return nil, nil
	}
	if m.members != nil && !e.HasCode() {
		return nil, errNoCode
	}
	c, err := m.unpack(ctx, t, e)
	if err != nil {
		m.discard(e, err)
	}
	return c, err
}

// unpack reads from e what the engine needs.
func (m *Module) unpack(ctx context.Context, t Target, e *cache.Entry) (*Code, error) {
	c := &Code{Recoded: e.HasEngineModule(), entry: e}
	b, given := m.Bytes, m.Module
	var err error
	if c.Recoded {
		if b, err = e.EngineModule(); err != nil {
			return nil, err
		}
		if given, err = wasm.Decode(b, wasm.Wasm3|wasm.Threads); err != nil {
			return nil, err
		}
	}
	c.Drop = dropped(given)
	var aliased *wasm.Module
	if c.Recoded {
		aliased = given
	}
	if c.Needs, err = pipeline.NeedsOf(m.Module); err != nil {
		return nil, err
	}
	if c.image, err = e.Image(); err != nil {
		return nil, err
	}
	if c.Engine, err = m.loadCode(ctx, t, b, aliased, e); err != nil && c.image != nil {
		c.image.Close()
	}
	return c, err
}

// Compile makes the engine's code of r, which m became. With keep, it may come from the cache, and goes there.
func (m *Module) Compile(ctx context.Context, t Target, r *pipeline.Result, keep bool) (*Code, error) {
	recoded := r.Module != m.Module
	b := r.Encode(m.Module, m.Bytes)
	compile := m.compileOnly
	switch {
	case keep && m.members != nil && m.members.keeps && t.Way == Compile:
		compile = m.compileMember
	case keep && m.members == nil && m.mayCache(t):
		compile = m.compileCached
	}
	code, err := compile(ctx, t, b, r)
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	return &Code{Engine: code, Needs: r.Needs, Drop: dropped(r.Module), Recoded: recoded}, nil
}

// compileOptions are those of m, which became r, under the plan p.
func (m *Module) compileOptions(t Target, p *pipeline.Plan, r *pipeline.Result) engine.CompileOptions {
	o := engine.CompileOptions{
		Label: m.Label, Workers: 1,
		Positions: m.placed(t, p, int64(len(m.Bytes))), Generic: p.Generic, Tracer: t.Tracer,
	}
	if len(m.Bytes) >= minWorkers {
		o.Workers = m.options.workers(r.Load)
	}
	return o
}

// compileOnly compiles b, what the engine is given for m.
func (m *Module) compileOnly(ctx context.Context, t Target, b []byte, r *pipeline.Result) (*engine.Code, error) {
	return m.compileBest(ctx, t, b, m.options.Plan(false), r, nil)
}

// compileBest compiles b as p says. Save, unless it is nil, is given what the engine's compiler and our own have made.
func (m *Module) compileBest(ctx context.Context, t Target, b []byte, p *pipeline.Plan, r *pipeline.Result, save func(native.Machine)) (*engine.Code, error) {
	o := m.compileOptions(t, p, r)
	if p.Optimize != "" && t.Way == Compile && t.Tracer == nil {
		done := m.working("compiling")
		code, made, err := native.Compile(ctx, t.Engine, b, o, optimizing(p))
		done()
		m.options.noted(made)
		if code != nil && err == nil {
			if save != nil {
				save(made)
			}
			return code, nil
		}
	}
	if save != nil {
		better := m.options.better(p, b, nil)
		o.Save = func(code engine.Artifact) { save(better(code)) }
	}
	return m.compileWith(ctx, t, b, o)
}

// compileWith compiles b with options, under the eyes of who wants to know.
func (m *Module) compileWith(ctx context.Context, t Target, b []byte, o engine.CompileOptions) (*engine.Code, error) {
	done := m.working("compiling")
	defer func() { done() }()
	if save := o.Save; save != nil {
		o.Save = func(code engine.Artifact) {
			done()
			done = m.working(finishing)
			save(code)
		}
		return t.Engine.CompileWith(ctx, b, o)
	}
	code, err := t.Engine.CompileWith(ctx, b, o)
	done()
	done = m.working(finishing)
	return code, err
}

// mayCache reports whether the code of m may be cached.
func (m *Module) mayCache(t Target) bool {
	return t.Way == Compile && m.options.caches() && len(m.Bytes) >= minCached && (m.options.Cache != nil || m.cached.embedded != nil)
}

// compileCached is compileOnly, unless the code that r became has been cached; and caches it otherwise. Other processes wait
// meanwhile, or this one waits for the one that has begun.
func (m *Module) compileCached(ctx context.Context, t Target, b []byte, r *pipeline.Result) (*engine.Code, error) {
	module := m.digest()
	if embedded := m.cached.embedded; embedded != nil && embedded.HasCode() {
		if e, _ := m.options.pick([]*cache.Entry{embedded}, module); e != nil {
			code, err := m.loadCode(ctx, t, b, nil, e)
			if err == nil {
				return code, nil
			}
			m.discard(e, err)
		}
	}
	key, store := m.options.key(module), m.options.Cache
	if store == nil {
		return m.compileOnly(ctx, t, b, r)
	}
	if code := m.getCode(ctx, t, key, b); code != nil {
		return code, nil
	}
	unlock, err := store.Lock(key)
	if err != nil {
		m.warnUncached(err)
		return m.compileOnly(ctx, t, b, r)
	}
	defer unlock()
	if code := m.getCode(ctx, t, key, b); code != nil {
		return code, nil
	}
	m.options.Log.Debug("cache: compile " + key.String())
	plan := m.options.Plan(false)
	return m.compileBest(ctx, t, b, plan, r, func(code native.Machine) {
		if err := store.Put(entryOf(plan, key, m.source(), r, code)); err != nil {
			m.warnUncached(err)
		}
	})
}

// getCode is the code of b in the cache, or nil.
func (m *Module) getCode(ctx context.Context, t Target, key cache.Key, b []byte) *engine.Code {
	e, err := m.options.Cache.Get(key)
	if err != nil {
		return nil
	}
	if !e.HasCode() {
		e.Close()
		return nil
	}
	code, err := m.loadCode(ctx, t, b, nil, e)
	if err != nil {
		e.Close()
		m.options.Cache.Remove(key, err)
		return nil
	}
	m.cached.code = append(m.cached.code, e)
	return code
}

// loadCode is e's code of the module b, or of one with its skeleton. given is that module as
// it is in e; nil where b was made of the file's.
func (m *Module) loadCode(ctx context.Context, t Target, b []byte, given *wasm.Module, e *cache.Entry) (*engine.Code, error) {
	code, err := e.Code()
	if err != nil {
		return nil, err
	}
	o := engine.CompileOptions{Label: m.Label, Positions: m.placed(t, m.options.Plan(false), e.Size), Load: code, Guarded: e.Guarded}
	if e.HasOrigins() {
		o.Offsets = origins(e)
	}
	if given != nil {
		o.Aliases = native.Aliases(given)
	} else if e.HasEngineModule() {
		model, err := e.EngineModule()
		if err == nil {
			b, o.Aliases, err = native.Like(b, model)
		}
		if err != nil {
			return nil, err
		}
	}
	return t.Engine.CompileWith(ctx, b, o)
}

// origins finds the places of instructions by what e says, which is read when that is asked for first.
func origins(e *cache.Entry) func(own, in int64) (offset int64, ok bool) {
	find := sync.OnceValue(func() func(own, in int64) (int64, bool) {
		b, err := e.Origins()
		if err != nil {
			return func(int64, int64) (int64, bool) { return -1, true } // the places of other code are not looked for
		}
		return native.Places(b).Finder()
	})
	return func(own, in int64) (int64, bool) { return find()(own, in) }
}

// placed reports whether the engine is to record places in a module of size bytes, of which p is the plan. Optimized code comes
// with places that are read when they are asked for. An exact account needs
// them whatever the size; and what the engine tells of a failed call, from which they could be found afterwards, it does not tell of
// a start function or when it interprets.
func (m *Module) placed(t Target, p *pipeline.Plan, size int64) bool {
	return size <= maxPlaced && p.Optimize == "" || t.Way == Interpret || m.HasStart() || p.Places
}

// warnUncached says that code cannot be cached, which hurts nobody but the next start.
func (m *Module) warnUncached(err error) {
	m.options.Log.Debug("cache: " + err.Error())
}

// source is m, for what is kept of it.
func (m *Module) source() *Source {
	return &Source{Module: m.Module, Uses: m.Checked.Uses, Name: filepath.Base(m.Path), Size: len(m.Bytes)}
}

// Interpret has the modules of m's options be interpreted, unless m brings code along or has it in the cache, and reports whether they are.
func (m *Module) Interpret() bool {
	m.options.Interpreter = m.options.Interpreter || !m.hasCode()
	return m.options.Interpreter
}

func (m *Module) hasCode() bool { return m.cached.entry != nil || m.cached.embedded != nil }

// Cold reports whether m is still to be compiled, and its code would be kept then, and whether another process is at it already.
func (m *Module) Cold() (cold, busy bool) {
	if !m.options.caches() || m.options.Cache == nil || len(m.Bytes) < minCached || m.hasCode() {
		return false, false
	}
	return true, m.options.Cache.Busy(m.options.key(m.digest()))
}

// Keep compiles the validated module for the cache.
func (m *Module) Keep(ctx context.Context, t Target) error {
	if m.cached.entry != nil {
		return nil
	}
	plan := m.options.Plan(false)
	bounded, err := m.Bound(plan, func(string) {})
	if err != nil {
		return err
	}
	r, err := pipeline.Run(bounded, m.Checked.Uses, plan, nil)
	if err != nil {
		return err
	}
	if m.Way(r) != Compile {
		return nil // it is interpreted, or compiled without being kept, whenever it is run
	}
	_, err = m.Compile(ctx, t, r, true)
	return err
}

// Digest is that of the module that the code of m was made of, for [Reread].
func (m *Module) Digest() cache.Digest { return m.cached.module }

// dropped are the active data segments of m that an instruction might still use.
func dropped(m *wasm.Module) []int {
	if m.DataCount == nil {
		return nil // a module with such an instruction counts them (core 5.5.16)
	}
	var list []int
	for n, s := range m.Datas.All() {
		if s.Mode == wasm.Active {
			list = append(list, n)
		}
	}
	return list
}
