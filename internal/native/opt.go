package native

import (
	"github.com/wazedge/wazedge/internal/wasm"
)

// passes are what [fn.optimize] does, in this order. Between any two of them a function computes the
// same.
var passes = []struct {
	name string
	run  func(*fn)
}{
	{"phis", (*fn).simplifyPhis},
	{"cycles", (*fn).simplifyCycles},
	{"loops", (*fn).findLoops},
	{"dominators", (*fn).dominators},
	{"offsets", (*fn).offsets},
	{"number", (*fn).number},
	{"resolve", (*fn).resolve},
	{"hoist", (*fn).hoist},
	{"resolve what is hoisted", (*fn).resolve},
	{"sweep", (*fn).sweep},
	{"guard", (*fn).guard},
	{"sets", (*fn).sets},
	{"sweep what guards need not", (*fn).sweep},
	{"keep", (*fn).keep},
}

// optimize improves f, of which every block is reached.
func (f *fn) optimize() {
	for _, p := range passes {
		p.run(f)
	}
}

// simplifyPhis replaces phis that have one value only.
func (f *fn) simplifyPhis() {
	for again := true; again; {
		again = false
		for n := range f.blocks {
			b := &f.blocks[n]
			kept := b.phis[:0]
			for _, p := range b.phis {
				f.spend(len(f.vals[p].args))
				only, many := value(0), false
				for _, a := range f.vals[p].args {
					a = f.of(a)
					if a == p || a == only {
						continue
					}
					if only != 0 {
						many = true
						break
					}
					only = a
				}
				if many || only == 0 {
					kept = append(kept, p)
					continue
				}
				f.repl[p] = only
				again = true
			}
			b.phis = kept
		}
	}
}

// resolve puts in the place of each operand what it was replaced by.
func (f *fn) resolve() {
	for i := range f.vals {
		v := &f.vals[i]
		v.a, v.b, v.c = f.of(v.a), f.of(v.b), f.of(v.c)
		for k := range v.args {
			v.args[k] = f.of(v.args[k])
		}
	}
	for n := range f.blocks {
		b := &f.blocks[n]
		b.cond = f.of(b.cond)
		for k := range b.args {
			b.args[k] = f.of(b.args[k])
		}
	}
}

// findLoops sets the loop, its end and the depth of each block.
func (f *fn) findLoops() {
	for n := range f.blocks {
		b := &f.blocks[n]
		b.loop, b.depth, b.loopEnd = -1, 0, -1
		b.cold = b.term == termTrap || b.rare
	}
	for n := range f.blocks {
		for _, s := range f.blocks[n].succs {
			if s <= int32(n) {
				f.blocks[s].loopEnd = max(f.blocks[s].loopEnd, int32(n))
			}
		}
	}
	mark := make([]int32, len(f.blocks))
	var work []int32
	// Heads in order: inner loops come later and write over outer ones.
	for h := range f.blocks {
		head := &f.blocks[h]
		head.header = head.loopEnd >= 0
		if !head.header {
			continue
		}
		id := int32(h) + 1
		mark[h] = id
		head.loop = int32(h)
		head.depth++
		if head.depth > 64 {
			panic(declined("deep loops"))
		}
		work = work[:0]
		for _, p := range head.preds {
			if p >= int32(h) && mark[p] != id {
				mark[p] = id
				work = append(work, p)
			}
		}
		for len(work) > 0 {
			x := work[len(work)-1]
			work = work[:len(work)-1]
			b := &f.blocks[x]
			b.loop = int32(h)
			b.depth++
			f.spend(1 + len(b.preds))
			// What goes back to the head of a loop within may stand behind what goes back to this one.
			head.loopEnd = max(head.loopEnd, x)
			for _, p := range b.preds {
				if mark[p] != id {
					mark[p] = id
					work = append(work, p)
				}
			}
		}
	}
}

