package wasm

import (
	"encoding/binary"
	"math"
)

// Emitter writes instructions, a method for each shape of immediates that passes
// need, to Code. The zero value is ready.
type Emitter struct {
	Code    []byte
	Origins Origins // see Emitter.Origin; places are in Code
}

// Op writes an instruction without immediates, or with all of them zero.
func (e *Emitter) Op(op Op) { e.Instr(&Instr{Op: op}) }

// X writes an instruction with one index.
func (e *Emitter) X(op Op, x uint32) { e.Instr(&Instr{Op: op, X: x}) }

// XY writes an instruction with two indices.
func (e *Emitter) XY(op Op, x, y uint32) { e.Instr(&Instr{Op: op, X: x, Y: y}) }

// I32 writes i32.const.
func (e *Emitter) I32(v int32) { e.Instr(&Instr{Op: OpI32Const, Val: uint64(int64(v))}) }

// I64 writes i64.const.
func (e *Emitter) I64(v int64) { e.Instr(&Instr{Op: OpI64Const, Val: uint64(v)}) }

// F64 writes f64.const.
func (e *Emitter) F64(v float64) { e.Instr(&Instr{Op: OpF64Const, Val: math.Float64bits(v)}) }

// Shuffle writes i8x16.shuffle.
func (e *Emitter) Shuffle(lanes [16]byte) {
	e.Instr(&Instr{Op: OpI8x16Shuffle, Val: binary.LittleEndian.Uint64(lanes[:8]), Hi: binary.LittleEndian.Uint64(lanes[8:])})
}

// Mem writes a load or store of memory mem, with the natural alignment.
func (e *Emitter) Mem(op Op, mem uint32, offset uint64) {
	e.Instr(&Instr{Op: op, Align: uint32(op.Info().Access), X: mem, Val: offset})
}

// Block writes block, loop or if without results.
func (e *Emitter) Block(op Op) { e.Instr(&Instr{Op: op}) }

// BlockOf writes block, loop or if with one result.
func (e *Emitter) BlockOf(op Op, result ValType) {
	e.Instr(&Instr{Op: op, Block: BlockType{Result: result}})
}

// Const writes the constant of type t whose bits are lo, and hi for the upper half of a vector;
// null where t is a type of references.
func (e *Emitter) Const(t ValType, lo, hi uint64) {
	switch t {
	case I32:
		e.I32(int32(lo))
	case I64:
		e.I64(int64(lo))
	case F32:
		e.Instr(&Instr{Op: OpF32Const, Val: lo})
	case F64:
		e.Instr(&Instr{Op: OpF64Const, Val: lo})
	case V128:
		e.Instr(&Instr{Op: OpV128Const, Val: lo, Hi: hi})
	default:
		e.Null(t.Heap())
	}
}

// Null writes ref.null.
func (e *Emitter) Null(h HeapType) { e.Instr(&Instr{Op: OpRefNull, Heap: h}) }

// End writes end.
func (e *Emitter) End() { e.Op(OpEnd) }

// Instr writes any instruction.
func (e *Emitter) Instr(in *Instr) { e.Code = AppendInstr(e.Code, in) }
