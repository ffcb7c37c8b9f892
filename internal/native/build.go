package native

import (
	"bytes"
	"github.com/wazedge/wazedge/internal/wasm"
	"slices"
)

// features are the proposals under which bodies are read: what the user has not enabled
// has been refused before.
const features = wasm.Wasm3 | wasm.Threads

// Bounds of what is compiled: beyond them a function keeps the engine's code, so that
// neither time nor memory is more than linear in the size of a module.
const (
	maxBody      = 1 << 18 // bytes
	maxLocals    = 4096
	maxSnapshots = 1 << 22 // locals at all joins of control
	maxValues    = 1 << 18
)

// module is what the functions of a module have in common.
type module struct {
	*wasm.Spaces
	layout
	minMemory  uint64 // bytes that the memory has at least
	start      uint32 // place in the file of the code section's contents
	imported   uint32 // functions
	checkpoint uint32 // one of them, see [Options.Checkpoint]
	checks     bool   // there is one
	target     target
	guarded    bool   // accesses may be left to the pages around the memory
	cpu        uint64 // what the processor has, as the engine counts it
	sigs       []*signature
	globals    []global
	listing    *listing // nil for none
	carried    carrying
}

// global is what is known of a global.
type global struct {
	typ      wasm.ValType
	imported bool
}

// quiet reports whether a call of function x leaves all that is outside of the function that calls as it is.
func (m *module) quiet(x uint32) bool { return m.checks && x == m.checkpoint }

func (m *module) signature(t uint32) *signature {
	if m.sigs[t] == nil {
		m.sigs[t] = m.target.convention().signatureOf(&m.Types[t].Func)
	}
	return m.sigs[t]
}

// epochs say what cannot have changed: of two values that read the memory's place, a
// global or the memory, and have the same epoch, nothing on any way between them writes
// it.
type epochs struct{ call, mem, glob int32 }

// incoming is an edge to a join of control.
type incoming struct {
	from   int32
	locals []value
	vals   []value
	ep     epochs
}

// frame is an open block of the language.
type frame struct {
	op        wasm.Op
	block     int32 // where its label is
	otherwise int32 // of an if: the block of its else; -1
	height    int
	params    int
	results   []wasm.ValType
	in        []incoming
	state     incoming
}

// loopInfo is what a loop does, known before it is built.
type loopInfo struct {
	assigned                 []uint64 // locals
	sets                     uint8    // of the globals that are followed
	calls, writes, setGlobal bool
}

// mostFollowed bounds the globals of a function that are followed.
const mostFollowed = 4

// followed are globals that a function sets. Like those of locals their values are known where the function has
// written or read them and nobody else can have written them since, also around loops: who counts in a global
// does not read it for each turn, which would wait for what the turn before has written.
type followed struct {
	m     *module
	list  []uint32
	first int // the local behind those of the function, which stands for the first of the list
}

// at is the place of global g in the list, or -1.
func (f *followed) at(g uint32) int { return slices.Index(f.list, g) }

// add has global g followed, if it can be, and returns its place.
func (f *followed) add(g uint32) int {
	k := f.at(g)
	if own := &f.m.globals[g]; k < 0 && len(f.list) < mostFollowed && !own.imported && own.typ.IsNum() {
		k = len(f.list)
		f.list = append(f.list, g)
	}
	return k
}

// called notes that function x is called, and has the global followed that it carries.
func (f *followed) called(x uint32) {
	if f.m.carries(x) {
		f.add(f.m.carried.global)
	}
}

type builder struct {
	*fn
	types   []typ // of locals
	locals  []value
	stack   []value
	frames  []frame
	cur     int32 // the block at hand; -1 in code that is not reached
	dead    int   // blocks open in code that is not reached
	ep      epochs
	nextEp  int32
	pos     uint32
	order   []int32
	loops   []loopInfo
	nextLoo int
	budget  int
	zeros   [6]value
	ctx     value
	mctx    value

	dispatch *dispatch // nil for none
	followed followed
}

