package prepare

import (
	"slices"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/sniff"
	"github.com/wazedge/wazedge/internal/universal"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// Module is a module on its way from its file to the engine: decoded by [Options.Read]
// or [Options.Decode], then validated, then compiled. Where an entry of the cache stands
// in for it, it has neither function bodies nor, as a rule, the contents of its
// segments. One goroutine at a time uses a Module until it is compiled.
type Module struct {
	Label   string       // what frames of traps call it, another one for every module
	Path    string       // absolute, of the file that it was read from; empty without one
	Bytes   []byte       // as it was read
	Module  *wasm.Module // what they say
	Checked *validate.Result

	options *Options
	cached  cached
	members *Members // of the component that it is core module number of; nil for others
	number  int
}

// Read reads and decodes the module in the file path. The error is a *fault.Error whose
// last line names the file.
func (o *Options) Read(path string) (*Module, error) {
	m := &Module{options: o}
	defer m.working("loading")()
	if m.loadCached(path) {
		m.Path = absolute(path)
		return m, nil
	}
	abs, err := m.read(path)
	if err != nil {
		m.Close()
		return nil, inFile(err, abs)
	}
	m.Path = abs
	return m, nil
}

// Decode decodes the module b, which the caller must not change afterwards.
func (o *Options) Decode(b []byte) (*Module, error) {
	m := &Module{options: o}
	if sniff.IsMachineCode(b) {
		return nil, sniff.MachineCodeBytes()
	}
	return m, m.decode(b)
}

// Made is the module m, which is valid, has the types types and makes use of the
// proposals uses.
func (o *Options) Made(m *wasm.Module, types *wasm.TypeSpace, uses wasm.Features) *Module {
	return &Module{options: o, Module: m, Bytes: wasm.Encode(m), Checked: &validate.Result{Uses: uses, Types: types}}
}

// read reads and decodes the module in the file path, and returns the path as WasmEdge
// prints it.
func (m *Module) read(path string) (abs string, err error) {
	s, err := m.options.source(path)
	if err != nil {
		return s.path, err
	}
	if s.text {
		digest := digestOfSource(s.bytes, true)
		if s.bytes, err = s.assemble(); err != nil {
			return s.path, err
		}
		m.cached.text = &digest
	}
	if sniff.IsMachineCode(s.bytes) {
		return s.path, sniff.MachineCodeFile()
	}
	return s.path, m.decode(s.bytes)
}

// decode decodes b.
func (m *Module) decode(b []byte) error {
	if !wasm.IsComponent(b) {
		b = universal.Without(b)
	}
	decoded, err := wasm.Decode(b, m.options.Features)
	if err != nil {
		return err
	}
	m.Bytes, m.Module = b, decoded
	return nil
}

// Validate checks m. The error is a *fault.Error; it is one of loading when a function's
// body turns out to be malformed.
func (m *Module) Validate() error {
	if m.cached.entry != nil {
		m.validateCached()
		return nil
	}
	defer m.working("validating")()
	checked, err := validate.Module(m.Module, m.options.Features, validate.Options{Workers: m.options.Workers, Store: wasm.NewTypeStore()})
	if err != nil {
		return inFile(err, m.Path)
	}
	m.Checked = checked
	return nil
}

// Bound is the validated module within the bounds of p; log receives WasmEdge's remarks.
func (m *Module) Bound(p *pipeline.Plan, log func(string)) (*wasm.Module, error) {
	return pipeline.Bound(m.Module, p, m.Checked.Ops.Has(wasm.OpTableGrow), log)
}

// HasStart reports whether m has a start function, which instantiation runs.
func (m *Module) HasStart() bool { return m.Module.Start != nil }

// Whole reports whether m has a memory of 4 GiB, the end of which the engine's
// interpreter cannot reach.
func (m *Module) Whole() bool {
	limit := m.options.MemoryPages
	if limit != nil && *limit < engine.MaxPages {
		return false
	}
	return slices.ContainsFunc(m.Module.Memories, func(t wasm.MemoryType) bool { return t.Limits.Min >= engine.MaxPages })
}

// StoodIn reports whether an entry of the cache stands in for m.
func (m *Module) StoodIn() bool { return m.cached.entry != nil }

// working says that a step with m begins, and returns what is to be called at its end.
func (m *Module) working(step string) (done func()) {
	if m.options.Working == nil {
		return func() {}
	}
	w := Work{Step: step, Size: len(m.Bytes), Garbage: step == finishing}
	if m.Module != nil {
		w.Functions = len(m.Module.Bodies)
	}
	if step == "compiling" && (len(m.Bytes) >= minCached || m.options.CompileMemory > 0) {
		w.Memory = m.options.maxFootprint()
	}
	return m.options.Working(w)
}

// Close lets go of the files that m was read from. Code that has been made stays.
func (m *Module) Close() {
	if m.cached.entry != nil {
		m.cached.entry.Close()
	}
	for _, e := range m.cached.code {
		e.Close()
	}
	if m.cached.file != nil {
		m.cached.file.Close()
	}
	m.cached = cached{}
}

// Reload reads, decodes and validates the module that an entry stands in for.
func (m *Module) Reload() error {
	m.Close()
	if m.members != nil {
		return m.members.reload(m)
	}
	if _, err := m.read(m.Path); err != nil {
		return inFile(err, m.Path)
	}
	return m.Validate()
}
