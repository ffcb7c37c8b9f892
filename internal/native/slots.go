package native

import "sort"

// mostCompared bounds the work of finding values that may have one slot, in spans of lifetimes.
const mostCompared = 1 << 20

// life is when a slot is needed, for values that share it.
type life struct {
	spans []span
	kind  uint8 // what a slot holds: values of other kinds have other slots
}

const (
	slotInt uint8 = iota
	slotFloat
	slotVector
	slotUpper // the upper half of a vector
)

func (a *allocator) slotKind(v vreg) uint8 {
	switch {
	case a.vec[v]:
		return slotVector
	case a.float[v]:
		return slotFloat
	}
	return slotInt
}

// slotsOf gives a slot to each value that is ever in one. A phi and what is passed to it have one slot if
// they do not live at the same time, so that nothing has to be moved from slot to slot; others that do not live at
// the same time share slots, if they are of one kind.
func (a *allocator) slotsOf() {
	a.spills = make([]int32, len(a.float))
	class := make([]int32, len(a.float)) // of each value, another one or itself
	lives := map[int32]*life{}
	for v, is := range a.spilled {
		a.spills[v], class[v] = -1, int32(v)
		if is {
			l := &life{kind: a.slotKind(vreg(v))}
			for _, it := range a.parts[v] {
				l.spans = append(l.spans, it.spans...)
			}
			lives[int32(v)] = l
		}
	}
	of := func(v int32) int32 {
		for class[v] != v {
			class[v] = class[class[v]]
			v = class[v]
		}
		return v
	}
	compared := 0
	for n := range a.lb {
		for _, phi := range a.lb[n].phis {
			if !a.spilled[phi] {
				continue
			}
			for k := range a.vals[phi].args {
				arg := a.arg(phi, k)
				if !a.spilled[arg] || compared > mostCompared {
					continue
				}
				p, q := of(int32(phi)), of(int32(arg))
				if p == q || lives[p].kind != lives[q].kind {
					continue
				}
				x, y := lives[p].spans, lives[q].spans
				compared += len(x) + len(y)
				if meets(x, y) == forever {
					class[q] = p
					lives[p].spans = merged(x, y)
					delete(lives, q)
				}
			}
		}
	}
	order := make([]int32, 0, len(lives))
	for v := range lives {
		order = append(order, v)
	}
	from := func(v int32) int32 { return lives[v].spans[0].from }
	sort.Slice(order, func(i, j int) bool {
		x, y := order[i], order[j]
		return from(x) < from(y) || from(x) == from(y) && x < y
	})
	var ends []int32 // of each slot
	var kinds []uint8
	for _, v := range order {
		l := lives[v]
		s := -1
		for k, e := range ends[:min(len(ends), 256)] {
			if e < from(v)-4 && kinds[k] == l.kind {
				s = k
				break
			}
		}
		if s < 0 {
			s = len(ends)
			if l.kind == slotVector { // the slot above is part of it
				ends, kinds = append(ends, forever), append(kinds, slotUpper)
				s++
			}
			ends, kinds = append(ends, 0), append(kinds, l.kind)
		}
		ends[s] = l.spans[len(l.spans)-1].to + 4
		a.spills[v] = int32(s)
	}
	for v, is := range a.spilled {
		if is {
			a.spills[v] = a.spills[of(int32(v))]
		}
	}
	a.slots = int32(len(ends))
}

// merged are the spans of two lists that do not meet, in order.
func merged(a, b []span) []span {
	list := make([]span, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].from < b[0].from {
			list, a = append(list, a[0]), a[1:]
		} else {
			list, b = append(list, b[0]), b[1:]
		}
	}
	return append(append(list, a...), b...)
}