// build makes static single assignment form of the own function i of m.
func build(m *module, i int) (*fn, error) {
	f := &fn{m: m, index: m.imported + uint32(i), typ: m.FuncTypeOf(m.imported + uint32(i))}
	f.work = workPerFunction + workPerByte*len(m.Bodies[i].Code)
	b := &builder{fn: f, budget: maxSnapshots, followed: followed{m: m}}
	if len(m.Bodies[i].Code) > maxBody {
		return nil, declined("large")
	}
	f.vals = make([]val, 1, 256)
	f.repl = make([]value, 1, 256)
	var r wasm.Reader
	runs, err := m.OpenBody(i, &r, features, nil)
	if err != nil {
		return nil, err
	}
	var types []typ
	for _, t := range f.typ.Params {
		types = append(types, typeOf(t))
	}
	for _, run := range runs {
		if len(types)+int(run.N) > maxLocals {
			return nil, declined("many locals")
		}
		for range run.N {
			types = append(types, typeOf(run.Type))
		}
	}
	if m.carries(f.index) {
		b.followed.add(m.carried.global)
	}
	if bytes.IndexByte(m.Bodies[i].Code, byte(wasm.OpBrTable.Info().Code)) >= 0 { // most functions need not be read for it
		if b.dispatch = dispatchOf(r, len(types), &b.followed); b.dispatch != nil {
			types = append(types, i32)
		}
	}
	b.scan(r, len(types))
	locals := len(types)
	for _, g := range b.followed.list {
		types = append(types, typeOf(m.globals[g].typ))
	}
	b.types, b.followed.first = types, locals
	b.cur = b.newBlock()
	b.begin(b.cur)
	b.nextEp = 2
	b.ep = epochs{1, 1, 1}
	b.ctx = b.put(val{op: opCtx, typ: i64})
	b.mctx = b.put(val{op: opMctx, typ: i64})
	for k, t := range types[:locals] {
		if k < len(f.typ.Params) {
			b.locals = append(b.locals, b.put(val{op: opParam, typ: t, imm: uint64(k)}))
			continue
		}
		if b.zeros[t] == 0 {
			b.zeros[t] = b.put(val{op: opConst, typ: t})
			if t == v128 {
				b.zeros[t] = b.vector(0, 0)
			}
		}
		b.locals = append(b.locals, b.zeros[t])
	}
	b.locals = append(b.locals, make([]value, len(b.followed.list))...)
	if m.carries(f.index) {
		b.carry(b.put(val{op: opParam, typ: i64, imm: uint64(len(f.typ.Params))}))
	}
	b.frames = append(b.frames, frame{op: wasm.OpBlock, block: b.newBlock(), otherwise: -1, results: f.typ.Results})
	var in wasm.Instr
	for len(b.frames) > 0 {
		if err := r.Next(&in); err != nil {
			return nil, err
		}
		b.step(&in)
		if len(f.vals) > maxValues {
			return nil, declined("large")
		}
	}
	if b.cur >= 0 {
		args := append([]value(nil), b.stack...)
		if m.carries(f.index) {
			args = append(args, b.global(m.carried.global))
		}
		blk := &f.blocks[b.cur]
		blk.term, blk.args = termReturn, args
	}
	f.renumber(b.order)
	return f, nil
}

// scan goes through the function once to find out what loops do.
func (b *builder) scan(r wasm.Reader, locals int) {
	words := (locals + 63) / 64
	type open struct {
		loop  bool
		outer int // the loop around it
	}
	stack := []open{{}}
	top := -1 // innermost loop
	var in wasm.Instr
	for len(stack) > 0 && r.Next(&in) == nil {
		switch in.Op {
		case wasm.OpLoop:
			if b.budget -= words; b.budget < 0 {
				panic(declined("many locals in many loops"))
			}
			stack = append(stack, open{true, top})
			b.loops = append(b.loops, loopInfo{assigned: make([]uint64, words)})
			top = len(b.loops) - 1
		case wasm.OpBlock, wasm.OpIf:
			stack = append(stack, open{})
		case wasm.OpTryTable:
			panic(declined("exceptions"))
		case wasm.OpEnd:
			last := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if !last.loop {
				continue
			}
			if last.outer >= 0 {
				b.loops[last.outer].add(&b.loops[top])
			}
			top = last.outer
		default:
			if top < 0 {
				switch in.Op {
				case wasm.OpGlobalSet:
					b.followed.add(in.X)
				case wasm.OpCall:
					b.followed.called(in.X)
				}
				continue
			}
			b.loops[top].note(&in, &b.followed)
		}
	}
}

