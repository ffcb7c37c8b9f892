package lower

import (
	"maps"
	"runtime"
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// parameterRegisters are how many integers and references, and how many floats and
// vectors, the engine passes in registers.
func parameterRegisters() (integers, floats int) {
	if runtime.GOARCH == "amd64" {
		return tailRegisters, 8
	}
	return 6, 8
}

// LongTailCalls has functions that are tail-called by name take what there are no
// registers for from globals: where parameters are on the stack, the engine makes a
// plain call, and a guest that goes on for ever in tail calls would use its stack up. Who
// refers to such a function, or calls it from outside, gets another one that takes all
// parameters and passes them on.
func LongTailCalls(m *wasm.Module) (*wasm.Module, error) {
	p := &longTailCalls{m: m, spaces: m.Spaces(), imported: m.ImportedCount(wasm.ExternFunc), short: map[uint32]int{}, whole: map[uint32]uint32{}}
	if err := p.find(); err != nil || len(p.short) == 0 {
		return m, err
	}
	p.order = slices.Sorted(maps.Keys(p.short))
	return p.run()
}

// longTailCalls is the state of [LongTailCalls].
type longTailCalls struct {
	m        *wasm.Module
	out      *wasm.Module
	spaces   *wasm.Spaces
	imported uint32
	short    map[uint32]int    // functions that take so many parameters by themselves
	order    []uint32          // these, in order
	whole    map[uint32]uint32 // and the functions that take all, for those that are referred to
	globals  map[wasm.ValType][]uint32
}

// find finds the functions that are tail-called by name and have more parameters than
// there are registers for.
func (p *longTailCalls) find() error {
	var in wasm.Instr
	for i := range p.m.Bodies {
		_, r, err := p.m.Bodies[i].Locals(everything)
		if err != nil {
			return err
		}
		for r.More() {
			if err := r.Next(&in); err != nil {
				return err
			}
			if in.Op != wasm.OpReturnCall || in.X < p.imported {
				continue
			}
			params := p.spaces.FuncTypeOf(in.X).Params
			if n := inRegisters(params); n < len(params) && defaultable(params[n:]) {
				p.short[in.X] = n
			}
		}
	}
	return nil
}

// inRegisters is how many of params, from the first on, fit the registers.
func inRegisters(params []wasm.ValType) int {
	integers, floats := parameterRegisters()
	for n, t := range params {
		left := &integers
		if t == wasm.F32 || t == wasm.F64 || t == wasm.V128 {
			left = &floats
		}
		if *left--; *left < 0 {
			return n
		}
	}
	return len(params)
}

// defaultable reports whether globals can hold values of types.
func defaultable(types []wasm.ValType) bool {
	for _, t := range types {
		if !t.Defaultable() {
			return false
		}
	}
	return true
}

func (p *longTailCalls) run() (*wasm.Module, error) {
	out := *p.m
	p.out = &out
	out.Funcs = append([]uint32(nil), p.m.Funcs...)
	p.addGlobals()
	for _, x := range p.order {
		t := *p.spaces.FuncTypeOf(x)
		t.Params = t.Params[:p.short[x]:p.short[x]]
		out.Funcs[x-p.imported] = addFuncType(&out, t)
	}
	bodies, err := rewriteBodies(p.m, p.begin)
	if err != nil {
		return nil, err
	}
	out.Bodies = bodies
	if err := p.redirect(); err != nil {
		return nil, err
	}
	return &out, nil
}

// addGlobals adds a global for each parameter that a function is to take from one.
func (p *longTailCalls) addGlobals() {
	p.globals = map[wasm.ValType][]uint32{}
	p.out.Globals = append([]wasm.Global(nil), p.m.Globals...)
	first := p.m.ImportedCount(wasm.ExternGlobal)
	for _, x := range p.order {
		used := map[wasm.ValType]int{}
		for _, t := range p.spaces.FuncTypeOf(x).Params[p.short[x]:] {
			if used[t]++; used[t] <= len(p.globals[t]) {
				continue
			}
			var e wasm.Emitter
			zeroOf(&e, t)
			e.End()
			p.globals[t] = append(p.globals[t], first+uint32(len(p.out.Globals)))
			p.out.Globals = append(p.out.Globals, wasm.Global{Type: wasm.GlobalType{Type: t, Mutable: true}, Init: wasm.Expr{Code: e.Code}})
		}
	}
}

// places are the globals for the parameters of function x that it takes from them.
func (p *longTailCalls) places(x uint32) []uint32 {
	used := map[wasm.ValType]int{}
	var list []uint32
	for _, t := range p.spaces.FuncTypeOf(x).Params[p.short[x]:] {
		list = append(list, p.globals[t][used[t]])
		used[t]++
	}
	return list
}

// begin rewrites a body: one that takes parameters from globals has locals in their
// place, and fills them first.
func (p *longTailCalls) begin(b *body, _ wasm.Body) (rewriteFunc, error) {
	x := p.imported + uint32(b.index)
	if n, ok := p.short[x]; ok {
		var runs []wasm.LocalRun
		for _, t := range b.typ.Params[n:] {
			runs = append(runs, wasm.LocalRun{N: 1, Type: t})
		}
		b.runs = append(runs, b.runs...)
		for i, g := range p.places(x) {
			b.X(wasm.OpGlobalGet, g)
			b.X(wasm.OpLocalSet, uint32(n+i))
		}
	}
	return p.rewrite, nil
}

func (p *longTailCalls) rewrite(b *body, in *wasm.Instr) (bool, error) {
	if _, ok := p.short[in.X]; !ok {
		return false, nil
	}
	switch in.Op {
	case wasm.OpCall, wasm.OpReturnCall:
		p.call(&b.Emitter, in.Op, in.X)
	case wasm.OpRefFunc:
		b.X(wasm.OpRefFunc, p.wholeOf(in.X))
	default:
		return false, nil
	}
	return true, nil
}

// call calls x by op, whose parameters are on the stack.
func (p *longTailCalls) call(e *wasm.Emitter, op wasm.Op, x uint32) {
	places := p.places(x)
	for i := len(places) - 1; i >= 0; i-- {
		e.X(wasm.OpGlobalSet, places[i])
	}
	e.X(op, x)
}

// wholeOf is the function that takes all parameters of x from the stack. It stands for
// x wherever x is not called by name.
func (p *longTailCalls) wholeOf(x uint32) uint32 {
	if _, ok := p.short[x]; !ok {
		return x
	}
	if w, ok := p.whole[x]; ok {
		return w
	}
	w := p.imported + uint32(len(p.m.Funcs)+len(p.whole))
	p.whole[x] = w
	return w
}

// redirect has exports, segments, globals and tables name the functions that take all
// parameters, and adds these.
func (p *longTailCalls) redirect() error {
	shell := *p.out
	shell.Bodies, shell.Customs = nil, nil
	remapped, err := (&wasm.Remap{Func: p.wholeOf}).Module(&shell)
	if err != nil {
		return err
	}
	p.out.Exports, p.out.Elems, p.out.Globals, p.out.Tables = remapped.Exports, remapped.Elems, remapped.Globals, remapped.Tables
	added := make([]uint32, len(p.whole))
	for x, w := range p.whole {
		added[w-p.imported-uint32(len(p.m.Funcs))] = x
	}
	for _, x := range added {
		var e wasm.Emitter
		for i := range p.spaces.FuncTypeOf(x).Params {
			e.X(wasm.OpLocalGet, uint32(i))
		}
		p.call(&e, wasm.OpReturnCall, x)
		e.End()
		p.out.Funcs = append(p.out.Funcs, p.m.Funcs[x-p.imported])
		p.out.Bodies = append(p.out.Bodies, wasm.Body{Code: append(wasm.AppendLocals(nil, nil), e.Code...)})
	}
	return nil
}