// outer is the loop around the loop h, or -1.
func (f *fn) outer(h int32) int32 { return f.blocks[f.blocks[h].preds[0]].loop }

// dominators sets the immediate dominator of each block. All edges but those back to the
// head of a loop go forward, and a loop is entered by its head alone, so one pass does.
func (f *fn) dominators() {
	f.blocks[0].idom = 0
	depth := make([]int32, len(f.blocks))
	for n := 1; n < len(f.blocks); n++ {
		b := &f.blocks[n]
		d := int32(-1)
		for _, p := range b.preds {
			if p >= int32(n) {
				continue
			}
			if d < 0 {
				d = p
				continue
			}
			for d != p {
				if depth[d] >= depth[p] {
					d = f.blocks[d].idom
				} else {
					p = f.blocks[p].idom
				}
			}
		}
		b.idom = d
		depth[n] = depth[d] + 1
	}
}

// key says what a value is; equal keys are equal values.
type key struct {
	op      op
	typ     typ
	aux     uint16
	a, b, c value
	ep      int32
	imm     uint64
}

// keyOf is the key of v. The second operand of an instruction that has two counts by its bits if it is a constant,
// which there may be several of.
func (f *fn) keyOf(v *val) key {
	k := key{op: v.op, typ: v.typ, aux: v.aux, a: v.a, b: v.b, c: v.c, ep: v.ep, imm: v.imm}
	if c, is := f.isConst(v.b); is && v.b != 0 && v.op < op(wasm.NumOps) && v.imm == 0 && v.c == 0 {
		k.b, k.imm, k.c = -1, c, value(f.vals[v.b].typ)
	}
	return k
}

// numbering is the state of [fn.number].
type numbering struct {
	*fn
	seen  map[key]value
	known map[value]uint64 // for an address, how far behind it the memory is known to reach
	undo  []func()
}

// number goes through the tree of dominators and replaces values that are there already,
// and drops checks of what is known to be in memory. A memory never shrinks, so what has
// been checked stays so.
func (f *fn) number() {
	children := make([][]int32, len(f.blocks))
	for n := 1; n < len(f.blocks); n++ {
		d := f.blocks[n].idom
		children[d] = append(children[d], int32(n))
	}
	s := numbering{fn: f, seen: map[key]value{}, known: map[value]uint64{}}
	type visit struct {
		block int32
		undo  int // of a block that is left; -1 when it is entered
	}
	work := []visit{{0, -1}}
	for len(work) > 0 {
		v := work[len(work)-1]
		work = work[:len(work)-1]
		if v.undo >= 0 {
			for len(s.undo) > v.undo {
				s.undo[len(s.undo)-1]()
				s.undo = s.undo[:len(s.undo)-1]
			}
			continue
		}
		work = append(work, visit{v.block, len(s.undo)})
		s.block(v.block)
		for _, c := range children[v.block] {
			work = append(work, visit{c, -1})
		}
	}
	f.simplifyPhis()
}

func (s *numbering) remember(k key, v value) {
	old, was := s.seen[k]
	s.seen[k] = v
	s.undo = append(s.undo, func() {
		if was {
			s.seen[k] = old
		} else {
			delete(s.seen, k)
		}
	})
}

func (s *numbering) reaches(v value, end uint64) {
	old := s.known[v]
	s.known[v] = end
	s.undo = append(s.undo, func() { s.known[v] = old })
}

// checked reports whether an access that ends so far behind the address v is known to be in the memory:
// by what v can be at most, or by a check of v, or of what v is a constant behind. That the memory
// reaches beyond x and a constant means that their sum does not wrap around.
func (s *numbering) checked(v value, end uint64) bool {
	if s.bound(v, 4)+end <= s.m.minMemory {
		return true
	}
	for range 4 {
		if s.known[v] >= end {
			return true
		}
		x := &s.vals[v]
		c, is := s.isConst(x.b)
		if !is || x.op != op(wasm.OpI32Add) {
			return false
		}
		end += c
		v = s.of(x.a)
	}
	return false
}