// note notes what the instruction in does.
func (l *loopInfo) note(in *wasm.Instr, f *followed) {
	switch in.Op {
	case wasm.OpLocalSet, wasm.OpLocalTee:
		l.assigned[in.X/64] |= 1 << (in.X % 64)
	case wasm.OpCall:
		l.calls = l.calls || !f.m.quiet(in.X)
		f.called(in.X)
	case wasm.OpCallIndirect, wasm.OpMemoryGrow:
		l.calls = true
	case wasm.OpGlobalSet:
		l.setGlobal = true
		if k := f.add(in.X); k >= 0 {
			l.sets |= 1 << k
		}
	case wasm.OpMemoryCopy, wasm.OpMemoryFill:
		l.writes = true
	default:
		info := &wasm.Ops[in.Op]
		if s := info.Sig; (info.Imm == wasm.ImmMemArg || info.Imm == wasm.ImmMemArgLane) && s[len(s)-1] == ':' {
			l.writes = true
		}
	}
}

func (b *builder) newBlock() int32 {
	b.blocks = append(b.blocks, block{loop: -1, loopEnd: -1})
	return int32(len(b.blocks) - 1)
}

func (b *builder) begin(blk int32) {
	b.cur = blk
	b.order = append(b.order, blk)
}

func (b *builder) epoch() int32 {
	b.nextEp++
	return b.nextEp
}

// put appends v to the block at hand.
func (b *builder) put(v val) value {
	v.blk, v.pos = b.cur, b.pos
	x := b.add(v)
	b.blocks[b.cur].ins = append(b.blocks[b.cur].ins, x)
	return x
}

func (b *builder) constant(t typ, bits uint64) value {
	if t.bytes() == 4 {
		bits = uint64(uint32(bits))
	}
	return b.put(val{op: opConst, typ: t, imm: bits})
}

func (b *builder) pop() value {
	v := b.stack[len(b.stack)-1]
	b.stack = b.stack[:len(b.stack)-1]
	return v
}

func (b *builder) popN(n int) []value {
	list := append([]value(nil), b.stack[len(b.stack)-n:]...)
	b.stack = b.stack[:len(b.stack)-n]
	return list
}

func (b *builder) push(v value) { b.stack = append(b.stack, v) }

// end ends the block at hand.
func (b *builder) end(term termKind, succs ...int32) *block {
	blk := &b.blocks[b.cur]
	blk.term, blk.succs, blk.pos, blk.ep = term, succs, b.pos, b.ep
	return blk
}

// called notes that whatever is outside the function may have changed.
func (b *builder) called() {
	b.ep = epochs{b.epoch(), b.epoch(), b.epoch()}
	clear(b.locals[b.followed.first:])
}

// global is the value of global g.
func (b *builder) global(g uint32) value {
	get := func() value {
		return b.put(val{op: opGlobalGet, typ: typeOf(b.m.globals[g].typ), imm: uint64(g), ep: b.ep.glob})
	}
	k := b.followed.at(g)
	if k < 0 {
		return get()
	}
	v := &b.locals[b.followed.first+k]
	if *v == 0 {
		*v = get()
	}
	return *v
}

// carried is where what is known of the global that is carried is; nil where it is not followed.
func (b *builder) carried() *value {
	if b.m.carried.by == nil {
		return nil
	}
	k := b.followed.at(b.m.carried.global)
	if k < 0 {
		return nil
	}
	return &b.locals[b.followed.first+k]
}

// carry notes that the value of the global that is carried is v.
func (b *builder) carry(v value) {
	if c := b.carried(); c != nil {
		*c = v
	}
}

// setAgain writes the global that is carried once more, in front of a look at it: where that is not reached, what has been
// written may be of no use, see [fn.sets].
func (b *builder) setAgain() {
	if c := b.carried(); c != nil && *c != 0 {
		b.ep.glob = b.epoch()
		b.put(val{op: opGlobalSet, a: *c, imm: uint64(b.m.carried.global), ep: b.ep.glob})
	}
}

