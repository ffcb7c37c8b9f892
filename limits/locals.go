package limits

// maxUses bounds the locals that are followed in a loop, and maxCarried those that
// are found to be carried.
const (
	maxUses    = 256
	maxCarried = 32
)

// localUses finds for each loop locals that it reads first and writes later, up to
// a bound. It goes by the order of the instructions. That it may be wrong there matters
// to speed only. It is right about those that are set once.
type localUses struct {
	loops []loopUses // open ones, the innermost last
}

// loopUses are the locals of one loop in the order in which they were found.
type loopUses struct {
	uses []localUse
	at   map[uint32]int // by local
	full bool           // there are others
}

type localUse struct {
	local         uint32
	read, written bool // before it was written; at all
	again         bool // it was written at two places
}

func (u *localUses) reset() { u.loops = u.loops[:0] }

func (u *localUses) open() { u.loops = append(u.loops, loopUses{at: map[uint32]int{}}) }

func (u *localUses) get(x uint32) {
	if n := len(u.loops); n > 0 {
		u.loops[n-1].note(localUse{local: x, read: true})
	}
}

func (u *localUses) set(x uint32) {
	if n := len(u.loops); n > 0 {
		u.loops[n-1].note(localUse{local: x, written: true})
	}
}

// note adds a use that comes behind those that are known.
func (l *loopUses) note(use localUse) {
	if i, ok := l.at[use.local]; ok {
		was := &l.uses[i]
		was.again = was.again || use.again || was.written && use.written
		was.written = was.written || use.written
	} else if l.full = l.full || len(l.uses) >= maxUses; !l.full {
		l.at[use.local] = len(l.uses)
		l.uses = append(l.uses, use)
	}
}

// setOnce reports whether one instruction of the innermost loop sets x, and no other.
func (u *localUses) setOnce(x uint32) bool {
	l := &u.loops[len(u.loops)-1]
	i, ok := l.at[x]
	return ok && !l.full && l.uses[i].written && !l.uses[i].again
}

// close ends the innermost loop, and returns its locals.
func (u *localUses) close() []uint32 {
	n := len(u.loops) - 1
	l := u.loops[n]
	u.loops = u.loops[:n]
	var carried []uint32
	if n > 0 {
		u.loops[n-1].full = u.loops[n-1].full || l.full
	}
	for _, use := range l.uses {
		if use.read && use.written && len(carried) < maxCarried {
			carried = append(carried, use.local)
		}
		if n > 0 {
			u.loops[n-1].note(use)
		}
	}
	return carried
}
