package native

import (
	"math"

	"github.com/wazedge/wazedge/internal/wasm"
)

// What [ins.sub] says, by the operation.
const (
	aluAdd = 0 // as in the opcodes
	aluOr  = 1
	aluAnd = 4
	aluSub = 5
	aluXor = 6

	shRol = 0
	shRor = 1
	shShl = 4
	shShr = 5
	shSar = 7
)

// shiftOf is what a shift or rotation is here.
func shiftOf(o wasm.Op) uint8 {
	switch o {
	case wasm.OpI32Shl, wasm.OpI64Shl:
		return shShl
	case wasm.OpI32ShrS, wasm.OpI64ShrS:
		return shSar
	case wasm.OpI32ShrU, wasm.OpI64ShrU:
		return shShr
	case wasm.OpI32Rotl, wasm.OpI64Rotl:
		return shRol
	}
	return shRor
}

// lowering turns values into machine operations.
type lowering struct {
	*lfn
	uses   []int32 // of each value
	folded []bool  // code is made of it where it is used
	cur    int32
	pos    uint32
	ctx    vreg
	mctx   vreg
	*convention

	results map[value][]value // of each call
}

// lower chooses machine operations for f.
func lower(f *fn) *lfn {
	l := &lowering{lfn: &lfn{fn: f}, convention: f.m.target.convention(), results: map[value][]value{}}
	f.splitCritical()
	f.earlyReturns()
	l.lb = make([]lblock, len(f.blocks))
	l.uses = f.uses()
	l.folded = make([]bool, len(f.vals))
	for i := range f.vals {
		l.float = append(l.float, f.vals[i].typ.float())
		l.wide = append(l.wide, f.vals[i].typ.bytes() == 8)
		l.vec = append(l.vec, f.vals[i].typ == v128)
	}
	l.lfn.halves = f.halves()
	l.findResults()
	for n := range f.blocks {
		l.fold(int32(n))
	}
	for n := range f.blocks {
		l.block(int32(n))
	}
	return l.lfn
}

// splitCritical puts an empty block on each edge from a block with several successors
// to one with several predecessors.
func (f *fn) splitCritical() {
	type edge struct{ from, to int32 }
	var split []edge
	for n := range f.blocks {
		b := &f.blocks[n]
		if len(b.succs) < 2 || b.term == termSwitch {
			continue
		}
		for _, s := range b.succs {
			if len(f.blocks[s].preds) > 1 {
				split = append(split, edge{int32(n), s})
			}
		}
	}
	if len(split) == 0 {
		return
	}
	// New blocks stand behind the one that they come from.
	to := make([]int32, len(f.blocks))
	extra := make(map[edge]int32, len(split))
	blocks := make([]block, 0, len(f.blocks)+len(split))
	at := 0
	for n := range f.blocks {
		to[n] = int32(len(blocks))
		blocks = append(blocks, f.blocks[n])
		for ; at < len(split) && split[at].from == int32(n); at++ {
			extra[split[at]] = int32(len(blocks))
			blocks = append(blocks, block{term: termJump, loop: -1, loopEnd: -1, idom: int32(n), preds: []int32{int32(n)}, succs: []int32{split[at].to}})
		}
	}
	old := func(e edge) int32 {
		if x, ok := extra[e]; ok {
			return x
		}
		return -1
	}
	for n := range f.blocks {
		b := &blocks[to[n]]
		preds := make([]int32, len(b.preds))
		for i, p := range b.preds {
			if preds[i] = old(edge{p, int32(n)}); preds[i] < 0 {
				preds[i] = to[p]
			}
		}
		succs := make([]int32, len(b.succs))
		for i, s := range b.succs {
			if succs[i] = old(edge{int32(n), s}); succs[i] < 0 {
				succs[i] = to[s]
			}
		}
		b.preds, b.succs = preds, succs
		b.idom = to[b.idom]
	}
	for e, x := range extra {
		blocks[x].preds[0] = to[e.from]
		blocks[x].succs[0] = to[e.to]
		blocks[x].idom = to[e.from]
	}
	for i := range f.vals {
		if f.vals[i].blk >= 0 {
			f.vals[i].blk = to[f.vals[i].blk]
		}
	}
	f.blocks = blocks
	f.findLoops()
}

// findResults finds the results of calls that are used.
func (l *lowering) findResults() {
	for n := range l.blocks {
		for _, x := range l.blocks[n].ins {
			if v := &l.vals[x]; v.op == opResult {
				l.results[v.a] = append(l.results[v.a], x)
			}
		}
	}
}

