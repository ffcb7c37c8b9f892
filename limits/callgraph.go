package limits

import (
	"slices"
	"sync"

	"github.com/wazedge/wazedge/internal/wasm"
)

// maxUncharged bounds the work, in instructions, of a function that is called
// without being charged for it.
const maxUncharged = 1 << 12

// callGraph says which functions charge when they are entered: at least one of every
// recursion, and those that lead to much work without one.
type callGraph struct {
	module   *wasm.Module
	imported uint32
	charges  []bool  // by own function
	own      []int64 // by own function: a guess at its instructions
	work     []int64 // and those of what it calls that does not charge

	// Nodes are the own functions, and behind them the function types, which stand
	// for the calls that find their callee when they run.
	callees   [][]int32
	most      []int64          // by type node that has been left: the most work that is not charged
	allCharge []bool           // by type node: it closes a recursion
	callers   [][]int32        // by type node: the functions that call it
	byCallers []bool           // by type node: those charge in place of the functions called
	types     []int32          // node by type index, or -1
	nodes     map[string]int32 // node by parameters and results
	state     []nodeState
}

type nodeState uint8

const (
	unseen nodeState = iota
	active
	done
)

func newCallGraph(m *wasm.Module) (*callGraph, error) {
	n := len(m.Bodies)
	g := &callGraph{
		module: m, imported: m.ImportedCount(wasm.ExternFunc),
		charges: make([]bool, n), own: make([]int64, n), work: make([]int64, n),
		callees: make([][]int32, n), types: make([]int32, len(m.Types)), nodes: map[string]int32{},
	}
	for i := range g.types {
		g.types[i] = -1
	}
	taken := map[uint32]bool{}
	if err := g.read(taken); err != nil {
		return nil, err
	}
	for _, f := range referenced(m, taken) {
		if f >= g.imported {
			node := g.typeNode(m.Funcs[f-g.imported])
			g.callees[node] = append(g.callees[node], int32(f-g.imported))
		}
	}
	g.state = make([]nodeState, len(g.callees))
	g.most, g.allCharge = make([]int64, len(g.callees)-n), make([]bool, len(g.callees)-n)
	g.findCallers()
	for f := range n {
		g.visit(int32(f))
	}
	for t, by := range g.byCallers {
		if !by {
			continue
		}
		for _, f := range g.callers[t] {
			g.work[f] = min(g.work[f]+g.most[t], maxUncharged)
		}
	}
	g.state = nil
	return g, nil
}

// read collects the calls of all bodies, and the functions they refer to.
func (g *callGraph) read(taken map[uint32]bool) error {
	calls := callGraphOps()
	var r wasm.Reader
	var in wasm.Instr
	var runs []wasm.LocalRun
	for f, b := range g.module.Bodies {
		var err error
		if runs, err = b.Open(&r, features, runs[:0]); err != nil {
			return err
		}
		g.own[f] = ticksOf(len(b.Code))
		for {
			found, err := r.Until(calls, &in)
			if err != nil {
				return err
			}
			if !found {
				break
			}
			if in.Op == wasm.OpRefFunc {
				taken[in.X] = true
			} else if in.Op == wasm.OpLoop {
				g.own[f] += rareWork
			} else if node, ok := g.node(&in); ok {
				g.callees[f] = append(g.callees[f], node)
			}
		}
		g.work[f] = g.own[f]
	}
	return nil
}

// callGraphOps are the instructions that a call graph is made of.
var callGraphOps = sync.OnceValue(func() *wasm.Skim {
	return wasm.NewSkim(wasm.OpRefFunc, wasm.OpLoop, wasm.OpCall, wasm.OpReturnCall, wasm.OpCallIndirect, wasm.OpReturnCallIndirect, wasm.OpCallRef, wasm.OpReturnCallRef)
})

// node is what in calls, if it does.
func (g *callGraph) node(in *wasm.Instr) (int32, bool) {
	switch in.Op {
	case wasm.OpCall, wasm.OpReturnCall:
		return int32(in.X) - int32(g.imported), in.X >= g.imported
	case wasm.OpCallIndirect, wasm.OpReturnCallIndirect, wasm.OpCallRef, wasm.OpReturnCallRef:
		return g.typeNode(in.X), true
	}
	return 0, false
}

