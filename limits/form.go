package limits

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Form is the metered form of a module, whose functions are metered when they are asked for: for modules of which few
// functions are ever called. One goroutine at a time uses it; see [Form.Another].
type Form struct {
	meter *meter
	whole *wasm.Module
}

// NewForm is the form of m, which is valid and of which has says what instructions it has, as v says. It is nil where v
// changes nothing, and where it takes all of the code to tell what [Meter] adds to m. All functions have the bodies that
// Meter gives them, but for the order of what it adds.
func NewForm(m *wasm.Module, v Variant, has func(wasm.Op) bool) (*Form, error) {
	if !v.Active() {
		return nil, nil
	}
	kinds, ok := kindsOf(m, v, has)
	if !ok {
		return nil, nil
	}
	mt, err := newMeter(m, v)
	if err != nil {
		return nil, err
	}
	for _, k := range kinds {
		mt.bulkKind(k)
	}
	for i := range m.Types {
		if t := &m.Types[i]; t.Kind == wasm.CompFunc && len(t.Func.Results) > 1 {
			mt.blockType(t.Func.Results)
		}
	}
	f := &Form{meter: mt, whole: mt.surroundings()}
	f.whole.Bodies = slices.Clip(m.Bodies)
	mt.addTypes(f.whole)
	mt.addBulk(f.whole)
	return f, nil
}

// kindsOf are the kinds of m's instructions that v leaves to functions. It is not ok where the instructions that there
// are do not tell that, or others are to be looked at.
func kindsOf(m *wasm.Module, v Variant, has func(wasm.Op) bool) (kinds []bulk, ok bool) {
	if !v.Checked {
		return nil, true
	}
	for _, op := range []wasm.Op{wasm.OpMemoryInit, wasm.OpTableInit, wasm.OpArrayNewData, wasm.OpArrayInitData} {
		if has(op) {
			return nil, false
		}
	}
	for _, op := range []wasm.Op{wasm.OpMemoryFill, wasm.OpMemoryCopy, wasm.OpTableFill, wasm.OpTableCopy} {
		if !has(op) {
			continue
		}
		k := bulk{op: op}
		space, own := wasm.ExternMemory, len(m.Memories)
		if k.ofTables() {
			space, own = wasm.ExternTable, len(m.Tables)
		}
		if int(m.ImportedCount(space))+own > 1 {
			return nil, false
		}
		kinds = append(kinds, k)
	}
	return kinds, true
}

// Module is the metered form with the bodies of the module in the place of those of [Form.Body].
func (f *Form) Module() *wasm.Module { return f.whole }

// Body is the metered body of function i of the module's own. With traced, it says which of the instructions
// of the module its instructions stand for; see [wasm.Origins].
func (f *Form) Body(i uint32, traced bool) (wasm.Body, error) {
	if int(i) >= len(f.meter.source.Bodies) {
		return f.whole.Bodies[i], nil
	}
	f.meter.module.Traced = traced
	return f.meter.metered(int(i))
}

// Another is the same form for another goroutine.
func (f *Form) Another() *Form {
	mt := *f.meter
	mt.reader, mt.runs, mt.edited = wasm.Reader{}, nil, nil
	s, w := &f.meter.scanner, &f.meter.writer
	mt.scanner = scanner{module: s.module, prices: s.prices, hostCosts: s.hostCosts, host: s.host}
	if s.charge != nil {
		mt.scanner.charge = &charges{graph: s.charge.graph}
	}
	mt.writer = writer{variant: w.variant, counters: w.counters, depth: w.depth, checkpoint: w.checkpoint, deep: w.deep}
	module := *f.meter.module
	module.Bodies = slices.Clone(f.meter.source.Bodies)
	mt.module = &module
	return &Form{meter: &mt, whole: f.whole}
}