func (s *numbering) block(n int32) {
	b := &s.blocks[n]
	kept := b.ins[:0]
	for _, x := range b.ins {
		v := &s.vals[x]
		v.a, v.b, v.c = s.of(v.a), s.of(v.b), s.of(v.c)
		for i := range v.args {
			v.args[i] = s.of(v.args[i])
		}
		if v.op < op(wasm.NumOps) || v.op == opSelect {
			for range 8 {
				same, next, ok := s.reduce(&s.vals[x])
				if !ok {
					break
				}
				if same != 0 {
					s.repl[x] = same
					break
				}
				v = &s.vals[x]
				next.blk, next.pos = v.blk, v.pos
				*v = next
			}
			if s.repl[x] != 0 {
				continue
			}
			v = &s.vals[x]
		}
		switch {
		case v.op == opCheck:
			if s.checked(v.a, v.imm) {
				continue
			}
			s.reaches(v.a, v.imm)
		case v.op == opCheckLim && s.vals[v.b].op == opLimit:
			if end := s.vals[v.b].imm; s.checked(v.a, end) {
				continue
			} else {
				s.reaches(v.a, end)
			}
		case v.op == opCheckLim:
			if s.bound(v.a, 4) <= s.m.minMemory {
				continue
			}
		case v.op == opGlobalSet:
			g := s.m.globals[v.imm]
			if !g.imported { // others may be the same under two indices
				s.remember(key{op: opGlobalGet, typ: typeOf(g.typ), imm: v.imm, ep: v.ep}, v.a)
			}
		case v.op == opStore:
			if load := loaded(wasm.Op(v.aux)); load != 0 {
				s.remember(key{op: opLoad, typ: s.vals[v.c].typ, aux: uint16(load), a: v.a, imm: v.imm, ep: v.ep}, v.c)
			}
		case v.shared():
			k := s.keyOf(v)
			if v.op == opLoad {
				k.b = 0 // the base follows from the epoch
			}
			if old, ok := s.seen[k]; ok {
				s.repl[x] = old
				continue
			}
			s.remember(k, x)
		}
		kept = append(kept, x)
	}
	b.ins = kept
	b.cond = s.of(b.cond)
}

// loaded is the load that gives back what the store o has written; 0 if none does.
func loaded(o wasm.Op) wasm.Op {
	switch o {
	case wasm.OpI32Store:
		return wasm.OpI32Load
	case wasm.OpI64Store:
		return wasm.OpI64Load
	case wasm.OpF32Store:
		return wasm.OpF32Load
	case wasm.OpF64Store:
		return wasm.OpF64Load
	case wasm.OpV128Store:
		return wasm.OpV128Load
	}
	return 0
}