// typeNode is the node of a function type. Types with the same parameters and
// results share one; those that have subtypes, or are subtypes, share one too.
func (g *callGraph) typeNode(t uint32) int32 {
	if g.types[t] >= 0 {
		return g.types[t]
	}
	key := "subtypes"
	if s := &g.module.Types[t]; s.Final && len(s.Supers) == 0 {
		key = s.Func.String()
	}
	node, ok := g.nodes[key]
	if !ok {
		node = int32(len(g.callees))
		g.callees = append(g.callees, nil)
		g.nodes[key] = node
	}
	g.types[t] = node
	return node
}

// visit walks the graph from node and decides about what it reaches.
func (g *callGraph) visit(node int32) {
	type step struct {
		node int32
		next int
	}
	if g.state[node] != unseen {
		return
	}
	g.state[node] = active
	path := []step{{node: node}}
	for len(path) > 0 {
		at := &path[len(path)-1]
		if at.next == len(g.callees[at.node]) {
			g.leave(at.node)
			path = path[:len(path)-1]
			continue
		}
		callee := g.callees[at.node][at.next]
		at.next++
		switch g.state[callee] {
		case unseen:
			g.state[callee] = active
			path = append(path, step{node: callee})
		case active:
			g.charge(callee)
		}
	}
}

// findCallers finds who calls through references of which types.
func (g *callGraph) findCallers() {
	n := len(g.charges)
	g.callers, g.byCallers = make([][]int32, len(g.most)), make([]bool, len(g.most))
	for f := range n {
		for _, node := range g.callees[f] {
			if g.isFunc(node) {
				continue
			}
			if list := &g.callers[int(node)-n]; len(*list) == 0 || (*list)[len(*list)-1] != int32(f) {
				*list = append(*list, int32(f))
			}
		}
	}
}

// charge has node, which closes a recursion, charge: of a type, those that call its functions
// or those that are called, whichever are fewer. Every way round goes through one of both.
func (g *callGraph) charge(node int32) {
	if g.isFunc(node) {
		g.charges[node] = true
		return
	}
	t := int(node) - len(g.charges)
	if g.allCharge[t] {
		return
	}
	g.allCharge[t] = true
	list := g.callees[node]
	if len(g.callers[t]) < len(list) {
		list, g.byCallers[t] = g.callers[t], true
	}
	for _, f := range list {
		g.charges[f] = true
	}
}

// leave sums up the work of a node all of whose callees are known.
func (g *callGraph) leave(node int32) {
	g.state[node] = done
	if !g.isFunc(node) {
		most := &g.most[int(node)-len(g.charges)]
		for _, f := range g.callees[node] {
			*most = max(*most, g.uncharged(f))
		}
		return
	}
	for _, c := range g.callees[node] {
		g.work[node] = min(g.work[node]+g.uncharged(c), maxUncharged)
	}
	if g.work[node] == maxUncharged {
		g.charges[node] = true
	}
}

func (g *callGraph) isFunc(node int32) bool { return int(node) < len(g.charges) }

// uncharged is the work of calling node that nothing charges. A function that charges
// may end before it does, rarely after much work.
func (g *callGraph) uncharged(node int32) int64 {
	if g.isFunc(node) {
		if g.charges[node] {
			return g.own[node]/8 + 1
		}
		return g.work[node]
	}
	return g.most[int(node)-len(g.charges)]
}

// unchargedBy is the work of the call in that nothing charges.
func (g *callGraph) unchargedBy(in *wasm.Instr) int64 {
	if node, ok := g.node(in); ok {
		return g.uncharged(node)
	}
	return 1
}

// referenced are the functions that calls can find when they run, in order: those
// of m's segments, tables and globals, and those of taken.
func referenced(m *wasm.Module, taken map[uint32]bool) []uint32 {
	add := func(e wasm.Expr) {
		var in wasm.Instr
		for r := wasm.NewReader(e.Code, e.Offset, features); r.More() && r.Next(&in) == nil; {
			if in.Op == wasm.OpRefFunc {
				taken[in.X] = true
			}
		}
	}
	for i := range m.Elems {
		for _, f := range m.Elems[i].Funcs {
			taken[f] = true
		}
		for _, e := range m.Elems[i].Exprs {
			add(e)
		}
	}
	for i := range m.Globals {
		add(m.Globals[i].Init)
	}
	for i := range m.Tables {
		add(m.Tables[i].Init)
	}
	fs := make([]uint32, 0, len(taken))
	for f := range taken {
		fs = append(fs, f)
	}
	slices.Sort(fs)
	return fs
}
