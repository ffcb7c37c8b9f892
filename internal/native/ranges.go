package native

import "github.com/wazedge/wazedge/internal/wasm"

// mostOffset is how far behind its address an access may be.
const mostOffset = 1<<31 - 64

// offsets makes constants that are added to an address part of the accesses and checks there, where the sum is known
// not to wrap around: an access adds up without a limit of 32 bits, so it is at the same place then. What counters
// of loops can be at most is found for that.
func (f *fn) offsets() {
	f.counters()
	for n := range f.blocks {
		for _, x := range f.blocks[n].ins {
			v := &f.vals[x]
			if v.op != opLoad && v.op != opStore && v.op != opCheck {
				continue
			}
			for range 4 {
				a := &f.vals[f.of(v.a)]
				if a.op != op(wasm.OpI32Add) {
					break
				}
				c, is := f.isConst(f.of(a.b))
				if to := f.of(a.a); is && v.imm+c < mostOffset && f.bound(to, 4)+c < 1<<32 {
					v.a, v.imm = to, v.imm+c
					continue
				}
				break
			}
		}
	}
	f.most = nil
}

// counters finds for each loop with a counter how often it is gone through at most, and what that tells of
// all that is counted in it. Outer loops come first.
func (f *fn) counters() {
	f.most = map[value]uint64{}
	for h := range f.blocks {
		head := &f.blocks[h]
		if !head.header || len(head.preds) != 2 || head.preds[0] >= int32(h) || head.preds[1] < int32(h) {
			continue
		}
		rounds, ok := f.rounds(int32(h), head.preds[1])
		if !ok {
			continue
		}
		for _, p := range head.phis {
			step, counts := f.step(p)
			if !counts || step >= 1<<31 {
				continue
			}
			// rounds and step are less than 2^32 and 2^31.
			if most := f.bound(f.of(f.vals[p].args[0]), 4) + rounds*step; most < 1<<32 {
				f.most[p] = most
			}
		}
	}
}

// step is what is added to the phi p of a loop with two ways to its head in each round; of 32 bits, so a large one is
// taken away.
func (f *fn) step(p value) (uint64, bool) {
	v := &f.vals[p]
	if v.typ != i32 || len(v.args) != 2 {
		return 0, false
	}
	next := &f.vals[f.of(v.args[1])]
	if next.op != op(wasm.OpI32Add) || f.of(next.a) != p {
		return 0, false
	}
	return f.isConst(f.of(next.b))
}

// rounds is how often the loop of head h goes back to it at most, each time it is entered. Block latch is the only one
// that goes back; what dominates it is come by in each round.
func (f *fn) rounds(h, latch int32) (uint64, bool) {
	for n, next := latch, latch; next >= h; n = next {
		b := &f.blocks[n]
		if next = b.idom; n == h {
			next = -1
		}
		f.spend(1)
		if b.term != termBranch {
			continue
		}
		stays := -1
		for k, s := range b.succs {
			if n == latch && s == h || n != latch && f.within(s, h) {
				if stays >= 0 {
					stays = -1
					break
				}
				stays = k
			}
		}
		if stays < 0 {
			continue
		}
		if r, ok := f.roundsWhile(h, f.of(b.cond), stays == 0); ok {
			return r, true
		}
	}
	return 0, false
}

// within reports whether block n is in the loop of head h.
func (f *fn) within(n, h int32) bool {
	for x := f.blocks[n].loop; x >= 0; x = f.outer(x) {
		if x == h {
			return true
		}
	}
	return false
}

// roundsWhile is how often in sequence cond can be as it is wanted, where it is looked at in each round.
func (f *fn) roundsWhile(h int32, cond value, wanted bool) (uint64, bool) {
	x := &f.vals[cond]
	o, a, k := wasm.OpI32Ne, cond, uint64(0)
	if x.op < op(wasm.NumOps) && comparison(wasm.Op(x.op)) {
		o, a = wasm.Op(x.op), f.of(x.a)
		if o == wasm.OpI32Eqz {
			o = wasm.OpI32Eq
		} else if c, is := f.isConst(f.of(x.b)); is && x.b != 0 {
			k = c
		} else {
			return 0, false
		}
	}
	if !wanted {
		o = inverse(o)
	}
	// Of a counter of this loop, or what it is in the next round.
	p, next := a, false
	if f.vals[a].op == op(wasm.OpI32Add) {
		p, next = f.of(f.vals[a].a), true
	}
	if f.vals[p].op != opPhi || f.vals[p].blk != h {
		return 0, false
	}
	step, counts := f.step(p)
	if !counts || step == 0 || next && f.of(f.vals[p].args[1]) != a {
		return 0, false
	}
	first, is := f.isConst(f.of(f.vals[p].args[0]))
	if !is {
		return 0, false
	}
	if next {
		first = (first + step) & (1<<32 - 1)
	}
	// The values looked at are first, first + step, and so on.
	if o == wasm.OpI32Ne {
		far := (k - first) & (1<<32 - 1)
		if step >= 1<<31 { // it counts downwards
			far, step = (first-k)&(1<<32-1), 1<<32-step
		}
		return far / step, far%step == 0
	}
	if step >= 1<<31 {
		return 0, false
	}
	end := k
	switch o {
	case wasm.OpI32LeU, wasm.OpI32LeS:
		end++
	case wasm.OpI32LtU, wasm.OpI32LtS:
	default:
		return 0, false
	}
	most := uint64(1 << 32)
	if o == wasm.OpI32LtS || o == wasm.OpI32LeS {
		most = 1 << 31
	}
	if end+step > most || first >= most {
		return 0, false // it may wrap around
	}
	if first >= end {
		return 0, true
	}
	return (end - first + step - 1) / step, true
}