// bound is what v, without a sign, is at most.
func (f *fn) bound(v value, depth int) uint64 {
	x := &f.vals[v]
	all := uint64(1<<32 - 1)
	if x.typ == i64 {
		all = 1<<63 - 1
		if x.op != opConst && x.op != op(wasm.OpI64ExtendI32U) && x.op != op(wasm.OpI64And) && x.op != op(wasm.OpI64Add) {
			return 1 << 62
		}
	}
	if depth == 0 {
		return all
	}
	if x.op == opPhi {
		if n, known := f.most[v]; known {
			return n
		}
		return all
	}
	c, right := f.isConst(x.b)
	switch {
	case x.op == opConst:
		return min(x.imm, 1<<62)
	case x.op == opLoad:
		switch wasm.Op(x.aux) {
		case wasm.OpI32Load8U:
			return 255
		case wasm.OpI32Load16U:
			return 65535
		}
	case x.op == opSelect:
		return max(f.bound(x.b, depth-1), f.bound(x.c, depth-1))
	case x.op >= op(wasm.NumOps):
	case comparison(wasm.Op(x.op)):
		return 1
	default:
		switch wasm.Op(x.op) {
		case wasm.OpI64ExtendI32U:
			return f.bound(x.a, depth-1)
		case wasm.OpI32And, wasm.OpI64And:
			if right {
				return min(c, f.bound(x.a, depth-1))
			}
			return min(f.bound(x.a, depth-1), f.bound(x.b, depth-1))
		case wasm.OpI32ShrU:
			if right {
				return f.bound(x.a, depth-1) >> (c & 31)
			}
		case wasm.OpI32Shl:
			if right {
				if n := f.bound(x.a, depth-1) << (c & 31); n <= all {
					return n
				}
			}
		case wasm.OpI32RemU:
			if right && c > 0 {
				return c - 1
			}
		case wasm.OpI32DivU:
			if right && c > 0 {
				return f.bound(x.a, depth-1) / c
			}
		case wasm.OpI32Add:
			if n := f.bound(x.a, depth-1) + f.bound(x.b, depth-1); n <= all {
				return n
			}
		case wasm.OpI64Add:
			return min(1<<62, f.bound(x.a, depth-1)+f.bound(x.b, depth-1))
		case wasm.OpI32Or, wasm.OpI32Xor:
			n := f.bound(x.a, depth-1) | f.bound(x.b, depth-1)
			for s := 1; s < 32; s <<= 1 {
				n |= n >> s
			}
			return n
		case wasm.OpI32Mul:
			if p, q := f.bound(x.a, depth-1), f.bound(x.b, depth-1); p == 0 || q <= all/p {
				return p * q
			}
		case wasm.OpI32Clz, wasm.OpI32Ctz, wasm.OpI32Popcnt:
			return 32
		}
	}
	return all
}

// hoisted are the values that [fn.hoist] has put into a block.
type hoisted map[hoistedKey]value

type hoistedKey struct {
	block int32
	key
}

// hoist moves what does not change in a loop in front of it, and compares addresses
// there with a limit that has been computed before the loop. What is there already is not
// moved there a second time; but what stands further in front is left alone: it would have to be
// kept for longer.
func (f *fn) hoist() {
	moved := hoisted{}
	type limit struct {
		length value
		size   uint64
		loop   int32
	}
	limits := map[limit]value{}
	for n := range f.blocks {
		b := &f.blocks[n]
		if b.loop < 0 {
			continue
		}
		var kept []value
		for _, x := range b.ins {
			v := f.vals[x]
			if v.op == opCheck && v.imm <= f.m.minMemory && f.constantAtEntry(b.loop, v.ep) {
				k := limit{v.b, v.imm, b.loop}
				if limits[k] == 0 {
					l := f.add(val{op: opLimit, typ: i64, a: f.of(v.b), imm: v.imm, blk: int32(n), pos: v.pos})
					f.place(l, b.loop, &kept, moved)
					limits[k] = l
				}
				f.vals[x].op, f.vals[x].b = opCheckLim, f.of(limits[k])
				kept = append(kept, x)
				continue
			}
			if f.movable(&v) {
				f.place(x, b.loop, &kept, moved)
			} else {
				kept = append(kept, x)
			}
		}
		f.blocks[n].ins = kept
	}
}

// constantAtEntry reports whether what has the epoch ep is the same in front of loop h.
func (f *fn) constantAtEntry(h int32, ep int32) bool {
	return f.blocks[f.blocks[h].preds[0]].ep.call == ep
}

// mostBlocks is how many blocks a loop has at most that values are moved out of: what is in front of a
// large loop is kept through all of it, and mostly in memory, whereas much of the loop is hardly ever
// executed.
const mostBlocks = 128

