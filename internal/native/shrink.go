package native

import (
	"maps"
	"math/bits"
)

// What many functions do first is to see whether there is anything to do. Where they leave at once, without a call
// and without what has to be kept for callers, they need no frame: it is made behind the branches that
// decide that. See [lfn.shrink].

const (
	mostEarly   = 4 // branches that are looked at
	mostCopied  = 4 // instructions in front of a return that is written twice
	mostFollows = 3 // blocks that lead to a return
)

// earlyReturns has the branches that a function begins with lead to returns of their own.
func (f *fn) earlyReturns() {
	b := int32(0)
	for range mostEarly {
		blk := &f.blocks[b]
		if blk.term != termBranch {
			return
		}
		next := int32(-1)
		for _, s := range blk.succs {
			if e := &f.blocks[s]; len(e.preds) != 1 || e.term == termReturn || f.copyReturn(s) {
				continue
			} else if e.term == termBranch && !e.header {
				next = s
			}
		}
		if next < 0 {
			return
		}
		b = next
	}
}

// copyReturn has the block n, which jumps to others, do what they do if that is little and ends in a return.
func (f *fn) copyReturn(n int32) bool {
	if b := &f.blocks[n]; b.term != termJump || len(b.phis) > 0 {
		return false
	}
	size := 0
	t := f.blocks[n].succs[0]
	if len(f.blocks[t].preds) == 1 { // it is only its own
		return false
	}
	for hops := 0; ; hops++ {
		b := &f.blocks[t]
		for _, x := range b.ins {
			switch v := &f.vals[x]; v.op {
			case opConst, opVector:
			case opCall, opCallIndirect, opResult, opMemGrow, opMemCopy, opMemFill, opTableGet:
				return false
			default:
				size++
			}
		}
		if b.header || size > mostCopied || hops > mostFollows {
			return false
		}
		if b.term == termReturn {
			break
		}
		if b.term != termJump {
			return false
		}
		t = b.succs[0]
	}
	as := map[value]value{}
	of := func(v value) value {
		if c, is := as[v]; is {
			return c
		}
		return v
	}
	from, t := n, f.blocks[n].succs[0]
	ins := f.blocks[n].ins
	for {
		b := &f.blocks[t]
		k := 0
		for b.preds[k] != from {
			k++
		}
		passed := make([]value, len(b.phis))
		for i, p := range b.phis {
			passed[i] = of(f.vals[p].args[k])
		}
		for i, p := range b.phis {
			as[p] = passed[i]
			if from == n {
				f.vals[p].args = append(f.vals[p].args[:k:k], f.vals[p].args[k+1:]...)
			}
		}
		if from == n {
			b.preds = append(b.preds[:k:k], b.preds[k+1:]...)
		}
		for _, x := range b.ins {
			v := f.vals[x]
			if v.op == opConst || v.op == opVector {
				continue
			}
			v.a, v.b, v.c, v.blk = of(v.a), of(v.b), of(v.c), n
			as[x] = f.add(v)
			ins = append(ins, as[x])
		}
		if b.term == termReturn {
			e := &f.blocks[n]
			e.ins, e.term, e.succs, e.pos = ins, termReturn, nil, b.pos
			for _, a := range b.args {
				e.args = append(e.args, of(a))
			}
			return true
		}
		from, t = t, b.succs[0]
	}
}

// shrink finds the blocks in which a function needs no frame yet, or not at all, and has what moves there into
// the frame, or into registers that are kept for the caller, moved where the frame is made.
func (l *lfn) shrink() {
	keeps := l.m.target.convention()
	if !keeps.late || !l.called && l.spilled() == 0 && l.used&keeps.calleeSaved == 0 {
		return
	}
	s := shrinking{lfn: l, saved: keeps.calleeSaved, scratch: keeps.callerSaved, ctx: keeps.intArgs[0], still: map[loc]loc{}}
	list := s.find()
	// A block with several ways to it, or in a loop, is none for a frame to be made in.
	if len(list) == 0 || len(l.lb[s.behind].preds) != 1 || l.lb[s.behind].header {
		return
	}
	s = shrinking{lfn: l, saved: s.saved, scratch: s.scratch, ctx: s.ctx, still: map[loc]loc{}, apply: true}
	for _, e := range list {
		s.try(e)
	}
	for _, b := range s.bare {
		l.lb[b].bare = true
	}
	l.behind = s.behind
	l.lb[s.behind].sunk = s.sunk
}

