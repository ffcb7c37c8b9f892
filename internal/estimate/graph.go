package estimate

import "github.com/wazedge/wazedge/internal/wasm"

// graph has the basic blocks of a function, as the compiler cuts it.
type graph struct {
	blocks []block
	order  []int32 // of the blocks that are reached, as they are begun
	edges  []edge
	locals []local // of the function

	variables int     // locals that others than the entry have to do with
	steps     float64 // up the tree of dominators
	lookUps   float64 // of variables, in blocks that were begun before
	branches  float64 // looked at in search of one
	bounds    float64
}

// block is a basic block.
type block struct {
	idom, jump int32 // its dominator, and one further up
	depth      int32 // below the entry in the tree of dominators
	chain      int32 // blocks above it up to one where control joins
	preds      int32
	height     int32 // of the operands that it finds
	bounds     int32 // addresses that have been accessed on every way to it
	header     bool  // of a loop
	accesses   bool  // memory or a global
	uses       []int32
	sets       []int32
}

// edge is a branch, and what follows a branch.
type edge struct{ from, to int32 }

// local is a local, by what is known of it so far.
type local struct {
	used     int32 // the last one that reads what another has set
	set      int32 // the last one that sets it
	variable int32 // its number among those that others than the entry have to do with
}

// none is no block.
const none = -1

func (g *graph) reset(locals int) {
	*g = graph{blocks: g.blocks[:0], order: g.order[:0], edges: g.edges[:0], locals: g.locals[:0]}
	for range locals {
		g.locals = append(g.locals, local{none, none, none})
	}
}

// add adds a block that nothing leads to yet.
func (g *graph) add() int32 {
	g.blocks = append(g.blocks, block{idom: none, jump: none})
	return int32(len(g.blocks) - 1)
}

// link notes a branch from a block that is reached to one that is not begun.
func (g *graph) link(from, to int32) {
	g.edges = append(g.edges, edge{from, to})
	a, b := &g.blocks[from], &g.blocks[to]
	g.steps += float64(a.depth)
	b.preds++
	if b.idom == none {
		b.idom, b.bounds = from, a.bounds
		return
	}
	b.bounds = min(b.bounds, a.bounds)
	common := g.common(b.idom, from)
	// The dominators are computed at least twice.
	g.steps += 2 * float64(g.blocks[b.idom].depth+a.depth-2*g.blocks[common].depth)
	b.idom = common
}

// back notes a branch back to a loop.
func (g *graph) back(from, to int32) {
	g.edges = append(g.edges, edge{from, to})
	b := &g.blocks[to]
	b.preds++
	b.header = true
	g.steps += float64(g.blocks[from].depth - b.depth)
}

// begin begins the block x, if anything leads to it.
func (g *graph) begin(x int32, height int) bool {
	b := &g.blocks[x]
	if b.idom == none && x != 0 {
		return false
	}
	b.height = int32(height)
	g.order = append(g.order, x)
	b.jump = x
	if x == 0 {
		b.idom = 0
		return true
	}
	above := &g.blocks[b.idom]
	b.depth = above.depth + 1
	if b.preds == 1 {
		b.chain = above.chain + 1
	}
	jump := &g.blocks[above.jump]
	if above.depth-jump.depth == jump.depth-g.blocks[jump.jump].depth {
		b.jump = jump.jump
	} else {
		b.jump = b.idom
	}
	return true
}

// common is the lowest block that dominates both a and b.
func (g *graph) common(a, b int32) int32 {
	if g.blocks[a].depth < g.blocks[b].depth {
		a, b = b, a
	}
	for g.blocks[a].depth > g.blocks[b].depth {
		if up := g.blocks[a].jump; g.blocks[up].depth >= g.blocks[b].depth {
			a = up
		} else {
			a = g.blocks[a].idom
		}
	}
	for a != b {
		if g.blocks[a].jump != g.blocks[b].jump {
			a, b = g.blocks[a].jump, g.blocks[b].jump
		} else {
			a, b = g.blocks[a].idom, g.blocks[b].idom
		}
	}
	return a
}

// touch notes that block x reads or writes a local.
func (g *graph) touch(x int32, i uint32, writes bool) {
	l := &g.locals[i]
	if x != 0 && l.variable == none {
		l.variable = int32(g.variables)
		g.variables++
	}
	b := &g.blocks[x]
	switch {
	case l.set == x:
	case writes:
		l.set = x
		b.sets = append(b.sets, int32(i))
	default:
		g.lookUp(x, l.set)
		if l.used != x {
			l.used = x
			b.uses = append(b.uses, int32(i))
		}
	}
}

// lookUp counts the blocks where a variable is looked for that was last set in the
// block set, from x up to the last where control joins.
func (g *graph) lookUp(x, set int32) {
	n := g.blocks[x].chain
	if set != none {
		n = min(n, max(0, g.blocks[x].depth-g.blocks[set].depth))
	}
	g.lookUps += float64(n)
}

