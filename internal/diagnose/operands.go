package diagnose

import (
	"fmt"
	"strings"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/replay"
	"github.com/wazedge/wazedge/internal/wasm"
)

// telling reports whether WasmEdge tells more of a trap with code c than the
// instruction and its place.
func telling(c fault.Code) bool {
	switch c {
	case fault.DivideByZero, fault.IntegerOverflow, fault.InvalidConvToInt,
		fault.UndefinedElement, fault.UninitializedElement, fault.IndirectCallTypeMismatch,
		fault.MemoryOutOfBounds, fault.TableOutOfBounds, fault.ArrayOutOfBounds, fault.CastFailed:
		return true
	}
	return false
}

// explain adds to f what the operands of the instruction tell: the addresses of an
// access out of bounds, above the line of the instruction, and the operands
// themselves on it. It settles the code of a call_indirect and of an access to
// memory that is misaligned as well.
func (s *Subject) explain(f *fault.Error, in *wasm.Instr, t *replayed) {
	line, args := inInstruction(in), t.operands
	switch f.Code {
	case fault.DivideByZero, fault.IntegerOverflow, fault.InvalidConvToInt:
		f.With(inInstruction(in, argTexts(in.Op, args)...))
	case fault.UndefinedElement, fault.UninitializedElement, fault.IndirectCallTypeMismatch:
		f.With(inInstruction(in, indexText(args[0])))
		s.explainIndirect(f, in, t)
	case fault.MemoryOutOfBounds, fault.TableOutOfBounds, fault.ArrayOutOfBounds:
		s.explainAccess(f, in, t)
	case fault.CastFailed:
		if got := s.dynamicType(args[0], in.Heap); got != "" {
			f.With(fault.Mismatched("value type", castTarget(in).String(), got))
		}
		f.With(line)
	default:
		f.With(line)
	}
}

// explainAccess adds what there is to tell of an access out of bounds.
func (s *Subject) explainAccess(f *fault.Error, in *wasm.Instr, t *replayed) {
	a, ok := s.access(f.Code, in, t)
	switch {
	case ok && in.Op.Info().Needs == wasm.Threads:
		// WasmEdge looks at the alignment first, and tells the addresses of those only
		// that do not fit the memory's address type.
		if a.from.Lo&(a.length-1) != 0 && !a.beyond(in, s.Module) {
			f.Code = fault.UnalignedAtomicAccess
		} else if a.beyond(in, s.Module) {
			f.With(a.line())
		}
	case ok:
		f.With(a.line())
	}
	if in.Op == wasm.OpTableGet || in.Op == wasm.OpTableSet {
		f.With(inInstruction(in, indexText(t.operands[0])))
		return
	}
	f.With(inInstruction(in))
}

// indexText is an index among the operands, of which WasmEdge prints the low 32 bits.
func indexText(index value.Value) string { return fmt.Sprint(uint32(index.Lo)) }

// argTexts are the operands of an instruction, with integers signed where it takes
// them so.
func argTexts(op wasm.Op, args []value.Value) []string {
	signed := strings.HasSuffix(op.String(), "_s")
	texts := make([]string, len(args))
	for n, a := range args {
		switch {
		case a.Kind == value.I32 && !signed:
			texts[n] = fmt.Sprint(uint32(a.Lo))
		case a.Kind == value.I64 && !signed:
			texts[n] = fmt.Sprint(a.Lo)
		default:
			texts[n] = a.String()
		}
	}
	return texts
}

// access finds the access of in that is out of bounds. Where there are two, it is
// the one that WasmEdge checks first.
func (s *Subject) access(c fault.Code, in *wasm.Instr, t *replayed) (access, bool) {
	switch c {
	case fault.ArrayOutOfBounds:
		return arrayAccess(in.Op, t.operands)
	case fault.TableOutOfBounds:
		return s.tableAccess(in, t)
	}
	return s.memoryAccess(in, t)
}

func (s *Subject) tableAccess(in *wasm.Instr, t *replayed) (access, bool) {
	args, sizes := t.operands, t.sizes
	switch in.Op {
	case wasm.OpTableGet, wasm.OpTableSet:
		return accessOf(args[0].Lo, 1, sizes[0]), true
	case wasm.OpTableFill:
		return accessOf(args[0].Lo, args[2].Lo, sizes[0]), true
	case wasm.OpTableCopy:
		// WasmEdge takes the source table's elements from the first on.
		return firstOutside(
			accessOf(0, args[1].Lo+args[2].Lo, sizes[1]),
			accessOf(args[0].Lo, args[2].Lo, sizes[0])), true
	case wasm.OpTableInit:
		return firstOutside(
			accessOf(args[0].Lo, args[2].Lo, sizes[0]),
			s.elemAccess(in.X, args[1], args[2], t)), true
	case wasm.OpArrayNewElem:
		return s.elemAccess(in.Y, args[0], args[1], t), true
	case wasm.OpArrayInitElem:
		return s.elemAccess(in.Y, args[2], args[3], t), true
	}
	return access{}, false
}

