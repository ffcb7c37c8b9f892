package native

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Two proofs are made of every function before it is installed, by code that shares nothing
// with the passes: that each access to linear memory is within what was checked on every way
// to it, and that each operand of each machine operation is in the place that it is taken
// from. A function for which a proof fails keeps the engine's code.

// verifyAccesses proves that each load and store of f is checked.
func (f *fn) verifyAccesses() error {
	proven := make([]map[value]uint64, len(f.blocks)) // how far behind an address the memory reaches, at the end of a block
	for n := range f.blocks {
		b := &f.blocks[n]
		known := map[value]uint64{}
		// What holds at the end of the dominator holds here: memory does not shrink.
		if n > 0 {
			if !f.dominated(int32(n)) {
				return fmt.Errorf("block %d is not dominated by block %d", n, b.idom)
			}
			for v, end := range proven[b.idom] {
				known[v] = end
			}
		}
		for _, x := range b.ins {
			v := &f.vals[x]
			switch v.op {
			case opCheck:
				if f.vals[v.b].op != opLen || f.vals[v.a].typ != i32 {
					return fmt.Errorf("a check of %d that is none", v.a)
				}
				known[v.a] = max(known[v.a], v.imm)
			case opCheckLim:
				l := &f.vals[v.b]
				if f.vals[v.a].typ != i32 || l.op != opLimit {
					continue // of a range
				}
				if f.vals[l.a].op != opLen || l.imm > f.m.minMemory {
					return fmt.Errorf("a limit of %d that is none", v.a)
				}
				known[v.a] = max(known[v.a], l.imm)
			case opLoad, opStore:
				end := v.imm + uint64(1)<<wasm.Ops[v.aux].Access
				if f.vals[v.a].typ != i32 || f.vals[v.b].op != opBase {
					return fmt.Errorf("an access at %d by another base", v.a)
				}
				if known[v.a] < end && f.bound(v.a, 4)+end > f.m.minMemory {
					return fmt.Errorf("an access at %d up to %d that is not checked", v.a, end)
				}
			}
		}
		proven[n] = known
	}
	return nil
}

// dominated reports whether every way to block n goes through its dominator, given that it
// holds for the blocks before it.
func (f *fn) dominated(n int32) bool {
	b := &f.blocks[n]
	for _, p := range b.preds {
		if p >= n { // back to the head of a loop, from a block that it dominates
			for x := p; x != n; x = f.blocks[x].idom {
				if x < n {
					return false
				}
			}
			continue
		}
		for x := p; x != b.idom; x = f.blocks[x].idom {
			if x < b.idom || x == 0 {
				return false
			}
		}
	}
	return len(b.preds) > 0
}

// holding says which value each place holds: registers, then slots. 0 is none that is known.
type holding []vreg

// verifyPlaces proves that operands are where they are taken from.
func (l *lfn) verifyPlaces() error {
	size := 32 + int(l.slots)
	at := make([]holding, len(l.lb)) // at the begin of each block; nil while unknown
	index := func(x loc) int {
		if x.isReg() {
			return int(x)
		}
		return 32 + int(x-slotBase)
	}
	if size*len(l.lb) > maxSets {
		return fmt.Errorf("too many places")
	}
	at[0] = make(holding, size)
	work := []int32{0}
	for steps := 0; len(work) > 0; steps++ {
		if steps > 64*len(l.lb)+64 {
			return fmt.Errorf("no end of what places hold")
		}
		n := work[len(work)-1]
		work = work[:len(work)-1]
		h := append(holding(nil), at[n]...)
		b := &l.lb[n]
		for i := b.first; i <= b.last; i++ {
			if err := l.step(h, &l.ops[i], index); err != nil {
				return fmt.Errorf("operation %d: %w", i, err)
			}
		}
		for _, s := range b.succs {
			out := append(holding(nil), h...)
			if err := l.enter(out, n, s, index); err != nil {
				return err
			}
			if at[s] == nil {
				at[s] = out
				work = append(work, s)
				continue
			}
			changed := false
			for k, v := range at[s] {
				if v != 0 && out[k] != v {
					at[s][k] = 0
					changed = true
				}
			}
			if changed {
				work = append(work, s)
			}
		}
	}
	return nil
}

// transfer makes moves at once. A move of a phi to its place, at the end of a block, carries
// the value that the block passes on.
func transfer(h holding, moves []move, carried func(move) vreg, index func(loc) int) error {
	values := make([]vreg, len(moves))
	for k, m := range moves {
		want := carried(m)
		if got := h[index(m.from)]; got != want {
			return fmt.Errorf("value %d is not at %d, where %d is", want, m.from, got)
		}
		values[k] = m.v
	}
	for k, m := range moves {
		h[index(m.to)] = values[k]
	}
	return nil
}

func (l *lfn) step(h holding, in *ins, index func(loc) int) error {
	same := func(m move) vreg { return m.v }
	if err := transfer(h, in.entry, same, index); err != nil {
		return err
	}
	if in.op != mJump { // the moves of a jump are those of its edge
		if err := transfer(h, in.before, same, index); err != nil {
			return err
		}
	}
	for _, u := range in.uses {
		if u.at == nowhere || h[index(u.at)] != u.v {
			return fmt.Errorf("operand %d is not at %d", u.v, u.at)
		}
	}
	for r := range loc(32) {
		if in.clob.has(reg(r)) {
			h[r] = 0
		}
	}
	for _, t := range in.temps {
		h[index(t.at)] = 0
	}
	for _, d := range in.defs {
		if d.fix != noReg {
			h[d.fix] = d.v
		} else if d.at.isReg() {
			h[d.at] = d.v
		}
	}
	return nil
}

// enter is what places hold behind the edge from n to s.
func (l *lfn) enter(h holding, n, s int32, index func(loc) int) error {
	k := -1
	for i, p := range l.lb[s].preds {
		if p == n {
			k = i
		}
	}
	if k < 0 {
		return fmt.Errorf("block %d is not in front of block %d", n, s)
	}
	passed := map[vreg]vreg{}
	for _, phi := range l.lb[s].phis {
		v := l.vals[phi].args[k]
		if v < 0 {
			v = -v
		}
		passed[vreg(phi)] = vreg(v)
	}
	last := &l.ops[l.lb[n].last]
	if last.op == mJump {
		err := transfer(h, last.before, func(m move) vreg {
			if v, ok := passed[m.v]; ok {
				return v
			}
			return m.v
		}, index)
		if err != nil {
			return err
		}
	}
	// What a phi is given may be in its place already. Another phi that has that value is not
	// the same from now on.
	given := map[vreg][]vreg{}
	for phi, v := range passed {
		given[v] = append(given[v], phi)
	}
	moved := map[int]bool{}
	if last.op == mJump {
		for _, m := range last.before {
			moved[index(m.to)] = true
		}
	}
	for at, v := range h {
		if v == 0 || moved[at] {
			continue
		}
		for _, phi := range given[v] {
			if l.home(phi, s) == at {
				h[at] = phi
			}
		}
		if next, is := passed[v]; is && next != v && h[at] == v {
			h[at] = 0 // the phi of the round before
		}
	}
	return nil
}

// home is the place of a phi where its block begins.
func (l *lfn) home(phi vreg, b int32) int {
	at, ok := l.homes[[2]int32{int32(phi), b}]
	if !ok {
		return -1
	}
	return at
}