// fold finds values of block n that become part of the only operation that uses them.
func (l *lowering) fold(n int32) {
	b := &l.blocks[n]
	at := map[value]int{}
	writes := make([]int, len(b.ins)+1) // effects on memory before, and traps that are to come first
	reads := make([]int, len(b.ins)+1)  // accesses before, which may rely on that of a guard before them
	for i, x := range b.ins {
		at[x] = i
		v := &l.vals[x]
		writes[i+1], reads[i+1] = writes[i], reads[i]
		if v.op == opLoad {
			reads[i+1]++
		}
		switch v.op {
		case opStore, opCall, opCallIndirect, opMemGrow, opMemCopy, opMemFill, opGlobalSet:
			writes[i+1]++
		default:
			if l.m.guarded && v.effect() {
				writes[i+1]++
			}
		}
	}
	condition := func(x value) {
		v := &l.vals[x]
		if _, here := at[x]; here && l.uses[x] == 1 && (v.op < op(wasm.NumOps) && comparison(wasm.Op(v.op)) || l.masks(x)) {
			l.folded[x] = true
		}
	}
	// A load can be an operand where nothing writes in between.
	load := func(x value, user int) {
		i, here := at[x]
		if !here || !l.operands || l.uses[x] != 1 || writes[i+1] != writes[user] {
			return
		}
		v := &l.vals[x]
		if v.guards && reads[i+1] != reads[user] {
			return
		}
		if v.op == opLoad && (v.aux == uint16(wasm.OpI32Load) || v.aux == uint16(wasm.OpI64Load) || v.aux == uint16(wasm.OpF32Load) || v.aux == uint16(wasm.OpF64Load)) {
			if _, ok := l.isConst(v.a); !ok {
				l.folded[x] = true
			}
		}
	}
	for i, x := range b.ins {
		v := &l.vals[x]
		if v.op == opSelect {
			if c := &l.vals[v.a]; c.op != op(wasm.OpF32Eq) && c.op != op(wasm.OpF64Eq) && c.op != op(wasm.OpF32Ne) && c.op != op(wasm.OpF64Ne) {
				condition(v.a)
			}
		}
		switch wasm.Op(v.op) {
		case wasm.OpI32Add, wasm.OpI64Add, wasm.OpI32Sub, wasm.OpI64Sub, wasm.OpI32And, wasm.OpI64And, wasm.OpI32Or, wasm.OpI64Or,
			wasm.OpI32Xor, wasm.OpI64Xor, wasm.OpI32Mul, wasm.OpI64Mul,
			wasm.OpF32Add, wasm.OpF64Add, wasm.OpF32Sub, wasm.OpF64Sub, wasm.OpF32Mul, wasm.OpF64Mul, wasm.OpF32Div, wasm.OpF64Div:
			if _, left := l.isConst(v.a); left && (v.op == op(wasm.OpI32Sub) || v.op == op(wasm.OpI64Sub)) {
				continue // it may become a negation
			}
			if _, ok := l.isConst(v.b); !ok && v.a != v.b {
				load(v.b, i)
			}
		}
	}
	if b.term == termBranch {
		condition(b.cond)
		if c := &l.vals[b.cond]; c.op == op(wasm.OpI32Eqz) && l.folded[b.cond] {
			condition(c.a)
		}
	}
	// A sum that is part of another becomes one lea.
	for _, x := range b.ins {
		v := &l.vals[x]
		if v.op != op(wasm.OpI32Add) && v.op != op(wasm.OpI64Add) {
			continue
		}
		if _, right := l.isConst(v.b); right {
			if _, fits := l.imm32(v.b); !fits || l.folded[v.a] {
				continue
			}
			in := &l.vals[v.a]
			if _, c := l.isConst(in.b); in.op == v.op && !c && l.uses[v.a] == 1 && in.blk == n && !l.folded[in.b] && !l.folded[in.a] {
				if _, here := at[v.a]; here {
					l.folded[v.a] = true
				}
			}
			continue
		}
		for _, s := range []value{v.b, v.a} {
			in := &l.vals[s]
			shift := op(wasm.OpI32Shl)
			if v.typ == i64 {
				shift = op(wasm.OpI64Shl)
			}
			if c, ok := l.isConst(in.b); ok && in.op == shift && c >= 1 && c <= 3 && l.uses[s] == 1 && in.blk == n && !l.folded[v.a] && !l.folded[v.b] {
				if _, here := at[s]; here {
					l.folded[s] = true
				}
				break
			}
		}
	}
}

// masks reports whether x is an and, of which a branch is made by test.
func (l *lowering) masks(x value) bool {
	v := &l.vals[x]
	return (v.op == op(wasm.OpI32And) || v.op == op(wasm.OpI64And)) && !l.folded[v.b] && !l.folded[v.a]
}

func (l *lowering) emit(i ins) *ins {
	i.pos = l.pos
	l.ops = append(l.ops, i)
	return &l.ops[len(l.ops)-1]
}

func (l *lowering) temp(t typ) vreg {
	l.float = append(l.float, t.float())
	l.wide = append(l.wide, t.bytes() == 8)
	l.vec = append(l.vec, t == v128)
	return vreg(len(l.float) - 1)
}

// in is the value x in a register.
func (l *lowering) in(x value) use {
	return use{v: l.vreg(x), kind: inReg, fix: noReg}
}

// late is x in a register, and still needed when results are written.
func (l *lowering) late(x value) use { return l.in(x).untilWritten() }

// any is x in a register or a slot, if the processor takes operands from there.
func (l *lowering) any(x value) use {
	if !l.operands {
		return l.in(x)
	}
	return use{v: l.vreg(x), kind: anywhere, fix: noReg}
}

func fixed(v vreg, r reg) use { return use{v: v, kind: inFixed, fix: r} }
func out(v vreg) []def        { return []def{{v: v, fix: noReg}} }

// vreg is the virtual register of x; constants get a new one each time.
func (l *lowering) vreg(x value) vreg {
	v := &l.vals[x]
	if v.op != opConst && v.op != opVector {
		return vreg(x)
	}
	t := l.temp(v.typ)
	l.constantTo(t, v)
	return t
}