func (s *Subject) memoryAccess(in *wasm.Instr, t *replayed) (access, bool) {
	args := t.operands
	size := func(n int) uint64 { return t.sizes[n] * wasm.PageSize }
	switch in.Op {
	case wasm.OpMemoryFill:
		return accessOf(args[0].Lo, args[2].Lo, size(0)), true
	case wasm.OpMemoryCopy:
		return firstOutside(
			accessOf(args[1].Lo, args[2].Lo, size(1)),
			accessOf(args[0].Lo, args[2].Lo, size(0))), true
	case wasm.OpMemoryInit:
		return firstOutside(
			accessOf(args[0].Lo, args[2].Lo, size(0)),
			s.dataAccess(in.X, args[1], args[2].Lo, t)), true
	case wasm.OpArrayNewData:
		return s.dataAccess(in.Y, args[0], s.bytesOf(in.X, args[1]), t), true
	case wasm.OpArrayInitData:
		return s.dataAccess(in.Y, args[2], s.bytesOf(in.X, args[3]), t), true
	}
	if in.Op.Info().Imm != wasm.ImmMemArg && in.Op.Info().Imm != wasm.ImmMemArgLane {
		return access{}, false
	}
	a := accessOf(args[0].Lo, 1<<in.Op.Info().Access, size(0))
	a.from = a.from.Plus(in.Val)
	return a, true
}

// bytesOf are the bytes that count elements of the array type x take, in the 32
// bits that WasmEdge has for them.
func (s *Subject) bytesOf(x uint32, count value.Value) uint64 {
	return uint64(uint32(count.Lo) * s.Module.Types[x].Fields[0].Type.Size())
}

// dataAccess is a read of length bytes of data segment x.
func (s *Subject) dataAccess(x uint32, from value.Value, length uint64, t *replayed) access {
	d := s.Module.Datas.At(int(x))
	if d.Mode == wasm.Active || t.dropped {
		return accessOf(from.Lo, length, 0)
	}
	return accessOf(from.Lo, length, uint64(len(d.Init)))
}

// elemAccess is a read of count elements of element segment x.
func (s *Subject) elemAccess(x uint32, from, count value.Value, t *replayed) access {
	e := &s.Module.Elems[x]
	if e.Mode != wasm.Passive || t.dropped {
		return accessOf(from.Lo, count.Lo, 0)
	}
	return accessOf(from.Lo, count.Lo, uint64(len(e.Funcs)+len(e.Exprs)))
}

// arrayAccess finds the access of an array instruction that is out of bounds. An
// array among the operands stands for its length.
func arrayAccess(op wasm.Op, args []value.Value) (access, bool) {
	switch op {
	case wasm.OpArrayGet, wasm.OpArrayGetS, wasm.OpArrayGetU, wasm.OpArraySet:
		return accessOf(args[1].Lo, 1, args[0].Lo), true
	case wasm.OpArrayFill, wasm.OpArrayInitData, wasm.OpArrayInitElem:
		return accessOf(args[1].Lo, args[3].Lo, args[0].Lo), true
	case wasm.OpArrayCopy:
		return firstOutside(
			accessOf(args[3].Lo, args[4].Lo, args[2].Lo),
			accessOf(args[1].Lo, args[4].Lo, args[0].Lo)), true
	}
	return access{}, false
}

// castTarget is the type that the cast in asks for.
func castTarget(in *wasm.Instr) wasm.ValType {
	return wasm.RefType(in.Heap, in.Op == wasm.OpRefCastNull)
}

// dynamicType is the type of the operand of a cast to h, as the second run tells
// it, or empty if it is not known. A null has the bottom type of its hierarchy.
func (s *Subject) dynamicType(told value.Value, h wasm.HeapType) string {
	top := s.Types.TopOf(h)
	switch x := int32(told.Lo); x {
	case replay.IsNull:
		return wasm.RefNull(wasm.BottomHeap(top)).String()
	case replay.IsI31:
		return wasm.Ref(wasm.HeapI31).String()
	case replay.Unknown:
		if top == wasm.HeapExtern {
			return wasm.Ref(top).String()
		}
		return ""
	default:
		return wasm.Ref(wasm.HeapType(x)).String()
	}
}

// explainIndirect settles why an indirect call of an element has failed.
func (s *Subject) explainIndirect(f *fault.Error, in *wasm.Instr, t *replayed) {
	switch {
	case f.Code == fault.IndirectCallTypeMismatch:
		if t.callee != nil {
			want := s.Module.Types[in.X].Func
			f.With(fault.Mismatched("function type", want.String(), t.callee.String()))
		}
	case t.operands[0].Lo >= t.sizes[0]:
		f.Code = fault.UndefinedElement
	default:
		f.Code = fault.UninitializedElement
	}
}