// local is the value of local k, or of the global that it stands for.
func (b *builder) local(k int) value {
	if n := k - b.followed.first; n >= 0 {
		return b.global(b.followed.list[n])
	}
	return b.locals[k]
}

func (b *builder) label(depth uint32) *frame { return &b.frames[len(b.frames)-1-int(depth)] }

func (b *builder) arity(fr *frame) int {
	if fr.op == wasm.OpLoop {
		return fr.params
	}
	return len(fr.results)
}

// jumpTo adds an edge from the block at hand to the label of fr, with the values on top
// of the stack, and returns the block of the label.
func (b *builder) jumpTo(fr *frame) int32 {
	n := b.arity(fr)
	vals := b.stack[len(b.stack)-n:]
	if fr.op == wasm.OpLoop {
		head := &b.blocks[fr.block]
		head.preds = append(head.preds, b.cur)
		for i, phi := range head.phis {
			v := value(0)
			if i < fr.params {
				v = vals[i]
			} else {
				v = b.local(int(b.vals[phi].imm))
			}
			b.vals[phi].args = append(b.vals[phi].args, v)
		}
		return fr.block
	}
	b.budget -= len(b.locals) + n
	if b.budget < 0 {
		panic(declined("many locals at many joins of control"))
	}
	fr.in = append(fr.in, incoming{b.cur, append([]value(nil), b.locals...), append([]value(nil), vals...), b.ep})
	return fr.block
}

// join begins the block blk, to which the edges in lead.
func (b *builder) join(blk int32, in []incoming, height int, types []wasm.ValType) {
	b.stack = b.stack[:height]
	if len(in) == 0 {
		b.cur = -1
		return
	}
	b.begin(blk)
	for i := range in {
		b.blocks[blk].preds = append(b.blocks[blk].preds, in[i].from)
	}
	first := &in[0]
	if len(in) == 1 {
		b.locals, b.ep = first.locals, first.ep
		b.stack = append(b.stack, first.vals...)
		return
	}
	b.ep = first.ep
	for i := range in[1:] {
		if e := in[i+1].ep; e != b.ep {
			if e.call != b.ep.call {
				b.ep.call = b.epoch()
			}
			if e.mem != b.ep.mem {
				b.ep.mem = b.epoch()
			}
			if e.glob != b.ep.glob {
				b.ep.glob = b.epoch()
			}
		}
	}
	pick := func(t typ, get func(*incoming) value) value {
		v := get(first)
		same := true
		for i := range in {
			if get(&in[i]) == 0 { // a global that has to be read again
				return 0
			}
			same = same && get(&in[i]) == v
		}
		if same {
			return v
		}
		args := make([]value, len(in))
		for i := range in {
			args[i] = get(&in[i])
		}
		phi := b.add(val{op: opPhi, typ: t, blk: blk, args: args})
		b.blocks[blk].phis = append(b.blocks[blk].phis, phi)
		return phi
	}
	locals := make([]value, len(b.types))
	for k, t := range b.types {
		locals[k] = pick(t, func(e *incoming) value { return e.locals[k] })
	}
	b.locals = locals
	for k, t := range types {
		b.push(pick(typeOf(t), func(e *incoming) value { return e.vals[k] }))
	}
}

func (b *builder) blockType(t wasm.BlockType) (params, results []wasm.ValType) {
	if t.Indexed {
		f := &b.m.Types[t.Index].Func
		return f.Params, f.Results
	}
	if t.Result != wasm.Bottom {
		return nil, []wasm.ValType{t.Result}
	}
	return nil, nil
}

