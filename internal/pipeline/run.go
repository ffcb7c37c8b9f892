package pipeline

import (
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/skeleton"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Result is a module in terms that the engine has, and what has to be there for it
// beside what it imported before.
type Result struct {
	// Module is for the engine. [Result.Encode] lets go of its bodies.
	Module *wasm.Module
	Needs
	Load Load // that Module is for the engine's compiler
}

// Dump is shown a module as it is, under no name, and as each pass leaves it.
type Dump func(pass string, m *wasm.Module) error

// Run is the way of a module from validation to the engine: it meters itself as p says,
// and what the engine lacks is lowered. Metering comes first, so that counts speak of the
// instructions that the user's module has.
//
// m is valid under p.Features, within p's bounds ([Bound]), and makes use of the
// proposals uses. One that needs no pass stays what it is. dump may be nil.
func Run(m *wasm.Module, uses wasm.Features, p *Plan, dump Dump) (*Result, error) {
	if dump == nil {
		dump = func(string, *wasm.Module) error { return nil }
	}
	if err := dump("", m); err != nil {
		return nil, err
	}
	metered, err := limits.Meter(m, p.MeteringOf(m))
	if err != nil {
		return nil, err
	}
	if metered != m {
		if err := dump("meter", metered); err != nil {
			return nil, err
		}
	}
	steps, err := lower.Lower(metered, uses, p.Linked)
	if err != nil {
		return nil, err
	}
	r := &Result{Module: metered}
	for _, s := range steps {
		r.note(s.Pass)
		r.Module = s.Module
		if err := dump(s.Pass, s.Module); err != nil {
			return nil, err
		}
	}
	r.Load = loadOf(r.Module)
	return r, nil
}

// note takes down what an instance needs for the pass that is given r's module.
func (r *Result) note(pass string) {
	switch pass {
	case lower.GCPass:
		r.addObjects(r.Module)
	case lower.MultiMemoryPass:
		helpers, copies := lower.MemoryHelpers(r.Module)
		r.addHelpers(helpers)
		r.Copies = copies
	case lower.WholeMemoryPass:
		r.addHelpers(lower.WholeMemoryHelpers(r.Module))
	}
}

// Trace is what [Run] makes of m, once more, such that each instruction of the result
// says which one of m it stands for; see [wasm.Origins].
func Trace(m *wasm.Module, uses wasm.Features, p *Plan) (*wasm.Module, error) {
	traced := *m
	traced.Traced = true
	r, err := Run(&traced, uses, p, nil)
	if err != nil {
		return nil, err
	}
	return r.Module, nil
}

// Encode is what the engine is given: the bytes b of the file's module, where no pass
// has changed it. The bodies that passes have made are in the result and are let go of,
// so that they are not there twice while the engine compiles.
func (r *Result) Encode(file *wasm.Module, b []byte) []byte {
	if r.Module == file {
		return b
	}
	m := *r.Module
	m.Customs = nil // the engine would copy the module to be rid of them
	r.Module = skeleton.Of(&m, skeleton.SegmentsStay)
	return wasm.Encode(&m)
}
