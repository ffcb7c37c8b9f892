package lower

import "github.com/wazedge/wazedge/internal/wasm"

// gcPlan is what a first walk over a piece of code finds out for the second.
type gcPlan struct {
	spills map[int][]bool // for an instruction, which of its results to write to the shadow stack
	slots  int            // operands that are on the shadow stack at once, at most
}

// allocates reports whether in makes an object.
func allocates(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpStructNew, wasm.OpStructNewDefault, wasm.OpArrayNew, wasm.OpArrayNewDefault, wasm.OpArrayNewFixed,
		wasm.OpArrayNewData, wasm.OpArrayNewElem, wasm.OpTableGrow:
		return true
	}
	return false
}

// collects reports whether in may come to a collection.
func (g *gc) collects(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpCall:
		return g.collecting[in.X]
	case wasm.OpCallIndirect, wasm.OpCallRef:
		return true
	}
	return allocates(in)
}

// plan walks code, whose operands begin as o has them.
func (g *gc) plan(o *operands, r *wasm.Reader) (*gcPlan, error) {
	p := &gcPlan{spills: map[int][]bool{}}
	var in wasm.Instr
	for at := 0; r.More(); at++ {
		if err := r.Next(&in); err != nil {
			return nil, err
		}
		if in.Op == wasm.OpEnd && len(o.labels) == 1 {
			break
		}
		if !o.dead() && g.collects(&in) {
			p.live(g, o, o.below(&in))
		}
		o.step(at, &in)
	}
	return p, nil
}

// below is how many operands stay on the stack, or must be found by the collector,
// while in runs. The values of array.new_fixed are still there when the array is
// allocated.
func (o *operands) below(in *wasm.Instr) int {
	if in.Op == wasm.OpArrayNewFixed {
		return len(o.stack)
	}
	pops, _, _ := o.m.Arity(in)
	return len(o.stack) - pops
}

// live notes that the lowest n operands live across a safepoint.
func (p *gcPlan) live(g *gc, o *operands, n int) {
	for i, v := range o.stack[:n] {
		if !g.holdsObjects(v.typ) {
			continue
		}
		marks := p.spills[v.producer]
		for len(marks) <= v.result {
			marks = append(marks, false)
		}
		marks[v.result] = true
		p.spills[v.producer] = marks
		p.slots = max(p.slots, i+1)
	}
}
