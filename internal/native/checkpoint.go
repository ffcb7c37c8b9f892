package native

// A guest that has its limits looked at calls a function for that in loops and where functions begin, but hardly ever gets
// to the call: its counter must have run out. As a call like others it would take every register that
// callers save from the values around, in code that runs each time. So it is an operation that keeps all
// registers, and saves and loads those that matter itself. A function that needs a frame for nothing else has none: such a look
// makes one for itself.

// checkpoint lowers the call x of the function that looks at limits, if the processor's convention allows it.
func (l *lowering) checkpoint(x value, v *val) bool {
	if !l.checkpoints || v.op != opCall || !l.m.quiet(uint32(v.imm)) || len(v.args) != 3 {
		return false
	}
	off, constant := l.isConst(v.args[1])
	at, both := l.isConst(v.args[2])
	if !constant || !both || int64(off) != int64(int32(off)) {
		return false
	}
	i := ins{op: mCheckpoint, imm: int64(off), other: int32(uint32(at)), disp: l.m.functions + 24*int32(v.imm), mem: -1, ctx: -1, target: int32(v.imm),
		uses: []use{{v: l.ctx, fix: noReg}, {v: l.mctx, fix: noReg}, l.in(v.args[0])}}
	for _, y := range l.results[x] {
		i.defs = append(i.defs, out(vreg(y))...)
	}
	l.emit(i)
	return true
}

// checkpointSlots are those that each checkpoint uses beside the ones for registers: for the register of the execution context, before
// there is room for others; for that context, the module's, and the counter.
const checkpointSlots = 4

// keepAtCheckpoints finds the registers that each checkpoint has to keep, and gives them slots. The others it loses,
// which [lfn.verifyPlaces] is told.
func (l *lfn) keepAtCheckpoints() {
	saves := l.m.target.convention().callerSaved
	var union regs
	found := false
	for i := range l.ops {
		found = found || l.ops[i].op == mCheckpoint
	}
	if !found {
		return
	}
	l.liveRegisters(func(in *ins, live regs) {
		keep := live & saves
		in.clob = saves &^ keep
		union |= keep
	})
	l.kept = map[reg]loc{}
	l.keptFrom = l.slots
	l.keptInputs = slotBase + loc(l.slots) + 1
	l.slots += checkpointSlots
	for r := reg(0); r < numRegs; r++ {
		if union.has(r) {
			l.slots += saveSize(r) / 8
			l.kept[r] = slotBase + loc(l.slots-1)
		}
	}
}

// spilled is how many slots there are beside those of checkpoints.
func (l *lfn) spilled() int32 {
	if l.kept != nil {
		return l.keptFrom
	}
	return l.slots
}

// liveRegisters calls f for each checkpoint with the registers that are read behind it before they are written, but
// what it returns.
func (l *lfn) liveRegisters(f func(in *ins, live regs)) {
	at := make([]regs, len(l.lb)) // where each block begins
	through := func(b int, f func(*ins, regs)) regs {
		live := regs(0)
		for _, s := range l.lb[b].succs {
			live |= at[s]
		}
		for i := l.lb[b].last; i >= l.lb[b].first; i-- {
			in := &l.ops[i]
			for _, d := range in.defs {
				live &^= ofPlace(d.at)
				if d.fix != noReg {
					live &^= 1 << d.fix
				}
			}
			if in.op == mCheckpoint {
				if f != nil {
					f(in, live)
				}
			} else {
				live &^= in.clob
			}
			for _, u := range in.uses {
				live |= ofPlace(u.at)
			}
			live = before(in.before, live)
			live = before(in.entry, live)
		}
		return live
	}
	for again := true; again; {
		again = false
		for b := len(l.lb) - 1; b >= 0; b-- {
			l.spend(int(l.lb[b].last - l.lb[b].first + 1))
			if live := through(b, nil); live != at[b] {
				at[b], again = live, true
			}
		}
	}
	for b := range l.lb {
		through(b, f)
	}
}

// before are the registers that matter in front of moves, behind which live do.
func before(moves []move, live regs) regs {
	written, read := regs(0), regs(0)
	for _, m := range moves {
		written |= ofPlace(m.to)
		read |= ofPlace(m.from)
	}
	return live&^written | read
}

// ofPlace is the register that l is, if it is one.
func ofPlace(l loc) regs {
	if !l.isReg() {
		return 0
	}
	return 1 << l.reg()
}
