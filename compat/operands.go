package compat

import (
	"fmt"
	"strings"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
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
func (i *Instance) explain(f *fault.Error, in *wasm.Instr, t *replayed) {
	line, args := inInstruction(in), t.operands
	switch f.Code {
	case fault.DivideByZero, fault.IntegerOverflow, fault.InvalidConvToInt:
		f.With(line + argsText(in.Op, args))
	case fault.UndefinedElement, fault.UninitializedElement, fault.IndirectCallTypeMismatch:
		f.With(line + indexText(args[0]))
		i.explainIndirect(f, in, t)
	case fault.MemoryOutOfBounds, fault.TableOutOfBounds, fault.ArrayOutOfBounds:
		i.explainAccess(f, in, t, line)
	case fault.CastFailed:
		if got := i.dynamicType(args[0], in.Heap); got != "" {
			f.With(fault.Mismatched("value type", castTarget(in).String(), got))
		}
		f.With(line)
	default:
		f.With(line)
	}
}

// explainAccess adds what there is to tell of an access out of bounds.
func (i *Instance) explainAccess(f *fault.Error, in *wasm.Instr, t *replayed, line string) {
	a, ok := i.access(f.Code, in, t)
	switch {
	case ok && in.Op.Info().Needs == wasm.Threads:
		// WasmEdge looks at the alignment first, and tells the addresses of those only
		// that do not fit the memory's address type.
		if a.from.lo&(a.length-1) != 0 && !a.from.beyond(in, i.module) {
			f.Code = fault.UnalignedAtomicAccess
		} else if a.from.beyond(in, i.module) {
			f.With(a.line())
		}
	case ok:
		f.With(a.line())
	}
	if in.Op == wasm.OpTableGet || in.Op == wasm.OpTableSet {
		line += indexText(t.operands[0])
	}
	f.With(line)
}

// indexText is the end of the line of an instruction that tells an index, of which
// WasmEdge prints the low 32 bits.
func indexText(index value.Value) string { return fmt.Sprintf(" , Args: [%d]", uint32(index.Lo)) }

// argsText is the end of an instruction's line: its operands, with integers signed
// where the instruction takes them so.
func argsText(op wasm.Op, args []value.Value) string {
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
	return " , Args: [" + strings.Join(texts, " , ") + "]"
}

// access finds the access of in that is out of bounds. Where there are two, it is
// the one that WasmEdge checks first.
func (i *Instance) access(c fault.Code, in *wasm.Instr, t *replayed) (access, bool) {
	switch c {
	case fault.ArrayOutOfBounds:
		return arrayAccess(in.Op, t.operands)
	case fault.TableOutOfBounds:
		return i.tableAccess(in, t)
	}
	return i.memoryAccess(in, t)
}

func (i *Instance) tableAccess(in *wasm.Instr, t *replayed) (access, bool) {
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
			i.elemAccess(in.X, args[1], args[2], t)), true
	case wasm.OpArrayNewElem:
		return i.elemAccess(in.Y, args[0], args[1], t), true
	case wasm.OpArrayInitElem:
		return i.elemAccess(in.Y, args[2], args[3], t), true
	}
	return access{}, false
}

func (i *Instance) memoryAccess(in *wasm.Instr, t *replayed) (access, bool) {
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
			i.dataAccess(in.X, args[1], args[2].Lo, t)), true
	case wasm.OpArrayNewData:
		return i.dataAccess(in.Y, args[0], i.bytesOf(in.X, args[1]), t), true
	case wasm.OpArrayInitData:
		return i.dataAccess(in.Y, args[2], i.bytesOf(in.X, args[3]), t), true
	}
	if in.Op.Info().Imm != wasm.ImmMemArg && in.Op.Info().Imm != wasm.ImmMemArgLane {
		return access{}, false
	}
	a := accessOf(args[0].Lo, 1<<in.Op.Info().Access, size(0))
	a.from = a.from.plus(in.Val)
	return a, true
}

// bytesOf are the bytes that count elements of the array type x take, in the 32
// bits that WasmEdge has for them.
func (i *Instance) bytesOf(x uint32, count value.Value) uint64 {
	return uint64(uint32(count.Lo) * heap.FieldSize(i.module.Types[x].Fields[0].Type))
}

// dataAccess is a read of length bytes of data segment x.
func (i *Instance) dataAccess(x uint32, from value.Value, length uint64, t *replayed) access {
	s := i.module.Datas.At(int(x))
	if s.Mode == wasm.Active || t.dropped {
		return accessOf(from.Lo, length, 0)
	}
	return accessOf(from.Lo, length, uint64(len(s.Init)))
}

// elemAccess is a read of count elements of element segment x.
func (i *Instance) elemAccess(x uint32, from, count value.Value, t *replayed) access {
	s := &i.module.Elems[x]
	if s.Mode != wasm.Passive || t.dropped {
		return accessOf(from.Lo, count.Lo, 0)
	}
	return accessOf(from.Lo, count.Lo, uint64(len(s.Funcs)+len(s.Exprs)))
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
func (i *Instance) dynamicType(told value.Value, h wasm.HeapType) string {
	top := i.types().TopOf(h)
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
func (i *Instance) explainIndirect(f *fault.Error, in *wasm.Instr, t *replayed) {
	switch {
	case f.Code == fault.IndirectCallTypeMismatch:
		if t.callee != nil {
			want := i.module.Types[in.X].Func
			f.With(fault.Mismatched("function type", want.String(), t.callee.String()))
		}
	case t.operands[0].Lo >= t.sizes[0]:
		f.Code = fault.UndefinedElement
	default:
		f.Code = fault.UninitializedElement
	}
}
