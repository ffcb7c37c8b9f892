package limits_test

import (
	"math/rand/v2"
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// randomModule is a valid module with a few functions of random structure, one
// imported function "h"."f" that takes a number, a memory, a table, and an exported
// function "f". Most of its runs end, many by a trap.
func randomModule(seed uint64) *wasm.Module {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	void, one := wasm.FuncType{Params: []wasm.ValType{wasm.I32}}, wasm.FuncType{Params: []wasm.ValType{wasm.I32}, Results: []wasm.ValType{wasm.I32}}
	two := wasm.FuncType{Params: []wasm.ValType{wasm.I32}, Results: []wasm.ValType{wasm.I32, wasm.I32}}
	m := &wasm.Module{
		Imports:  []wasm.Import{{Module: "h", Name: "f", Kind: wasm.ExternFunc, Type: 0}},
		Memories: []wasm.MemoryType{{Limits: wasm.Limits{Min: 1, Max: 1, HasMax: true}}},
		Tables: []wasm.Table{
			{Type: wasm.TableType{Elem: wasm.FuncRef, Limits: wasm.Limits{Min: 8}}},
			{Type: wasm.TableType{Elem: wasm.FuncRef, Limits: wasm.Limits{Min: randomTable, Max: 2 * randomTable, HasMax: true}}},
		},
	}
	segments := uint32(1)
	m.DataCount = &segments
	m.Datas.Append(wasm.DataSegment{Flags: 1, Mode: wasm.Passive, Init: slices.Repeat([]byte{7, 8, 9}, randomData/3)})
	for i, t := range []wasm.FuncType{void, one, two} {
		m.Types = append(m.Types, wasm.SubType{Kind: wasm.CompFunc, Func: t, Final: true})
		m.RecGroups = append(m.RecGroups, wasm.RecGroup{Start: uint32(i), Len: 1})
	}
	zero := wasm.Expr{Code: []byte{0x41, 0, 0x0B}}
	for range 2 {
		m.Globals = append(m.Globals, wasm.Global{Type: wasm.GlobalType{Type: wasm.I32, Mutable: true}, Init: zero})
	}
	for range 1 + g.IntN(4) {
		m.Funcs = append(m.Funcs, uint32(g.IntN(3)))
	}
	m.Elems = []wasm.ElemSegment{{Mode: wasm.Active, Offset: zero, Type: wasm.FuncRef}}
	for range g.IntN(6) {
		m.Elems[0].Funcs = append(m.Elems[0].Funcs, uint32(g.IntN(len(m.Funcs)+1)))
	}
	m.Exports = []wasm.Export{{Name: "f", Kind: wasm.ExternFunc, Index: 1}}
	g.module = m
	for f := range m.Funcs {
		m.Bodies = append(m.Bodies, g.body(f))
	}
	out, err := wasm.Decode(wasm.Encode(m), wasm.Wasm3)
	if err != nil {
		panic(err)
	}
	return out
}

type generator struct {
	*rand.Rand
	module *wasm.Module
	e      wasm.Emitter
	labels []int // arity of each open label, innermost last; -1 where branches must not go
	fuel   int
	steps  bool // within a loop by [generator.steps]
}

// The elements of the second table, and the bytes of the data segment, of random
// modules are enough that some instructions on them are done in pieces.
const (
	randomTable = 600
	randomData  = 6000
)

const randomLocals = 5 // the parameter, two to compute with, the fuel of loops, and what loops advance

func (g *generator) body(f int) wasm.Body {
	g.e = wasm.Emitter{}
	g.fuel = 10 + g.IntN(40)
	results := len(g.module.Types[g.module.Funcs[f]].Func.Results)
	g.labels = []int{results}
	g.block(4)
	for range results {
		g.value(2)
	}
	g.e.End()
	return wasm.Body{Code: append(wasm.AppendLocals(nil, []wasm.LocalRun{{N: randomLocals - 1, Type: wasm.I32}}), g.e.Code...)}
}

// block writes statements.
func (g *generator) block(depth int) {
	for range 1 + g.IntN(4) {
		if g.fuel--; g.fuel < 0 {
			return
		}
		if !g.statement(depth) {
			return
		}
	}
}

func (g *generator) local() uint32 { return uint32(g.IntN(randomLocals - 2)) }

// statement writes one, and reports whether control goes on behind it.
func (g *generator) statement(depth int) bool {
	switch n := g.IntN(25); {
	case n < 4:
		g.value(2)
		g.e.X(wasm.OpLocalSet, g.local())
	case n < 6:
		g.value(2)
		g.e.X(wasm.OpGlobalSet, uint32(g.IntN(2)))
	case n == 6:
		g.e.Op(wasm.OpNop)
	case n == 7:
		g.value(1)
		g.value(1)
		g.e.Instr(&wasm.Instr{Op: wasm.OpI32Store8, Val: uint64(g.IntN(2) * 65500)})
	case n < 11 && depth > 0:
		g.structure(depth)
	case n < 13 && depth > 0:
		if g.IntN(3) == 0 && !g.steps {
			g.counted()
		} else {
			g.loop(depth)
		}
	case n < 15:
		g.value(1)
		g.e.X(wasm.OpCall, uint32(g.IntN(1+len(g.module.Funcs))))
		g.dropResults()
	case n == 15:
		g.value(1)
		g.value(0)
		g.e.XY(wasm.OpCallIndirect, uint32(g.IntN(3)), 0)
		g.dropIndirect()
	case n < 19:
		return g.branch()
	case n == 19:
		if g.IntN(4) > 0 {
			return true
		}
		g.e.Op(wasm.OpUnreachable)
		return false
	case n == 20:
		g.value(2)
		g.e.Block(wasm.OpIf)
		g.labels = append(g.labels, 0)
		g.jump(wasm.OpBr)
		g.labels = g.labels[:len(g.labels)-1]
		g.e.End()
	case n >= 22:
		g.bulk()
	}
	return true
}

// bulk writes an instruction that works on much of the memory or the second table.
func (g *generator) bulk() {
	length := func(of ...int32) { g.e.I32(of[g.IntN(len(of))]) }
	reference := func() {
		if g.IntN(2) == 0 {
			g.e.Null(wasm.HeapFunc)
		} else {
			g.e.X(wasm.OpRefFunc, 1) // is exported, so that it may be referred to
		}
	}
	switch g.IntN(6) {
	case 0:
		g.value(1)
		g.value(1)
		length(3, 5000, 65530, 65537)
		g.e.X(wasm.OpMemoryFill, 0)
	case 1:
		g.value(1)
		g.value(1)
		length(3, 5000, 65530, 65537)
		g.e.XY(wasm.OpMemoryCopy, 0, 0)
	case 2:
		g.value(1)
		g.value(0)
		length(3, randomData-8, randomData+1)
		g.e.XY(wasm.OpMemoryInit, 0, 0)
	case 3:
		g.value(1)
		reference()
		length(3, randomTable-8, randomTable, randomTable+1)
		g.e.X(wasm.OpTableFill, 1)
	case 4:
		g.value(1)
		g.value(1)
		length(3, randomTable-8, randomTable, randomTable+1)
		g.e.XY(wasm.OpTableCopy, 1, 1)
	case 5:
		reference()
		g.e.I32(int32(g.IntN(randomTable)))
		g.e.X(wasm.OpTableGrow, 1)
		g.e.X(wasm.OpLocalSet, g.local())
	}
}

// dropResults drops what the call that was just written leaves.
func (g *generator) dropResults() {
	r := wasm.NewReader(g.e.Code, 0, wasm.Wasm3)
	var in wasm.Instr
	for r.More() {
		if err := r.Next(&in); err != nil {
			panic(err)
		}
	}
	for range g.module.FuncTypeOf(in.X).Results {
		g.e.Op(wasm.OpDrop)
	}
}

func (g *generator) dropIndirect() {
	r := wasm.NewReader(g.e.Code, 0, wasm.Wasm3)
	var in wasm.Instr
	for r.More() {
		if err := r.Next(&in); err != nil {
			panic(err)
		}
	}
	for range g.module.Types[in.X].Func.Results {
		g.e.Op(wasm.OpDrop)
	}
}

// structure writes a block or an if.
func (g *generator) structure(depth int) {
	arity := g.IntN(2)
	t := wasm.BlockType{}
	if arity == 1 {
		t.Result = wasm.I32
	}
	op, other := wasm.OpBlock, false
	if g.IntN(2) == 0 {
		op, other = wasm.OpIf, arity == 1 || g.IntN(2) == 0
		g.value(2)
	}
	g.e.Instr(&wasm.Instr{Op: op, Block: t})
	g.labels = append(g.labels, arity)
	arm := func() {
		g.block(depth - 1)
		if arity == 1 {
			g.value(1)
		}
	}
	arm()
	if other {
		g.e.Op(wasm.OpElse)
		arm()
	}
	g.e.End()
	g.labels = g.labels[:len(g.labels)-1]
	if arity == 1 {
		g.e.Op(wasm.OpDrop)
	}
}

// loop writes a loop that is gone round a few times, by a branch at the end or in
// the middle.
func (g *generator) loop(depth int) {
	const fuel = randomLocals - 2
	g.e.I32(int32(g.IntN(6)))
	g.e.X(wasm.OpLocalSet, fuel)
	g.e.Block(wasm.OpLoop)
	g.labels = append(g.labels, -1)
	round := func() {
		g.e.X(wasm.OpLocalGet, fuel)
		g.e.I32(1)
		g.e.Op(wasm.OpI32Sub)
		g.e.X(wasm.OpLocalTee, fuel)
		g.e.I32(100)
		g.e.Op(wasm.OpI32LtU)
	}
	g.block(depth - 1)
	switch g.IntN(4) {
	case 0:
		round()
		g.e.Block(wasm.OpIf)
		g.e.X(wasm.OpBr, 1)
		g.e.End()
	case 1:
		g.e.Block(wasm.OpBlock)
		round()
		g.e.Instr(&wasm.Instr{Op: wasm.OpBrTable, Labels: []uint32{0, 1, 0}})
		g.e.End()
	default:
		round()
		g.e.X(wasm.OpBrIf, 0)
	}
	if g.IntN(2) == 0 {
		g.block(depth - 1)
	}
	g.e.End()
	g.labels = g.labels[:len(g.labels)-1]
}

// counted writes a loop that advances a local by a number, up to a hundred times.
func (g *generator) counted() {
	const at, fuel = randomLocals - 1, randomLocals - 2
	other := g.local()
	g.steps = true
	defer func() { g.steps = false }()
	step := int32(1 + g.IntN(24))
	g.e.I32(int32(g.IntN(64)))
	g.e.X(wasm.OpLocalSet, at)
	g.e.I32(int32(g.IntN(100)))
	g.e.X(wasm.OpLocalSet, fuel)
	g.e.Block(wasm.OpLoop)
	g.labels = append(g.labels, -1)
	blocks := g.IntN(3) // around the step
	for range blocks {
		g.e.Block(wasm.OpBlock)
		g.labels = append(g.labels, 0)
	}
	if g.IntN(2) == 0 {
		g.block(1)
	}
	g.e.X(wasm.OpLocalGet, at)
	g.e.I32(step)
	g.e.Op([]wasm.Op{wasm.OpI32Add, wasm.OpI32Sub}[g.IntN(2)])
	switch g.IntN(3) { // in ways that compilers have
	case 0:
		g.e.X(wasm.OpLocalTee, other)
	case 1:
		g.e.X(wasm.OpLocalSet, other)
		if g.IntN(3) == 0 {
			g.block(0)
		}
		g.e.X(wasm.OpLocalGet, other)
	}
	g.e.X(wasm.OpLocalSet, at)
	for range blocks {
		g.e.End()
		g.labels = g.labels[:len(g.labels)-1]
	}
	g.e.I32(-1) // against loops in which the step is never taken
	g.e.X(wasm.OpLocalGet, fuel)
	g.e.Op(wasm.OpI32Add)
	g.e.X(wasm.OpLocalTee, fuel)
	g.e.I32(100)
	g.e.Op(wasm.OpI32LtU)
	g.e.X(wasm.OpLocalGet, at)
	g.e.I32(64 + step*int32(g.IntN(200)))
	g.e.Op(wasm.OpI32LtU)
	g.e.Op(wasm.OpI32And)
	g.e.X(wasm.OpBrIf, 0)
	g.e.End()
	g.labels = g.labels[:len(g.labels)-1]
}

// branch writes a branch, and reports whether control goes on behind it.
func (g *generator) branch() bool {
	switch g.IntN(5) {
	case 0:
		g.jump(wasm.OpBr)
		return false
	case 1:
		for range g.labels[0] {
			g.value(1)
		}
		g.e.Op(wasm.OpReturn)
		return false
	case 2:
		g.jump(wasm.OpBrTable)
		return false
	default:
		g.jump(wasm.OpBrIf)
		return true
	}
}

// jump writes op to a label, with the values it carries.
func (g *generator) jump(op wasm.Op) {
	var to []uint32
	for range 3 {
		l := g.IntN(len(g.labels))
		arity := g.labels[len(g.labels)-1-l]
		if arity < 0 || len(to) > 0 && arity != g.labels[len(g.labels)-1-int(to[0])] {
			continue
		}
		to = append(to, uint32(l))
	}
	if len(to) == 0 {
		to = []uint32{uint32(len(g.labels) - 1)}
	}
	arity := g.labels[len(g.labels)-1-int(to[0])]
	for range arity {
		g.value(1)
	}
	switch op {
	case wasm.OpBr:
		g.e.X(op, to[0])
	case wasm.OpBrIf:
		g.value(1)
		g.e.X(op, to[0])
		for range arity {
			g.e.Op(wasm.OpDrop)
		}
	case wasm.OpBrTable:
		g.value(1)
		g.e.Instr(&wasm.Instr{Op: op, Labels: to})
	}
}

// value writes an expression that leaves a number.
func (g *generator) value(depth int) {
	if depth == 0 {
		if g.IntN(2) == 0 {
			g.e.I32(int32(g.IntN(8)))
		} else {
			g.e.X(wasm.OpLocalGet, g.local())
		}
		return
	}
	switch g.IntN(10) {
	case 8:
		g.e.X(wasm.OpTableSize, 1)
	case 9:
		g.value(depth - 1)
		g.e.X(wasm.OpTableGet, 1)
		g.e.Op(wasm.OpRefIsNull)
	case 0:
		g.value(depth - 1)
		g.e.Op(wasm.OpI32Eqz)
	case 1:
		g.value(depth - 1)
		g.e.Instr(&wasm.Instr{Op: wasm.OpI32Load8U, Val: uint64(g.IntN(2) * 65500)})
	case 2:
		g.value(depth - 1)
		g.value(depth - 1)
		g.e.Op(wasm.OpI32DivU)
	case 3:
		g.e.X(wasm.OpGlobalGet, uint32(g.IntN(2)))
	case 4:
		g.value(depth - 1)
		g.e.X(wasm.OpLocalTee, g.local())
	default:
		g.value(depth - 1)
		g.value(depth - 1)
		g.e.Op([]wasm.Op{wasm.OpI32Add, wasm.OpI32Sub, wasm.OpI32And, wasm.OpI32LtU}[g.IntN(4)])
	}
}
