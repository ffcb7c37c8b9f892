package limits

import (
	"fmt"
	"sort"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Locator knows the code that [Meter] makes of a module. It does what Meter does
// again, for the one function that is asked about, so that nothing has to be kept
// for the case of a trap.
type Locator struct {
	meter *meter
}

// NewLocator knows Meter(m, v).
func NewLocator(m *wasm.Module, v Variant) (*Locator, error) {
	traced := *m
	traced.Traced = true
	mt, err := newMeter(&traced, v)
	if err != nil {
		return nil, err
	}
	return &Locator{mt}, nil
}

// place is an instruction of a function, and what it belongs to.
type place struct {
	meter *meter
	plan  *plan
	body  *wasm.Body // in meter.module
	pos   int        // in its code
}

// function is the plan of the module's own function fn.
func (l *Locator) function(fn int) (place, error) {
	p, _, err := l.meter.body(fn)
	if err != nil {
		return place{}, fmt.Errorf("function %d: %w", fn, err)
	}
	if p == nil {
		return place{}, fmt.Errorf("function %d: nothing is counted", fn)
	}
	return place{meter: l.meter, plan: p, body: &l.meter.module.Bodies[fn]}, nil
}

// locate finds the instruction at an offset of the file that the module was loaded
// from.
func (l *Locator) locate(offset int64) (place, error) {
	bodies := l.meter.source.Bodies
	fn := sort.Search(len(bodies), func(n int) bool { return bodies[n].Offset > offset }) - 1
	if fn < 0 {
		return place{}, fmt.Errorf("no function at offset %#x", offset)
	}
	p, err := l.function(fn)
	if err != nil {
		return place{}, err
	}
	_, r, err := p.body.Locals(features)
	if err != nil {
		return place{}, err
	}
	var in wasm.Instr
	for r.More() {
		if p.body.Origin(r.Pos()) == offset {
			p.pos = int(r.Pos() - p.body.Offset)
			return p, nil
		}
		if err := r.Next(&in); err != nil {
			return place{}, err
		}
	}
	return place{}, fmt.Errorf("no instruction at offset %#x", offset)
}

// edge is the edge that p's instruction is counted on, or -1 if nobody gets there.
func (p *place) edge() int {
	found := -1
	for i := range p.plan.edges {
		e := &p.plan.edges[i]
		if (e.kind == straight || e.kind == final) && e.pos <= p.pos && p.pos <= e.end && e.cost != e.lead {
			found = i
		}
	}
	return found
}

// behind is by how much the true counts exceed the counters when p's instruction
// has been fetched.
func (p *place) behind(edge int) (amounts, error) {
	a := p.plan.within(edge)
	err := p.walk(edge, func(pos int, cost amounts) bool {
		a.add(cost)
		return pos < p.pos
	})
	return a, err
}

// walk calls f with the position and the cost of the instructions of an edge, until
// it returns false.
func (p *place) walk(edge int, f func(pos int, cost amounts) bool) error {
	e := &p.plan.edges[edge]
	s := &p.meter.scanner
	r := wasm.NewReader(p.body.Code[e.pos:], p.body.Offset+int64(e.pos), features)
	var in wasm.Instr
	for r.More() {
		if err := r.Next(&in); err != nil {
			return err
		}
		pos, cost := int(in.Offset-p.body.Offset), s.price(&in)
		if in.Op == wasm.OpElse {
			cost = s.prices[wasm.OpEnd]
		}
		if pos > e.end || !f(pos, cost) {
			break
		}
	}
	return nil
}

// Refusal is the instruction that a limit of gas does not let execute.
type Refusal struct {
	// Offset is that of the instruction in the file; -1 if it is not known, or if it
	// is the else that a false condition jumps over.
	Offset int64
	// Skipped says that it is such an else. To WasmEdge the if has failed then, and it
	// tells the calling stack, which it does not of a refused instruction.
	Skipped bool
	used    amounts // counted before it
}

// refused finds the instruction that is refused on an edge on which the first
// count goes beyond limit from what it is at the beginning.
func (p *place) refused(edge int, used amounts, limit int64) (Refusal, bool) {
	e := &p.plan.edges[edge]
	if used[0] > limit {
		return Refusal{}, false
	}
	at := e.leadAt
	found := used[0]+e.lead[0] > limit
	if !found {
		used.add(e.lead)
		err := p.walk(edge, func(pos int, cost amounts) bool {
			if at, found = pos, used[0]+cost[0] > limit; !found {
				used.add(cost)
			}
			return !found
		})
		if err != nil || !found {
			return Refusal{}, false
		}
	}
	r := Refusal{Offset: -1, Skipped: at < 0, used: used}
	if at >= 0 {
		r.Offset = p.body.Origin(p.body.Offset + int64(at))
	}
	return r, true
}
