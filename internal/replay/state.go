package replay

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// maxLocals is how many locals of a function are recorded, parameters included.
const maxLocals = 256

// Point is an instruction, in the body of that number, at an offset of the file.
type Point struct {
	Body   int
	Offset int64
}

// State is a module that records what its functions work on at some of their instructions.
type State struct {
	Module *wasm.Module

	// Operands are those of the first point's instruction; see [Instrumented].
	Operands []Recorded

	// Locals are the first parameters and locals of each point's function, by index, with
	// nothing recorded of one that is no number. Of a point that an earlier one is equal to,
	// or that is none, they are nil.
	Locals [][]Recorded
}

// InstrumentState returns m, which is valid, with the locals of functions written to globals
// before the instructions at points execute, and the operands of that at the first point. At
// the others, which are calls, the globals are as before again when the call has returned: they
// tell of the call that is under way, not of one that was under way later.
func InstrumentState(m *wasm.Module, points []Point) *State {
	w := &instrumenter{m: *m}
	w.m.Customs = nil
	w.m.Globals = slices.Clone(m.Globals)
	w.m.Exports = slices.Clone(m.Exports)
	w.m.Bodies = slices.Clone(m.Bodies)
	s := &State{Locals: make([][]Recorded, len(points))}
	done := map[int]bool{}
	for _, p := range points {
		if p.Body >= 0 && p.Body < len(m.Bodies) && !done[p.Body] {
			done[p.Body] = true
			w.body(p.Body, points, s)
		}
	}
	s.Module, s.Operands = &w.m, w.out.Operands
	return s
}

// body rewrites body n, which has some of points.
func (w *instrumenter) body(n int, points []Point, s *State) {
	b := w.m.Bodies[n]
	runs, r, err := b.Locals(everything)
	if err != nil {
		return
	}
	types := w.startBody(n, runs)
	w.Code = nil
	start := r.Rest()
	copied := 0
	for r.More() {
		k := slices.Index(points, Point{n, r.Pos()})
		at := len(start) - len(r.Rest())
		var in wasm.Instr
		if r.Next(&in) != nil {
			return
		}
		if k < 0 {
			continue
		}
		end := len(start) - len(r.Rest())
		w.Code = append(w.Code, start[copied:at]...)
		if operands := operands(&w.m, &in); k == 0 && len(operands) > 0 {
			w.record(&in, operands, false)
		}
		restore := w.recordLocals(types, k > 0, s, k)
		w.Code = append(append(w.Code, start[at:end]...), restore...)
		copied = end
	}
	if copied > 0 {
		code := append(wasm.AppendLocals(nil, w.runs), w.Code...)
		w.m.Bodies[n] = wasm.Body{Offset: b.Offset, Code: append(code, start[copied:]...)}
	}
}

// startBody makes body n with those runs of locals the present one, and returns the types of
// those that are recorded.
func (w *instrumenter) startBody(n int, runs []wasm.LocalRun) []wasm.ValType {
	params := w.m.FuncTypeOf(w.m.ImportedCount(wasm.ExternFunc) + uint32(n)).Params
	w.runs, w.locals = slices.Clone(runs), uint32(len(params))
	types := slices.Clone(params[:min(len(params), maxLocals)])
	for _, run := range runs {
		w.locals += run.N
		for k := uint32(0); k < run.N && len(types) < maxLocals; k++ {
			types = append(types, run.Type)
		}
	}
	return types
}

// recordLocals writes what records the locals of the types at point k, and returns what makes
// the globals as before, if that is wanted.
func (w *instrumenter) recordLocals(types []wasm.ValType, restored bool, s *State, k int) []byte {
	var after wasm.Emitter
	s.Locals[k] = make([]Recorded, len(types))
	for x, t := range types {
		s.Locals[k][x].Type = t
		if !t.IsNum() {
			continue
		}
		recorded, global := w.global(t)
		s.Locals[k][x] = recorded
		if restored {
			before := w.local(t)
			w.X(wasm.OpGlobalGet, global)
			w.X(wasm.OpLocalSet, before)
			after.X(wasm.OpLocalGet, before)
			after.X(wasm.OpGlobalSet, global)
		}
		w.X(wasm.OpLocalGet, uint32(x))
		w.X(wasm.OpGlobalSet, global)
	}
	return after.Code
}
