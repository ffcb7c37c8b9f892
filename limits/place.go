package limits

import "slices"

// plan says where the code of a function advances the counters.
type plan struct {
	*flow
	adds []amounts // by edge: what is added on it

	// offsets say by how much the true counts exceed the counters at a vertex.
	offsets []amounts
}

// everywhere has each edge charge for itself, so that the counters are true at every
// vertex.
func everywhere(f *flow) *plan {
	p := &plan{flow: f, adds: make([]amounts, len(f.edges)), offsets: make([]amounts, f.vertices)}
	for i := range f.edges {
		p.adds[i] = f.edges[i].cost
	}
	return p
}

// roughly has loops and functions that must charge do so by what they can run, and
// nobody else: the counter counts ticks.
func roughly(f *flow, entry int64) *plan {
	p := &plan{flow: f, adds: make([]amounts, len(f.edges)), offsets: make([]amounts, f.vertices)}
	for i := range f.edges {
		switch e := &f.edges[i]; {
		case e.entering:
			p.adds[i][0] = ticksFor(entry)
		case e.head:
			p.adds[i][0] = ticksFor(f.loops[e.loop].work)
		case e.back && e.kind != bare:
			_, every := f.rarely(e)
			p.adds[i][0] = ticksFor(every * e.work)
		}
	}
	return p
}

// cheaply has as few and as cold edges charge as possible.
//
// Following an edge raises the true count by its cost; the counter is raised by
// that and by how much the offset falls. The edges of a spanning tree determine
// all offsets such that nothing needs to be added on them. Taking the hottest
// edges first leaves the coldest ones to charge.
func cheaply(f *flow, counters int) *plan {
	p := &plan{flow: f, adds: make([]amounts, len(f.edges)), offsets: make([]amounts, f.vertices)}
	type ranked struct {
		weight float64
		edge   int32
		bare   bool
	}
	order := make([]ranked, len(f.edges))
	for i := range order {
		order[i] = ranked{f.weight(&f.edges[i]), int32(i), f.edges[i].kind == bare}
	}
	slices.SortFunc(order, func(a, b ranked) int {
		switch {
		case a.bare != b.bare: // which have no place to charge
			if a.bare {
				return -1
			}
			return 1
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return int(a.edge - b.edge)
	})
	for k := range counters {
		u := newPotentials(f.vertices)
		for _, o := range order {
			i := o.edge
			e := &f.edges[i]
			if !u.join(e.from, e.to, e.cost[k]) {
				p.adds[i][k] = e.cost[k] - u.between(e.from, e.to)
			}
		}
		for v := range f.vertices {
			p.offsets[v][k] = u.between(ground, v)
		}
	}
	return p
}

// weight is how much an edge would cost if it had to charge. One that has to look at
// the counter anyway is preferred.
func (f *flow) weight(e *edge) float64 {
	if t, _ := f.rarely(e); t == nil && (e.back || e.head || e.entering) {
		return e.heat / 4
	}
	return e.heat
}

func (p *plan) loop(e *edge) *loop { return &p.loops[e.loop] }

// late reports whether the edge charges at its end, where it looks at the counter.
func (e *edge) late() bool { return e.back && e.kind == straight }

// within is by how much the true counts exceed the counters at the beginning of
// edge i, once it has charged if it does so there.
func (p *plan) within(i int) amounts {
	e := &p.edges[i]
	a := p.offsets[e.from]
	a.add(e.lead)
	if e.late() {
		return a
	}
	return minus(a, p.adds[i])
}

// behind is by how much they do so at its end, with its last instruction counted.
func (p *plan) behind(i int) amounts {
	e := &p.edges[i]
	a := p.offsets[e.from]
	a.add(e.cost)
	return minus(a, p.adds[i])
}

func minus(a, b amounts) amounts { return amounts{a[0] - b[0], a[1] - b[1]} }
