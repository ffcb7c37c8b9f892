package lower

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// known is what a scan knows of a value: its [follower] gives numbers a meaning.
type known int32

const nothing known = 0

// follower is what a scan is made for. The scan knows of a value no less than the
// engine does from its SSA form, and may take it to be known where it is not.
type follower interface {
	// operate is what is known of the one result of in, given what is known of its
	// operands. An instruction without a result, or with more, leaves nothing known.
	operate(in *wasm.Instr, operands []known) known
	// untouched is what is known of a local that the scan holds nothing of.
	untouched(local uint32) known
	// lose says that k goes into a local that is not followed.
	lose(k known)
	// loseAll says that control goes ways that are not followed.
	loseAll()
	// either is what is known of a value that comes from two ways.
	either(a, b known) known
}

// maxHeld bounds how many locals are followed at once.
const maxHeld = 16

// heldLocal is a local and what is known of its value.
type heldLocal struct {
	local uint32
	is    known
}

// flowLabel is an open block of a body being scanned.
type flowLabel struct {
	op      wasm.Op
	height  int // of the operands below its parameters
	results int
	entry   []heldLocal // of an if: the locals where it begins
	params  []known     // of an if: its operands
	reached bool        // a branch or the end of the block has been met
	locals  []heldLocal // where control joins
	values  []known     // the results there
	within  bool        // opened in code that is not reached
	seen    int64       // the br_table that was here last, by its offset
}

// flow is a scan of bodies that takes one look at each instruction and follows values
// through locals, operands of blocks, joins of control and shifts by nothing, all of
// which the engine's SSA form sees through.
type flow struct {
	m       *wasm.Module
	to      follower
	funcs   []*wasm.FuncType // the index space
	arities *[wasm.NumOps]opArity

	stack  []known
	locals []heldLocal
	labels []flowLabel
	dead   bool
}

// opArity is how many operands an instruction takes and leaves by the table; known
// is false where the module decides.
type opArity struct {
	pops, pushes uint8
	known        bool
}

func newFlow(m *wasm.Module, to follower) flow {
	s := flow{m: m, to: to, arities: new([wasm.NumOps]opArity)}
	for op := range wasm.NumOps {
		if wasm.Ops[op].Sig != "*" {
			pops, pushes, _ := m.Arity(&wasm.Instr{Op: op})
			s.arities[op] = opArity{uint8(pops), uint8(pushes), true}
		}
	}
	for i := range m.Imports {
		if m.Imports[i].Kind == wasm.ExternFunc {
			s.funcs = append(s.funcs, &m.Types[m.Imports[i].Type].Func)
		}
	}
	for _, t := range m.Funcs {
		s.funcs = append(s.funcs, &m.Types[t].Func)
	}
	return s
}

// begin turns to body i.
func (s *flow) begin(i int) {
	s.stack, s.locals, s.dead = s.stack[:0], s.locals[:0], false
	s.labels = s.labels[:0]
	s.label(wasm.OpBlock).results = len(s.m.Types[s.m.Funcs[i]].Func.Results)
}

// step follows one instruction.
func (s *flow) step(in *wasm.Instr) {
	switch in.Op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTryTable:
		s.open(in)
		return
	case wasm.OpElse:
		s.otherwise()
		return
	case wasm.OpEnd:
		s.endBlock()
		return
	}
	if s.dead {
		return
	}
	switch in.Op {
	case wasm.OpLocalGet:
		s.push(s.local(in.X))
	case wasm.OpLocalSet:
		s.set(in.X, s.pop())
	case wasm.OpLocalTee:
		s.set(in.X, s.stack[len(s.stack)-1])
	case wasm.OpI32Shl, wasm.OpI32ShrS, wasm.OpI32ShrU, wasm.OpI64Shl, wasm.OpI64ShrS, wasm.OpI64ShrU:
		s.pop() // what is shifted stays: by 0 it is the same value to the engine
	case wasm.OpBr:
		s.branch(in.X)
		s.dead = true
	case wasm.OpBrIf, wasm.OpBrOnNull:
		s.pop()
		s.branch(in.X)
		if in.Op == wasm.OpBrOnNull {
			s.push(nothing)
		}
	case wasm.OpBrOnNonNull, wasm.OpBrOnCast, wasm.OpBrOnCastFail:
		s.branch(in.X)
		if in.Op == wasm.OpBrOnNonNull {
			s.pop()
		}
	case wasm.OpBrTable:
		s.pop()
		for _, l := range in.Labels {
			if t := s.target(l); t.seen != in.Offset {
				t.seen = in.Offset
				s.branch(l)
			}
		}
		s.dead = true
	default:
		s.operate(in)
	}
}

