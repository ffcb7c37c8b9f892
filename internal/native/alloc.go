package native

import (
	"container/heap"
	"math/bits"
	"sort"
)

// Registers are given by a linear scan over the lifetimes of values, which are split where
// that helps. A value that is ever in a slot of the frame is stored there where it is
// computed, as it is computed once: leaving a register costs nothing then.
//
// Each operation i has four positions. At 4i values are moved; operands are read at
// 4i+1; results are written at 4i+2.

const forever = int32(1 << 30)

// maxSets bounds the memory of the sets of live values, in words.
const maxSets = 4 << 20

type span struct{ from, to int32 }

type usePos struct {
	pos  int32
	must bool // be in a register
}

// interval is a part of the lifetime of a value, during which it is in one place.
type interval struct {
	v      vreg
	spans  []span
	uses   []usePos
	at     loc
	cursor int // the first span that ends behind the position at hand
	hint   loc
}

func (it *interval) start() int32 { return it.spans[0].from }
func (it *interval) end() int32   { return it.spans[len(it.spans)-1].to }

func (it *interval) covers(pos int32) bool {
	for it.cursor < len(it.spans) && it.spans[it.cursor].to <= pos {
		it.cursor++
	}
	return it.cursor < len(it.spans) && it.spans[it.cursor].from <= pos
}

// next is the first use at or behind pos.
func (it *interval) next(pos int32) int32 {
	i := sort.Search(len(it.uses), func(i int) bool { return it.uses[i].pos >= pos })
	if i == len(it.uses) {
		return forever
	}
	return it.uses[i].pos
}

func (it *interval) nextMust(pos int32) int32 {
	for i := sort.Search(len(it.uses), func(i int) bool { return it.uses[i].pos >= pos }); i < len(it.uses); i++ {
		if it.uses[i].must {
			return it.uses[i].pos
		}
	}
	return forever
}

// last is the last use before pos, or -1.
func (it *interval) last(pos int32) int32 {
	i := sort.Search(len(it.uses), func(i int) bool { return it.uses[i].pos >= pos })
	if i == 0 {
		return -1
	}
	return it.uses[i-1].pos
}

// meets is the first position that two lists of spans have in common.
func meets(a, b []span) int32 {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].to <= b[0].from:
			a = a[1:]
		case b[0].to <= a[0].from:
			b = b[1:]
		default:
			return max(a[0].from, b[0].from)
		}
	}
	return forever
}

// queue has intervals by where they begin.
type queue []*interval

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].start() < q[j].start() }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*interval)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

type allocator struct {
	*lfn
	*convention
	parts   [][]*interval   // of each vreg, in order
	fixed   [numRegs][]span // when a register is taken by an operation
	fixedAt [numRegs]int
	hintReg []reg
	hintTo  []vreg
	// hintDepth is the depth of the loop that the move to hintTo is in.
	hintDepth []int32
	across    []vreg     // those that live where blocks meet
	dense     []int32    // of each vreg, where it is in across; -1
	live      [][]uint64 // of across, at the begin of each block
	queue     queue
	active    []*interval
	inactive  []*interval
	blockOf   []int32 // of each operation
	now       int32
	steps     int
	spilled   []bool
}

func (a *allocator) from(b int32) int32 { return 4 * a.lb[b].first }
func (a *allocator) to(b int32) int32   { return 4 * (a.lb[b].last + 1) }

// allocate gives each operand of l its place, and adds the moves between places.
func allocate(l *lfn) {
	n := len(l.float)
	a := &allocator{lfn: l, convention: l.m.target.convention(), parts: make([][]*interval, n), hintReg: make([]reg, n), hintTo: make([]vreg, n), hintDepth: make([]int32, n), spilled: make([]bool, n)}
	for i := range a.hintReg {
		a.hintReg[i] = noReg
	}
	a.blockOf = make([]int32, len(l.ops))
	for b := range l.lb {
		for i := l.lb[b].first; i <= l.lb[b].last; i++ {
			a.blockOf[i] = int32(b)
		}
	}
	a.intervals()
	a.walk()
	a.assign()
}