// step builds the instruction in.
func (b *builder) step(in *wasm.Instr) {
	b.pos = uint32(in.Offset) - b.m.start
	if b.cur < 0 {
		switch in.Op {
		case wasm.OpBlock, wasm.OpIf, wasm.OpTryTable:
			b.dead++
			return
		case wasm.OpLoop:
			b.nextLoo++
			b.dead++
			return
		case wasm.OpEnd:
			if b.dead > 0 {
				b.dead--
				return
			}
		case wasm.OpElse:
			if b.dead > 0 {
				return
			}
		default:
			return
		}
	}
	switch in.Op {
	case wasm.OpNop:
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
		b.open(in)
	case wasm.OpElse:
		b.otherwise()
	case wasm.OpEnd:
		b.close()
	case wasm.OpBr:
		if d := b.dispatch; d != nil && d.base >= 0 {
			if label, known := d.jumps[in.Offset]; known {
				b.goTo(label)
				return
			}
		}
		b.jump(b.label(in.X))
	case wasm.OpReturn:
		b.jump(&b.frames[0])
	case wasm.OpBrIf:
		cond := b.pop()
		b.branchIf(cond, b.label(in.X))
	case wasm.OpBrTable:
		b.brTable(in)
	case wasm.OpUnreachable:
		blk := b.end(termTrap)
		blk.code = exitUnreachable
		b.cur = -1
	case wasm.OpDrop:
		b.pop()
	case wasm.OpSelect, wasm.OpSelectT:
		c, y, x := b.pop(), b.pop(), b.pop()
		b.push(b.simplify(val{op: opSelect, typ: b.vals[x].typ, a: c, b: x, c: y}))
	case wasm.OpLocalGet:
		b.push(b.locals[in.X])
	case wasm.OpLocalSet:
		b.setLocal(in.X, b.pop())
	case wasm.OpLocalTee:
		b.setLocal(in.X, b.stack[len(b.stack)-1])
	case wasm.OpGlobalGet:
		b.push(b.global(in.X))
	case wasm.OpGlobalSet:
		v := b.pop()
		b.ep.glob = b.epoch()
		b.put(val{op: opGlobalSet, a: v, imm: uint64(in.X), ep: b.ep.glob})
		if k := b.followed.at(in.X); k >= 0 {
			b.locals[b.followed.first+k] = v
		}
	case wasm.OpI32Const:
		b.push(b.constant(i32, in.Val))
	case wasm.OpI64Const:
		b.push(b.constant(i64, in.Val))
	case wasm.OpF32Const:
		b.push(b.constant(f32, in.Val))
	case wasm.OpF64Const:
		b.push(b.constant(f64, in.Val))
	case wasm.OpRefNull:
		b.push(b.constant(i64, 0))
	case wasm.OpRefIsNull:
		b.push(b.simplify(val{op: op(wasm.OpI64Eqz), typ: i32, a: b.pop()}))
	case wasm.OpCall:
		t := b.m.TypeIndexOf(in.X)
		ft := &b.m.Types[t].Func
		args := b.popN(len(ft.Params))
		carries, quiet := b.m.carries(in.X), b.m.quiet(in.X)
		if carries {
			args = append(args, b.global(b.m.carried.global))
		}
		if quiet {
			b.setAgain()
			b.blocks[b.cur].rare = true // the counter has run out
		}
		v := b.put(val{op: opCall, imm: uint64(in.X), args: args})
		if !quiet {
			b.called()
		}
		if carries {
			b.carry(b.put(val{op: opResult, typ: i64, a: v, imm: uint64(len(ft.Results))}))
		}
		b.results(v, ft)
	case wasm.OpCallIndirect:
		ft := &b.m.Types[in.X].Func
		index := b.pop()
		args := b.popN(len(ft.Params))
		v := b.put(val{op: opCallIndirect, imm: uint64(in.X)<<32 | uint64(in.Y), a: index, args: args})
		b.called()
		b.results(v, ft)
	case wasm.OpMemorySize:
		n := b.put(val{op: opLen, typ: i64, ep: b.ep.call})
		pages := b.simplify(val{op: op(wasm.OpI64ShrU), typ: i64, a: n, b: b.constant(i64, 16)})
		b.push(b.simplify(val{op: op(wasm.OpI32WrapI64), typ: i32, a: pages}))
	case wasm.OpMemoryGrow:
		v := b.put(val{op: opMemGrow, typ: i32, a: b.pop()})
		b.called()
		b.push(v)
	case wasm.OpMemoryCopy, wasm.OpMemoryFill:
		b.bulk(in.Op)
	case wasm.OpTableGet:
		b.push(b.put(val{op: opTableGet, typ: i64, a: b.pop(), imm: uint64(in.X)}))
	case wasm.OpTableSize:
		b.push(b.put(val{op: opTableSize, typ: i32, imm: uint64(in.X), ep: b.ep.call}))
	default:
		b.plain(in)
	}
}