// operate follows an instruction that neither hands a value on nor leads elsewhere.
func (s *flow) operate(in *wasm.Instr) {
	pops, pushes := 0, 0
	if a := &s.arities[in.Op]; a.known {
		pops, pushes = int(a.pops), int(a.pushes)
	} else if in.Op == wasm.OpCall {
		pops, pushes = len(s.funcs[in.X].Params), len(s.funcs[in.X].Results)
	} else {
		var leaves bool
		if pops, pushes, leaves = s.m.Arity(in); leaves {
			s.dead = true
			return
		}
	}
	below := len(s.stack) - pops
	result := s.to.operate(in, s.stack[below:])
	if pushes != 1 {
		result = nothing
	}
	s.stack = s.stack[:below]
	for range pushes {
		s.push(result)
	}
}

func (s *flow) push(k known) { s.stack = append(s.stack, k) }

func (s *flow) pop() known {
	k := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	return k
}

func (s *flow) local(l uint32) known {
	for _, h := range s.locals {
		if h.local == l {
			return h.is
		}
	}
	return s.to.untouched(l)
}

func (s *flow) set(l uint32, k known) {
	n := slices.IndexFunc(s.locals, func(h heldLocal) bool { return h.local == l })
	same := k == s.to.untouched(l)
	switch {
	case n >= 0 && same:
		s.locals = slices.Delete(s.locals, n, n+1)
	case n >= 0:
		s.locals[n].is = k
	case same:
	case len(s.locals) == maxHeld:
		s.to.lose(k)
	default:
		s.locals = append(s.locals, heldLocal{l, k})
	}
}

// open begins a block. A loop is entered with what holds in front of it: a branch
// back that brings another value makes it one that the engine does not know.
func (s *flow) open(in *wasm.Instr) {
	if s.dead {
		s.label(in.Op).within = true
		return
	}
	if in.Op == wasm.OpIf {
		s.pop()
	}
	if in.Op == wasm.OpTryTable {
		s.to.loseAll() // exceptions go to its handlers
	}
	params, results := s.m.BlockArity(in.Block)
	l := s.label(in.Op)
	l.height, l.results = len(s.stack)-params, results
	if in.Op == wasm.OpIf {
		l.entry = append(l.entry, s.locals...)
		l.params = append(l.params, s.stack[l.height:]...)
	}
}

// label is a label for a block that begins, with the room that another one had.
func (s *flow) label(op wasm.Op) *flowLabel {
	n := len(s.labels)
	s.labels = slices.Grow(s.labels, 1)[:n+1]
	l := &s.labels[n]
	*l = flowLabel{op: op, entry: l.entry[:0], params: l.params[:0], locals: l.locals[:0], values: l.values[:0]}
	return l
}

// otherwise ends the first half of an if.
func (s *flow) otherwise() {
	l := &s.labels[len(s.labels)-1]
	if l.within {
		return
	}
	if !s.dead {
		s.join(l)
	}
	s.dead, l.op = false, wasm.OpElse
	s.locals = append(s.locals[:0], l.entry...)
	s.stack = append(s.stack[:l.height], l.params...)
}

// endBlock ends a block.
func (s *flow) endBlock() {
	l := &s.labels[len(s.labels)-1]
	if l.within {
		s.labels = s.labels[:len(s.labels)-1]
		return
	}
	if !s.dead {
		s.join(l)
	}
	if l.op == wasm.OpIf {
		s.dead = false
		s.locals = append(s.locals[:0], l.entry...)
		s.stack = append(s.stack[:l.height], l.params...)
		s.join(l)
	}
	s.labels = s.labels[:len(s.labels)-1]
	s.locals = append(s.locals[:0], l.locals...)
	s.stack = s.stack[:l.height]
	if l.reached {
		s.stack = append(s.stack, l.values...)
	} else {
		for range l.results {
			s.push(nothing)
		}
	}
	s.dead = false
}

// target is the block that label names.
func (s *flow) target(label uint32) *flowLabel {
	return &s.labels[len(s.labels)-1-int(label)]
}

// branch follows a branch from here. Back to the head of a loop it brings nothing
// new.
func (s *flow) branch(label uint32) {
	if l := s.target(label); l.op != wasm.OpLoop {
		s.join(l)
	}
}

// join lets control come to the end of l from here.
func (s *flow) join(l *flowLabel) {
	values := s.stack[len(s.stack)-l.results:]
	if !l.reached {
		l.reached = true
		l.locals = append(l.locals[:0], s.locals...)
		l.values = append(l.values[:0], values...)
		return
	}
	held := l.locals[:0]
	for _, h := range l.locals {
		if is := s.to.either(h.is, s.local(h.local)); is != s.to.untouched(h.local) {
			held = append(held, heldLocal{h.local, is})
		}
	}
	l.locals = held
	for i := range l.values {
		l.values[i] = s.to.either(l.values[i], values[i])
	}
}