// intervals finds when values live, from the last block to the first.
func (a *allocator) intervals() {
	a.findAcross()
	words := (len(a.across) + 63) / 64
	if words*len(a.lb) > maxSets {
		panic(declined("many values in many blocks"))
	}
	a.live = make([][]uint64, len(a.lb))
	its := make([]*interval, len(a.float))
	get := func(v vreg) *interval {
		if its[v] == nil {
			its[v] = &interval{v: v, at: nowhere, hint: nowhere}
		}
		return its[v]
	}
	// Spans and uses come last first.
	add := func(v vreg, from, to int32) {
		it := get(v)
		for n := len(it.spans); n > 0 && it.spans[n-1].from <= to; n-- {
			from, to = min(from, it.spans[n-1].from), max(to, it.spans[n-1].to)
			it.spans = it.spans[:n-1]
		}
		it.spans = append(it.spans, span{from, to})
	}
	lives := func(live []uint64, v vreg) {
		if k := a.dense[v]; k >= 0 {
			live[k/64] |= 1 << (k % 64)
		}
	}
	begins := func(live []uint64, v vreg) {
		if k := a.dense[v]; k >= 0 {
			live[k/64] &^= 1 << (k % 64)
		}
	}
	block := func(r reg, from, to int32) { a.fixed[r] = append(a.fixed[r], span{from, to}) }
	for n := len(a.lb) - 1; n >= 0; n-- {
		b := &a.lb[n]
		live := make([]uint64, words)
		for _, s := range b.succs {
			if s > int32(n) {
				for w, x := range a.live[s] {
					live[w] |= x
				}
			}
			for k, p := range a.lb[s].preds {
				if p != int32(n) {
					continue
				}
				for _, phi := range a.lb[s].phis {
					v := a.arg(phi, k)
					lives(live, v)
					// The move of a deeper loop is the one to be saved.
					if a.hintTo[v] == 0 || b.depth > a.hintDepth[v] {
						a.hintTo[v], a.hintDepth[v] = vreg(phi), b.depth
					}
				}
			}
		}
		a.each(live, func(v vreg) { add(v, a.from(int32(n)), a.to(int32(n))) })
		for i := b.last; i >= b.first; i-- {
			in := &a.ops[i]
			p := 4 * i
			for _, d := range in.defs {
				at := p + 2
				if d.fix != noReg {
					if in.op != mEntry {
						a.used |= 1 << d.fix
					}
					block(d.fix, p+2, p+4)
					at = p + 4
					a.hintReg[d.v] = d.fix
				}
				it := get(d.v)
				if len(it.spans) == 0 {
					it.spans = append(it.spans, span{at, at + 1})
				} else {
					it.spans[len(it.spans)-1].from = at
				}
				it.uses = append(it.uses, usePos{at, d.fix == noReg})
				begins(live, d.v)
			}
			a.used |= in.clob
			for r := range reg(numRegs) {
				if in.clob.has(r) {
					block(r, p+2, p+3)
				}
			}
			for _, t := range in.temps {
				it := get(t.v)
				it.spans = append(it.spans, span{p + 1, p + 3})
				it.uses = append(it.uses, usePos{p + 2, true}, usePos{p + 1, true})
			}
			for _, u := range in.uses {
				it := get(u.v)
				switch {
				case u.kind == inFixed:
					add(u.v, a.from(int32(n)), p+1)
					block(u.fix, p+1, p+2)
					it.uses = append(it.uses, usePos{p, false})
					if a.hintReg[u.v] == noReg {
						a.hintReg[u.v] = u.fix
					}
				case u.late:
					add(u.v, a.from(int32(n)), p+3)
					it.uses = append(it.uses, usePos{p + 2, u.kind == inReg}, usePos{p + 1, u.kind == inReg})
				default:
					add(u.v, a.from(int32(n)), p+2)
					it.uses = append(it.uses, usePos{p + 1, u.kind == inReg})
				}
				lives(live, u.v)
			}
			if in.same && len(in.uses) > 0 && a.hintTo[in.uses[0].v] == 0 {
				a.hintTo[in.uses[0].v] = in.defs[0].v
			}
		}
		for _, phi := range b.phis {
			v := vreg(phi)
			begins(live, v)
			it := get(v)
			if len(it.spans) == 0 {
				it.spans = append(it.spans, span{a.from(int32(n)), a.from(int32(n)) + 1})
			}
			it.uses = append(it.uses, usePos{a.from(int32(n)), false})
		}
		if b.loopEnd >= 0 {
			end := a.to(b.loopEnd)
			a.each(live, func(v vreg) {
				it := its[v]
				a.spend(len(it.uses) + int(b.loopEnd) - n)
				used := len(it.uses) > 0 && it.uses[len(it.uses)-1].pos < end
				add(v, a.from(int32(n)), end)
				if used { // and again in the next round
					at := sort.Search(len(it.uses), func(i int) bool { return it.uses[i].pos < end })
					it.uses = append(it.uses, usePos{})
					copy(it.uses[at+1:], it.uses[at:])
					it.uses[at] = usePos{end - 1, false}
				}
				for m := n + 1; m <= int(b.loopEnd); m++ {
					lives(a.live[m], v)
				}
			})
		}
		a.live[n] = live
	}
	for r := range a.fixed {
		reverse(a.fixed[r])
		list := a.fixed[r]
		sort.Slice(list, func(i, j int) bool { return list[i].from < list[j].from })
		merged := list[:0]
		for _, s := range list {
			if n := len(merged); n > 0 && s.from <= merged[n-1].to {
				merged[n-1].to = max(merged[n-1].to, s.to)
			} else {
				merged = append(merged, s)
			}
		}
		a.fixed[r] = merged
	}
	for v, it := range its {
		if it == nil || len(it.spans) == 0 {
			continue
		}
		reverse(it.spans)
		sort.SliceStable(it.uses, func(i, j int) bool { return it.uses[i].pos < it.uses[j].pos })
		a.parts[v] = []*interval{it}
		a.queue = append(a.queue, it)
	}
	heap.Init(&a.queue)
}

