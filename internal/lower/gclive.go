package lower

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// gcLive finds the locals of a body that hold objects while something may collect
// and are read afterwards: the classic analysis of liveness, over structured code.
type gcLive struct {
	g     *gc
	code  []liveInstr
	bit   []int // of each local, its place in sets, or -1
	words int   // of a set
	loops map[int]liveSet
	kept  liveSet // what this is about
}

// liveInstr is what an instruction has to do with it.
type liveInstr struct {
	op        wasm.Op
	x         uint32 // local or label
	labels    []uint32
	opener    int // of an end or else: where its block begins
	safepoint bool
}

// liveSet is a set of locals.
type liveSet []uint64

func (s liveSet) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s liveSet) remove(i int)   { s[i/64] &^= 1 << (i % 64) }
func (s liveSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

func (s liveSet) join(t liveSet) {
	for i := range s {
		s[i] |= t[i]
	}
}

// maxLive bounds the work of one walk, in instructions times words of a set.
// Beyond it, all locals are taken for live.
const maxLive = 1 << 22

// keptLocals says which of the locals, that have types, must be on the shadow
// stack during safepoints of the body that r reads.
func (g *gc) keptLocals(types []wasm.ValType, r *wasm.Reader) ([]bool, error) {
	l := &gcLive{g: g, bit: make([]int, len(types)), loops: map[int]liveSet{}}
	n := 0
	for i, t := range types {
		l.bit[i] = -1
		if g.holdsObjects(t) {
			l.bit[i] = n
			n++
		}
	}
	kept := make([]bool, len(types))
	if n == 0 {
		return kept, nil
	}
	l.words = (n + 63) / 64
	if err := l.read(r); err != nil {
		return nil, err
	}
	l.kept = l.empty()
	if len(l.code)*l.words > maxLive {
		for i := range l.kept {
			l.kept[i] = 1<<64 - 1
		}
	} else {
		for again := true; again; {
			again = l.walk()
		}
	}
	for i, b := range l.bit {
		kept[i] = b >= 0 && l.kept.has(b)
	}
	return kept, nil
}

func (l *gcLive) empty() liveSet { return make(liveSet, l.words) }

// read fills code.
func (l *gcLive) read(r *wasm.Reader) error {
	var open []int
	var in wasm.Instr
	for at := 0; r.More(); at++ {
		if err := r.Next(&in); err != nil {
			return err
		}
		li := liveInstr{op: in.Op, x: in.X, safepoint: l.g.collects(&in)}
		switch in.Op {
		case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
			open = append(open, at)
		case wasm.OpElse:
			li.opener = open[len(open)-1]
		case wasm.OpEnd:
			if len(open) == 0 {
				return nil
			}
			li.opener = open[len(open)-1]
			open = open[:len(open)-1]
		case wasm.OpBrTable:
			li.labels = slices.Clone(in.Labels)
		}
		l.code = append(l.code, li)
	}
	return nil
}

// liveBlock is a block that a walk, which goes backwards, is in.
type liveBlock struct {
	target  liveSet // what is live where a branch goes
	after   liveSet // what is live behind the block
	alt     liveSet // what is live where else begins
	hasElse bool
}

// walk goes through the code once, from its end, and reports whether it has learnt
// something about a loop.
func (l *gcLive) walk() (learnt bool) {
	live := l.empty()
	blocks := []liveBlock{{target: l.empty()}}
	target := func(label uint32) liveSet { return blocks[len(blocks)-1-int(label)].target }
	for at := len(l.code) - 1; at >= 0; at-- {
		in := &l.code[at]
		if in.safepoint {
			l.kept.join(live)
		}
		switch in.op {
		case wasm.OpEnd:
			b := liveBlock{after: slices.Clone(live)}
			b.target = b.after
			if l.code[in.opener].op == wasm.OpLoop {
				if b.target = l.loops[in.opener]; b.target == nil {
					b.target = l.empty()
					l.loops[in.opener] = b.target
				}
			}
			blocks = append(blocks, b)
		case wasm.OpElse:
			b := &blocks[len(blocks)-1]
			b.alt, b.hasElse = slices.Clone(live), true
			copy(live, b.after)
		case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
			b := blocks[len(blocks)-1]
			blocks = blocks[:len(blocks)-1]
			switch {
			case in.op == wasm.OpLoop && !slices.Equal(b.target, live):
				copy(b.target, live)
				learnt = true
			case in.op == wasm.OpIf && b.hasElse:
				live.join(b.alt)
			case in.op == wasm.OpIf:
				live.join(b.after)
			}
		case wasm.OpBr:
			copy(live, target(in.x))
		case wasm.OpBrIf, wasm.OpBrOnNull, wasm.OpBrOnNonNull, wasm.OpBrOnCast, wasm.OpBrOnCastFail:
			live.join(target(in.x))
		case wasm.OpBrTable:
			clear(live)
			for _, label := range in.labels {
				live.join(target(label))
			}
		case wasm.OpReturn, wasm.OpUnreachable, wasm.OpReturnCall, wasm.OpReturnCallIndirect, wasm.OpReturnCallRef:
			clear(live)
		case wasm.OpLocalGet:
			if b := l.bit[in.x]; b >= 0 {
				live.add(b)
			}
		case wasm.OpLocalSet, wasm.OpLocalTee:
			if b := l.bit[in.x]; b >= 0 {
				live.remove(b)
			}
		}
	}
	return learnt
}

// holdsObjects reports whether a value of type t may be the address of an object,
// which a function's number and an i31 are not.
func (g *gc) holdsObjects(t wasm.ValType) bool {
	if !t.IsRef() {
		return false
	}
	switch h := t.Heap(); h {
	case wasm.HeapFunc, wasm.HeapNoFunc, wasm.HeapI31, wasm.HeapNone, wasm.HeapNoExtern:
		return false
	default:
		return !h.IsIndex() || g.m.Types[h].Kind != wasm.CompFunc
	}
}
