package prepare

import (
	"context"
	"fmt"
	"io"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Precompiling is what [Module.Precompile] is to prepare for.
type Precompiling struct {
	Features wasm.Features // under which the module is to run; those of its options are among them
	Generic  bool          // any processor of this architecture
	Ways     []Accounting  // to prepare for, beside that of the options
	Dump     pipeline.Dump // unless nil, is shown the module as it is and as each pass leaves it
	Listing  io.Writer     // unless nil, gets what our own compiler makes of each function
}

// Accounting is a way of keeping accounts of a run; see [Options].
type Accounting struct {
	Metering limits.Variant
	Exact    bool
}

// Precompile compiles m, which is validated, and returns it, less what was compiled
// before, with the entries that make it a universal module: none where the engine is not
// the one that is known.
func (m *Module) Precompile(ctx context.Context, t Target, p *Precompiling) (module []byte, entries []*cache.Contents, err error) {
	if m.cached.entry != nil {
		if err := m.Reload(); err != nil {
			return nil, nil, err
		}
	}
	digest := cache.DigestOf(m.Bytes)
	for _, plan := range m.options.plans(p) {
		key, ok := plan.Key(digest)
		if !ok { // the module runs all the same
			m.options.Log.Warning(fmt.Sprintf("the module is written as it is: %v", engine.Contract()))
			return m.Bytes, nil, nil
		}
		e, err := m.precompile(ctx, t, plan, key, p)
		if err != nil {
			return nil, nil, err
		}
		if e == nil {
			return m.Bytes, nil, nil
		}
		entries = append(entries, e)
	}
	return m.Bytes, entries, nil
}

// plans are those of all ways of p, each once.
func (o *Options) plans(p *Precompiling) []*pipeline.Plan {
	var list []*pipeline.Plan
	seen := map[cache.Key]bool{}
	for _, way := range append([]Accounting{{o.Metering, o.Exact}}, p.Ways...) {
		of := *o
		of.Features, of.Metering, of.Exact = p.Features, way.Metering, way.Exact
		plan := of.Plan(p.Generic)
		key, _ := plan.Key(cache.Digest{})
		if !seen[key] || len(list) == 0 {
			list = append(list, plan)
		}
		seen[key] = true
	}
	return list
}

// precompile makes the entry by plan, to be found under key; nil where that would take out
// of all proportion.
func (m *Module) precompile(ctx context.Context, t Target, plan *pipeline.Plan, key cache.Key, p *Precompiling) (entry *cache.Contents, err error) {
	bounded, err := m.Bound(plan, m.options.Log.Error)
	if err != nil {
		return nil, err
	}
	done := m.working("lowering")
	r, err := pipeline.Run(bounded, m.Checked.Uses, plan, p.Dump)
	done()
	if err != nil {
		return nil, err
	}
	if why := r.Hopeless(); why != "" && !m.Whole() {
		m.options.Log.Warning("the module is written as it is: " + why)
		return nil, nil
	}
	b := r.Encode(m.Module, m.Bytes)
	o := m.compileOptions(t, plan, r)
	better := m.options.better(plan, b, p.Listing)
	o.Save = func(code engine.Artifact) { entry = entryOf(plan, key, m.source(), r, better(code)) }
	if _, err := m.compileWith(ctx, t, b, o); err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	if entry == nil { // the engine compiles nothing here: it interprets, or keeps its code to itself
		entry = entryOf(plan, key, m.source(), r, native.Machine{})
	}
	return entry, nil
}

// ReadModule reads the module in the file path, which, with streams, may be a
// pipe. Of a file
// that does not begin as a module does it reads no more than [Options.Decode] needs to
// say so. The error is a [*fault.Error] that ends with the file's name.
func ReadModule(path string, streams bool) ([]byte, error) {
	b, abs, err := readModule(path, streams)
	if err != nil {
		return nil, inFile(err, abs)
	}
	return b, nil
}