// arg is what the predecessor k of a block passes to phi.
func (a *allocator) arg(phi value, k int) vreg {
	v := a.vals[phi].args[k]
	if v < 0 {
		v = -v
	}
	return vreg(v)
}

func reverse[T any](s []T) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}

// each calls f for the values that are live.
func (a *allocator) each(live []uint64, f func(vreg)) {
	for w, x := range live {
		for ; x != 0; x &= x - 1 {
			f(a.across[w*64+bits.TrailingZeros64(x)])
		}
	}
}

// findAcross finds the values that may live where blocks meet, which are few: what a block makes for itself needs no place in
// the sets of all blocks.
func (a *allocator) findAcross() {
	a.dense = make([]int32, len(a.float))
	home := make([]int32, len(a.float)) // the block where it is made
	for v := range home {
		a.dense[v], home[v] = -1, -1
	}
	add := func(v vreg) {
		if a.dense[v] < 0 {
			a.dense[v] = int32(len(a.across))
			a.across = append(a.across, v)
		}
	}
	made := func(v vreg, n int32) {
		if home[v] >= 0 && home[v] != n {
			add(v)
		}
		home[v] = n
	}
	for n := range a.lb {
		b := &a.lb[n]
		for _, phi := range b.phis {
			made(vreg(phi), int32(n))
			for k := range b.preds {
				add(a.arg(phi, k))
			}
		}
		for i := b.first; i <= b.last; i++ {
			for _, d := range a.ops[i].defs {
				made(d.v, int32(n))
			}
		}
	}
	for n := range a.lb {
		for i := a.lb[n].first; i <= a.lb[n].last; i++ {
			for _, u := range a.ops[i].uses {
				if home[u.v] != int32(n) {
					add(u.v)
				}
			}
		}
	}
}

func (a *allocator) walk() {
	for len(a.queue) > 0 {
		cur := heap.Pop(&a.queue).(*interval)
		if a.steps++; a.steps > 1<<20 {
			panic(declined("registers take too long"))
		}
		a.now = cur.start()
		a.spend(len(a.active) + len(a.inactive) + len(cur.spans))
		a.expire()
		if cur.at != nowhere {
			continue
		}
		if !a.tryFree(cur) {
			a.blocked(cur)
		}
		if cur.at.isReg() {
			a.used |= 1 << cur.at
			a.active = append(a.active, cur)
		}
	}
}