func (l *lowering) constantTo(t vreg, v *val) {
	if v.op == opVector {
		l.emit(ins{op: mVector, w: 16, imm: int64(v.imm), defs: out(t), mem: -1, ctx: -1})
		return
	}
	if v.typ.float() {
		l.emit(ins{op: mFloat, w: uint8(v.typ.bytes()), imm: int64(v.imm), defs: out(t), mem: -1, ctx: -1})
		return
	}
	l.emit(ins{op: mImm, w: uint8(v.typ.bytes()), imm: int64(v.imm), defs: out(t), mem: -1, ctx: -1})
}

// imm32 is x as the immediate of an instruction of its size.
func (l *lowering) imm32(x value) (int64, bool) {
	v := &l.vals[x]
	if v.op != opConst {
		return 0, false
	}
	if v.typ == i32 {
		return int64(int32(v.imm)), true
	}
	n := int64(v.imm)
	return n, n == int64(int32(n))
}

func (l *lowering) block(n int32) {
	b := &l.blocks[n]
	l.cur = n
	lb := &l.lb[n]
	lb.first = int32(len(l.ops))
	lb.succs, lb.preds, lb.phis = b.succs, b.preds, b.phis
	lb.header, lb.loopEnd, lb.loop, lb.depth, lb.cold = b.header, b.loopEnd, b.loop, b.depth, b.cold
	if n == 0 {
		l.entry()
	}
	for _, x := range b.ins {
		if l.folded[x] {
			continue
		}
		l.pos = l.vals[x].pos
		l.value(x)
	}
	l.pos = b.pos
	l.term(b)
	l.lb[n].last = int32(len(l.ops)) - 1
}

// entry defines the parameters.
func (l *lowering) entry() {
	sig := l.m.calling(l.index)
	e := ins{op: mEntry, mem: -1, ctx: -1}
	var stack []ins
	for _, x := range l.blocks[0].ins {
		v := &l.vals[x]
		switch v.op {
		case opCtx:
			l.ctx = vreg(x)
		case opMctx:
			l.mctx = vreg(x)
		case opParam:
			p := sig.params[v.imm]
			if p.reg != noReg {
				e.defs = append(e.defs, def{v: vreg(x), fix: p.reg})
			} else {
				l.lfn.frame = true
				stack = append(stack, ins{op: mLoadArg, w: uint8(v.typ.bytes()), disp: p.stack, defs: out(vreg(x)), mem: -1, ctx: -1})
			}
		}
	}
	if l.ctx == 0 {
		l.ctx = l.temp(i64)
	}
	if l.mctx == 0 {
		l.mctx = l.temp(i64)
	}
	e.defs = append(e.defs, def{v: l.ctx, fix: l.intArgs[0]}, def{v: l.mctx, fix: l.intArgs[1]})
	l.emit(e)
	for _, s := range stack {
		l.emit(s)
	}
}

// trapping gives i the execution context for its trap.
func (l *lowering) trapping(i ins, code uint8) ins {
	i.ctx, i.code = int8(len(i.uses)), code
	i.uses = append(i.uses, use{v: l.ctx, kind: anywhere, fix: noReg, late: true})
	return i
}

// memory gives i the memory operand of the access x.
func (l *lowering) memory(i ins, x value) ins {
	v := &l.vals[x]
	i.access = x
	i.mem = int8(len(i.uses))
	i.disp = int32(v.imm)
	i.uses = append(i.uses, l.in(v.b))
	if c, ok := l.isConst(v.a); ok && c+v.imm < 1<<31 {
		i.disp = int32(c + v.imm)
		return i
	}
	i.uses = append(i.uses, l.in(v.a))
	i.index = true
	return i
}

// operand gives i the operand x, which may be a folded load.
func (l *lowering) operand(i ins, x value, late bool) ins {
	if l.folded[x] {
		i = l.memory(i, x)
		for k := int(i.mem); k < len(i.uses); k++ {
			i.uses[k].late = late
		}
		if l.vals[x].guards {
			l.pos = l.vals[x].pos // what traps is the load
		}
		return l.guarded(i, &l.vals[x])
	}
	u := l.any(x)
	u.late = late
	i.uses = append(i.uses, u)
	return i
}

