package lower

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// foldedPages is the largest memory, in pages, whose addresses the engine may know
// at compile time: constants below 2^31.
const foldedPages = 1 << 15

// Addresses hides constant addresses of 2^31 and more from the engine. Its compiler
// for amd64 takes a constant for signed where it makes it part of an access whose
// bounds it has checked before, and reaches 4 GiB below the place that is meant. A
// constant that comes out of i32.wrap_i64 is none to it: it knows i32.const alone,
// handed on through locals, operands of blocks and shifts by nothing.
//
// Modules whose memory cannot have such addresses stay what they are, and so do
// those that never use such a constant as an address.
//
// What i32.load8_s and i32.load16_s load is signed in the same way, and a memory of all
// that 32 bits can address has places that they can name: there, such a load is one
// that is not signed, and an instruction that extends it.
func Addresses(m *wasm.Module) (*wasm.Module, error) {
	if !reaches(m, foldedPages+1) {
		return m, nil
	}
	if reachesEnd(m) {
		var err error
		if m, err = splitLoads(m); err != nil {
			return nil, err
		}
	}
	s := newAddressScan(m)
	found := make([][]int64, len(m.Bodies))
	some := false
	for i := range m.Bodies {
		at, err := s.body(i)
		if err != nil {
			return nil, err
		}
		if len(at) > 0 {
			found[i], some = slices.Clone(at), true
		}
	}
	if !some {
		return m, nil
	}
	bodies := slices.Clone(m.Bodies)
	for i := range bodies {
		if found[i] == nil {
			continue
		}
		var err error
		if bodies[i], err = rewriteBody(m, i, hideConstants(found[i])); err != nil {
			return nil, err
		}
	}
	out := *m
	out.Bodies = bodies
	return &out, nil
}

// reaches reports whether a memory of m may come to have so many pages.
func reaches(m *wasm.Module, pages uint64) bool {
	for i := range m.Memories {
		if l := m.Memories[i].Limits; !l.HasMax || l.Max >= pages {
			return true
		}
	}
	return importsMemory(m, pages)
}

// importsMemory reports whether m may import a memory that has so many pages.
func importsMemory(m *wasm.Module, pages uint64) bool {
	return slices.ContainsFunc(m.Imports, func(im wasm.Import) bool {
		return im.Kind == wasm.ExternMemory && (!im.Memory.Limits.HasMax || im.Memory.Limits.Max >= pages)
	})
}

// allPages is the size of a memory of all that 32 bits can address. A memory of m's
// own has as many from its beginning or never.
const allPages = 1 << 16

// reachesEnd reports whether an address of m's memory may be any number of 32 bits.
func reachesEnd(m *wasm.Module) bool {
	own := slices.ContainsFunc(m.Memories, func(t wasm.MemoryType) bool { return t.Limits.Min >= allPages })
	return own || importsMemory(m, allPages)
}

// splitLoads gives the loads of m that extend a sign to 32 bits another instruction
// for that.
func splitLoads(m *wasm.Module) (*wasm.Module, error) {
	changed := false
	out, err := withBodies(m, func(*body, wasm.Body) (rewriteFunc, error) {
		return func(b *body, in *wasm.Instr) (bool, error) {
			load, extend := wasm.OpI32Load8U, wasm.OpI32Extend8S
			switch in.Op {
			case wasm.OpI32Load8S:
			case wasm.OpI32Load16S:
				load, extend = wasm.OpI32Load16U, wasm.OpI32Extend16S
			default:
				return false, nil
			}
			unsigned := *in
			unsigned.Op = load
			b.Instr(&unsigned)
			b.Op(extend)
			changed = true
			return true, nil
		}, nil
	})
	if err != nil || !changed {
		return m, err
	}
	return out, nil
}