// expire sorts the intervals at hand by whether they live at the position at hand.
func (a *allocator) expire() {
	active := a.active[:0]
	var pause []*interval
	for _, it := range a.active {
		switch {
		case !it.at.isReg() || it.end() <= a.now:
		case it.covers(a.now):
			active = append(active, it)
		default:
			pause = append(pause, it)
		}
	}
	inactive := a.inactive[:0]
	for _, it := range a.inactive {
		switch {
		case !it.at.isReg() || it.end() <= a.now:
		case it.covers(a.now):
			active = append(active, it)
		default:
			inactive = append(inactive, it)
		}
	}
	a.active, a.inactive = active, append(inactive, pause...)
}

func (a *allocator) order(v vreg) []reg {
	if a.float[v] {
		return a.floatOrder
	}
	return a.intOrder
}

// fixedMeets is where r is next taken by an operation while it lives.
func (a *allocator) fixedMeets(r reg, it *interval) int32 {
	list := a.fixed[r]
	for a.fixedAt[r] < len(list) && list[a.fixedAt[r]].to <= a.now {
		a.fixedAt[r]++
	}
	list = list[a.fixedAt[r]:]
	at := sort.Search(len(list), func(i int) bool { return list[i].to > it.start() })
	return meets(list[at:], it.spans)
}

func (a *allocator) tryFree(cur *interval) bool {
	order := a.order(cur.v)
	var free [numRegs]int32
	for _, r := range order {
		free[r] = forever
	}
	for _, it := range a.active {
		free[it.at] = 0
	}
	for _, it := range a.inactive {
		a.spend(len(it.spans) - it.cursor)
		if free[it.at] > 0 && a.float[it.v] == a.float[cur.v] {
			if p := meets(it.spans[it.cursor:], cur.spans); p < free[it.at] {
				free[it.at] = p
			}
		}
	}
	for _, r := range order {
		if free[r] > 0 {
			free[r] = min(free[r], a.fixedMeets(r, cur))
		}
	}
	end := cur.end()
	best := noReg
	for _, h := range a.hints(cur) {
		if h != noReg && (h >= firstFloat) == a.float[cur.v] && free[h] >= end {
			best = h
			break
		}
	}
	if best == noReg {
		best = order[0]
		for _, r := range order {
			if free[r] >= end {
				best = r
				break
			}
			if free[r] > free[best] {
				best = r
			}
		}
	}
	if free[best] >= end {
		cur.at = loc(best)
		return true
	}
	pos := free[best] &^ 3
	if pos <= cur.start() || cur.next(cur.start()+1) >= pos {
		return false
	}
	for _, h := range a.hints(cur) {
		if h != noReg && (h >= firstFloat) == a.float[cur.v] && free[h]&^3 >= pos {
			best = h
		}
	}
	a.push(cur, a.best(cur, cur.last(pos)+1, pos))
	cur.at = loc(best)
	return true
}

// hints are registers that cur would be well in.
func (a *allocator) hints(cur *interval) (list [4]reg) {
	list = [4]reg{noReg, noReg, noReg, noReg}
	n := 0
	add := func(l loc) {
		if l.isReg() && n < len(list) {
			list[n] = l.reg()
			n++
		}
	}
	add(cur.hint)
	if to := a.hintTo[cur.v]; to != 0 && len(a.parts[to]) > 0 {
		add(a.parts[to][0].at)
	}
	if cur == a.parts[cur.v][0] {
		i := cur.start() / 4
		if cur.start()%4 == 0 {
			b := a.blockOf[min(int(i), len(a.blockOf)-1)]
			if a.from(b) == cur.start() {
				for _, phi := range a.lb[b].phis {
					if vreg(phi) != cur.v {
						continue
					}
					for _, cold := range [2]bool{false, true} {
						for k, p := range a.lb[b].preds {
							if p < b && a.lb[p].cold == cold {
								add(a.at(a.arg(phi, k), a.to(p)-1))
							}
						}
					}
				}
			}
		} else if in := &a.ops[i]; in.same && len(in.uses) > 0 {
			add(a.at(in.uses[0].v, 4*i+1))
		} else if (in.op == mMov || in.op == mExt || in.op == mLea) && len(in.uses) > 0 {
			add(a.at(in.uses[0].v, 4*i+1))
		}
	}
	if r := a.hintReg[cur.v]; r != noReg {
		add(loc(r))
	}
	return list
}