func (l *lowering) value(x value) {
	v := l.vals[x]
	if l.m.target.lower(l, x, &v) {
		return
	}
	w := uint8(v.typ.bytes())
	d := out(vreg(x))
	plain := ins{w: w, defs: d, mem: -1, ctx: -1}
	switch v.op {
	case opConst, opVector, opParam, opCtx, opMctx, opResult:
	case opKept:
		l.constantTo(vreg(x), &l.vals[v.a])
	case opSelect:
		l.selection(x, &v)
	case opBase, opLen:
		at := l.m.memory
		off := int32(0)
		if v.op == opLen {
			off = 8
		}
		base := l.mctx
		if at < 0 {
			base = l.temp(i64)
			l.emit(ins{op: mLoad, w: 8, sub: uint8(ldQ), defs: out(base), uses: []use{{v: l.mctx, fix: noReg}}, mem: 0, disp: l.m.layout.imported, ctx: -1})
			at = 0
		}
		l.emit(ins{op: mLoad, w: 8, sub: uint8(ldQ), defs: d, uses: []use{{v: base, fix: noReg}}, mem: 0, disp: at + off, ctx: -1})
	case opLimit:
		plain.op, plain.w = mLea, 8
		plain.uses, plain.disp = []use{l.in(v.a)}, int32(-int64(v.imm))
		l.emit(plain)
	case opCheck:
		i := ins{op: mCheck, w: 8, imm: int64(v.imm), uses: []use{l.in(v.a), l.any(v.b).untilWritten()}, mem: -1, ctx: -1}
		t := l.temp(i64)
		i.temps = []use{{v: t, fix: noReg}}
		l.emit(l.trapping(i, exitMemory))
	case opCheckLim:
		i := ins{op: mCheckLim, w: 8, uses: []use{l.in(v.a), l.any(v.b)}, mem: -1, ctx: -1}
		l.emit(l.trapping(i, exitMemory))
	case opLoad:
		plain.op, plain.sub = mLoad, loadKind(wasm.Op(v.aux))
		l.emit(l.guarded(l.memory(plain, x), &v))
	case opStore:
		l.store(x, &v)
	case opGlobalGet, opGlobalSet:
		l.global(x, &v)
	case opCall, opCallIndirect:
		l.call(x, &v)
	case opMemGrow:
		l.saveContext()
		l.lfn.called = true
		l.emit(ins{op: mCallMem, disp: ctxMemoryGrow, uses: []use{fixed(l.ctx, l.intArgs[0]), fixed(l.vreg(v.a), l.intArgs[1])}, sub: uint8(l.intArgs[0]),
			defs: []def{{v: vreg(x), fix: l.intArgs[0]}}, clob: l.callerSaved, mem: -1, ctx: -1})
	case opMemCopy:
		l.lfn.called = true
		t := l.temp(i64)
		l.emit(ins{op: mLoad, w: 8, sub: ldQ, defs: out(t), uses: []use{{v: l.ctx, fix: noReg}}, mem: 0, disp: ctxMemmove, ctx: -1})
		a, b, c := l.vreg(v.a), l.vreg(v.b), l.vreg(v.c)
		l.emit(ins{op: mCallMem, sub: uint8(noReg), uses: []use{fixed(a, l.intArgs[0]), fixed(b, l.intArgs[1]), fixed(c, l.intArgs[2]), {v: t, fix: noReg}}, clob: l.ofMemmove, mem: -1, ctx: -1})
	case opTableSize:
		t := l.load64(l.mctx, l.m.tables+8*int32(v.imm))
		l.emit(ins{op: mLoad, w: 4, sub: ldL, defs: d, uses: []use{{v: t, fix: noReg}}, mem: 0, disp: 8, ctx: -1})
	case opTableGet:
		t := l.load64(l.mctx, l.m.tables+8*int32(v.imm))
		index := l.in(v.a)
		l.emit(l.trapping(ins{op: mCheckLim, cc: ccAE, w: 4, sub: 1, uses: []use{index, {v: t, fix: noReg}}, mem: 1, disp: 8, ctx: -1}, exitTable))
		base := l.load64(t, 0)
		l.emit(ins{op: mLoad, w: 8, sub: ldQ, defs: d, uses: []use{{v: base, fix: noReg}, index}, mem: 0, index: true, scale: 3, ctx: -1})
	default:
		l.numeric(x, &v)
	}
}

func (l *lowering) load64(base vreg, disp int32) vreg {
	t := l.temp(i64)
	l.emit(ins{op: mLoad, w: 8, sub: ldQ, defs: out(t), uses: []use{{v: base, fix: noReg}}, mem: 0, disp: disp, ctx: -1})
	return t
}

// Loads and stores: what is loaded, and how it is extended.
const (
	ldL   = iota // 4 bytes
	ldQ          // 8 bytes
	ldB4S        // 1 byte to 4, signed
	ldBU         // 1 byte
	ldW4S        // 2 bytes to 4, signed
	ldWU         // 2 bytes
	ldB8S        // to 8, signed
	ldW8S
	ldL8S
	ldF // 4 bytes to a float register
	ldD // 8 bytes
	ldV // 16 bytes
	ldX // 8 bytes, extended by the instructions from v128.load8x8_s on
)

func loadKind(o wasm.Op) uint8 {
	switch o {
	case wasm.OpI32Load, wasm.OpI64Load32U:
		return ldL
	case wasm.OpI64Load:
		return ldQ
	case wasm.OpI32Load8S:
		return ldB4S
	case wasm.OpI32Load8U, wasm.OpI64Load8U:
		return ldBU
	case wasm.OpI32Load16S:
		return ldW4S
	case wasm.OpI32Load16U, wasm.OpI64Load16U:
		return ldWU
	case wasm.OpI64Load8S:
		return ldB8S
	case wasm.OpI64Load16S:
		return ldW8S
	case wasm.OpI64Load32S:
		return ldL8S
	case wasm.OpF32Load:
		return ldF
	case wasm.OpF64Load, wasm.OpV128Load64Zero:
		return ldD
	case wasm.OpV128Load32Zero:
		return ldF
	case wasm.OpV128Load:
		return ldV
	}
	if o >= wasm.OpV128Load8x8S && o <= wasm.OpV128Load32x2U {
		return ldX + uint8(o-wasm.OpV128Load8x8S)
	}
	panic(declined(o.String()))
}