func (b *builder) setLocal(i uint32, v value) {
	b.locals[i] = v
}

// results pushes the results of the call v.
func (b *builder) results(v value, ft *wasm.FuncType) {
	for i, t := range ft.Results {
		b.push(b.put(val{op: opResult, typ: typeOf(t), a: v, imm: uint64(i)}))
	}
}

func (b *builder) open(in *wasm.Instr) {
	params, results := b.blockType(in.Block)
	fr := frame{op: in.Op, params: len(params), results: results, otherwise: -1}
	switch in.Op {
	case wasm.OpBlock:
		fr.height = len(b.stack) - len(params)
		fr.block = b.newBlock()
	case wasm.OpIf:
		cond := b.pop()
		fr.height = len(b.stack) - len(params)
		then := b.newBlock()
		fr.otherwise = b.newBlock()
		fr.block = b.newBlock()
		b.budget -= len(b.locals) + len(params)
		fr.state = incoming{b.cur, append([]value(nil), b.locals...), append([]value(nil), b.stack[fr.height:]...), b.ep}
		b.end(termBranch, then, fr.otherwise).cond = cond
		from := b.cur
		b.begin(then)
		b.blocks[then].preds = []int32{from}
	case wasm.OpLoop:
		fr.height = len(b.stack) - len(params)
		fr.block = b.newBlock()
		l := &b.loops[b.nextLoo]
		b.nextLoo++
		b.beforeLoop(l)
		from := b.cur
		b.end(termJump, fr.block)
		b.begin(fr.block)
		head := &b.blocks[fr.block]
		head.header = true
		head.preds = []int32{from}
		phi := func(t typ, v value, local int) value {
			p := b.add(val{op: opPhi, typ: t, blk: fr.block, args: []value{v}, imm: uint64(local)})
			b.blocks[fr.block].phis = append(b.blocks[fr.block].phis, p)
			return p
		}
		for k, t := range params {
			b.stack[fr.height+k] = phi(typeOf(t), b.stack[fr.height+k], 0)
		}
		b.loopPhis(fr.block, l)
	}
	if b.budget < 0 {
		panic(declined("many locals at many joins of control"))
	}
	b.frames = append(b.frames, fr)
}

// changes reports whether the loop l sets local k, or may change the global that it stands for.
func (b *builder) changes(l *loopInfo, k int) bool {
	if n := k - b.followed.first; n >= 0 {
		return l.calls || l.sets>>n&1 != 0
	}
	return l.assigned[k/64]>>(k%64)&1 != 0
}

// beforeLoop reads the globals that are followed in the loop l, which begins behind the block at hand.
func (b *builder) beforeLoop(l *loopInfo) {
	for k := b.followed.first; k < len(b.types); k++ {
		if b.changes(l, k) {
			b.local(k)
		}
	}
}

// loopPhis has phis at the head of a loop for the locals that are assigned in it, and forgets what it changes.
func (b *builder) loopPhis(head int32, l *loopInfo) {
	b.budget -= len(b.locals)
	b.blocks[head].header = true
	b.locals = append([]value(nil), b.locals...)
	for k, t := range b.types {
		if b.changes(l, k) {
			p := b.add(val{op: opPhi, typ: t, blk: head, args: []value{b.locals[k]}, imm: uint64(k)})
			b.blocks[head].phis = append(b.blocks[head].phis, p)
			b.locals[k] = p
		}
	}
	if l.calls {
		b.ep = epochs{b.epoch(), b.epoch(), b.epoch()}
	}
	if l.writes {
		b.ep.mem = b.epoch()
	}
	if l.setGlobal {
		b.ep.glob = b.epoch()
	}
}

