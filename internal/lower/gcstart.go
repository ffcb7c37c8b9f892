package lower

import "github.com/wazedge/wazedge/internal/wasm"

// addStart makes the start function: it joins the heap, then does in instantiation's
// order (core 4.7.4) what constant expressions and active element segments ask for,
// and calls m's start function.
func (g *gc) addStart() error {
	f := g.newFunc(nil, nil, &wasm.FuncType{})
	const keep = 64 // references that constant expressions have on the stack at once
	f.frame = frameOf(0, keep)
	f.enter(0)
	attach := g.addPending(pendingFunc{})
	written := len(g.pending) - 1
	f.X(wasm.OpCall, attach)
	steps := []func(*gcFunc) error{g.startGlobals, g.startTables, g.startElems}
	for _, step := range steps {
		if err := step(f); err != nil {
			return err
		}
	}
	if g.m.Start != nil {
		f.X(wasm.OpCall, g.fn(*g.m.Start))
	}
	f.leave()
	f.End()
	g.pending[written] = g.attachFunc()
	start := g.addPending(pendingFunc{runs: f.runs, code: f.Code})
	g.out.Start = &start
	return nil
}

// attachFunc adds the functions to the function table and fetches the descriptors
// that code reads, so it is written after all other code.
func (g *gc) attachFunc() pendingFunc {
	f := g.newFunc(nil, nil, &wasm.FuncType{})
	f.Null(wasm.HeapFunc)
	f.I32(int32(len(g.refFuncs)))
	f.X(wasm.OpTableGrow, 0)
	f.X(wasm.OpGlobalSet, g.funcBase)
	if n := len(g.refFuncs); n > 0 {
		f.X(wasm.OpGlobalGet, g.funcBase)
		f.I32(0)
		f.I32(int32(n))
		f.XY(wasm.OpTableInit, 0, 0)
		f.X(wasm.OpElemDrop, 0)
	}
	at := f.scratch(wasm.I32)
	f.X(wasm.OpGlobalGet, g.funcBase)
	f.call("attach")
	f.X(wasm.OpLocalSet, at)
	f.X(wasm.OpLocalGet, at)
	f.X(wasm.OpGlobalSet, g.descBase)
	if g.slots > 0 {
		f.I32(int32(g.slots))
		f.call("refs")
		f.X(wasm.OpGlobalSet, g.slotsIn)
	}
	for _, x := range g.described {
		f.X(wasm.OpLocalGet, at)
		f.Mem(wasm.OpI32Load, g.memory, 4*uint64(x))
		f.X(wasm.OpGlobalSet, g.descs[x])
	}
	f.End()
	return pendingFunc{runs: f.runs, code: f.Code}
}

func (g *gc) startGlobals(f *gcFunc) error {
	for i, own := range g.m.Globals {
		if !own.Type.Type.IsRef() {
			continue
		}
		if err := f.expr(own.Init); err != nil {
			return err
		}
		f.set(g.refGlobals[g.imported.globals+uint32(i)])
	}
	return nil
}

func (g *gc) startTables(f *gcFunc) error {
	imported := len(g.tables) - len(g.m.Tables)
	for i, t := range g.m.Tables {
		l := t.Type.Limits
		most := uint64(outOfBounds)
		if l.HasMax {
			most = min(most, l.Max)
		}
		f.I32(int32(uint32(l.Min)))
		f.I32(int32(uint32(most)))
		f.call("table")
		f.set(g.tables[imported+i])
		if t.Init.Code == nil {
			continue
		}
		f.I32(0)
		if err := f.expr(t.Init); err != nil {
			return err
		}
		f.I32(int32(uint32(l.Min)))
		f.get(g.tables[imported+i])
		f.call("table_fill")
	}
	return nil
}

func (g *gc) startElems(f *gcFunc) error {
	for i := range g.m.Elems {
		e := &g.m.Elems[i]
		if e.Mode == wasm.Declarative {
			continue // dropped at once, and 0 is a dropped segment
		}
		if err := g.makeElem(f, e, g.elems[i]); err != nil {
			return err
		}
	}
	for i := range g.m.Elems {
		e := &g.m.Elems[i]
		if e.Mode != wasm.Active {
			continue
		}
		if err := f.expr(e.Offset); err != nil {
			return err
		}
		f.I32(0)
		f.I32(int32(segmentLen(e)))
		f.get(g.tables[e.Table])
		f.get(g.elems[i])
		f.call("table_init")
		f.I32(0)
		f.set(g.elems[i])
	}
	return nil
}

// makeElem makes the references of a segment.
func (g *gc) makeElem(f *gcFunc, e *wasm.ElemSegment, refs place) error {
	f.I32(int32(segmentLen(e)))
	f.call("refs")
	f.set(refs)
	for j := range segmentLen(e) {
		f.get(refs)
		f.I32(int32(j))
		if e.Funcs != nil {
			f.refFunc(e.Funcs[j])
		} else if err := f.expr(e.Exprs[j]); err != nil {
			return err
		}
		f.call("refs_set")
	}
	return nil
}
