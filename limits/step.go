package limits

import (
	"math/bits"

	"github.com/wazedge/wazedge/internal/wasm"
)

// step is a local that one instruction of a loop advances each time round, by the same amount. Of
// the bits from the lowest one that changes on, the first few are zero once in a power of two of
// iterations, so that a loop that does little looks at the counter no more often.
type step struct {
	local uint32
	wide  bool // i64
	shift int  // the lowest bit that changes
}

// rareWork is how many instructions a loop may run between two looks at the counter, or before the
// first one: it counts for so many more to whoever goes round it.
const rareWork = 1 << 8

// maxSteps bounds the locals of a loop that are tried, and maxBlocks the blocks in a loop behind whose
// beginnings they are found.
const (
	maxSteps  = 3
	maxBlocks = 8
)

// advance is what the latest instructions are of "local.get, const, add or sub" in a row. A local.tee of another local may follow.
type advance struct {
	stage uint8 // how many of the three
	sum
	held held
}

// sum is a local and what is added to it, which is not 0.
type sum struct {
	local  uint32
	wide   bool
	amount uint64
}

// held says that a local holds what another one is to be advanced to, as compilers write it that need both. There is none where
// nothing is added.
type held struct {
	in uint32
	sum
}

// follow notes in.
func (a *advance) follow(in *wasm.Instr) {
	was := *a
	*a = advance{held: was.held}
	switch in.Op {
	case wasm.OpLocalGet:
		a.stage, a.local = 1, in.X
	case wasm.OpI32Const, wasm.OpI64Const:
		if was.stage == 1 && in.Val != 0 {
			a.stage, a.sum = 2, sum{was.local, in.Op == wasm.OpI64Const, in.Val}
		}
	case wasm.OpI32Add, wasm.OpI32Sub, wasm.OpI64Add, wasm.OpI64Sub:
		if was.stage == 2 {
			a.stage, a.sum = 3, was.sum
		}
	case wasm.OpLocalSet, wasm.OpLocalTee:
		switch other := was.stage == 3 && in.X != was.local; {
		case other:
			a.held = held{in.X, was.sum}
			if in.Op == wasm.OpLocalTee {
				a.stage, a.sum = 3, was.sum
			}
		case in.X == was.held.in || in.X == was.held.local:
			a.held = held{}
		}
	case wasm.OpEnd, wasm.OpElse, wasm.OpLoop, wasm.OpIf, wasm.OpTryTable: // control may come by another way
		a.held = held{}
	}
}

// of is the step that setting local x is, which the latest instructions have made the value of.
func (a *advance) of(x uint32) (step, bool) {
	var by sum
	switch h := &a.held; {
	case a.stage == 3:
		by = a.sum
	case a.stage == 1 && a.local == h.in:
		by = h.sum
	}
	return step{x, by.wide, bits.TrailingZeros64(by.amount)}, by.local == x && by.amount != 0
}

// noteStep notes that in, which sets a local, advances it, if the innermost loop comes by here each
// time round.
func (s *scanner) noteStep(in *wasm.Instr) {
	if s.charge == nil || s.depth == 0 {
		return
	}
	by, ok := s.past.advance.of(in.X)
	if !ok {
		return
	}
	for n, at := 0, len(s.frames)-1; n < maxBlocks; n, at = n+1, at-1 {
		switch f := &s.frames[at]; {
		case f.op == wasm.OpLoop:
			if l := &s.loops[f.loop]; len(l.steps) < maxSteps {
				l.steps = append(l.steps, by)
			}
			return
		case f.op != wasm.OpBlock || f.target >= 0: // it may not be entered, or is left before
			return
		}
	}
}

// chooseStep decides how rarely l, which ends, looks at the counter: by a local that nothing else
// in it sets.
func (s *scanner) chooseStep(l *loop) {
	n := bits.Len64(uint64(rareWork/max(l.work, 1))) - 1
	if n < 1 {
		return
	}
	for k, t := range l.steps {
		width := 32
		if t.wide {
			width = 64
		}
		if s.uses.setOnce(t.local) && t.shift+n <= width {
			l.step, l.every = k, 1<<n
			return
		}
	}
}

// rarely is by which local the edge e, which goes round a loop, looks at the counter once in every
// times; nil if it does so each time.
func (f *flow) rarely(e *edge) (t *step, every int64) {
	if !e.back || e.kind == bare {
		return nil, 1
	}
	if l := &f.loops[e.loop]; l.every > 1 && l.step < int(e.steps) {
		return &l.steps[l.step], l.every
	}
	return nil, 1
}

// comes appends code that leaves 0 on the stack when t comes to zero, once in every times.
func (t *step) comes(to []byte, every int64) []byte {
	mask := (every - 1) << t.shift
	to = wasm.AppendU32(append(to, opcode(wasm.OpLocalGet)), t.local)
	if !t.wide {
		to = wasm.AppendS64(append(to, opcode(wasm.OpI32Const)), int64(int32(mask)))
		return append(to, opcode(wasm.OpI32And))
	}
	to = wasm.AppendS64(append(to, opcode(wasm.OpI64Const)), mask)
	return append(to, opcode(wasm.OpI64And), opcode(wasm.OpI64Const), 0, opcode(wasm.OpI64Ne))
}
