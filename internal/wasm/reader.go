package wasm

import (
	"encoding/binary"
	"fmt"

	"github.com/wazedge/wazedge/internal/fault"
)

// Reader streams the instructions of a body or a constant expression. It checks
// the binary format only: opcodes, their immediates and the proposals that they
// need. That blocks nest and end, that indices exist and types fit is for package
// validate.
//
// A Reader sees no further than the bytes it was given, so what it says about a
// malformed body can differ from WasmEdge, whose loader reads on beyond a body's
// stated size; [Module.CheckBodies] says what WasmEdge says.
type Reader struct {
	cursor
	table    *opcodeTable
	features Features
	missing  Features // see missingFrom
	noData   bool     // no data count section: memory.init and data.drop are refused

	labels  []uint32
	types   []ValType
	catches []Catch
}

// NewReader reads the instructions in code, which begins at offset of the file,
// under the proposals of f.
func NewReader(code []byte, offset int64, f Features) *Reader {
	r := new(Reader)
	r.Reset(code, offset, f)
	return r
}

// Reset makes r as NewReader would, and keeps its buffers.
func (r *Reader) Reset(code []byte, offset int64, f Features) {
	r.cursor = cursor{buf: code, base: offset, odd: r.odd}
	r.table = opcodes()
	r.features = f
	r.missing = missingFrom(f)
	r.noData = false
}

// RequireDataCount makes memory.init and data.drop malformed, as they are in a
// module without a data count section (core 5.5.16).
func (r *Reader) RequireDataCount() { r.noData = true }

// More reports whether bytes are left.
func (r *Reader) More() bool { return r.pos < len(r.buf) }

// Pos is the file offset of the next instruction.
func (r *Reader) Pos() int64 { return r.offset() }

// Rest is what has not been read yet.
func (r *Reader) Rest() []byte { return r.buf[r.pos:] }

// Skip goes on behind n bytes of what has not been read yet.
func (r *Reader) Skip(n int) { r.pos += n }

// Odd reports whether r, since it was made, has come by something written in a way
// that [Misread] is about.
func (r *Reader) Odd() bool { return r.odd }

// Next reads one instruction into in. Its error is a *[fault.Error] with the
// nodes from "instruction" to "module" of a function body.
func (r *Reader) Next(in *Instr) error {
	if r.next(in); r.code != fault.Success {
		return r.err("instruction", "expression", "code segment", "code section", "module")
	}
	return nil
}

// next is Next that leaves a failure in r.code.
//
// Most instructions have one byte of opcode and no or one index below 128: these
// are done here, the others take their way through the methods of cursor.
func (r *Reader) next(in *Instr) {
	buf, start := r.buf, r.pos
	if uint(start) >= uint(len(buf)) {
		r.short()
		return
	}
	in.Offset = r.base + int64(start)
	op := &r.table.plain[buf[start]]
	r.last, r.pos = start, start+1
	if op.needs&r.missing != 0 {
		if op = r.unusual(start); op == nil {
			return
		}
	}
	in.Op = op.op
	switch op.imm {
	case ImmNone:
	case ImmLocal, ImmLabel, ImmFunc, ImmGlobal, ImmType, ImmTag, ImmTable, ImmElem:
		if p := r.pos; uint(p) < uint(len(buf)) && buf[p] < 0x80 {
			in.X, r.last, r.pos = uint32(buf[p]), p, p+1
			return
		}
		in.X = r.u32()
	default:
		r.immediates(in, op.imm)
	}
}

// unusual finds the instruction at start when its first byte alone is not one that
// may stand here: a prefix, a proposal that is off, or an unknown opcode.
func (r *Reader) unusual(start int) *opcode {
	first := r.buf[start]
	op := &r.table.plain[first]
	if first >= 0xFB && first <= 0xFE {
		code := r.u32()
		if r.code != fault.Success {
			return nil
		}
		r.shortest(SizeU32(code))
		op = &r.table.unknown
		if t := &r.table.prefixed[first-0xFB]; code < uint32(len(t)) {
			op = &t[code]
		}
	}
	switch {
	case op.needs&unknownOpcode != 0:
		if name := legacyExceptions[first]; name != "" {
			r.why = fmt.Errorf("%w: %s", ErrLegacyExceptions, name)
		}
		r.fail(fault.IllegalOpCode)
		return nil
	case op.needs&r.missing != 0:
		r.refuse(op, start)
		return nil
	}
	return op
}

// refuse records that op, at start, needs a proposal that is off.
func (r *Reader) refuse(op *opcode, start int) {
	need := op.needs & r.missing
	switch {
	case need == eitherRefOrBulk:
		need = ReferenceTypes
	case need.Has(FunctionReferences):
		need = FunctionReferences // before the tail calls of return_call_ref
	}
	r.failNeed(fault.IllegalOpCode, need, start)
}