// early is a branch at the end of a block, one of whose ways leads to a return.
type early struct{ block, to, other int32 }

// shrinking is the state of [lfn.shrink]. It goes through the blocks twice, and changes them the second time.
type shrinking struct {
	*lfn
	saved   regs // kept for the caller
	scratch regs // the others
	free    regs // of scratch, what the blocks at hand, which end in a return, have nothing in
	apply   bool
	ctx     reg // where the execution context is at first
	bare    []int32
	behind  int32       // where the frame is made
	sunk    []move      // what is moved there
	still   map[loc]loc // of places in the frame, or kept for the caller, where the value is until there is a frame
}

// find finds the branches behind which functions leave without a frame.
func (s *shrinking) find() (list []early) {
	b := int32(0)
	for len(list) < mostEarly {
		last := &s.ops[s.lb[b].last]
		if last.op != mBr || b > 0 && (len(s.lb[b].preds) != 1 || s.lb[b].header) {
			break
		}
		e := early{b, last.target, last.other}
		if !s.try(e) {
			if e = (early{b, last.other, last.target}); !s.try(e) {
				break
			}
		}
		list = append(list, e)
		b = e.other
	}
	return list
}

// try has the block of e without a frame, and what it leads to early, if they can do without one.
func (s *shrinking) try(e early) bool {
	list := s.quick(e.to)
	if list == nil {
		return false
	}
	trial := *s
	trial.still = maps.Clone(s.still)
	trial.sunk = s.sunk[:len(s.sunk):len(s.sunk)]
	if !trial.block(e.block, true) {
		return false
	}
	still := maps.Clone(trial.still)
	trial.free = trial.untouched(list)
	for _, b := range list {
		if !trial.block(b, false) {
			return false
		}
	}
	s.still, s.sunk, s.behind = still, trial.sunk, e.other
	s.bare = append(append(s.bare, e.block), list...)
	return true
}

// quick are the blocks from b on, if they lead to a return and nothing else leads to them.
func (s *shrinking) quick(b int32) (list []int32) {
	for range mostFollows + 1 {
		if len(s.lb[b].preds) != 1 {
			return nil
		}
		list = append(list, b)
		switch last := &s.ops[s.lb[b].last]; last.op {
		case mRet:
			return list
		case mJump:
			b = last.target
		default:
			return nil
		}
	}
	return nil
}

// block reports whether block n can do without a frame; with sink, if moves into it are made later.
func (s *shrinking) block(n int32, sink bool) bool {
	for i := s.lb[n].first; i <= s.lb[n].last; i++ {
		in := &s.ops[i]
		switch in.op {
		case mCall, mCallMem, mCheckpoint, mLoadArg, mLoadOut, mStoreOut, mStoreRes, mSwitch:
			return false
		}
		if !s.moves(&in.entry, sink) || !s.moves(&in.before, sink) {
			return false
		}
		written := in.clob
		for k := range in.uses {
			at, ok := s.at(in.uses[k].at)
			if !ok {
				return false
			}
			if s.apply {
				in.uses[k].at = at
			}
		}
		for k := range in.temps {
			at, ok := s.instead(in.temps[k].at, sink)
			if !ok {
				return false
			}
			if s.apply {
				in.temps[k].at = at
			}
			written |= 1 << at
		}
		var moved []move
		for k := range in.defs {
			d := &in.defs[k]
			if in.op == mEntry {
				break
			}
			if d.fix != noReg {
				written |= 1 << d.fix
				continue
			}
			at, ok := s.instead(d.at, sink)
			if !ok {
				return false
			}
			if at != d.at {
				moved = append(moved, move{d.v, at, d.at})
			}
			if s.apply {
				d.at = at
			}
			written |= 1 << at
		}
		if !s.writes(written, sink) {
			return false
		}
		for _, m := range moved {
			s.still[m.to] = m.from
		}
	}
	return true
}