// push splits it at pos, and has the rest wait for its turn.
func (a *allocator) push(it *interval, pos int32) {
	if rest := a.split(it, pos); rest != nil {
		rest.hint = it.at
		heap.Push(&a.queue, rest)
	}
}

// split cuts off what of it is at and behind pos, which lies within it.
func (a *allocator) split(it *interval, pos int32) *interval {
	if pos >= it.end() {
		return nil
	}
	rest := &interval{v: it.v, at: nowhere, hint: it.at}
	k := sort.Search(len(it.spans), func(i int) bool { return it.spans[i].to > pos })
	tail := append([]span(nil), it.spans[k:]...)
	head := it.spans[:k:k]
	if tail[0].from < pos {
		head = append(head, span{tail[0].from, pos})
		tail[0].from = pos
	}
	if len(head) == 0 {
		panic(declined("a lifetime that cannot be split"))
	}
	it.spans, rest.spans = head, tail
	u := sort.Search(len(it.uses), func(i int) bool { return it.uses[i].pos >= pos })
	rest.uses = it.uses[u:]
	it.uses = it.uses[:u:u]
	it.cursor = min(it.cursor, len(it.spans)-1)
	parts := a.parts[it.v]
	at := 0
	for parts[at] != it {
		at++
	}
	parts = append(parts, nil)
	copy(parts[at+2:], parts[at+1:])
	parts[at+1] = rest
	a.parts[it.v] = parts
	return rest
}

// best is where to split it between lo and hi, hi included: as late as possible, but
// outside of loops that hi is in and lo is not.
func (a *allocator) best(it *interval, lo, hi int32) int32 {
	lo = max(lo, it.start()+1, a.now+1)
	b := a.blockOf[min(int(hi/4), len(a.blockOf)-1)]
	for h := a.lb[b].loop; h >= 0; {
		from := a.from(h)
		if from < lo || from > hi {
			break
		}
		hi = from
		h = a.outerLoop(h)
	}
	return hi
}

func (a *allocator) outerLoop(h int32) int32 { return a.lb[a.lb[h].preds[0]].loop }

// spill puts it into its slot, from its start to its next use in a register.
func (a *allocator) spill(it *interval) {
	it.at = slotBase
	a.spilled[it.v] = true
	must := it.nextMust(it.start())
	if must == forever {
		return
	}
	pos := a.best(it, it.last(must)+1, must&^3)
	if pos <= it.start() || pos <= a.now {
		pos = must &^ 3
	}
	if pos <= it.start() {
		panic(declined("too few registers"))
	}
	a.push(it, pos)
}

// nextOf is the next use of it for which it must stay where it is. A move at hand is none: it
// takes a value from memory as well.
func (a *allocator) nextOf(it *interval) int32 {
	i := sort.Search(len(it.uses), func(i int) bool { return it.uses[i].pos >= a.now })
	for a.now%4 == 0 && i < len(it.uses) && it.uses[i].pos == a.now && !it.uses[i].must {
		i++
	}
	if i == len(it.uses) {
		return forever
	}
	return it.uses[i].pos
}

func (a *allocator) blocked(cur *interval) {
	order := a.order(cur.v)
	var next, block [numRegs]int32
	for _, r := range order {
		next[r], block[r] = forever, forever
	}
	for _, it := range a.active {
		next[it.at] = min(next[it.at], a.nextOf(it))
		if it.start() == a.now && a.parts[it.v][0] == it && it.uses[0].must {
			next[it.at] = 0
		}
	}
	for _, it := range a.inactive {
		if a.float[it.v] == a.float[cur.v] && meets(it.spans[it.cursor:], cur.spans) < forever {
			next[it.at] = min(next[it.at], a.nextOf(it))
		}
	}
	for _, r := range order {
		p := a.fixedMeets(r, cur)
		block[r] = p
		next[r] = min(next[r], p)
	}
	must := cur.nextMust(cur.start())
	first := cur.next(cur.start())
	if len(cur.uses) > 0 && cur.uses[0].pos == cur.start() && !cur.uses[0].must {
		first = cur.next(cur.start() + 1) // where it begins, it may be in memory
	}
	best := order[0]
	for _, r := range order {
		if next[r] > next[best] {
			best = r
		}
	}
	if (next[best] <= first || block[best]&^3 <= cur.start()) && must > cur.start() && must&^3 > cur.start() {
		a.spill(cur)
		return
	}
	// It is needed at once, or in this operation.
	need := cur.start()
	if must&^3 <= need && must < cur.end() {
		need = max(need, must)
	}
	if block[best] <= need {
		for _, r := range order {
			if block[r] > need && (block[best] <= need || next[r] > next[best]) {
				best = r
			}
		}
	}
	if block[best] <= need || next[best] <= a.now {
		panic(declined("too few registers"))
	}
	if block[best] < cur.end() {
		pos := block[best] &^ 3
		if pos <= cur.start() {
			// It ends within this operation: what is behind is in memory.
			if rest := a.split(cur, block[best]); rest != nil {
				a.spill(rest)
			}
		} else {
			a.push(cur, a.best(cur, cur.last(pos)+1, pos))
		}
	}
	cur.at = loc(best)
	for _, list := range [][]*interval{a.active, a.inactive} {
		for _, it := range list {
			if it.at == cur.at && (list2(a.active, it) || meets(it.spans[it.cursor:], cur.spans) < forever) {
				a.evict(it)
			}
		}
	}
}