func (l *lowering) store(x value, v *val) {
	o := wasm.Op(v.aux)
	size := wasm.Ops[o].Access
	if n, ok := l.imm32(v.c); ok && o != wasm.OpF32Store && o != wasm.OpF64Store && o != wasm.OpV128Store {
		l.emit(l.guarded(l.memory(ins{op: mStoreImm, sub: size, imm: n, mem: -1, ctx: -1}, x), v))
		return
	}
	i := ins{op: mStore, sub: size, uses: []use{l.in(v.c)}, mem: -1, ctx: -1}
	l.emit(l.guarded(l.memory(i, x), v))
}

// guarded gives i, which has the access v for its memory operand, what a trap of it needs.
func (l *lowering) guarded(i ins, v *val) ins {
	if !v.guards {
		return i
	}
	return l.trapping(i, exitMemory)
}

func (l *lowering) global(x value, v *val) {
	g := l.m.globals[v.imm]
	t := typeOf(g.typ)
	if t == v128 && g.imported {
		panic(declined("an imported vector"))
	}
	base, disp := l.mctx, l.m.globalAt(uint32(v.imm))
	if g.imported {
		base, disp = l.load64(base, disp), 0
	}
	if v.op == opGlobalGet {
		kind := map[typ]uint8{i32: ldL, i64: ldQ, f32: ldF, f64: ldD, v128: ldV}[t]
		l.emit(ins{op: mLoad, w: uint8(t.bytes()), sub: kind, defs: out(vreg(x)), uses: []use{{v: base, fix: noReg}}, mem: 0, disp: disp, ctx: -1})
		return
	}
	size := uint8(2)
	if t.bytes() == 8 {
		size = 3
	} else if t == v128 {
		size = 4
	}
	if n, ok := l.imm32(v.a); ok && !t.float() {
		l.emit(ins{op: mStoreImm, sub: size, imm: n, uses: []use{{v: base, fix: noReg}}, mem: 0, disp: disp, ctx: -1})
		return
	}
	l.emit(ins{op: mStore, sub: size, uses: []use{l.in(v.a), {v: base, fix: noReg}}, mem: 1, disp: disp, ctx: -1})
}

// saveContext tells callees which may reach Go whose they are called by.
func (l *lowering) saveContext() {
	l.emit(ins{op: mStore, sub: 3, uses: []use{{v: l.mctx, fix: noReg}, {v: l.ctx, fix: noReg}}, mem: 1, disp: ctxCallerModule, ctx: -1})
}

func (l *lowering) call(x value, v *val) {
	if l.checkpoint(x, v) {
		return
	}
	var sig *signature
	i := ins{op: mCall, clob: l.callerSaved, mem: -1, ctx: -1}
	mctx := l.mctx
	var code vreg
	if v.op == opCall {
		sig = l.m.calling(uint32(v.imm))
		i.target = int32(v.imm)
		if uint32(v.imm) < l.m.imported {
			at := l.m.functions + 24*int32(v.imm)
			l.saveContext()
			code = l.load64(l.mctx, at)
			mctx = l.load64(l.mctx, at+8)
		}
	} else {
		t := uint32(v.imm >> 32)
		sig = l.m.signature(t)
		table := l.load64(l.mctx, l.m.tables+8*int32(uint32(v.imm)))
		index := l.in(v.a)
		l.emit(l.trapping(ins{op: mCheckLim, cc: ccAE, w: 4, sub: 1, uses: []use{index, {v: table, fix: noReg}}, mem: 1, disp: 8, ctx: -1}, exitTable))
		base := l.load64(table, 0)
		ref := l.temp(i64)
		l.emit(ins{op: mLoad, w: 8, sub: ldQ, defs: out(ref), uses: []use{{v: base, fix: noReg}, index}, mem: 0, index: true, scale: 3, ctx: -1})
		l.emit(l.trapping(ins{op: mCheckLim, cc: ccE, w: 8, sub: 2, uses: []use{{v: ref, fix: noReg}}, mem: -1, ctx: -1}, exitNullElement))
		ids := l.load64(l.mctx, l.m.typeIDs)
		id := l.temp(i32)
		l.emit(ins{op: mLoad, w: 4, sub: ldL, defs: out(id), uses: []use{{v: ids, fix: noReg}}, mem: 0, disp: 4 * int32(t), ctx: -1})
		l.emit(l.trapping(ins{op: mCheckLim, cc: ccNE, w: 4, sub: 1, uses: []use{{v: id, fix: noReg}, {v: ref, fix: noReg}}, mem: 1, disp: refType, ctx: -1}, exitType))
		l.saveContext()
		code = l.load64(ref, refCode)
		mctx = l.load64(ref, refContext)
	}
	l.lfn.called = true
	l.out = max(l.out, sig.block)
	for k, p := range sig.params {
		if p.reg == noReg {
			a := v.args[k]
			l.emit(ins{op: mStoreOut, w: uint8(l.vals[a].typ.bytes()), disp: p.stack, imm: int64(sig.block), uses: []use{l.in(a)}, mem: -1, ctx: -1})
		}
	}
	i.uses = append(i.uses, fixed(l.ctx, l.intArgs[0]), fixed(mctx, l.intArgs[1]))
	for k, p := range sig.params {
		if p.reg != noReg {
			i.uses = append(i.uses, fixed(l.vreg(v.args[k]), p.reg))
		}
	}
	if code != 0 {
		i.op, i.sub = mCallMem, uint8(noReg)
		i.uses = append(i.uses, use{v: code, fix: noReg})
	}
	var stack []ins
	for _, y := range l.results[x] {
		r := &l.vals[y]
		if p := sig.results[r.imm]; p.reg != noReg {
			i.defs = append(i.defs, def{v: vreg(y), fix: p.reg})
		} else {
			stack = append(stack, ins{op: mLoadOut, w: uint8(r.typ.bytes()), disp: p.stack, imm: int64(sig.block), defs: out(vreg(y)), mem: -1, ctx: -1})
		}
	}
	l.emit(i)
	for _, s := range stack {
		l.emit(s)
	}
}