func (b *builder) otherwise() {
	fr := &b.frames[len(b.frames)-1]
	if b.cur >= 0 {
		b.end(termJump, b.jumpTo(fr))
	}
	b.begin(fr.otherwise)
	b.blocks[fr.otherwise].preds = []int32{fr.state.from}
	b.stack = append(b.stack[:fr.height], fr.state.vals...)
	b.locals, b.ep = fr.state.locals, fr.state.ep
	fr.otherwise = -1
}

func (b *builder) close() {
	fr := &b.frames[len(b.frames)-1]
	if fr.op == wasm.OpLoop {
		b.latch(fr.block)
		b.frames = b.frames[:len(b.frames)-1]
		return // what falls out of a loop goes on in the same block
	}
	var begins *region
	if d := b.dispatch; d.ends(len(b.frames) - 1) {
		if n := d.heads[d.segment]; n >= 0 {
			begins = &d.regions[n]
			if b.cur >= 0 {
				b.locals[d.local] = b.constant(i32, uint64(d.segment))
			}
		}
		d.segment++
	}
	if b.cur >= 0 {
		b.end(termJump, b.jumpTo(fr))
	}
	if fr.otherwise >= 0 { // an if without an else
		b.begin(fr.otherwise)
		b.blocks[fr.otherwise].preds = []int32{fr.state.from}
		b.stack = append(b.stack[:fr.height], fr.state.vals...)
		b.locals, b.ep = fr.state.locals, fr.state.ep
		b.end(termJump, b.jumpTo(fr))
	}
	b.join(fr.block, fr.in, fr.height, fr.results)
	b.frames = b.frames[:len(b.frames)-1]
	if begins != nil && b.cur >= 0 {
		b.enter(begins)
	}
}

// latch has all ways back to the head of a loop, which ends, lead over a block of their own, if there are several.
func (b *builder) latch(head int32) {
	if len(b.blocks[head].preds) < 3 {
		return
	}
	n := b.newBlock()
	b.order = append(b.order, n)
	h, l := &b.blocks[head], &b.blocks[n]
	l.term, l.succs, l.pos, l.ep = termJump, []int32{head}, b.pos, epochs{b.epoch(), b.epoch(), b.epoch()}
	l.preds = append(l.preds, h.preds[1:]...)
	h.preds = append(h.preds[:1:1], n)
	for _, p := range l.preds {
		for k, s := range b.blocks[p].succs {
			if s == head {
				b.blocks[p].succs[k] = n
			}
		}
	}
	for _, p := range h.phis {
		args := b.vals[p].args
		back := args[1]
		if slices.ContainsFunc(args[2:], func(a value) bool { return a != back }) {
			back = b.add(val{op: opPhi, typ: b.vals[p].typ, blk: n, args: slices.Clone(args[1:])})
			l.phis = append(l.phis, back)
		}
		b.vals[p].args = append(args[:1:1], back)
	}
}

func (b *builder) jump(fr *frame) {
	b.end(termJump, b.jumpTo(fr))
	b.cur = -1
}

func (b *builder) branchIf(cond value, fr *frame) {
	to := b.jumpTo(fr)
	next := b.newBlock()
	b.end(termBranch, to, next).cond = cond
	from := b.cur
	b.begin(next)
	b.blocks[next].preds = []int32{from}
}

func (b *builder) brTable(in *wasm.Instr) {
	cond := b.pop()
	if b.dispatch != nil && in.Offset == b.dispatch.tableAt {
		b.tableOf(cond)
		return
	}
	var succs []int32
	seen := map[int32]int32{}
	from := b.cur
	for _, l := range in.Labels {
		fr := b.label(l)
		edge, ok := seen[fr.block]
		if !ok {
			// Each target has one edge block of its own, so that none is critical.
			edge = b.newBlock()
			seen[fr.block] = edge
		}
		succs = append(succs, edge)
	}
	b.end(termSwitch, succs...).cond = cond
	done := map[int32]bool{}
	known := slices.Clone(b.locals[b.followed.first:])
	for _, l := range in.Labels {
		copy(b.locals[b.followed.first:], known) // what an edge reads again, others do not know
		fr := b.label(l)
		edge := seen[fr.block]
		if done[edge] {
			continue
		}
		done[edge] = true
		b.begin(edge)
		b.blocks[edge].preds = []int32{from}
		b.end(termJump, b.jumpTo(fr))
	}
	b.cur = -1
}