func list2(list []*interval, it *interval) bool {
	for _, x := range list {
		if x == it {
			return true
		}
	}
	return false
}

// evict takes the register of it away, from now on at the latest.
func (a *allocator) evict(it *interval) {
	if !it.covers(a.now) {
		// It is in a hole of its lifetime: what comes behind takes its turn again.
		a.push(it, it.spans[it.cursor].from)
		return
	}
	pos := a.now
	if lo := it.last(a.now) + 1; lo > it.start() {
		b := a.blockOf[min(int(pos/4), len(a.blockOf)-1)]
		for h := a.lb[b].loop; h >= 0 && a.from(h) >= lo && a.from(h) > it.start(); h = a.outerLoop(h) {
			pos = a.from(h)
		}
	}
	if pos <= it.start() {
		it.at = nowhere
		a.spillFrom(it)
		return
	}
	if rest := a.split(it, pos); rest != nil {
		a.spillFrom(rest)
	}
}

// spillFrom is spill for an interval that may begin before the position at hand.
func (a *allocator) spillFrom(it *interval) {
	it.at = slotBase
	a.spilled[it.v] = true
	must := it.nextMust(a.now)
	if must == forever {
		return
	}
	pos := a.best(it, max(it.last(must)+1, a.now+1), must&^3)
	if pos <= a.now {
		pos = must &^ 3
	}
	if pos <= it.start() || pos <= a.now {
		panic(declined("too few registers"))
	}
	a.push(it, pos)
}

// at is where v is at pos.
func (a *allocator) at(v vreg, pos int32) loc {
	a.spend(len(a.parts[v]))
	for _, it := range a.parts[v] {
		if pos < it.end() {
			return it.at
		}
	}
	if n := len(a.parts[v]); n > 0 {
		return a.parts[v][n-1].at
	}
	return nowhere
}

