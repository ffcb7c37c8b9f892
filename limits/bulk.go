package limits

import "github.com/wazedge/wazedge/internal/wasm"

// An instruction that fills or copies memory can take seconds. Where a guest has
// to look at the time, long ones are left to functions that work in pieces, and
// look behind each; they leave nothing to be done to the instruction, unless it is
// to trap.
const (
	longBulk  = 1 << 15 // bytes that take some microseconds
	bulkPiece = 1 << 22 // bytes that take less than some milliseconds, be they touched for the first time
)

// nowhere is the place of a look that is not about the limit of gas, and farBelow
// its offset, which keeps it from being.
const (
	nowhere  where = -1
	farBelow       = -1 << 62
)

// bulk is a kind of instruction for which there is a function: memory.copy from a
// memory to another or the same, or memory.fill.
type bulk struct {
	op       wasm.Op
	dst, src uint32
}

// bulkEdits are the changes to the body of function i by which it looks at the time
// in instructions that take long, and leaves those that can be cut to functions.
func (mt *meter) bulkEdits(i int) ([]edit, error) {
	b := mt.module.Bodies[i]
	_, r, err := b.Locals(features)
	if err != nil {
		return nil, err
	}
	var es []edit
	temps := map[temp]uint32{}
	var in wasm.Instr
	for r.More() {
		if err := r.Next(&in); err != nil {
			return nil, err
		}
		pos := int(in.Offset - b.Offset)
		if in.Op == wasm.OpThrow || in.Op == wasm.OpThrowRef {
			// The engine takes long for it, and nothing next to that for a look.
			es = append(es, edit{pos, pos, rankBulk, mt.writer.callLook(nil, farBelow, nowhere)})
		}
		if in.Op != wasm.OpMemoryFill && in.Op != wasm.OpMemoryCopy {
			continue
		}
		k := bulk{op: in.Op, dst: in.X}
		if in.Op == wasm.OpMemoryCopy {
			k.src = in.Y
		}
		var x [3]uint32
		for n, t := range mt.operands(k) {
			local, ok := temps[temp{n, t}]
			if !ok {
				local = mt.writer.newLocal(t)
				temps[temp{n, t}] = local
			}
			x[n] = local
		}
		es = append(es, edit{pos, pos, rankBulk, shorten(x, mt.operands(k)[2], mt.bulkFunc(k))})
	}
	return es, nil
}

// temp is a local for the nth operand of type t.
type temp struct {
	n int
	t wasm.ValType
}

// operands are the types of those of k; the last is the length.
func (mt *meter) operands(k bulk) [3]wasm.ValType {
	dst := mt.module.MemoryTypeOf(k.dst).Limits.AddrType()
	if k.op == wasm.OpMemoryFill {
		return [3]wasm.ValType{dst, wasm.I32, dst}
	}
	src := mt.module.MemoryTypeOf(k.src).Limits.AddrType()
	if dst == wasm.I64 {
		return [3]wasm.ValType{dst, src, src}
	}
	return [3]wasm.ValType{dst, src, dst}
}

// bulkFunc is the index of the function for k. It has the operands of k as
// parameters and returns how long the instruction still is.
func (mt *meter) bulkFunc(k bulk) uint32 {
	for n := range mt.bulks {
		if mt.bulks[n] == k {
			return mt.firstBulk() + uint32(n)
		}
	}
	mt.bulks = append(mt.bulks, k)
	return mt.firstBulk() + uint32(len(mt.bulks)-1)
}

func (mt *meter) firstBulk() uint32 {
	return mt.module.ImportedCount(wasm.ExternFunc) + uint32(len(mt.module.Funcs))
}

// addBulk gives out the functions for bulk instructions.
func (mt *meter) addBulk(out *wasm.Module) {
	for _, k := range mt.bulks {
		t := mt.operands(k)
		x := addType(out, wasm.FuncType{Params: t[:], Results: []wasm.ValType{t[2]}})
		b := &bulkWriter{bulk: k, meter: mt, types: t}
		b.write()
		locals := []wasm.LocalRun{{N: 1, Type: t[2]}}
		out.Funcs = append(out.Funcs, x)
		out.Bodies = append(out.Bodies, wasm.Body{Code: append(wasm.AppendLocals(nil, locals), b.Code...)})
	}
}

// shorten is the code in front of a bulk instruction: it takes the operands from
// the stack to the locals x, and puts them back with the length that function
// leaves, if the length, of type t, is long.
func shorten(x [3]uint32, t wasm.ValType, function uint32) []byte {
	e := wideEmitter{}
	e.X(wasm.OpLocalSet, x[2])
	e.X(wasm.OpLocalSet, x[1])
	e.X(wasm.OpLocalTee, x[0])
	e.X(wasm.OpLocalGet, x[1])
	e.X(wasm.OpLocalGet, x[2])
	e.num(t, longBulk)
	e.op(t, wasm.OpI32GtU, wasm.OpI64GtU)
	e.BlockOf(wasm.OpIf, t)
	for _, local := range x {
		e.X(wasm.OpLocalGet, local)
	}
	e.X(wasm.OpCall, function)
	e.Op(wasm.OpElse)
	e.X(wasm.OpLocalGet, x[2])
	e.End()
	return e.Code
}

// wideEmitter writes instructions for addresses of either width.
type wideEmitter struct{ wasm.Emitter }

