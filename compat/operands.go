package compat

import (
	"fmt"
	"strings"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/witness"
)

// explain adds to f what the operands of the instruction tell: the addresses of an
// access out of bounds, above the line of the instruction, and the operands
// themselves on it. It settles the code of a call_indirect.
func (i *Instance) explain(f *fault.Error, in *wasm.Instr, t *testimony) {
	line, args := inInstruction(in), t.operands
	switch {
	case in.Op == wasm.OpCallIndirect || in.Op == wasm.OpReturnCallIndirect:
		f.Info = append(f.Info, line+argsText(in.Op, args))
		i.explainIndirect(f, in, t)
	case f.Code == fault.MemoryOutOfBounds || f.Code == fault.TableOutOfBounds:
		if a, ok := i.access(in, t); ok {
			f.Info = append(f.Info, accessing(a.from, a.length, a.size))
		}
		if in.Op == wasm.OpTableGet || in.Op == wasm.OpTableSet {
			line += argsText(in.Op, args[:1])
		}
		f.Info = append(f.Info, line)
	case f.Code == fault.ArrayOutOfBounds:
		if a, ok := arrayAccess(in.Op, args); ok {
			f.Info = append(f.Info, accessing(a.from, a.length, a.size))
		}
		f.Info = append(f.Info, line)
	case f.Code == fault.CastFailed:
		if got := dynamicType(args[0]); got != "" {
			f.Info = append(f.Info, fault.Mismatched("value type", castTarget(in).String(), got))
		}
		f.Info = append(f.Info, line)
	case f.Code == fault.UnalignedAtomicAccess || f.Code == fault.ExpectSharedMemory:
		f.Info = append(f.Info, line)
	default:
		f.Info = append(f.Info, line+argsText(in.Op, args))
	}
}

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

// access is an access of length bytes or elements, where there are size.
type access struct{ from, length, size uint64 }

func (a access) outside() bool { return a.length > a.size || a.from > a.size-a.length }

// access finds the access of in that is out of bounds. Where there are two, it is
// the one that WasmEdge checks first.
func (i *Instance) access(in *wasm.Instr, t *testimony) (access, bool) {
	args := t.operands
	switch in.Op {
	case wasm.OpTableGet, wasm.OpTableSet:
		return access{args[0].Lo, 1, t.tables[in.X]}, true
	case wasm.OpTableFill:
		return access{args[0].Lo, args[2].Lo, t.tables[in.X]}, true
	case wasm.OpTableCopy:
		return firstOutside(
			access{args[1].Lo, args[2].Lo, t.tables[in.Y]},
			access{args[0].Lo, args[2].Lo, t.tables[in.X]})
	case wasm.OpTableInit:
		return firstOutside(
			access{args[0].Lo, args[2].Lo, t.tables[in.Y]},
			segmentAccess(args, len(i.module.Elems[in.X].Funcs)+len(i.module.Elems[in.X].Exprs)))
	}
	if len(i.module.Memories)+int(i.module.ImportedCount(wasm.ExternMemory)) != 1 {
		return access{}, false // the engine shows one memory only
	}
	size := t.memory
	switch in.Op {
	case wasm.OpMemoryFill:
		return access{args[0].Lo, args[2].Lo, size}, true
	case wasm.OpMemoryCopy:
		return firstOutside(access{args[1].Lo, args[2].Lo, size}, access{args[0].Lo, args[2].Lo, size})
	case wasm.OpMemoryInit:
		return firstOutside(access{args[0].Lo, args[2].Lo, size}, segmentAccess(args, len(i.module.Datas.At(int(in.X)).Init)))
	}
	if in.Op.Info().Imm != wasm.ImmMemArg && in.Op.Info().Imm != wasm.ImmMemArgLane {
		return access{}, false
	}
	return access{args[0].Lo + in.Val, 1 << in.Op.Info().Access, size}, true
}

// arrayAccess finds the access of an array instruction that is out of bounds. An
// array among the operands stands for its length.
func arrayAccess(op wasm.Op, args []value.Value) (access, bool) {
	at := func(array, index, count int) access {
		a := access{args[index].Lo, 1, args[array].Lo}
		if count >= 0 {
			a.length = args[count].Lo
		}
		return a
	}
	switch op {
	case wasm.OpArrayGet, wasm.OpArrayGetS, wasm.OpArrayGetU, wasm.OpArraySet:
		return at(0, 1, -1), true
	case wasm.OpArrayFill, wasm.OpArrayInitData, wasm.OpArrayInitElem:
		return at(0, 1, 3), true
	case wasm.OpArrayCopy:
		return firstOutside(at(0, 1, 4), at(2, 3, 4))
	}
	return access{}, false
}

// castTarget is the type that the cast in asks for.
func castTarget(in *wasm.Instr) wasm.ValType {
	return wasm.RefType(in.Heap, in.Op == wasm.OpRefCastNull)
}

// dynamicType is the type of the operand of a cast, as the second run tells it, or
// empty if it is not known.
func dynamicType(told value.Value) string {
	switch x := int32(told.Lo); x {
	case witness.Unknown:
		return ""
	case witness.IsI31:
		return wasm.Ref(wasm.HeapI31).String()
	default:
		return wasm.Ref(wasm.HeapType(x)).String()
	}
}

// firstOutside is the first of two accesses that is out of bounds.
func firstOutside(a, b access) (access, bool) {
	if a.outside() {
		return a, true
	}
	return b, true
}

// segmentAccess is how an instruction that copies from a segment, which had length
// entries, has read it. Being out of bounds all the same, it was dropped.
func segmentAccess(args []value.Value, length int) access {
	a := access{args[1].Lo, args[2].Lo, uint64(length)}
	if !a.outside() {
		a.size = 0
	}
	return a
}

// explainIndirect settles why an indirect call of an element has failed.
func (i *Instance) explainIndirect(f *fault.Error, in *wasm.Instr, t *testimony) {
	element := t.operands[0].Lo
	switch {
	case f.Code == fault.IndirectCallTypeMismatch:
		if got, ok := i.elementType(in.Y, element); ok {
			want := i.module.Types[in.X].Func
			f.With(fault.Mismatched("function type", want.String(), got.String()))
		}
	case element >= t.tables[in.Y]:
		f.Code = fault.UndefinedElement
	default:
		f.Code = fault.UninitializedElement
	}
}

// elementType is the type of the function that active segments put into table x at
// an element, and whether one did.
func (i *Instance) elementType(x uint32, element uint64) (t wasm.FuncType, ok bool) {
	for n := range i.module.Elems {
		s := &i.module.Elems[n]
		if s.Mode != wasm.Active || s.Table != x {
			continue
		}
		at, known := constant(s.Offset, i.features, func(uint32) (uint64, bool) { return 0, false })
		if !known || element < at {
			continue
		}
		if k := element - at; k < uint64(len(s.Funcs)) {
			t, ok = *i.module.FuncTypeOf(s.Funcs[k]), true
		} else if k < uint64(len(s.Exprs)) {
			t, ok = i.referenced(s.Exprs[k])
		}
	}
	return t, ok
}

// referenced is the type of the function that e refers to, if it is a ref.func.
func (i *Instance) referenced(e wasm.Expr) (wasm.FuncType, bool) {
	var in wasm.Instr
	if wasm.NewReader(e.Code, e.Offset, i.features).Next(&in) != nil || in.Op != wasm.OpRefFunc {
		return wasm.FuncType{}, false
	}
	return *i.module.FuncTypeOf(in.X), true
}
