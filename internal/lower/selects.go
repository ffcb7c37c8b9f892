package lower

import (
	"bytes"
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Selects has no select between floats or vectors left. The engine's compiler for amd64 does not tell its
// register allocator that the second of them is in the register of the result already when the first is moved
// there: if the first has to be loaded again, that is done into the same register, and is the result whatever the
// condition was.
func Selects(m *wasm.Module) (*wasm.Module, error) { return scannedBy(m, newSelectScan(m)) }

// selectKinds are the types of operands that the engine keeps in registers for floats. Where a select is found,
// the place of its type here says how it is replaced.
var selectKinds = [...]wasm.ValType{wasm.F32, wasm.F64, wasm.V128}

// floating reports whether the engine keeps a value of type t in such a register.
func floating(t wasm.ValType) bool { return slices.Contains(selectKinds[:], t) }

// selectScan finds selects of such types.
type selectScan struct {
	spaces  *wasm.Spaces
	leaving *opSet
	typ     *wasm.FuncType
	locals  []wasm.ValType
	selects bool // the body has a select
	floats  bool // and values of such types
	again   bool // so it is read once more, and types are followed
	types   operands
	at      int
	found   []find
}

func newSelectScan(m *wasm.Module) scan {
	return &selectScan{spaces: m.Spaces()}
}

// leavingFloats are selects, and what may leave a value of such a type.
func leavingFloats() *opSet {
	s := &opSet{ops: []wasm.Op{wasm.OpSelect, wasm.OpSelectT, wasm.OpCall, wasm.OpCallIndirect, wasm.OpCallRef, wasm.OpGlobalGet,
		wasm.OpTryTable, wasm.OpStructGet, wasm.OpArrayGet}}
	for op := range wasm.NumOps {
		if slices.ContainsFunc(sigResults(op), floating) {
			s.ops = append(s.ops, op)
		}
	}
	return s
}

func (s *selectScan) begin(i int, runs []wasm.LocalRun) *opSet {
	m := s.spaces.Module
	code := m.Bodies[i].Code
	if bytes.IndexByte(code, byte(wasm.OpSelect.Info().Code)) < 0 && bytes.IndexByte(code, byte(wasm.OpSelectT.Info().Code)) < 0 {
		return nil
	}
	if s.leaving == nil {
		s.leaving = leavingFloats()
	}
	s.selects, s.again, s.at, s.found = false, false, 0, s.found[:0]
	s.typ = &m.Types[m.Funcs[i]].Func
	s.floats = slices.ContainsFunc(s.typ.Params, floating) || slices.ContainsFunc(runs, func(r wasm.LocalRun) bool { return floating(r.Type) })
	s.locals = append(s.locals[:0], s.typ.Params...)
	for _, run := range runs {
		for range run.N {
			s.locals = append(s.locals, run.Type)
		}
	}
	return s.leaving
}

// look looks whether there are selects and values of such types at all before it follows types.
func (s *selectScan) look(in *wasm.Instr) {
	isSelect := in.Op == wasm.OpSelect || in.Op == wasm.OpSelectT
	switch {
	case s.again:
		if isSelect && !s.types.dead() {
			if k := slices.Index(selectKinds[:], s.types.top(1)); k >= 0 {
				s.found = append(s.found, find{offset: in.Offset, how: int32(k)})
			}
		}
		s.types.step(s.at, in)
		s.at++
	case isSelect:
		s.selects = true
	case !s.floats:
		s.floats = s.leavesFloat(in)
	}
}

// leavesFloat reports whether in, which is no select, may leave a value of such a type that was not there.
func (s *selectScan) leavesFloat(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpCall:
		return slices.ContainsFunc(s.spaces.FuncTypeOf(in.X).Results, floating)
	case wasm.OpCallIndirect, wasm.OpCallRef:
		return slices.ContainsFunc(s.spaces.Types[in.X].Func.Results, floating)
	case wasm.OpGlobalGet:
		return floating(s.spaces.GlobalTypeOf(in.X).Type)
	}
	return true // what leaves such a value always; and objects and exceptions, which have values of any type
}

func (s *selectScan) end(at []find) ([]find, *opSet) {
	if s.selects && s.floats && !s.again {
		s.again, s.types = true, newOperands(s.spaces, s.locals, s.typ.Results)
		return at, allOps
	}
	return append(at, s.found...), nil
}

func (*selectScan) replace(b *body, _ *wasm.Instr, how int32) bool {
	b.choose(selectKinds[how])
	return true
}

// choose stands for a select between values of type t: between their bits, or by a mask.
func (b *body) choose(t wasm.ValType) {
	if t == wasm.V128 {
		b.Op(wasm.OpI32Eqz)
		b.I32(1)
		b.Op(wasm.OpI32Sub)
		b.Op(wasm.OpI32x4Splat)
		b.blend()
		return
	}
	bits, to, from := bitsOf(t)
	which, second := b.scratch(wasm.I32), b.scratch(bits)
	b.X(wasm.OpLocalSet, which)
	b.Op(to)
	b.X(wasm.OpLocalSet, second)
	b.Op(to)
	b.X(wasm.OpLocalGet, second)
	b.X(wasm.OpLocalGet, which)
	b.Op(wasm.OpSelect)
	b.Op(from)
	b.release(wasm.I32, which)
	b.release(bits, second)
}

// bitsOf is the type of the bits of a float of type t, and what makes them of it and it of them.
func bitsOf(t wasm.ValType) (bits wasm.ValType, to, from wasm.Op) {
	if t == wasm.F64 {
		return wasm.I64, wasm.OpI64ReinterpretF64, wasm.OpF64ReinterpretI64
	}
	return wasm.I32, wasm.OpI32ReinterpretF32, wasm.OpF32ReinterpretI32
}