func (e *wideEmitter) num(t wasm.ValType, v int64) {
	if t == wasm.I64 {
		e.I64(v)
	} else {
		e.I32(int32(v))
	}
}

// op writes the instruction for type t.
func (e *wideEmitter) op(t wasm.ValType, narrow, wide wasm.Op) {
	if t == wasm.I64 {
		e.Op(wide)
	} else {
		e.Op(narrow)
	}
}

// as64 widens the number of type t on the stack.
func (e *wideEmitter) as64(t wasm.ValType) {
	if t == wasm.I32 {
		e.Op(wasm.OpI64ExtendI32U)
	}
}

// bulkWriter writes the function for a kind of instruction. Its locals are the
// operands, 0 to 2, and the length of a piece.
type bulkWriter struct {
	wideEmitter
	bulk
	meter *meter
	types [3]wasm.ValType
}

const pieceLocal = 3

func (b *bulkWriter) write() {
	n := b.types[2]
	b.bounds(0, b.dst)
	if b.bulk.op == wasm.OpMemoryCopy {
		b.bounds(1, b.src)
	}
	b.Block(wasm.OpLoop)
	b.X(wasm.OpLocalGet, 2)
	b.num(n, bulkPiece)
	b.X(wasm.OpLocalGet, 2)
	b.num(n, bulkPiece)
	b.wideEmitter.op(n, wasm.OpI32LtU, wasm.OpI64LtU)
	b.Op(wasm.OpSelect)
	b.X(wasm.OpLocalTee, pieceLocal)
	b.X(wasm.OpLocalGet, 2)
	b.wideEmitter.op(n, wasm.OpI32Sub, wasm.OpI64Sub)
	b.num(n, -1)
	b.wideEmitter.op(n, wasm.OpI32Mul, wasm.OpI64Mul)
	b.X(wasm.OpLocalSet, 2) // what is left behind the piece
	b.piece()
	b.Code = b.meter.writer.callLook(b.Code, farBelow, nowhere)
	b.X(wasm.OpLocalGet, 2)
	b.num(n, 0)
	b.wideEmitter.op(n, wasm.OpI32Ne, wasm.OpI64Ne)
	b.X(wasm.OpBrIf, 0)
	b.End()
	b.num(n, 0)
	b.End()
}

// bounds returns with the length unchanged if the memory ends before the operand at
// x plus the length: the instruction will trap.
func (b *bulkWriter) bounds(x uint32, memory uint32) {
	size := func() {
		b.X(wasm.OpMemorySize, memory)
		b.as64(b.meter.module.MemoryTypeOf(memory).Limits.AddrType())
		b.I64(16)
		b.Op(wasm.OpI64Shl)
	}
	at := func() {
		b.X(wasm.OpLocalGet, x)
		b.as64(b.types[x])
	}
	at()
	size()
	b.Op(wasm.OpI64GtU)
	b.X(wasm.OpLocalGet, 2)
	b.as64(b.types[2])
	size()
	at()
	b.Op(wasm.OpI64Sub)
	b.Op(wasm.OpI64GtU)
	b.Op(wasm.OpI32Or)
	b.Block(wasm.OpIf)
	b.X(wasm.OpLocalGet, 2)
	b.Op(wasm.OpReturn)
	b.End()
}

// piece does a piece: the first that is left, or when copying upwards within a
// memory the last.
func (b *bulkWriter) piece() {
	if b.bulk.op == wasm.OpMemoryFill {
		b.operand(0, false)
		b.X(wasm.OpLocalGet, 1)
		b.X(wasm.OpLocalGet, pieceLocal)
		b.X(wasm.OpMemoryFill, b.dst)
		b.advance(0)
		return
	}
	if b.dst == b.src {
		b.X(wasm.OpLocalGet, 0)
		b.X(wasm.OpLocalGet, 1)
		b.wideEmitter.op(b.types[0], wasm.OpI32GtU, wasm.OpI64GtU)
		b.Block(wasm.OpIf)
		b.copy(true)
		b.Op(wasm.OpElse)
	}
	b.copy(false)
	b.advance(0)
	b.advance(1)
	if b.dst == b.src {
		b.End()
	}
}

func (b *bulkWriter) copy(last bool) {
	b.operand(0, last)
	b.operand(1, last)
	b.X(wasm.OpLocalGet, pieceLocal)
	b.XY(wasm.OpMemoryCopy, b.dst, b.src)
}

// operand is the address in local x, plus what is left if the piece is the last.
func (b *bulkWriter) operand(x uint32, last bool) {
	b.X(wasm.OpLocalGet, x)
	if last {
		b.X(wasm.OpLocalGet, 2)
		b.wideEmitter.op(b.types[x], wasm.OpI32Add, wasm.OpI64Add)
	}
}

// advance moves the address in local x behind the piece.
func (b *bulkWriter) advance(x uint32) {
	b.X(wasm.OpLocalGet, x)
	b.X(wasm.OpLocalGet, pieceLocal)
	if b.types[x] == wasm.I64 && b.types[2] == wasm.I32 {
		b.Op(wasm.OpI64ExtendI32U)
	}
	b.wideEmitter.op(b.types[x], wasm.OpI32Add, wasm.OpI64Add)
	b.X(wasm.OpLocalSet, x)
}
