// Package prepare is the way of a module from its file to the engine: it reads and validates
// the module, has [pipeline.Run] make of it what the engine takes, and compiles that, or takes
// what is in the cache, or in the file, in its place.
package prepare

import (
	"io"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Options are how modules are read, checked and made ready for the engine. What decides
// the code that is made is in [Options.Plan].
type Options struct {
	Features      wasm.Features // the proposals that modules may use
	Metering      limits.Variant
	Exact         bool    // counts are to be known: places are recorded, whatever the size
	Profile       bool    // a profile is taken: no code is kept where that is told of calls
	Linked        bool    // modules may be linked with others
	MemoryPages   *uint32 // bound of every memory; nil for none
	TableElements uint32  // bound of every table; 0 for the default one

	Interpreter   bool   // nothing is compiled, where the interpreter can do without
	Workers       int    // cores on which a module is compiled, at least 1
	CompileMemory uint64 // bytes that the process may take meanwhile; 0 for most of the machine's

	Streams   bool           // files may be pipes
	Cache     *cache.Store   // nil keeps nothing
	Trust     *cache.Keyring // nil trusts nobody
	Bundled   *Bundled       // read in the place of a file; nil for none
	Optimize  bool           // the engine's code is made better, by a compiler of our own
	Optimized bool           // better code is taken that [Module.Improve] has made for the Cache
	Guards    bool           // such code may leave accesses to guard pages, for which the process gets a handler of faults
	Recompile bool           // ignore code that there is

	Working func(Work) (done func()) // told of steps that may take a while, unless nil
	Log     *logline.Logger
}

// Work is a step with a module.
type Work struct {
	Step      string // loading, validating, lowering, compiling or finishing
	Size      int    // of the module, in bytes; 0 before it is known
	Functions int    // of its own
	Garbage   bool   // what the engine's compiler has needed is to be collected
	Memory    uint64 // bytes that the process may take while compiling; 0 for other steps, and for modules of which there is hardly anything to compile
}

// finishing is the step behind compiling: the code is optimized, if that is wanted, and made ready to be kept.
const finishing = "finishing"

// Plan is what decides the code that is made of a module. With generic, it is for any
// processor.
func (o *Options) Plan(generic bool) *pipeline.Plan {
	return o.plan(generic, o.Optimize && o.Guards && !generic && engine.Guards() == nil)
}

// plan is [Options.Plan], where guards says whether optimized code may leave accesses to guard pages.
func (o *Options) plan(generic, guards bool) *pipeline.Plan {
	p := pipeline.Here(engine.Version)
	p.Processor, _ = engine.Processor(generic)
	p.Generic = generic
	if o.Optimize && native.Available() {
		p.Optimize = native.RecipeWith(guards)
	}
	p.Features = o.Features
	p.Metering = o.Metering
	p.Linked = o.Linked
	p.MemoryPages, p.TableElements = o.MemoryPages, o.TableElements
	p.Places = o.Exact
	return &p
}

// better has the engine's code of b be what p makes of it, of which listing is told unless it is nil. Where that is the engine's
// code, it does not hold b, which can be collected while the engine compiles.
func (o *Options) better(p *pipeline.Plan, b []byte, listing io.Writer) func(engine.Artifact) native.Machine {
	n := optimizing(p)
	n.Listing = listing
	if p.Optimize == "" {
		b = nil
	}
	return func(code engine.Artifact) native.Machine { return o.noted(native.Better(b, code, p.Optimize, n)) }
}

// optimizing is how our own compiler makes code as p says.
func optimizing(p *pipeline.Plan) native.Options {
	o := native.Options{Processor: p.Processor, Guarded: native.Guarded(p.Optimize)}
	if p.Metering.Active() {
		o.Counter = limits.CounterOf
	}
	if p.Metering.Checked {
		o.Checkpoint = native.Import{Module: limits.HostModule, Name: limits.CheckpointName}
	}
	return o
}

// noted is m, of which the log has been told what keeps the engine's code.
func (o *Options) noted(m native.Machine) native.Machine {
	if m.Err != nil {
		o.Log.Debug("optimize: " + m.Err.Error())
	}
	for _, note := range m.Notes {
		o.Log.Debug("optimize: " + note)
	}
	return m
}

// key is what the code that is made of module is cached under, where o keeps code.
func (o *Options) key(module cache.Digest) cache.Key {
	key, _ := o.Plan(false).Key(module)
	return key
}

// caches reports whether o uses the cache, or code that comes with a module.
func (o *Options) caches() bool {
	if o.Interpreter || o.Recompile || o.Profile && !engine.TellsStacks() {
		return false
	}
	_, ok := o.Plan(false).Key(cache.Digest{})
	return ok
}