// worth reports whether v is to be moved out of loop h, if it can be. What takes one instruction and no
// register but that of its operand is better computed again.
func (f *fn) worth(v *val, h int32) bool {
	switch v.op {
	case opLimit, opBase, opLen, opGlobalGet:
		return true
	}
	switch wasm.Op(v.op) {
	case wasm.OpI32Add, wasm.OpI64Add, wasm.OpI32Sub, wasm.OpI64Sub, wasm.OpI32And, wasm.OpI64And, wasm.OpI32Or, wasm.OpI64Or,
		wasm.OpI32Xor, wasm.OpI64Xor, wasm.OpI32Shl, wasm.OpI64Shl, wasm.OpI32ShrU, wasm.OpI64ShrU, wasm.OpI32ShrS, wasm.OpI64ShrS:
		if _, constant := f.isConst(v.b); constant {
			return false
		}
	}
	return f.blocks[h].loopEnd-h < mostBlocks
}

func (f *fn) movable(v *val) bool {
	switch v.op {
	case opConst, opVector:
		return false
	case opBase, opLen, opGlobalGet:
		return true
	}
	if !v.pure() || v.op < op(wasm.NumOps) && comparison(wasm.Op(v.op)) {
		return false
	}
	return true
}

// place moves x from loop h as far outwards as its operands allow, or leaves it at the end
// of kept.
func (f *fn) place(x value, h int32, kept *[]value, moved hoisted) {
	v := &f.vals[x]
	v.a, v.b, v.c = f.of(v.a), f.of(v.b), f.of(v.c)
	target := int32(-1)
	for ; h >= 0; h = f.outer(h) {
		pre := f.blocks[h].preds[0]
		end := f.blocks[h].loopEnd
		ep := f.blocks[pre].ep
		if (v.op == opBase || v.op == opLen) && v.ep != ep.call || v.op == opGlobalGet && v.ep != ep.glob {
			break
		}
		if !f.worth(v, h) {
			break
		}
		inside := func(a value) bool {
			if a == 0 || f.vals[a].blk < 0 {
				return false
			}
			d := f.vals[a].blk
			return d >= h && d <= end
		}
		if inside(v.a) || inside(v.b) || inside(v.c) {
			break
		}
		target = pre
	}
	if target < 0 {
		*kept = append(*kept, x)
		return
	}
	k := hoistedKey{target, f.keyOf(v)}
	if old := moved[k]; old != 0 {
		f.repl[x] = old
		return
	}
	moved[k] = x
	v.blk = target
	f.blocks[target].ins = append(f.blocks[target].ins, x)
}

// uses counts the uses of each value.
func (f *fn) uses() []int32 {
	uses := make([]int32, len(f.vals))
	for n := range f.blocks {
		b := &f.blocks[n]
		uses[b.cond]++
		for _, v := range b.args {
			uses[v]++
		}
		for _, list := range [2][]value{b.phis, b.ins} {
			for _, x := range list {
				v := &f.vals[x]
				uses[v.a]++
				uses[v.b]++
				uses[v.c]++
				for _, a := range v.args {
					uses[a]++
				}
			}
		}
	}
	return uses
}

// sweep drops what nobody uses.
func (f *fn) sweep() {
	live := make([]bool, len(f.vals))
	var work []value
	mark := func(v value) {
		if v != 0 && !live[v] {
			live[v] = true
			work = append(work, v)
		}
	}
	for n := range f.blocks {
		b := &f.blocks[n]
		mark(b.cond)
		for _, v := range b.args {
			mark(v)
		}
		for _, v := range b.ins {
			if f.vals[v].effect() {
				mark(v)
			}
		}
	}
	for len(work) > 0 {
		v := &f.vals[work[len(work)-1]]
		work = work[:len(work)-1]
		mark(v.a)
		mark(v.b)
		mark(v.c)
		for _, a := range v.args {
			mark(a)
		}
	}
	for n := range f.blocks {
		b := &f.blocks[n]
		b.phis = filter(b.phis, live)
		b.ins = filter(b.ins, live)
	}
}

func filter(list []value, live []bool) []value {
	kept := list[:0]
	for _, v := range list {
		if live[v] {
			kept = append(kept, v)
		}
	}
	return kept
}
