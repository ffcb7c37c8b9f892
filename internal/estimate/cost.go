package estimate

import "math/bits"

// body is what the module's own function i takes beside what its bytes do, in
// nanoseconds.
func (e *estimator) body(i int) (linear, excess float64) {
	runs, err := e.m.Bodies[i].Open(&e.r, features, e.runs[:0])
	if err != nil {
		return 0, 0
	}
	e.runs = runs
	locals := len(e.m.Types[e.m.Funcs[i]].Func.Params)
	for _, run := range runs {
		locals += int(run.N)
	}
	g := &e.g
	excess = float64(locals) * perLocal
	if locals > maxLocals {
		return 0, excess
	}
	g.reset(locals)
	calls := e.read(&e.r)
	g.forest()
	excess += g.steps*perStep + g.lookUps*perFind + g.branches
	excess += float64(calls) * float64(e.mutable) * perReload
	return float64(len(g.blocks)) * perBlock, excess + g.values()
}

// forest counts the steps from each block to the loop that it is in.
func (g *graph) forest() {
	dist := make([]int32, len(g.blocks))
	for _, x := range g.order {
		b := &g.blocks[x]
		if x != 0 && b.idom != 0 && !g.blocks[b.idom].header {
			dist[x] = dist[b.idom] + 1
		}
		g.steps += float64(dist[x])
		g.bounds += float64(b.bounds)
	}
	for _, e := range g.edges {
		if g.blocks[e.to].preds > 1 {
			g.steps += float64(dist[e.from]) // the edge may become a block
		}
	}
}

// maxSets bounds what the sets of variables of all blocks may take, in words.
const maxSets = 4 << 20

// negligible is so little time, in nanoseconds, that nothing is looked at more
// closely.
const negligible = 50e6

// values is what the variables and operands take that live where blocks begin.
func (g *graph) values() float64 {
	all := func(int32) float64 { return float64(g.variables) }
	ns := g.cost(all)
	words := (g.variables + 63) / 64
	if ns < negligible || len(g.blocks)*words > maxSets {
		return ns
	}
	live := g.liveness(words)
	return g.cost(func(x int32) float64 {
		n := 0
		for _, w := range live[int(x)*words : int(x+1)*words] {
			n += bits.OnesCount64(w)
		}
		return float64(n)
	})
}

// cost is what values take if so many variables live where a block begins.
func (g *graph) cost(live func(int32) float64) float64 {
	ns := g.bounds * perBound
	for _, x := range g.order {
		b := &g.blocks[x]
		n := live(x)
		ns += (n + float64(b.height)) * perLive
		if b.preds > 1 {
			ns += float64(b.preds) * n * (perLookUp + n*perArg)
		}
	}
	for _, e := range g.edges {
		if g.blocks[e.to].preds > 1 {
			ns += float64(g.blocks[e.from].chain) * live(e.to) * perFind
		}
	}
	return ns
}

// liveness says for each block, in a set of so many words, which variables live
// where it begins.
func (g *graph) liveness(words int) []uint64 {
	set := make([]uint64, len(g.blocks)*words)
	of := func(x int32) []uint64 { return set[int(x)*words : int(x+1)*words] }
	first := make([]int32, len(g.blocks)+1)
	for _, e := range g.edges {
		first[e.from+1]++
	}
	for i := range g.blocks {
		first[i+1] += first[i]
	}
	to := make([]int32, len(g.edges))
	at := append([]int32(nil), first...)
	for _, e := range g.edges {
		to[at[e.from]] = e.to
		at[e.from]++
	}
	live := make([]uint64, words)
	for again := true; again; {
		again = false
		for i := len(g.order) - 1; i >= 0; i-- {
			x := g.order[i]
			clear(live)
			for _, s := range to[first[x]:first[x+1]] {
				for w, v := range of(s) {
					live[w] |= v
				}
			}
			b := &g.blocks[x]
			for _, l := range b.sets {
				if v := g.locals[l].variable; v >= 0 {
					live[v/64] &^= 1 << (v % 64)
				}
			}
			for _, l := range b.uses {
				if v := g.locals[l].variable; v >= 0 {
					live[v/64] |= 1 << (v % 64)
				}
			}
			old := of(x)
			for w := range old {
				if old[w] != live[w] {
					again = true
				}
			}
			copy(old, live)
		}
	}
	return set
}