// read fills g with the function that r has the code of, and returns how many
// calls it has.
func (e *estimator) read(r *wasm.Reader) (calls int) {
	g := &e.g
	var in wasm.Instr
	w := walk{e: e, g: g, at: g.add()}
	g.begin(0, 0)
	w.frames = append(w.frames, frame{follow: none})
	for r.More() && r.Next(&in) == nil {
		calls += w.step(&in)
	}
	return calls
}

// walk goes through the code of a function.
type walk struct {
	e      *estimator
	g      *graph
	frames []frame
	at     int32 // the block at hand
	height int   // of the operands
	dead   int   // blocks open in code that is not reached, and 1 for that code
}

// frame is an open block of the language.
type frame struct {
	op            wasm.Op
	target        int32 // where branches go; none for a return
	follow        int32 // what comes behind it; none at the end of the function
	otherwise     int32 // what comes if the condition is zero
	height        int   // of the operands below its parameters
	params, types int
}

func (w *walk) step(in *wasm.Instr) (calls int) {
	switch in.Op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTryTable:
		if w.dead > 0 {
			w.dead++
			return 0
		}
		w.open(in)
		return 0
	case wasm.OpElse:
		w.otherwise()
		return 0
	case wasm.OpEnd:
		w.end()
		return 0
	}
	if w.dead > 0 {
		return 0
	}
	switch in.Op {
	case wasm.OpLocalGet:
		w.g.touch(w.at, in.X, false)
	case wasm.OpLocalSet, wasm.OpLocalTee:
		w.g.touch(w.at, in.X, true)
	case wasm.OpGlobalGet, wasm.OpGlobalSet:
		w.access()
	case wasm.OpCall, wasm.OpCallIndirect, wasm.OpCallRef:
		calls = 1
	case wasm.OpBr:
		w.branch(w.at, in.X)
	case wasm.OpBrTable:
		for _, label := range in.Labels {
			w.branch(w.next(w.at), label)
		}
	}
	if imm := wasm.Ops[in.Op].Imm; imm == wasm.ImmMemArg || imm == wasm.ImmMemArgLane {
		w.g.blocks[w.at].bounds++
		w.access()
	}
	pops, pushes, leaves := w.e.operands(in)
	if leaves {
		w.dead = 1
		return calls
	}
	w.height += pushes - pops
	switch in.Op {
	case wasm.OpBrIf, wasm.OpBrOnNull, wasm.OpBrOnNonNull, wasm.OpBrOnCast, wasm.OpBrOnCastFail:
		w.branch(w.at, in.X)
		w.at = w.next(w.at)
	}
	return calls
}

// access notes that the block at hand looks for what is known of the memory or of a
// global.
func (w *walk) access() {
	if b := &w.g.blocks[w.at]; !b.accesses {
		b.accesses = true
		w.g.lookUp(w.at, none)
	}
}

// next is a new block that only from leads to.
func (w *walk) next(from int32) int32 {
	x := w.g.add()
	w.g.link(from, x)
	w.g.begin(x, w.height)
	return x
}

func (w *walk) branch(from int32, label uint32) {
	f := &w.frames[len(w.frames)-1-int(label)]
	switch {
	case f.target == none:
	case f.op == wasm.OpLoop:
		w.g.back(from, f.target)
	default:
		w.g.branches += float64(w.g.blocks[f.target].preds)
		w.g.link(from, f.target)
	}
}

func (w *walk) open(in *wasm.Instr) {
	params, results := w.e.m.BlockArity(in.Block)
	if in.Op == wasm.OpIf {
		w.height--
	}
	f := frame{op: in.Op, height: w.height - params, params: params, types: results, otherwise: none}
	f.follow = w.g.add()
	f.target = f.follow
	switch in.Op {
	case wasm.OpLoop:
		w.at = w.next(w.at)
		w.g.blocks[w.at].chain = 0
		f.target = w.at
	case wasm.OpIf:
		f.otherwise = w.g.add()
		w.g.link(w.at, f.otherwise)
		w.at = w.next(w.at)
	}
	w.frames = append(w.frames, f)
}

func (w *walk) otherwise() {
	f := &w.frames[len(w.frames)-1]
	switch {
	case w.dead > 1:
		return
	case w.dead == 0:
		w.g.link(w.at, f.follow)
	}
	w.dead = 0
	w.height = f.height + f.params
	w.at = f.otherwise
	f.otherwise = none
	w.g.begin(w.at, w.height)
}

func (w *walk) end() {
	if w.dead > 1 {
		w.dead--
		return
	}
	f := w.frames[len(w.frames)-1]
	w.frames = w.frames[:len(w.frames)-1]
	if f.follow == none {
		return
	}
	if w.dead == 0 {
		w.g.link(w.at, f.follow)
	}
	w.height = f.height + f.types
	if f.otherwise != none {
		w.g.begin(f.otherwise, f.height+f.params)
		w.g.link(f.otherwise, f.follow)
	}
	w.at, w.dead = f.follow, 0
	if !w.g.begin(w.at, w.height) {
		w.dead = 1
	}
}
