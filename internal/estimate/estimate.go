// Package estimate says how long the engine's compiler will take for a module.
//
// The compiler is linear in the code of usual functions. It is more than that in
// the number of a function's basic blocks, in how far they are below the entry in
// the tree of dominators, in the branches to one block, and in the variables that
// live where control joins. The estimate goes through the same steps, on a graph
// of the function's blocks, and counts instead of doing them. Besides, the compiler
// goes through all types of the module for each function.
package estimate

import (
	"time"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Time is how long compiling a module takes on one processor.
type Time struct {
	Linear time.Duration // what grows with the code and the basic blocks
	Excess time.Duration // what grows faster
}

// What the steps of the compiler take, in nanoseconds.
const (
	perByte   = 1000 // of code
	perStep   = 8    // up the tree of dominators
	perBlock  = 10e3 // that is made
	perArg    = 2.0  // of a branch to a block with arguments, looked at for one of them
	perLookUp = 100  // of a variable, at a branch
	perFind   = 30   // of one, in a block
	perLive   = 80   // value that lives at the begin of a block
	perReload = 400  // of a global behind a call, with what its memory takes to collect
	perBound  = 50   // known of an address at the end of a block
	perLocal  = 50   // that is declared
	perType   = 20   // of the module, looked at for a function
)

// maxLocals is how many locals a function may declare for more than these to be
// counted.
const maxLocals = 1 << 20

// small is the size of bodies, in bytes, that cannot take long whatever is in them.
const small = 2 << 10

// Module estimates the time for m, which is valid, as the engine is given it.
func Module(m *wasm.Module) Time {
	e := newEstimator(m)
	t := Time{Excess: time.Duration(len(m.Types)) * time.Duration(len(m.Bodies)) * perType}
	for i := range m.Bodies {
		size := len(m.Bodies[i].Code)
		t.Linear += time.Duration(size) * perByte
		if size > small || e.mutable > maxMutable {
			linear, excess := e.body(i)
			t.Linear += time.Duration(linear)
			t.Excess += time.Duration(excess)
		}
	}
	return t
}

// maxMutable is how many mutable globals a module may have before the calls in
// small functions are counted.
const maxMutable = 100

// features are the proposals under which bodies are read: what the user has not
// enabled has been refused before.
const features = wasm.Wasm3 | wasm.Threads

// estimator has what the estimates of a module's functions share.
type estimator struct {
	m       *wasm.Module
	mutable int // globals
	arity   [wasm.NumOps][2]int8
	calls   []arity // of each function
	g       graph
	runs    []wasm.LocalRun
	r       wasm.Reader
}

type arity struct{ pops, pushes int }

func newEstimator(m *wasm.Module) *estimator {
	e := &estimator{m: m}
	types := func(t uint32) arity {
		f := &m.Types[t].Func
		return arity{len(f.Params), len(f.Results)}
	}
	for i := range m.Imports {
		switch im := &m.Imports[i]; im.Kind {
		case wasm.ExternFunc:
			e.calls = append(e.calls, types(im.Type))
		case wasm.ExternGlobal:
			e.count(im.Global)
		}
	}
	for _, t := range m.Funcs {
		e.calls = append(e.calls, types(t))
	}
	for i := range m.Globals {
		e.count(m.Globals[i].Type)
	}
	for op := range e.arity {
		if wasm.Ops[op].Sig != "*" {
			pops, pushes, _ := m.Arity(&wasm.Instr{Op: wasm.Op(op)})
			e.arity[op] = [2]int8{int8(pops), int8(pushes)}
		}
	}
	return e
}

func (e *estimator) count(g wasm.GlobalType) {
	if g.Mutable {
		e.mutable++
	}
}

// operands is how many operands in takes and leaves, and whether control goes on
// elsewhere.
func (e *estimator) operands(in *wasm.Instr) (pops, pushes int, leaves bool) {
	if in.Op == wasm.OpCall {
		a := e.calls[in.X]
		return a.pops, a.pushes, false
	}
	if wasm.Ops[in.Op].Sig != "*" {
		a := e.arity[in.Op]
		return int(a[0]), int(a[1]), false
	}
	return e.m.Arity(in)
}
