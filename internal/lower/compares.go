package lower

import (
	"bytes"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Compares keeps the engine from making one instruction of an `and` and the comparison
// of its result with zero where order is asked for. Its compiler forgets that the zero
// may stand on the left, and on arm64 that the flags of this instruction tell nothing
// of numbers without a sign. Behind an `or` with zero it sees no such pair.
//
// Modules without such a comparison stay what they are.
func Compares(m *wasm.Module) (*wasm.Module, error) { return scannedBy(m, newCompareScan(m)) }

// What a value may be to the engine, as bits of [known].
const (
	isZero known = 1 << iota // the constant
	isAnd                    // the result of an and
)

// compareScan finds comparisons of order whose operands are a zero and the result of
// an `and`.
type compareScan struct {
	flow
	params uint32
	lost   known // what any local may be that nothing is held of
	found  []int64
}

func newCompareScan(m *wasm.Module) scan {
	s := &compareScan{}
	s.flow = newFlow(m, s)
	return s
}

func (s *compareScan) begin(i int, _ []wasm.LocalRun) *opSet {
	code := s.m.Bodies[i].Code
	if bytes.IndexByte(code, byte(wasm.OpI32And.Info().Code)) < 0 && bytes.IndexByte(code, byte(wasm.OpI64And.Info().Code)) < 0 {
		return nil
	}
	s.params, s.lost, s.found = uint32(len(s.m.Types[s.m.Funcs[i]].Func.Params)), nothing, s.found[:0]
	s.flow.begin(i)
	return allOps
}

func (s *compareScan) look(in *wasm.Instr) { s.step(in) }

func (s *compareScan) end(at []find) ([]find, *opSet) {
	for _, offset := range s.found {
		at = append(at, find{offset: offset})
	}
	return at, nil
}

// replace keeps the comparison.
func (*compareScan) replace(b *body, in *wasm.Instr, _ int32) bool {
	if in.Op < wasm.OpI64LtS {
		b.I32(0)
		b.Op(wasm.OpI32Or)
	} else {
		b.I64(0)
		b.Op(wasm.OpI64Or)
	}
	return false
}

// operate notes a comparison.
func (s *compareScan) operate(in *wasm.Instr, operands []known) known {
	switch in.Op {
	case wasm.OpI32Const, wasm.OpI64Const:
		if in.Val == 0 {
			return isZero
		}
	case wasm.OpI32And, wasm.OpI64And:
		return isAnd
	case wasm.OpI32LtS, wasm.OpI32GtS, wasm.OpI32LeS, wasm.OpI32GeS, wasm.OpI64LtS, wasm.OpI64GtS, wasm.OpI64LeS, wasm.OpI64GeS:
		s.compare(in, operands[0], operands[1])
	case wasm.OpI32LtU, wasm.OpI32GtU, wasm.OpI32LeU, wasm.OpI32GeU, wasm.OpI64LtU, wasm.OpI64GtU, wasm.OpI64LeU, wasm.OpI64GeU:
		s.compare(in, operands[0], operands[1])
		s.compare(in, operands[1], operands[0])
	}
	return nothing
}

// compare notes in if its operands may be a zero and the result of an `and`.
func (s *compareScan) compare(in *wasm.Instr, zero, and known) {
	if zero&isZero != 0 && and&isAnd != 0 && (len(s.found) == 0 || s.found[len(s.found)-1] != in.Offset) {
		s.found = append(s.found, in.Offset)
	}
}

// untouched is zero for a local that is no parameter.
func (s *compareScan) untouched(local uint32) known {
	if local < s.params {
		return s.lost
	}
	return isZero | s.lost
}

func (s *compareScan) lose(k known) { s.lost |= k }

func (s *compareScan) loseAll() { s.lost = isZero | isAnd }

func (s *compareScan) either(a, b known) known { return a & b }