// immediates reads what follows an opcode (core 5.4).
func (r *Reader) immediates(in *Instr, kind ImmKind) {
	switch kind {
	case ImmI32:
		in.Val = uint64(int64(r.s32()))
	case ImmI64:
		in.Val = uint64(r.s64())
	case ImmMemArg:
		r.memArg(in)
	case ImmMemArgLane:
		r.memArg(in)
		in.Lane = r.byte()
	case ImmF32:
		in.Val = uint64(r.f32())
	case ImmF64:
		in.Val = r.f64()
	case ImmBlock:
		in.Block = r.blockType(r.features)
	case ImmTypeField, ImmTypeN, ImmTypeData, ImmTypeElem, ImmTypeType, ImmTableTable, ImmElemTable:
		in.X = r.u32()
		in.Y = r.u32()
	case ImmCallIndirect:
		r.callIndirect(in)
	case ImmMem:
		in.X = r.memIndex()
	case ImmMemMem:
		in.X = r.memIndex()
		in.Y = r.memIndex()
	case ImmLane:
		in.Lane = r.byte()
	case ImmV128, ImmShuffle:
		r.vector(in)
	case ImmHeapType:
		in.Heap = r.heapType(r.features)
	case ImmBrTable:
		r.brTable(in)
	default:
		r.rareImmediates(in, kind)
	}
}

func (r *Reader) rareImmediates(in *Instr, kind ImmKind) {
	switch kind {
	case ImmDataMem, ImmData:
		if r.noData {
			r.failAt(fault.DataCountRequired, int(in.Offset-r.base))
			return
		}
		in.X = r.u32()
		if kind == ImmDataMem {
			in.Y = r.memIndex()
		}
	case ImmTryTable:
		r.tryTable(in)
	case ImmSelectTypes:
		r.selectTypes(in)
	case ImmBrOnCast:
		r.brOnCast(in)
	case ImmFence:
		r.zero()
	}
}

// zero reads a byte that must be zero.
func (r *Reader) zero() {
	if r.byte() != 0 {
		r.fail(fault.ExpectedZeroByte)
	}
}

// memIndex reads a memory index where version 1 has a zero byte.
func (r *Reader) memIndex() uint32 {
	if r.features.Has(MultiMemory) {
		x := r.u32()
		r.shortest(SizeU32(x))
		return x
	}
	r.zero()
	return 0
}

// memArg reads the alignment, memory and offset of an access (core 5.4.7). Bit 6
// of the alignment says that a memory index follows.
func (r *Reader) memArg(in *Instr) {
	if p := r.pos; p+1 < len(r.buf) && r.buf[p] < 64 && r.buf[p+1] < 0x80 {
		in.X, in.Align, in.Val = 0, uint32(r.buf[p]), uint64(r.buf[p+1])
		r.last, r.pos = p+1, p+2
		return
	}
	align := r.u32()
	in.X = 0
	if align >= 64 && r.features.Has(MultiMemory) {
		align -= 64
		in.X = r.u32()
		r.odd = r.odd || in.X == 0
	}
	if align >= 64 {
		r.fail(fault.MalformedMemoryOpFlags)
		return
	}
	in.Align = align
	if r.features.Has(Memory64) {
		in.Val = r.u64()
		r.shortest(5)
	} else {
		in.Val = uint64(r.u32())
	}
}

func (r *Reader) vector(in *Instr) {
	if b := r.bytes(16); b != nil {
		in.Val = binary.LittleEndian.Uint64(b)
		in.Hi = binary.LittleEndian.Uint64(b[8:])
	}
}

func (r *Reader) callIndirect(in *Instr) {
	in.X = r.u32()
	at := r.pos
	in.Y = r.u32()
	if (in.Y > 0 || r.pos-at > 1) && !r.features.Has(ReferenceTypes) {
		r.failNeed(fault.ExpectedZeroByte, ReferenceTypes, at)
	}
}

func (r *Reader) brTable(in *Instr) {
	n := r.count()
	labels := r.labels[:0]
	for i := 0; i <= n && r.code == fault.Success; i++ {
		labels = append(labels, r.u32())
	}
	r.labels, in.Labels = labels, labels
}

func (r *Reader) selectTypes(in *Instr) {
	n := r.count()
	r.shortest(1)
	types := r.types[:0]
	for i := 0; i < n && r.code == fault.Success; i++ {
		types = append(types, r.valType(r.features, false))
	}
	r.types, in.Types = types, types
}

// tryTable reads a block type and handlers (core 5.4.2).
func (r *Reader) tryTable(in *Instr) {
	in.Block = r.blockType(r.features)
	n := r.count()
	catches := r.catches[:0]
	for i := 0; i < n && r.code == fault.Success; i++ {
		c := Catch{Kind: CatchKind(r.byte())}
		if c.Kind > CatchAllRef {
			r.fail(fault.MalformedCatchFlags)
		}
		if c.Kind == CatchTag || c.Kind == CatchTagRef {
			c.Tag = r.u32()
		}
		c.Label = r.u32()
		catches = append(catches, c)
	}
	r.catches, in.Catches = catches, catches
}

// brOnCast reads nullability flags, a label, and two heap types (core 5.4.2).
// WasmEdge takes any flags; the code is the nearest that it has.
func (r *Reader) brOnCast(in *Instr) {
	flags := r.byte()
	if flags > 3 {
		r.fail(fault.MalformedCatchFlags)
	}
	in.X = r.u32()
	from := RefType(r.heapType(r.features), flags&1 != 0)
	to := RefType(r.heapType(r.features), flags&2 != 0)
	r.types = append(r.types[:0], from, to)
	in.Types = r.types
}
