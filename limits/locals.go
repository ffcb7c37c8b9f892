package limits

import "slices"

// localUses finds for each loop the locals that it reads first and writes later.
// It goes by the order of the instructions, which decides about speed only.
type localUses struct {
	loops []loopUses // open ones, the innermost last
}

type loopUses struct {
	seen, read, written map[uint32]bool
}

func (u *localUses) reset() { u.loops = u.loops[:0] }

func (u *localUses) open() {
	u.loops = append(u.loops, loopUses{map[uint32]bool{}, map[uint32]bool{}, map[uint32]bool{}})
}

func (u *localUses) get(x uint32) {
	if n := len(u.loops); n > 0 {
		u.loops[n-1].get(x)
	}
}

func (u *localUses) set(x uint32) {
	if n := len(u.loops); n > 0 {
		u.loops[n-1].seen[x] = true
		u.loops[n-1].written[x] = true
	}
}

func (l *loopUses) get(x uint32) {
	if !l.seen[x] {
		l.seen[x], l.read[x] = true, true
	}
}

// close ends the innermost loop, and returns its locals.
func (u *localUses) close() []uint32 {
	n := len(u.loops) - 1
	l := u.loops[n]
	u.loops = u.loops[:n]
	var carried []uint32
	for x := range l.read {
		if l.written[x] {
			carried = append(carried, x)
		}
	}
	slices.Sort(carried)
	if n > 0 {
		outer := &u.loops[n-1]
		for x := range l.read {
			outer.get(x)
		}
		for x := range l.written {
			outer.seen[x], outer.written[x] = true, true
		}
	}
	return carried
}