func (l *lowering) term(b *block) {
	switch b.term {
	case termJump:
		l.phiConstants(b)
		l.emit(ins{op: mJump, target: b.succs[0], mem: -1, ctx: -1})
	case termBranch:
		i := l.condition(ins{op: mBr, mem: -1, ctx: -1, target: b.succs[0], other: b.succs[1]}, b.cond, false)
		l.emit(i)
	case termSwitch:
		i := ins{op: mSwitch, w: 4, list: b.succs, uses: []use{l.in(b.cond)}, mem: -1, ctx: -1}
		i.temps = []use{{v: l.temp(i64), fix: noReg}, {v: l.temp(i64), fix: noReg}}
		l.emit(i)
	case termReturn:
		sig := l.m.calling(l.index)
		i := ins{op: mRet, mem: -1, ctx: -1}
		for k, p := range sig.results {
			if p.reg == noReg {
				l.lfn.frame = true
				l.emit(ins{op: mStoreRes, w: uint8(l.vals[b.args[k]].typ.bytes()), disp: p.stack, uses: []use{l.in(b.args[k])}, mem: -1, ctx: -1})
			}
		}
		for k, p := range sig.results {
			if p.reg != noReg {
				i.uses = append(i.uses, fixed(l.vreg(b.args[k]), p.reg))
			}
		}
		l.emit(i)
	case termTrap:
		l.emit(l.trapping(ins{op: mTrap, mem: -1, ctx: -1}, b.code))
	default:
		panic(declined("a block without an end"))
	}
}

// phiConstants gives a register to the constants among what b passes on to the phis of
// the block behind it.
func (l *lowering) phiConstants(b *block) {
	to := &l.blocks[b.succs[0]]
	k := -1
	for i, p := range to.preds {
		if p == l.cur {
			k = i
		}
	}
	for _, p := range to.phis {
		args := l.vals[p].args
		v := &l.vals[args[k]]
		if v.op != opConst && v.op != opVector {
			continue
		}
		t := l.temp(v.typ)
		l.constantTo(t, v)
		// The constant's own number stays shared, so the phi names the register.
		args[k] = -value(t)
	}
}

// condition gives i the comparison that x is, such that i's condition holds if x is not
// zero, or if it is with not.
func (l *lowering) condition(i ins, x value, not bool) ins {
	v := &l.vals[x]
	if l.folded[x] && v.op == op(wasm.OpI32Eqz) && l.folded[v.a] {
		return l.condition(i, v.a, !not)
	}
	done := func(c cond) ins {
		if not {
			c = c.not()
		}
		i.cc = c
		return i
	}
	if !l.folded[x] || l.folded[x] && v.op >= op(wasm.NumOps) {
		i.cmp, i.w = testReg, 4
		if v.typ == i64 {
			i.w = 8
		}
		u := l.in(x)
		i.uses = append(i.uses, u, u)
		return done(ccNE)
	}
	a := &l.vals[v.a]
	i.w = uint8(a.typ.bytes())
	switch wasm.Op(v.op) {
	case wasm.OpI32And, wasm.OpI64And:
		i.w = uint8(v.typ.bytes())
		if n, ok := l.imm32(v.b); ok {
			i.cmp, i.imm = testImm, n
			i.uses = append(i.uses, l.in(v.a))
		} else {
			i.cmp = testReg
			i.uses = append(i.uses, l.in(v.a), l.in(v.b))
		}
		return done(ccNE)
	case wasm.OpI32Eqz, wasm.OpI64Eqz:
		i.cmp = testReg
		u := l.in(v.a)
		i.uses = append(i.uses, u, u)
		return done(ccE)
	}
	if a.typ.float() {
		i.cmp = cmpFloat
		i.uses = append(i.uses, l.in(v.a), l.in(v.b))
		switch wasm.Op(v.op) {
		case wasm.OpF32Lt, wasm.OpF64Lt:
			i.cmp = cmpFloatSw
			return done(ccA)
		case wasm.OpF32Le, wasm.OpF64Le:
			i.cmp = cmpFloatSw
			return done(ccAE)
		case wasm.OpF32Gt, wasm.OpF64Gt:
			return done(ccA)
		case wasm.OpF32Ge, wasm.OpF64Ge:
			return done(ccAE)
		case wasm.OpF32Eq, wasm.OpF64Eq:
			return done(ccFE)
		default:
			return done(ccFNE)
		}
	}
	cc := intConds[(wasm.Op(v.op)-wasm.OpI32Eq)%(wasm.OpI64Eq-wasm.OpI32Eq)]
	if n, ok := l.imm32(v.b); ok {
		i.cmp, i.imm = cmpImm, n
		i.uses = append(i.uses, l.in(v.a))
	} else {
		i.cmp = cmpReg
		i.uses = append(i.uses, l.in(v.a), l.any(v.b))
	}
	return done(cc)
}