// assign writes the places into the operations and adds moves.
func (a *allocator) assign() {
	a.slotsOf()
	slot := func(l loc, v vreg) loc {
		if l >= slotBase {
			return slotBase + loc(a.spills[v])
		}
		return l
	}
	place := func(v vreg, pos int32) loc {
		l := a.at(v, pos)
		if l == nowhere {
			panic(declined("a value without a place"))
		}
		return slot(l, v)
	}
	for b := range a.lb {
		for i := a.lb[b].first; i <= a.lb[b].last; i++ {
			in := &a.ops[i]
			p := 4 * i
			for k := range in.uses {
				u := &in.uses[k]
				if u.kind == inFixed {
					u.at = loc(u.fix)
					in.before = append(in.before, move{u.v, place(u.v, p), u.at})
					continue
				}
				u.at = place(u.v, p+1)
				if u.kind == inReg && !u.at.isReg() {
					panic(declined("an operand without a register"))
				}
			}
			for k := range in.temps {
				in.temps[k].at = place(in.temps[k].v, p+1)
			}
			for k := range in.defs {
				d := &in.defs[k]
				if len(a.parts[d.v]) == 0 {
					continue
				}
				from := loc(d.fix)
				if d.fix == noReg {
					d.at = place(d.v, p+2)
					from = d.at
					if !d.at.isReg() {
						panic(declined("a result without a register"))
					}
				} else {
					d.at = from
					if to := place(d.v, p+4); to != from {
						a.ops[i+1].entry = append(a.ops[i+1].entry, move{d.v, from, to})
					}
				}
				if a.spilled[d.v] && !(d.fix != noReg && place(d.v, p+4) >= slotBase) {
					a.ops[i+1].entry = append(a.ops[i+1].entry, move{d.v, from, slotBase + loc(a.spills[d.v])})
				}
			}
		}
		for i := a.lb[b].first; i <= a.lb[b].last; i++ {
			a.distinct(&a.ops[i])
		}
		for _, phi := range a.lb[b].phis {
			v := vreg(phi)
			if at := place(v, a.from(int32(b))); a.spilled[v] && at.isReg() {
				first := &a.ops[a.lb[b].first]
				first.entry = append(first.entry, move{v, at, slotBase + loc(a.spills[v])})
			}
		}
	}
	a.homes = map[[2]int32]int{}
	for b := range a.lb {
		for _, phi := range a.lb[b].phis {
			at := place(vreg(phi), a.from(int32(b)))
			k := int(at)
			if !at.isReg() {
				k = numRegs + int(at-slotBase)
			}
			a.homes[[2]int32{int32(phi), int32(b)}] = k
		}
	}
	// Where lifetimes were split.
	for v := range a.parts {
		for k, it := range a.parts[v] {
			if k == 0 || !it.at.isReg() {
				continue
			}
			before := a.parts[v][k-1]
			pos := it.start()
			if before.end() != pos || before.at == it.at {
				continue
			}
			if pos%4 != 0 {
				panic(declined("a move within an operation"))
			}
			i := pos / 4
			b := a.blockOf[i]
			if a.from(b) == pos {
				continue
			}
			a.ops[i].entry = append(a.ops[i].entry, move{vreg(v), slot(before.at, vreg(v)), it.at})
		}
	}
	// Where control goes from one block to another.
	for n := range a.lb {
		for _, s := range a.lb[n].succs {
			a.edge(int32(n), s, place)
		}
	}
}

// distinct holds the allocator to what operations rely on: what they write has places of
// its own, apart from operands that are not needed any more then.
func (a *allocator) distinct(in *ins) {
	var taken [numRegs]bool
	take := func(l loc) {
		if !l.isReg() {
			return
		}
		if taken[l] {
			panic(declined("two values in one register"))
		}
		taken[l] = true
	}
	for _, t := range in.temps {
		take(t.at)
	}
	for _, d := range in.defs {
		if len(a.parts[d.v]) > 0 {
			take(d.at)
		}
	}
	for _, u := range in.uses {
		l := u.at
		if !l.isReg() {
			continue
		}
		if u.late && taken[l] || in.clob.has(l.reg()) && u.late {
			panic(declined("an operand that is written over"))
		}
	}
	for _, u := range in.uses {
		for _, t := range in.temps {
			if u.at == t.at {
				panic(declined("an operand that is written over"))
			}
		}
	}
}

// edge adds the moves of the edge from block n to block s.
func (a *allocator) edge(n, s int32, place func(vreg, int32) loc) {
	var moves []move
	end, begin := a.to(n)-1, a.from(s)
	a.each(a.live[s], func(v vreg) {
		from, to := place(v, end), place(v, begin)
		if from != to && to.isReg() {
			moves = append(moves, move{v, from, to})
		}
	})
	k := 0
	for i, p := range a.lb[s].preds {
		if p == n {
			k = i
		}
	}
	for _, phi := range a.lb[s].phis {
		from, to := place(a.arg(phi, k), end), place(vreg(phi), begin)
		if from != to {
			moves = append(moves, move{vreg(phi), from, to})
		}
	}
	if len(moves) == 0 {
		return
	}
	if len(a.lb[n].succs) == 1 {
		at := &a.ops[a.lb[n].last]
		at.before = append(at.before, moves...)
		return
	}
	if len(a.lb[s].preds) != 1 {
		panic(declined("a critical edge"))
	}
	// In front of everything else in the block: its own gap is later.
	at := &a.ops[a.lb[s].first]
	at.entry = append(moves, at.entry...)
}
