// Package pipeline makes of a valid module what the engine is given. A [Plan] says
// everything beside the module that decides what is made of it; [Run] is the one place
// that knows the order of the passes, and is told nothing but the plan. What is made is
// kept under the plan's encoding ([Plan.Key]), so that there is nothing that decides the code
// and is missing in its key. Nothing here reads a file or keeps anything.
package pipeline

import (
	"runtime"
	"slices"
	"sync"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/hostfuncs/threads"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Plan is everything beside a module that decides the code made of it. Two plans that
// differ in anything, however deep, have different encodings.
type Plan struct {
	Pipeline  string // version of the passes, their order, and what the engine is told
	Build     string // of this program, where it is known
	Engine    string // and its version
	Go        string // version of the toolchain, whose runtime the code relies on
	Target    string // GOOS/GOARCH
	Processor uint64 // what the engine's compiler makes use of in the processor
	Generic   bool   // any processor of the target
	Optimize  string // version of our own compiler, where it is used

	Features      wasm.Features // the proposals that modules may use
	Metering      limits.Variant
	MemoryPages   *uint32 // bound of every memory; nil for none
	TableElements uint32  // bound of every table; 0 for the default one
	Linked        bool    // other modules may be linked with it
	Places        bool    // the places of instructions are recorded whatever the module's size
}

// MeteringOf is how m meters itself. One that starts threads, or may be linked with one that does, comes to
// checkpoints whatever else is wanted: compiled code has no other place where the collector can stop
// a thread, and where a thread can be told to end.
func (p *Plan) MeteringOf(m *wasm.Module) limits.Variant {
	v := p.Metering
	if p.Features.Has(wasm.Threads) && (p.Linked || Spawns(m)) {
		v.Checked = true
	}
	return v
}

// Spawns reports whether m imports the function by which guests start threads.
func Spawns(m *wasm.Module) bool {
	return slices.ContainsFunc(m.Imports, func(im wasm.Import) bool {
		return im.Kind == wasm.ExternFunc && im.Module == threads.ModuleName && im.Name == threads.Spawn
	})
}

// pipeline changes with whatever changes the code made of a module: the passes, their
// order, what the engine is told.
const pipeline = "25"

// Here is a plan for this machine and program, to be completed.
func Here(version string) Plan {
	return Plan{
		Pipeline: pipeline, Build: build(), Engine: version,
		Go: runtime.Version(), Target: runtime.GOOS + "/" + runtime.GOARCH,
	}
}

// build names the sources that this program was built from, as far as the toolchain
// has written that down: entries of another build are not used, whether or not
// somebody has thought of another pipeline version.
var build = sync.OnceValue(func() string {
	info := engine.Build()
	name := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" || s.Key == "vcs.modified" {
			name += " " + s.Value
		}
	}
	return name
})

// Key is what the code that p makes of module is cached under; ok is false where it cannot
// be told, and nothing may be cached.
func (p *Plan) Key(module cache.Digest) (key cache.Key, ok bool) {
	b, err := p.Encode()
	if _, known := engine.Processor(p.Generic); err != nil || !known {
		return key, false
	}
	return cache.KeyOf(b, module), true
}