// hideConstants rewrites the i32.const at the offsets at, which are in order.
func hideConstants(at []int64) func(*body, wasm.Body) (rewriteFunc, error) {
	return func(*body, wasm.Body) (rewriteFunc, error) {
		return func(b *body, in *wasm.Instr) (bool, error) {
			if len(at) == 0 || in.Offset != at[0] {
				return false, nil
			}
			at = at[1:]
			b.I64(int64(uint32(in.Val)))
			b.Op(wasm.OpI32WrapI64)
			return true, nil
		}, nil
	}
}

// constant is a negative i32.const of a body, counted from 1; none is any other
// value.
type constant int32

const none constant = 0

// maxHeld bounds how many locals are followed at once. Constants that go into
// further ones are taken for addresses.
const maxHeld = 16

// heldAddress is a local and the constant that it holds.
type heldAddress struct {
	local uint32
	is    constant
}

// addressLabel is an open block of a body being scanned.
type addressLabel struct {
	op      wasm.Op
	height  int // of the operands below its parameters
	results int
	entry   []heldAddress // of an if: the locals where it begins
	params  []constant    // of an if: its operands
	reached bool          // a branch or the end of the block has been met
	locals  []heldAddress // where control joins
	values  []constant    // the results there
	within  bool          // opened in code that is not reached
	seen    int64         // the br_table that was here last, by its offset
}

// addressScan finds constants of a body that the engine may see as the address of an
// access. Like the engine's SSA form it knows a local by the one constant that all
// ways to a place agree on; where it cannot tell, it takes the constant for one.
type addressScan struct {
	m       *wasm.Module
	funcs   []*wasm.FuncType // the index space
	arities *[wasm.NumOps]opArity

	reader  wasm.Reader
	runs    []wasm.LocalRun
	stack   []constant
	locals  []heldAddress
	labels  []addressLabel
	dead    bool
	consts  []int64 // offsets of the constants
	address []bool  // by constant: it is one to hide
	all     bool    // hide all constants from here on
	found   []int64
}

// opArity is how many operands an instruction takes and leaves by the table; known
// is false where the module decides.
type opArity struct {
	pops, pushes uint8
	known        bool
}