// intConds are the conditions of eq, ne, lt_s, lt_u and so on.
var intConds = [...]cond{ccE, ccNE, ccL, ccB, ccG, ccA, ccLE, ccBE, ccGE, ccAE}

func (l *lowering) selection(x value, v *val) {
	i := l.condition(ins{op: mSel, mem: -1, ctx: -1, defs: out(vreg(x))}, v.a, false)
	i.sub = uint8(v.typ.bytes())
	yes := l.any(v.b).untilWritten()
	if v.typ.float() {
		yes.kind = inReg
	}
	i.uses = append(i.uses, yes, l.in(v.c))
	l.emit(i)
}

// numeric lowers an instruction of the language that computes.
func (l *lowering) numeric(x value, v *val) {
	o := wasm.Op(v.op)
	w := uint8(v.typ.bytes())
	d := out(vreg(x))
	i := ins{w: w, defs: d, mem: -1, ctx: -1}
	alu := func(sub uint8) {
		if n, ok := l.imm32(v.b); ok {
			i.op, i.sub, i.imm, i.same = mAluImm, sub, n, true
			i.uses = []use{l.in(v.a)}
		} else {
			i.op, i.sub, i.same = mAlu, sub, true
			i.uses = []use{l.in(v.a)}
			i = l.operand(i, v.b, true)
		}
		l.emit(i)
	}
	falu := func(sub uint8) {
		i.op, i.sub, i.same = mFAlu, sub, true
		i.uses = []use{l.in(v.a)}
		if c, is := l.isConst(v.b); is && l.operands {
			i.pooled, i.imm = true, int64(c)
			l.emit(i)
			return
		}
		l.emit(l.operand(i, v.b, true))
	}
	simple := func(m mop, sub uint8) {
		i.op, i.sub = m, sub
		i.uses = []use{l.in(v.a)}
		l.emit(i)
	}
	switch o {
	case wasm.OpI32Add, wasm.OpI64Add:
		l.add(i, v)
	case wasm.OpI32Sub, wasm.OpI64Sub:
		if n, ok := l.isConst(v.a); ok && n == 0 {
			i.op, i.same = mNeg, true
			i.uses = []use{l.in(v.b)}
			l.emit(i)
			return
		}
		alu(aluSub)
	case wasm.OpI32And, wasm.OpI64And:
		alu(aluAnd)
	case wasm.OpI32Or, wasm.OpI64Or:
		alu(aluOr)
	case wasm.OpI32Xor, wasm.OpI64Xor:
		if n, ok := l.imm32(v.b); ok && n == -1 {
			i.op, i.same = mNot, true
			i.uses = []use{l.in(v.a)}
			l.emit(i)
			return
		}
		alu(aluXor)
	case wasm.OpI32Mul, wasm.OpI64Mul:
		if n, ok := l.imm32(v.b); ok {
			if n == 3 || n == 5 || n == 9 {
				i.op = mLea
				i.scale = uint8(map[int64]int{3: 1, 5: 2, 9: 3}[n])
				i.index = true
				u := l.in(v.a)
				i.uses = []use{u, u}
				l.emit(i)
				return
			}
			i.op, i.imm = mImulImm, n
			i.uses = []use{l.any(v.a)}
			l.emit(i)
			return
		}
		i.op, i.same = mImul, true
		i.uses = []use{l.in(v.a)}
		l.emit(l.operand(i, v.b, true))
	case wasm.OpI32Shl, wasm.OpI64Shl, wasm.OpI32ShrS, wasm.OpI64ShrS, wasm.OpI32ShrU, wasm.OpI64ShrU,
		wasm.OpI32Rotl, wasm.OpI64Rotl, wasm.OpI32Rotr, wasm.OpI64Rotr: // by a constant: others are the target's
		n, _ := l.imm32(v.b)
		i.op, i.sub, i.imm, i.same = mShiftImm, shiftOf(o), n&int64(8*w-1), true
		i.uses = []use{l.in(v.a)}
		l.emit(i)
	case wasm.OpI32Clz, wasm.OpI64Clz, wasm.OpI32Ctz, wasm.OpI64Ctz, wasm.OpI32Popcnt, wasm.OpI64Popcnt:
		sub := uint8(o - wasm.OpI32Clz)
		if o >= wasm.OpI64Clz {
			sub = uint8(o - wasm.OpI64Clz)
		}
		simple(mBits, sub)
	case wasm.OpI32WrapI64:
		if l.folded[v.a] {
			sum := l.vals[v.a]
			l.add(i, &sum)
			return
		}
		simple(mExt, extL)
	case wasm.OpI64ExtendI32U:
		simple(mExt, extL)
	case wasm.OpI64ExtendI32S, wasm.OpI64Extend32S:
		simple(mExt, extLS)
	case wasm.OpI32Extend8S, wasm.OpI64Extend8S:
		simple(mExt, extBS)
	case wasm.OpI32Extend16S, wasm.OpI64Extend16S:
		simple(mExt, extWS)
	case wasm.OpI32ReinterpretF32, wasm.OpF32ReinterpretI32, wasm.OpI64ReinterpretF64, wasm.OpF64ReinterpretI64:
		simple(mMov, 0)
	case wasm.OpF32Add, wasm.OpF64Add:
		falu(0x58)
	case wasm.OpF32Sub, wasm.OpF64Sub:
		falu(0x5C)
	case wasm.OpF32Mul, wasm.OpF64Mul:
		falu(0x59)
	case wasm.OpF32Div, wasm.OpF64Div:
		falu(0x5E)
	case wasm.OpF32Sqrt, wasm.OpF64Sqrt:
		simple(mFUn, 0xFF)
	case wasm.OpF32Nearest, wasm.OpF64Nearest:
		simple(mFUn, 0)
	case wasm.OpF32Floor, wasm.OpF64Floor:
		simple(mFUn, 1)
	case wasm.OpF32Ceil, wasm.OpF64Ceil:
		simple(mFUn, 2)
	case wasm.OpF32Trunc, wasm.OpF64Trunc:
		simple(mFUn, 3)
	case wasm.OpF32Abs, wasm.OpF64Abs, wasm.OpF32Neg, wasm.OpF64Neg:
		i.op, i.same = mFBits, true
		i.sub = 0x54 // and
		i.imm = math.MaxInt64
		if w == 4 {
			i.imm = math.MaxInt32
		}
		if o == wasm.OpF32Neg || o == wasm.OpF64Neg {
			i.sub = 0x57 // xor
			i.imm = math.MinInt64
			if w == 4 {
				i.imm = 1 << 31
			}
		}
		i.uses = []use{l.in(v.a)}
		l.emit(i)
	case wasm.OpF32Copysign, wasm.OpF64Copysign:
		i.op, i.same = mFCopysign, true
		s := l.late(v.b)
		i.uses = []use{l.in(v.a), s}
		i.temps = []use{{v: l.temp(f64), fix: noReg}}
		l.emit(i)
	case wasm.OpF32Min, wasm.OpF64Min, wasm.OpF32Max, wasm.OpF64Max:
		i.op, i.same = mFMinMax, true
		if o == wasm.OpF32Max || o == wasm.OpF64Max {
			i.sub = 1
		}
		y := l.late(v.b)
		i.uses = []use{l.in(v.a), y}
		l.emit(i)
	default:
		switch {
		case comparison(o):
			i = l.comparison(i, x)
			i.op = mSet
			l.emit(i)
		case o >= wasm.OpF32ConvertI32S && o <= wasm.OpF64PromoteF32:
			i.op, i.sub = mFConv, uint8(o-wasm.OpF32ConvertI32S)
			i.uses = []use{l.in(v.a)}
			if o == wasm.OpF32ConvertI64U || o == wasm.OpF64ConvertI64U {
				i.uses[0].late = true
				i.temps = []use{{v: l.temp(i64), fix: noReg}, {v: l.temp(i64), fix: noReg}}
			}
			l.emit(i)
		default:
			l.truncate(i, v)
		}
	}
}

