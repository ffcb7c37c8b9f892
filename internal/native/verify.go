package native

import (
	"fmt"
	"math/bits"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Two proofs are made of every function before it is installed, by code that shares nothing
// with the passes: that each access to linear memory is within what was checked on every way
// to it, and that each operand of each machine operation is in the place that it is taken
// from. A function for which a proof fails keeps the engine's code.

// verifyAccesses proves that each load and store of f is checked. What holds at the end of a block's
// dominator holds in the block: memory does not shrink.
func (f *fn) verifyAccesses() error {
	children := make([][]int32, len(f.blocks))
	for n := 1; n < len(f.blocks); n++ {
		d := f.blocks[n].idom
		if d < 0 || int(d) >= len(f.blocks) {
			return fmt.Errorf("block %d has no dominator", n)
		}
		children[d] = append(children[d], int32(n))
	}
	p := &proof{fn: f, known: map[value]uint64{}, ranges: map[sum]bool{}}
	// When a block of the tree is entered and left, counted.
	in, out := make([]int, len(f.blocks)), make([]int, len(f.blocks))
	clock := 0
	type visit struct {
		block int32
		undo  int // of a block that is left; -1 when it is entered
	}
	work := []visit{{0, -1}}
	for len(work) > 0 {
		v := work[len(work)-1]
		work = work[:len(work)-1]
		clock++
		if v.undo >= 0 {
			out[v.block] = clock
			p.forget(v.undo)
			continue
		}
		in[v.block] = clock
		work = append(work, visit{v.block, len(p.undo)})
		if err := p.block(v.block); err != nil {
			return err
		}
		for _, c := range children[v.block] {
			work = append(work, visit{c, -1})
		}
	}
	// A tree in which the parent of each block is above all that lead to it is one of dominators.
	for n := range f.blocks {
		d := f.blocks[n].idom
		if in[n] == 0 || n > 0 && len(f.blocks[n].preds) == 0 {
			return fmt.Errorf("nothing leads to block %d", n)
		}
		for _, p := range f.blocks[n].preds {
			if in[p] < in[d] || out[p] > out[d] {
				return fmt.Errorf("block %d is not dominated by block %d", n, d)
			}
		}
	}
	return nil
}

// proof is the state of [fn.verifyAccesses].
type proof struct {
	*fn
	known  map[value]uint64 // how far behind an address the memory reaches
	ranges map[sum]bool     // that end within the memory
	undo   []known
}

// known is what was known of an address before; with ranged, of the end of a range: nothing.
type known struct {
	address value
	end     uint64
	ranged  bool
	sum     sum
}

// sum is a sum of up to two values of 64 bits, of which each is an i32 that has been extended with
// zeros, and a constant.
type sum struct {
	a, b value // 0 for none; a < b
	n    uint64
}

// plus adds v to s, less one base if there is one. ok is false where the sum is not known to be
// exact.
func (f *fn) plus(s sum, v value, base *int, depth int) (out sum, ok bool) {
	x := &f.vals[v]
	switch {
	case depth == 0 || s.n > 1<<33:
		return s, false
	case x.op == opConst && x.imm < 1<<34: // where it was made of two of 32 bits, too
		s.n += x.imm
	case x.op == opBase && base != nil:
		*base++
	case x.op == op(wasm.OpI64Add):
		if s, ok = f.plus(s, x.a, base, depth-1); !ok {
			return s, false
		}
		return f.plus(s, x.b, base, depth-1)
	case x.op == op(wasm.OpI64ExtendI32U) && s.b == 0:
		if s.a == 0 {
			s.a = v
		} else {
			s.a, s.b = min(s.a, v), max(s.a, v)
		}
	default:
		return s, false
	}
	return s, true
}

// checked proves that n bytes at address, which has the base of the memory in it, are in the memory.
func (p *proof) checked(address, n value) error {
	base := 0
	s, ok := p.plus(sum{}, address, &base, 4)
	if ok && base == 1 {
		if s, ok = p.plus(s, n, nil, 4); ok {
			end := s.n
			for _, v := range []value{s.a, s.b} {
				if v != 0 {
					end += p.atMost(p.vals[v].a, 6)
				}
			}
			if p.ranges[s] || end <= p.m.minMemory {
				return nil
			}
		}
	}
	return fmt.Errorf("a range of %d bytes at %d that is not checked", n, address)
}

func (p *proof) reaches(address value, end uint64) {
	if old := p.known[address]; old < end {
		p.undo = append(p.undo, known{address: address, end: old})
		p.known[address] = end
	}
}

// within reports whether the memory is known to reach to end behind the address, or, for an address that
// is a sum with constants, behind what they are added to: that sum is exact then.
func (p *proof) within(address value, end uint64) bool {
	for range 8 {
		if p.known[address] >= end {
			return true
		}
		x := &p.vals[address]
		if x.op != op(wasm.OpI32Add) || p.vals[x.b].op != opConst {
			return false
		}
		address, end = x.a, end+p.vals[x.b].imm&(1<<32-1)
	}
	return false
}

func (p *proof) forget(to int) {
	for len(p.undo) > to {
		last := p.undo[len(p.undo)-1]
		p.undo = p.undo[:len(p.undo)-1]
		if last.ranged {
			delete(p.ranges, last.sum)
		} else {
			p.known[last.address] = last.end
		}
	}
}

func (p *proof) block(n int32) error {
	f := p.fn
	for _, x := range f.blocks[n].ins {
		v := &f.vals[x]
		switch v.op {
		case opCheck:
			if f.vals[v.b].op != opLen || f.vals[v.a].typ != i32 {
				return fmt.Errorf("a check of %d that is none", v.a)
			}
			p.reaches(v.a, v.imm)
		case opCheckLim:
			l := &f.vals[v.b]
			if l.op == opLen { // of a range
				if s, ok := f.plus(sum{}, v.a, nil, 4); ok && !p.ranges[s] {
					p.ranges[s] = true
					p.undo = append(p.undo, known{ranged: true, sum: s})
				}
				continue
			}
			if f.vals[v.a].typ != i32 || l.op != opLimit {
				return fmt.Errorf("a check of %d by something else", v.a)
			}
			if f.vals[l.a].op != opLen || l.imm > f.m.minMemory {
				return fmt.Errorf("a limit of %d that is none", v.a)
			}
			p.reaches(v.a, l.imm)
		case opLoad, opStore:
			end := v.imm + uint64(1)<<wasm.Ops[v.aux].Access
			if f.vals[v.a].typ != i32 || f.vals[v.b].op != opBase {
				return fmt.Errorf("an access at %d by another base", v.a)
			}
			if v.guards {
				if !f.m.guarded || end >= 1<<31 {
					return fmt.Errorf("an access at %d that nothing guards", v.a)
				}
				p.reaches(v.a, end)
				continue
			}
			if !p.within(v.a, end) && f.atMost(v.a, 6)+end > f.m.minMemory {
				return fmt.Errorf("an access at %d up to %d that is not checked", v.a, end)
			}
		case opMemCopy, opMemFill:
			if err := p.checked(v.a, v.c); err != nil {
				return err
			}
			if v.op == opMemCopy {
				if err := p.checked(v.b, v.c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// atMost is what v, an i32 without a sign, cannot exceed. It is [fn.bound] for the proof: written apart
// from it, so that what one of them gets wrong the other does not believe.
func (f *fn) atMost(v value, depth int) uint64 {
	const most = 1<<32 - 1
	x := &f.vals[v]
	if x.typ != i32 || depth == 0 {
		return most
	}
	if x.op == opConst {
		return x.imm & most
	}
	of := func(y value) uint64 { return f.atMost(y, depth-1) }
	if x.op == opSelect {
		return max(of(x.b), of(x.c))
	}
	if x.op == opLoad {
		switch wasm.Op(x.aux) {
		case wasm.OpI32Load8U:
			return 1<<8 - 1
		case wasm.OpI32Load16U:
			return 1<<16 - 1
		}
		return most
	}
	if x.op >= op(wasm.NumOps) || x.b == 0 {
		switch wasm.Op(x.op) {
		case wasm.OpI32Eqz, wasm.OpI64Eqz:
			return 1
		case wasm.OpI32Clz, wasm.OpI32Ctz, wasm.OpI32Popcnt:
			return 32
		}
		return most
	}
	o := wasm.Op(x.op)
	if wasm.Ops[o].Sig[0] != 'i' || o >= wasm.OpI32Eq && o <= wasm.OpI32GeU {
		if o >= wasm.OpI32Eq && o <= wasm.OpF64Ge {
			return 1
		}
		return most
	}
	a, b := of(x.a), of(x.b)
	c, constant := f.vals[x.b].imm&most, f.vals[x.b].op == opConst
	n := uint64(most)
	switch {
	case o == wasm.OpI32And:
		n = min(a, b)
	case o == wasm.OpI32Add:
		n = a + b
	case o == wasm.OpI32Or, o == wasm.OpI32Xor:
		n = 1<<bits.Len64(max(a, b)) - 1
	case !constant && o != wasm.OpI32Mul:
	case o == wasm.OpI32Mul:
		n = a * b
	case o == wasm.OpI32Shl:
		n = a << (c % 32)
	case o == wasm.OpI32ShrU:
		n = a >> (c % 32)
	case c == 0:
	case o == wasm.OpI32DivU:
		n = a / c
	case o == wasm.OpI32RemU:
		n = min(a, c-1)
	}
	if n > most { // it may wrap around
		return most
	}
	return n
}

// verifyGuards proves that no access comes before one that its own relies on because that one traps: in each block
// those that follow an access which is guarded still do.
func (l *lfn) verifyGuards() error {
	if !l.m.guarded {
		return nil
	}
	order := make([]int32, len(l.vals)) // of the accesses of a block, from 1 on
	for n := range l.blocks {
		for k, x := range l.blocks[n].ins {
			order[x] = int32(k) + 1
		}
		latest := int32(0)
		for i := l.lb[n].first; i <= l.lb[n].last; i++ {
			x := l.ops[i].access
			if x == 0 {
				continue
			}
			if order[x] == 0 || l.vals[x].blk != int32(n) {
				return fmt.Errorf("operation %d is an access of another block", i)
			}
			if l.vals[x].guards && order[x] < latest {
				return fmt.Errorf("operation %d is a guard behind what relies on it", i)
			}
			latest = max(latest, order[x])
		}
	}
	return nil
}

// holding says which value each place holds: registers, then slots. 0 is none that is known.
type holding []vreg

// verifyPlaces proves that operands are where they are taken from.
func (l *lfn) verifyPlaces() error {
	size := numRegs + int(l.slots)
	at := make([]holding, len(l.lb)) // at the begin of each block; nil while unknown
	index := func(x loc) int {
		if x.isReg() {
			return int(x)
		}
		return numRegs + int(x-slotBase)
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
		l.spend(4 * size)
		h := append(holding(nil), at[n]...)
		b := &l.lb[n]
		for k := range b.sunk {
			if err := transfer(h, b.sunk[k:k+1], func(m move) vreg { return m.v }, index); err != nil {
				return fmt.Errorf("block %d: %w", n, err)
			}
		}
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
	for r := range loc(numRegs) {
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