func newAddressScan(m *wasm.Module) *addressScan {
	s := &addressScan{m: m, arities: new([wasm.NumOps]opArity)}
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

// body is where in body i the constants to hide are, in order.
func (s *addressScan) body(i int) ([]int64, error) {
	var err error
	if s.runs, err = s.m.Bodies[i].Open(&s.reader, everything, s.runs[:0]); err != nil {
		return nil, err
	}
	s.stack, s.locals, s.dead, s.all = s.stack[:0], s.locals[:0], false, false
	s.consts, s.address, s.found = s.consts[:0], s.address[:0], s.found[:0]
	s.labels = append(s.labels[:0], addressLabel{op: wasm.OpBlock, results: len(s.m.Types[s.m.Funcs[i]].Func.Results)})
	var in wasm.Instr
	for s.reader.More() {
		if err := s.reader.Next(&in); err != nil {
			return nil, err
		}
		s.step(&in)
	}
	for n, is := range s.address {
		if is {
			s.found = append(s.found, s.consts[n])
		}
	}
	return s.found, nil
}

// step follows one instruction.
func (s *addressScan) step(in *wasm.Instr) {
	switch in.Op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTryTable:
		s.open(in)
		return
	case wasm.OpElse:
		s.otherwise()
		return
	case wasm.OpEnd:
		s.end()
		return
	}
	if s.dead {
		return
	}
	switch in.Op {
	case wasm.OpI32Const:
		s.push(s.constant(in))
	case wasm.OpLocalGet:
		s.push(s.local(in.X))
	case wasm.OpLocalSet:
		s.set(in.X, s.pop())
	case wasm.OpLocalTee:
		s.set(in.X, s.stack[len(s.stack)-1])
	case wasm.OpI32Shl, wasm.OpI32ShrS, wasm.OpI32ShrU:
		s.pop() // what is shifted stays: by 0 it is the same value to the engine
	case wasm.OpBr:
		s.branch(in.X)
		s.dead = true
	case wasm.OpBrIf, wasm.OpBrOnNull:
		s.pop()
		s.branch(in.X)
		if in.Op == wasm.OpBrOnNull {
			s.push(none)
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

// operate follows an instruction that does nothing with constants but use them.
func (s *addressScan) operate(in *wasm.Instr) {
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
	switch in.Op.Info().Imm {
	case wasm.ImmMemArg, wasm.ImmMemArgLane:
		s.use(s.stack[below])
	case wasm.ImmMem, wasm.ImmMemMem, wasm.ImmDataMem:
		for _, c := range s.stack[below:] {
			s.use(c)
		}
	}
	s.stack = s.stack[:below]
	for range pushes {
		s.push(none)
	}
}

func (s *addressScan) push(c constant) { s.stack = append(s.stack, c) }

func (s *addressScan) pop() constant {
	c := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	return c
}

// constant is that of in, an i32.const.
func (s *addressScan) constant(in *wasm.Instr) constant {
	if int32(in.Val) >= 0 {
		return none
	}
	s.consts = append(s.consts, in.Offset)
	s.address = append(s.address, s.all)
	return constant(len(s.consts))
}

// use notes that c is an address.
func (s *addressScan) use(c constant) {
	if c != none {
		s.address[c-1] = true
	}
}

func (s *addressScan) local(l uint32) constant {
	for _, h := range s.locals {
		if h.local == l {
			return h.is
		}
	}
	return none
}

func (s *addressScan) set(l uint32, c constant) {
	n := slices.IndexFunc(s.locals, func(h heldAddress) bool { return h.local == l })
	switch {
	case n >= 0 && c == none:
		s.locals = slices.Delete(s.locals, n, n+1)
	case n >= 0:
		s.locals[n].is = c
	case c == none:
	case len(s.locals) == maxHeld:
		s.use(c)
	default:
		s.locals = append(s.locals, heldAddress{l, c})
	}
}

// open begins a block. A loop is entered with what holds in front of it: a branch
// back that brings another value makes it one that the engine does not know.
func (s *addressScan) open(in *wasm.Instr) {
	if s.dead {
		s.labels = append(s.labels, addressLabel{op: in.Op, within: true})
		return
	}
	if in.Op == wasm.OpIf {
		s.pop()
	}
	if in.Op == wasm.OpTryTable {
		s.hideAll()
	}
	params, results := s.m.BlockArity(in.Block)
	l := addressLabel{op: in.Op, height: len(s.stack) - params, results: results}
	if in.Op == wasm.OpIf {
		l.entry = slices.Clone(s.locals)
		l.params = slices.Clone(s.stack[l.height:])
	}
	s.labels = append(s.labels, l)
}

// otherwise ends the first half of an if.
func (s *addressScan) otherwise() {
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

// end ends a block.
func (s *addressScan) end() {
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
		s.stack = append(s.stack, make([]constant, l.results)...)
	}
	s.dead = false
}

// hideAll takes all constants for addresses: exceptions go ways that are not followed.
func (s *addressScan) hideAll() {
	s.all = true
	for i := range s.address {
		s.address[i] = true
	}
}

// target is the block that label names.
func (s *addressScan) target(label uint32) *addressLabel {
	return &s.labels[len(s.labels)-1-int(label)]
}

// branch follows a branch from here. Back to the head of a loop it brings nothing
// new.
func (s *addressScan) branch(label uint32) {
	if l := s.target(label); l.op != wasm.OpLoop {
		s.join(l)
	}
}

// join lets control come to the end of l from here.
func (s *addressScan) join(l *addressLabel) {
	values := s.stack[len(s.stack)-l.results:]
	if !l.reached {
		l.reached = true
		l.locals = append(l.locals[:0], s.locals...)
		l.values = append(l.values[:0], values...)
		return
	}
	l.locals = slices.DeleteFunc(l.locals, func(h heldAddress) bool { return s.local(h.local) != h.is })
	for i := range l.values {
		if l.values[i] != values[i] {
			l.values[i] = none
		}
	}
}
