package native

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// mostSets bounds the globals of which it is known where they are read before they are set again.
const mostSets = 64

// sets drops what is written to a global and written over before anybody can see it: nothing in between calls, traps or reads
// it, and nothing returns. What metered code and the stack pointers of languages come to is often written so. Sums with
// constants that only led to what was dropped become one.
func (f *fn) sets() {
	bit := map[uint64]uint64{} // of each global of the instance's own that is set
	for n := range f.blocks {
		for _, x := range f.blocks[n].ins {
			if v := &f.vals[x]; v.op == opGlobalSet && !f.m.globals[v.imm].imported && bit[v.imm] == 0 && len(bit) < mostSets {
				bit[v.imm] = 1 << len(bit)
			}
		}
	}
	if len(bit) == 0 {
		return
	}
	// Of each block: what is seen before it is set, what is set before it is seen, and what is seen behind its begin.
	seen, set, live := make([]uint64, len(f.blocks)), make([]uint64, len(f.blocks)), make([]uint64, len(f.blocks))
	for n := range f.blocks {
		f.setsIn(int32(n), ^uint64(0), bit, func(x value, s, k uint64, _ bool) { seen[n], set[n] = seen[n]&^k|s, set[n]&^s|k })
	}
	behind := func(n int) (out uint64) {
		b := &f.blocks[n]
		if b.term == termReturn || b.term == termTrap {
			return ^uint64(0)
		}
		for _, s := range b.succs {
			out |= live[s]
		}
		return out
	}
	for again := true; again; {
		again = false
		f.spend(len(f.blocks))
		for n := len(f.blocks) - 1; n >= 0; n-- {
			if in := seen[n] | behind(n)&^set[n]; in != live[n] {
				live[n], again = in, true
			}
		}
	}
	dropped := map[value]bool{}
	for n := range f.blocks {
		f.setsIn(int32(n), behind(n), bit, func(x value, _, _ uint64, useless bool) {
			if useless {
				dropped[x] = true
			}
		})
	}
	if len(dropped) == 0 {
		return
	}
	for n := range f.blocks {
		b := &f.blocks[n]
		b.ins = slices.DeleteFunc(b.ins, func(x value) bool { return dropped[x] })
	}
	f.sumUp()
}

// setsIn goes through block n from its end, behind which live is seen, and tells of each instruction what it lets be seen,
// what it sets, and whether nobody sees what it sets.
func (f *fn) setsIn(n int32, live uint64, bit map[uint64]uint64, tell func(x value, seen, set uint64, useless bool)) {
	list := f.blocks[n].ins
	for k := len(list) - 1; k >= 0; k-- {
		v := &f.vals[list[k]]
		switch {
		case v.op == opGlobalSet && bit[v.imm] != 0:
			own := bit[v.imm]
			tell(list[k], 0, own, live&own == 0)
			live &^= own
		case v.op == opGlobalGet:
			tell(list[k], bit[v.imm], 0, false)
			live |= bit[v.imm]
		case v.op == opGlobalSet || v.op == opStore && !v.guards:
		case v.effect():
			tell(list[k], ^uint64(0), 0, false)
			live = ^uint64(0)
		}
	}
}

// sumUp has sums of a sum with constants be of what that is of, where nobody else needs it.
func (f *fn) sumUp() {
	uses, sums := f.uses(), make([]int32, len(f.vals)) // of each value; by sums with constants
	constant := func(v *val) (uint64, bool) {
		if v.op != op(wasm.OpI64Add) {
			return 0, false
		}
		return f.isConst(v.b)
	}
	for n := range f.blocks {
		for _, x := range f.blocks[n].ins {
			if _, is := constant(&f.vals[x]); is {
				sums[f.vals[x].a]++
			}
		}
	}
	for n := range f.blocks {
		for _, x := range f.blocks[n].ins {
			c, is := constant(&f.vals[x])
			if !is {
				continue
			}
			a := f.vals[x].a
			if d, is := constant(&f.vals[a]); is && uses[a] == sums[a] {
				sum := f.constant(&f.vals[x], c+d)
				f.vals[x].a, f.vals[x].b = f.vals[a].a, sum
			}
		}
	}
}
