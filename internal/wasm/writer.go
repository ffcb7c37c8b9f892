package wasm

import "encoding/binary"

// AppendInstr appends the binary form of in, with every number in its shortest
// form (core 5.4). The fields that in.Op's [ImmKind] names must be set.
func AppendInstr(dst []byte, in *Instr) []byte {
	r := &Ops[in.Op]
	if r.Prefix == 0 {
		dst = append(dst, byte(r.Code))
	} else {
		dst = AppendU32(append(dst, r.Prefix), r.Code)
	}
	switch r.Imm {
	case ImmNone:
	case ImmLocal, ImmLabel, ImmFunc, ImmGlobal, ImmType, ImmTag, ImmTable, ImmElem, ImmMem, ImmData:
		dst = AppendU32(dst, in.X)
	case ImmTypeField, ImmTypeN, ImmTypeData, ImmTypeElem, ImmTypeType, ImmTableTable, ImmElemTable,
		ImmCallIndirect, ImmMemMem, ImmDataMem:
		dst = AppendU32(AppendU32(dst, in.X), in.Y)
	case ImmI32, ImmI64:
		dst = AppendS64(dst, int64(in.Val))
	case ImmF32:
		dst = binary.LittleEndian.AppendUint32(dst, uint32(in.Val))
	case ImmF64:
		dst = binary.LittleEndian.AppendUint64(dst, in.Val)
	case ImmV128, ImmShuffle:
		dst = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, in.Val), in.Hi)
	case ImmMemArg:
		dst = appendMemArg(dst, in)
	case ImmMemArgLane:
		dst = append(appendMemArg(dst, in), in.Lane)
	case ImmLane:
		dst = append(dst, in.Lane)
	case ImmBlock:
		dst = AppendBlockType(dst, in.Block)
	case ImmTryTable:
		dst = appendTryTable(dst, in)
	case ImmBrTable:
		dst = AppendU32(dst, uint32(len(in.Labels)-1))
		for _, l := range in.Labels {
			dst = AppendU32(dst, l)
		}
	case ImmSelectTypes:
		dst = AppendU32(dst, uint32(len(in.Types)))
		for _, t := range in.Types {
			dst = AppendValType(dst, t)
		}
	case ImmHeapType:
		dst = AppendS33(dst, int64(in.Heap))
	case ImmBrOnCast:
		dst = appendBrOnCast(dst, in)
	case ImmFence:
		dst = append(dst, 0)
	}
	return dst
}

func appendMemArg(dst []byte, in *Instr) []byte {
	if in.X == 0 {
		dst = AppendU32(dst, in.Align)
	} else {
		dst = AppendU32(AppendU32(dst, in.Align|64), in.X)
	}
	return AppendU64(dst, in.Val)
}

func appendTryTable(dst []byte, in *Instr) []byte {
	dst = AppendBlockType(dst, in.Block)
	dst = AppendU32(dst, uint32(len(in.Catches)))
	for _, c := range in.Catches {
		dst = append(dst, byte(c.Kind))
		if c.Kind == CatchTag || c.Kind == CatchTagRef {
			dst = AppendU32(dst, c.Tag)
		}
		dst = AppendU32(dst, c.Label)
	}
	return dst
}

func appendBrOnCast(dst []byte, in *Instr) []byte {
	var flags byte
	if in.Types[0].Nullable() {
		flags |= 1
	}
	if in.Types[1].Nullable() {
		flags |= 2
	}
	dst = AppendU32(append(dst, flags), in.X)
	dst = AppendS33(dst, int64(in.Types[0].Heap()))
	return AppendS33(dst, int64(in.Types[1].Heap()))
}

// AppendBlockType appends the binary form of a block type (core 5.4.1).
func AppendBlockType(dst []byte, b BlockType) []byte {
	switch {
	case b.Indexed:
		return AppendS33(dst, int64(b.Index))
	case b.Result == Bottom:
		return append(dst, 0x40)
	}
	return AppendValType(dst, b.Result)
}

// AppendValType appends the binary form of a value or packed type, references to
// abstract heap types in their short form (core 5.3.5).
func AppendValType(dst []byte, t ValType) []byte {
	if !t.IsRef() {
		return append(dst, byte(t))
	}
	if t.Nullable() && !t.Heap().IsIndex() {
		return AppendS33(dst, int64(t.Heap()))
	}
	return AppendS33(append(dst, byte(t)), int64(t.Heap()))
}

// AppendLocals appends the declarations of locals that a body begins with
// (core 5.5.13).
func AppendLocals(dst []byte, runs []LocalRun) []byte {
	dst = AppendU32(dst, uint32(len(runs)))
	for _, l := range runs {
		dst = AppendValType(AppendU32(dst, l.N), l.Type)
	}
	return dst
}

// AppendName appends a name: its length in bytes and the bytes (core 5.2.4).
func AppendName(dst []byte, s string) []byte {
	return append(AppendU32(dst, uint32(len(s))), s...)
}