// access makes the check of an access and its operands.
func (b *builder) access(index value, in *wasm.Instr) (base value) {
	size := uint64(1) << wasm.Ops[in.Op].Access
	if in.Val+size >= 1<<31 {
		panic(declined("large offset"))
	}
	n := b.put(val{op: opLen, typ: i64, ep: b.ep.call})
	b.put(val{op: opCheck, a: index, b: n, imm: in.Val + size, ep: b.ep.call})
	return b.put(val{op: opBase, typ: i64, ep: b.ep.call})
}

func (b *builder) bulk(o wasm.Op) {
	n, y, x := b.pop(), b.pop(), b.pop()
	length := b.put(val{op: opLen, typ: i64, ep: b.ep.call})
	wide := func(v value) value { return b.simplify(val{op: op(wasm.OpI64ExtendI32U), typ: i64, a: v}) }
	n = wide(n)
	check := func(at value) {
		b.put(val{op: opCheckLim, a: b.simplify(val{op: op(wasm.OpI64Add), typ: i64, a: at, b: n}), b: length})
	}
	base := b.put(val{op: opBase, typ: i64, ep: b.ep.call})
	x = wide(x)
	check(x)
	kind := opMemFill
	if o == wasm.OpMemoryCopy {
		kind = opMemCopy
		y = wide(y)
		check(y)
		y = b.put(val{op: op(wasm.OpI64Add), typ: i64, a: base, b: y})
	}
	x = b.put(val{op: op(wasm.OpI64Add), typ: i64, a: base, b: x})
	b.ep.mem = b.epoch()
	b.put(val{op: kind, a: x, b: y, c: n})
}

// plain builds an instruction that is described by the table of instructions.
func (b *builder) plain(in *wasm.Instr) {
	info := &wasm.Ops[in.Op]
	sig := info.Sig
	switch {
	case in.Op >= wasm.OpV128Load && in.Op <= wasm.OpF64x2ConvertLowI32x4U:
		b.vectorInstr(in)
	case in.Op > wasm.OpI64TruncSatF64U || sig == "*" && info.Imm != wasm.ImmMemArg:
		panic(declined(info.Name))
	case info.Imm == wasm.ImmMemArg && sig[len(sig)-1] == ':':
		v, index := b.pop(), b.pop()
		base := b.access(index, in)
		b.ep.mem = b.epoch()
		b.put(val{op: opStore, a: index, b: base, c: v, imm: in.Val, aux: uint16(in.Op), ep: b.ep.mem})
	case info.Imm == wasm.ImmMemArg:
		index := b.pop()
		base := b.access(index, in)
		b.push(b.put(val{op: opLoad, typ: letter(sig[len(sig)-1]), a: index, b: base, imm: in.Val, aux: uint16(in.Op), ep: b.ep.mem}))
	default:
		v := val{op: op(in.Op), typ: letter(sig[len(sig)-1])}
		if sig[1] != ':' {
			v.b = b.pop()
		}
		v.a = b.pop()
		b.push(b.simplify(v))
	}
}

func letter(c byte) typ {
	switch c {
	case 'i':
		return i32
	case 'I':
		return i64
	case 'f':
		return f32
	case 'F':
		return f64
	case 'v':
		return v128
	}
	panic(declined("an unknown type"))
}

// renumber puts blocks in order, drops those that were never begun, and finds loops.
func (f *fn) renumber(order []int32) {
	to := make([]int32, len(f.blocks))
	for i := range to {
		to[i] = -1
	}
	blocks := make([]block, len(order))
	for n, o := range order {
		to[o] = int32(n)
		blocks[n] = f.blocks[o]
	}
	for n := range blocks {
		b := &blocks[n]
		for i := range b.preds {
			b.preds[i] = to[b.preds[i]]
		}
		b.succs = append([]int32(nil), b.succs...)
		for i := range b.succs {
			b.succs[i] = to[b.succs[i]]
		}
	}
	f.blocks = blocks
	for i := range f.vals[1:] {
		if v := &f.vals[i+1]; v.blk >= 0 {
			v.blk = to[v.blk]
		}
	}
}