// untouched are the registers that need not be kept and that the blocks of list do not name.
func (s *shrinking) untouched(list []int32) regs {
	free := s.scratch
	touch := func(l loc) {
		if at, ok := s.at(l); ok && at.isReg() {
			free &^= 1 << at
		}
	}
	moves := func(list []move) {
		for _, m := range list {
			touch(m.from)
			touch(m.to)
		}
	}
	for _, n := range list {
		for i := s.lb[n].first; i <= s.lb[n].last; i++ {
			in := &s.ops[i]
			free &^= in.clob
			for _, u := range in.uses {
				touch(u.at)
				if u.kind == inFixed {
					touch(loc(u.fix))
				}
			}
			for _, t := range in.temps {
				touch(t.at)
			}
			for _, d := range in.defs {
				touch(d.at)
				if d.fix != noReg {
					touch(loc(d.fix))
				}
			}
			moves(in.entry)
			moves(in.before)
		}
	}
	return free
}

// instead is the register to write in place of l: another one in front of a return, if l is kept for the caller.
func (s *shrinking) instead(l loc, sink bool) (loc, bool) {
	if l.isReg() && !s.saved.has(l.reg()) {
		return l, true
	}
	if !l.isReg() || sink {
		return l, false
	}
	kind := s.free & (1<<firstFloat - 1)
	if l.reg() >= firstFloat {
		kind = s.free &^ kind
	}
	if kind == 0 {
		return l, false
	}
	at := kind & -kind
	s.free &^= at
	return loc(bits.TrailingZeros64(uint64(at))), true
}

// outside reports whether l is in the frame, or a register that is kept for the caller.
func (s *shrinking) outside(l loc) bool { return !l.isReg() || s.saved.has(l.reg()) }

// at is where what is at l later is before there is a frame.
func (s *shrinking) at(l loc) (loc, bool) {
	if l == nowhere || !s.outside(l) {
		return l, true
	}
	from, ok := s.still[l]
	return from, ok
}

// writes notes that registers are written: what comes from them would be lost.
func (s *shrinking) writes(list regs, sink bool) bool {
	if list&s.saved != 0 || sink && list.has(s.ctx) { // of which the end of the stack is read
		return false
	}
	for to, from := range s.still {
		if list.has(from.reg()) {
			if sink {
				return false
			}
			delete(s.still, to)
		}
	}
	return true
}

// moves are those of list that stay; with sink, the others are made later.
func (s *shrinking) moves(list *[]move, sink bool) bool {
	var stay, later, moved []move
	var written regs
	for _, m := range *list {
		from, ok := s.at(m.from)
		if !ok {
			return false
		}
		if s.outside(m.to) {
			if m.from == m.to {
				continue
			}
			if sink {
				if _, twice := s.still[m.to]; twice {
					return false
				}
				later = append(later, move{m.v, from, m.to})
				continue
			}
			at, ok := s.instead(m.to, sink)
			if !ok {
				return false
			}
			moved = append(moved, move{m.v, at, m.to})
			written |= 1 << at
			stay = append(stay, move{m.v, from, at})
			continue
		}
		if from != m.to {
			written |= 1 << m.to
		}
		stay = append(stay, move{m.v, from, m.to})
	}
	if !s.writes(written, sink) {
		return false
	}
	for _, m := range later {
		if _, twice := s.still[m.to]; twice || written.has(m.from.reg()) {
			return false
		}
		s.still[m.to] = m.from
	}
	for _, m := range moved {
		s.still[m.to] = m.from
	}
	s.sunk = append(s.sunk, later...)
	// Cycles take a register that is kept for the caller.
	cycles := false
	s.lfn.moves(stay, seen(func() { cycles = true }))
	if cycles {
		return false
	}
	if s.apply {
		*list = stay
	}
	return true
}

// seen is a [mover] that only tells when it is asked for a register.
type seen func()

func (seen) move(vreg, loc, loc)  {}
func (f seen) temporary(bool) loc { f(); return nowhere }
