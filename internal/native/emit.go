package native

// A placed position: what ends at the offset at of the function's code stands for the
// instruction at pos of the code section's contents.
type placed struct{ at, pos uint32 }

// machineCode is the code of a function.
type machineCode struct {
	text    []byte
	end     int // of the instructions; jump tables and constants follow
	places  []placed
	calls   []callSite // of functions of the module, to be completed
	moves   []int      // calls of Go's memmove
	traps   []callSite // of the ends of traps, target is the code of the trap
	tables  []table
	sites   []site // that may fault
	parts   []part // of each operation
	keeping int32  // bytes of what is kept for the caller, at the top of the frame
	kept    regs   // what is kept for the caller
	grows   int    // where the call for a larger stack ends, 0 for none
	inner   int    // where those begin who pass what is carried
}

// part is the code of an operation: its moves from an offset on, for amd64, itself from the next, and where it ends,
// which is 0 if the operation is not written.
type part struct{ moves, from, to int32 }

type callSite struct {
	at     int // of what [target.link] completes
	target int32
}

// table is a table of jumps, whose address the instruction that ends at lea makes.
type table struct {
	lea  int
	list []int32
}

// layout is the order in which blocks are written: what loops leave early comes behind
// them, and what is hardly ever reached comes last.
func (l *lfn) layout() []int32 {
	order := make([]int32, 0, len(l.lb))
	at := make([]int, len(l.lb)) // in order
	for n := range l.lb {
		if n == 0 || !l.lb[n].cold {
			at[n] = len(order)
			order = append(order, int32(n))
		}
	}
	warm := order
	for n := range l.lb {
		if n > 0 && l.lb[n].cold {
			order = append(order, int32(n))
		}
	}
	var others []int32
	for h := range l.lb { // loops come in front of those that are in them
		if l.lb[h].loopEnd < 0 || l.lb[h].cold {
			continue
		}
		left := 0 // members to come
		for n := int32(h); n <= l.lb[h].loopEnd; n++ {
			if !l.lb[n].cold && l.member(n, int32(h)) {
				left++
			}
		}
		to := at[h]
		others = others[:0]
		for from := to; left > 0 && from < len(warm); from++ {
			if n := warm[from]; l.member(n, int32(h)) {
				warm[to], at[n] = n, to
				to++
				left--
			} else {
				others = append(others, n)
			}
		}
		for _, n := range others {
			warm[to], at[n] = n, to
			to++
		}
	}
	return order
}

// member reports whether block n is in the loop of head h.
func (l *lfn) member(n, h int32) bool {
	for x := l.lb[n].loop; x >= 0; x = l.lb[l.lb[x].preds[0]].loop {
		l.spend(1)
		if x == h {
			return true
		}
	}
	return false
}

// through is the block that a jump to b leads to in the end.
func (l *lfn) through(b int32) int32 {
	for range 16 {
		lb := &l.lb[b]
		in := &l.ops[lb.first]
		if lb.first != lb.last || in.op != mJump || len(in.before)+len(in.entry)+len(lb.sunk) > 0 || in.target == b || lb.bare != l.lb[in.target].bare || l.behind == b && b > 0 {
			break
		}
		b = in.target
	}
	return b
}

// returns reports whether block b does nothing but return.
func (l *lfn) returns(b int32) bool {
	lb := &l.lb[b]
	in := &l.ops[lb.first]
	return lb.first == lb.last && len(lb.sunk) == 0 && (l.behind != b || b == 0) && in.op == mRet && len(in.entry) == 0 && still(in.before)
}

func still(moves []move) bool {
	for _, m := range moves {
		if m.from != m.to {
			return false
		}
	}
	return true
}

// reach finds the blocks that are written: those that only jump on are jumped over.
func (l *lfn) reach() []bool {
	seen := make([]bool, len(l.lb))
	work := []int32{0}
	seen[0] = true
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		for _, s := range l.lb[b].succs {
			if t := l.through(s); !seen[t] {
				seen[t] = true
				work = append(work, t)
			}
		}
	}
	return seen
}

// writing is what a function's code is written with on every processor.
type writing struct {
	*lfn
	pool
	made   machineCode
	saved  []reg // that are kept for the caller
	framed bool
	labels []int // of blocks
	jumps  []jump
	stubs  []func() // that write what stands behind the blocks
}

type jump struct {
	at    int // of what is completed
	block int32
	size  int // of the distance, where there are several
}

// blocks has write write each block that anything leads to, by order; next is the one behind it, or -1.
func (w *writing) blocks(order []int32, write func(n, next int32)) {
	reached := w.reach()
	var list []int32
	for _, n := range order {
		if reached[n] {
			list = append(list, n)
		}
	}
	for k, n := range list {
		next := int32(-1)
		if k+1 < len(list) {
			next = list[k+1]
		}
		write(n, next)
	}
}

// writeStubs writes what stands behind the blocks. Stubs may have stubs.
func (w *writing) writeStubs() {
	for len(w.stubs) > 0 {
		stubs := w.stubs
		w.stubs = nil
		for _, write := range stubs {
			write()
		}
	}
}

// mover copies values from place to place.
type mover interface {
	// move copies v. What is in temporary stays.
	move(v vreg, from, to loc)
	// temporary is a register that values are never given, for integers or for floats.
	temporary(float bool) loc
}

// moves makes all of moves at once: each place is read before any is written.
func (l *lfn) moves(moves []move, by mover) {
	for _, float := range [2]bool{false, true} {
		var list []move
		for _, m := range moves {
			if l.float[m.v] == float && m.from != m.to {
				list = append(list, m)
			}
		}
		l.parallel(list, float, by)
	}
}

func (l *lfn) parallel(list []move, float bool, by mover) {
	for len(list) > 0 {
		l.spend(len(list) * len(list))
		done := false
		for i := 0; i < len(list); i++ {
			free := true
			for k := range list {
				if k != i && list[k].from == list[i].to {
					free = false
					break
				}
			}
			if free {
				by.move(list[i].v, list[i].from, list[i].to)
				list = append(list[:i], list[i+1:]...)
				i--
				done = true
			}
		}
		if done {
			continue
		}
		// A cycle: one place is kept elsewhere meanwhile.
		from, v := list[0].from, list[0].v
		temp := by.temporary(float)
		by.move(v, from, temp)
		for k := range list {
			if list[k].from == from {
				list[k].from = temp
			}
		}
	}
}