// comparison is condition for a comparison whose result is a value.
func (l *lowering) comparison(i ins, x value) ins {
	l.folded[x] = true
	i = l.condition(i, x, false)
	l.folded[x] = false
	return i
}

func (l *lowering) add(i ins, v *val) {
	n, right := l.imm32(v.b)
	in := &l.vals[v.a]
	switch {
	case right && l.folded[v.a]:
		i.op, i.index, i.disp = mLea, true, int32(n)
		i.uses = []use{l.in(in.a), l.in(in.b)}
	case right:
		i.op, i.disp = mLea, int32(n)
		i.uses = []use{l.in(v.a)}
	case l.folded[v.b] && l.vals[v.b].op != opLoad:
		i = l.scaled(i, v.a, &l.vals[v.b])
	case l.folded[v.a] && in.op != opLoad:
		i = l.scaled(i, v.b, in)
	case l.folded[v.b]:
		i.op, i.sub, i.same = mAlu, aluAdd, true
		i.uses = []use{l.in(v.a)}
		i = l.operand(i, v.b, true)
	default:
		i.op, i.index = mLea, true
		i.uses = []use{l.in(v.a), l.in(v.b)}
	}
	l.emit(i)
}

func (l *lowering) scaled(i ins, base value, shift *val) ins {
	c, _ := l.isConst(shift.b)
	i.op, i.index, i.scale = mLea, true, uint8(c)
	i.uses = []use{l.in(base), l.in(shift.a)}
	return i
}

// How [mExt] extends.
const (
	extL = iota
	extLS
	extBS
	extWS
)

// truncate lowers conversions of floats to integers. i.sub: bit 0 unsigned, bit 1 from
// f64, bit 2 to i64, bit 3 saturating.
func (l *lowering) truncate(i ins, v *val) {
	o := wasm.Op(v.op)
	switch {
	case o >= wasm.OpI32TruncF32S && o <= wasm.OpI32TruncF64U:
		i.sub = uint8(o - wasm.OpI32TruncF32S)
	case o >= wasm.OpI64TruncF32S && o <= wasm.OpI64TruncF64U:
		i.sub = 4 | uint8(o-wasm.OpI64TruncF32S)
	case o >= wasm.OpI32TruncSatF32S && o <= wasm.OpI64TruncSatF64U:
		i.sub = 8 | uint8(o-wasm.OpI32TruncSatF32S)
	default:
		panic(declined(o.String()))
	}
	i.op = mTrunc
	i.uses = []use{l.late(v.a)}
	i.temps = []use{{v: l.temp(i64), fix: noReg}, {v: l.temp(f64), fix: noReg}}
	l.emit(l.trapping(i, exitConversion))
}
