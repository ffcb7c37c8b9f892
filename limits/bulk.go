package limits

import (
	"sync"

	"github.com/wazedge/wazedge/internal/wasm"
)

// An instruction that fills, copies or initializes a memory or table can take
// seconds. Where a guest has checkpoints, the bytes that long ones move are
// counted, and when they have come to some milliseconds' worth there is one. Those that
// fill or copy are left to functions that work in pieces, and leave nothing to be
// done to the instruction, unless it is to trap. Those that read a segment, which is
// no longer than the module, count before they begin. Arrays are the business of
// package heap, whose functions pause by themselves.
const (
	longBulk  = 1 << 12 // bytes; less is not counted, and takes a tenth of a microsecond
	bulkPiece = 1 << 22 // bytes that take less than some milliseconds, be they touched for the first time
)

// nowhere is the place of a checkpoint that is not about the limit of gas, and farBelow
// its offset, which keeps it from being.
const (
	nowhere  where = -1
	farBelow       = -1 << 62
)

// referenceSize is what an element of a table takes, in bytes.
const referenceSize = 8

// bulk is a kind of instruction for which there is a function: one that moves
// within or between the memories or tables x and y, or, with the zero value, the
// counting of bytes.
type bulk struct {
	op   wasm.Op
	x, y uint32
}

// moved is the kind of in, if it is done in pieces.
func moved(in *wasm.Instr) (k bulk, ok bool) {
	switch in.Op {
	case wasm.OpMemoryFill, wasm.OpTableFill:
		return bulk{in.Op, in.X, in.X}, true
	case wasm.OpMemoryCopy, wasm.OpTableCopy:
		return bulk{in.Op, in.X, in.Y}, true
	}
	return bulk{}, false
}

// read is what the bytes of each unit of the operand on the top of the stack are, of
// an instruction that reads a segment; 0 of others, and where the segment is short.
func (mt *meter) read(in *wasm.Instr) (unit int64) {
	m := mt.module
	length := func(segment uint32) int64 {
		return int64(max(len(m.Elems[segment].Funcs), len(m.Elems[segment].Exprs))) * referenceSize
	}
	most := int64(0)
	switch in.Op {
	case wasm.OpMemoryInit:
		unit, most = 1, int64(len(m.Datas.At(int(in.X)).Init))
	case wasm.OpArrayNewData, wasm.OpArrayInitData:
		elem := m.Types[in.X].Fields[0].Type
		unit, most = int64(elem.Size()), int64(len(m.Datas.At(int(in.Y)).Init))
	case wasm.OpTableInit:
		unit, most = referenceSize, length(in.X)
	}
	if most < longBulk {
		return 0
	}
	return unit
}

// bulkEdits are the changes to the body of function i by which it has checkpoints
// in instructions that take long, and leaves those that can be cut to functions.
func (mt *meter) bulkEdits(i int) ([]edit, error) {
	b := mt.module.Bodies[i]
	_, r, err := b.Locals(features)
	if err != nil {
		return nil, err
	}
	var es []edit
	temps := map[temp]uint32{}
	local := func(t temp) uint32 {
		x, ok := temps[t]
		if !ok {
			x = mt.writer.newLocal(t.t)
			temps[t] = x
		}
		return x
	}
	var in wasm.Instr
	for {
		found, err := r.Until(bulkOps(), &in)
		if err != nil {
			return nil, err
		}
		if !found {
			return es, nil
		}
		pos := int(in.Offset - b.Offset)
		if in.Op == wasm.OpThrow || in.Op == wasm.OpThrowRef {
			// The engine takes long for it, and nothing next to that for a checkpoint.
			es = append(es, edit{pos, pos, rankBulk, mt.writer.callCheckpoint(nil, farBelow, nowhere)})
		}
		if k, ok := moved(&in); ok {
			kind, function := mt.bulkKind(k)
			var x [3]uint32
			for n, t := range kind.types {
				x[n] = local(temp{n, t})
			}
			es = append(es, edit{pos, pos, rankBulk, shorten(x, kind.types[2], kind.unit(), function)})
		} else if unit := mt.read(&in); unit > 0 {
			n := local(temp{2, wasm.I32})
			_, function := mt.bulkKind(bulk{})
			es = append(es, edit{pos, pos, rankBulk, countBulk(n, unit, function)})
		}
	}
}

// bulkOps are the instructions that take long.
var bulkOps = sync.OnceValue(func() *wasm.Skim {
	return wasm.NewSkim(wasm.OpThrow, wasm.OpThrowRef, wasm.OpMemoryFill, wasm.OpMemoryCopy, wasm.OpMemoryInit, wasm.OpTableFill, wasm.OpTableCopy, wasm.OpTableInit,
		wasm.OpArrayNewData, wasm.OpArrayInitData)
})

// temp is a local for the nth operand of type t.
type temp struct {
	n int
	t wasm.ValType
}

// ofTables reports whether k moves references.
func (k bulk) ofTables() bool { return k.op == wasm.OpTableFill || k.op == wasm.OpTableCopy }

// fills reports whether k has one source for all it writes.
func (k bulk) fills() bool { return k.op == wasm.OpMemoryFill || k.op == wasm.OpTableFill }

// unit is the bytes of what k counts its length in.
func (k bulk) unit() int64 {
	if k.ofTables() {
		return referenceSize
	}
	return 1
}

// bulkKind is a bulk with the types of its operands, of which the last is the
// length, and of the addresses of the memories or tables x and y.
type bulkKind struct {
	bulk
	types [3]wasm.ValType
	addrs [2]wasm.ValType
}

// bulkKind is k with its types, and the index of the function for it. That has the
// operands of k as parameters and returns how long the instruction still is; the one
// for counting takes a number of bytes.
func (mt *meter) bulkKind(k bulk) (*bulkKind, uint32) {
	n, ok := mt.bulkAt[k]
	if !ok {
		n = uint32(len(mt.bulks))
		mt.bulkAt[k] = n
		mt.bulks = append(mt.bulks, mt.typed(k))
	}
	return &mt.bulks[n], mt.bulk0 + n
}

func (mt *meter) typed(k bulk) bulkKind {
	if k == (bulk{}) {
		return bulkKind{}
	}
	dst, src := mt.addrType(k, k.x), mt.addrType(k, k.y)
	kind := bulkKind{bulk: k, addrs: [2]wasm.ValType{dst, src}, types: [3]wasm.ValType{dst, src, dst}}
	switch {
	case k.op == wasm.OpMemoryFill:
		kind.types[1] = wasm.I32
	case k.op == wasm.OpTableFill:
		kind.types[1] = mt.module.TableTypeOf(k.x).Elem
	case dst == wasm.I64:
		kind.types[2] = src
	}
	return kind
}

// addrType is that of the memory or table x of k.
func (mt *meter) addrType(k bulk, x uint32) wasm.ValType {
	if k.ofTables() {
		return mt.module.TableTypeOf(x).Limits.AddrType()
	}
	return mt.module.MemoryTypeOf(x).Limits.AddrType()
}

// addBulk gives out the functions for bulk instructions, and the global in which they
// count.
func (mt *meter) addBulk(out *wasm.Module) {
	if len(mt.bulks) == 0 {
		return
	}
	global := out.ImportedCount(wasm.ExternGlobal) + uint32(len(out.Globals))
	out.Globals = append(out.Globals, zeroGlobal(wasm.I64))
	for _, k := range mt.bulks {
		b := &bulkWriter{bulkKind: k, meter: mt, work: global}
		t := wasm.FuncType{Params: []wasm.ValType{wasm.I64}}
		var locals []wasm.LocalRun
		if k.bulk == (bulk{}) {
			b.count()
		} else {
			t = wasm.FuncType{Params: b.types[:], Results: b.types[2:]}
			locals = []wasm.LocalRun{{N: 1, Type: b.types[2]}}
			b.write()
		}
		out.Funcs = append(out.Funcs, addType(out, t))
		out.Bodies = append(out.Bodies, wasm.Body{Code: append(wasm.AppendLocals(nil, locals), b.Code...)})
	}
}

// shorten is the code in front of a bulk instruction: it takes the operands from
// the stack to the locals x, and puts them back with the length that function
// leaves, if the length, of type t in units, is long.
func shorten(x [3]uint32, t wasm.ValType, unit int64, function uint32) []byte {
	e := wideEmitter{}
	e.X(wasm.OpLocalSet, x[2])
	e.X(wasm.OpLocalSet, x[1])
	e.X(wasm.OpLocalTee, x[0])
	e.X(wasm.OpLocalGet, x[1])
	e.X(wasm.OpLocalGet, x[2])
	e.num(t, longBulk/unit)
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

// countBulk is the code in front of an instruction on the top of the stack of which
// is a number of units: it has function count them, if they are many.
func countBulk(local uint32, unit int64, function uint32) []byte {
	e := wideEmitter{}
	e.X(wasm.OpLocalTee, local)
	e.X(wasm.OpLocalGet, local)
	e.num(wasm.I32, longBulk/unit)
	e.Op(wasm.OpI32GtU)
	e.Block(wasm.OpIf)
	e.X(wasm.OpLocalGet, local)
	e.Op(wasm.OpI64ExtendI32U)
	e.I64(unit)
	e.Op(wasm.OpI64Mul)
	e.X(wasm.OpCall, function)
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
	bulkKind
	meter *meter
	work  uint32 // global: bytes that were moved since the last checkpoint
}

const pieceLocal = 3

func (b *bulkWriter) write() {
	n, most := b.types[2], bulkPiece/b.unit()
	b.bounds(0, b.x)
	if !b.fills() {
		b.bounds(1, b.y)
	}
	b.Block(wasm.OpLoop)
	b.X(wasm.OpLocalGet, 2)
	b.num(n, most)
	b.X(wasm.OpLocalGet, 2)
	b.num(n, most)
	b.wideEmitter.op(n, wasm.OpI32LtU, wasm.OpI64LtU)
	b.Op(wasm.OpSelect)
	b.X(wasm.OpLocalTee, pieceLocal)
	b.X(wasm.OpLocalGet, 2)
	b.wideEmitter.op(n, wasm.OpI32Sub, wasm.OpI64Sub)
	b.num(n, -1)
	b.wideEmitter.op(n, wasm.OpI32Mul, wasm.OpI64Mul)
	b.X(wasm.OpLocalSet, 2) // what is left behind the piece
	b.piece()
	b.X(wasm.OpLocalGet, pieceLocal)
	b.as64(n)
	b.I64(b.unit())
	b.Op(wasm.OpI64Mul)
	b.add()
	b.X(wasm.OpLocalGet, 2)
	b.num(n, 0)
	b.wideEmitter.op(n, wasm.OpI32Ne, wasm.OpI64Ne)
	b.X(wasm.OpBrIf, 0)
	b.End()
	b.num(n, 0)
	b.End()
}

// count is the function that takes a number of bytes to be moved.
func (b *bulkWriter) count() {
	b.X(wasm.OpLocalGet, 0)
	b.add()
	b.End()
}

// add counts the bytes on the stack, and calls a checkpoint when there are enough for it.
func (b *bulkWriter) add() {
	b.X(wasm.OpGlobalGet, b.work)
	b.Op(wasm.OpI64Add)
	b.X(wasm.OpGlobalSet, b.work)
	b.X(wasm.OpGlobalGet, b.work)
	b.I64(bulkPiece)
	b.Op(wasm.OpI64GeU)
	b.Block(wasm.OpIf)
	b.I64(0)
	b.X(wasm.OpGlobalSet, b.work)
	b.Code = b.meter.writer.callCheckpoint(b.Code, farBelow, nowhere)
	b.End()
}

// bounds returns with the length unchanged if the memory or table x ends before the
// operand in local at plus the length: the instruction will trap.
func (b *bulkWriter) bounds(at, x uint32) {
	size := func() {
		if b.ofTables() {
			b.X(wasm.OpTableSize, x)
			b.as64(b.addrs[at])
			return
		}
		b.X(wasm.OpMemorySize, x)
		b.as64(b.addrs[at])
		b.I64(16)
		b.Op(wasm.OpI64Shl)
	}
	from := func() {
		b.X(wasm.OpLocalGet, at)
		b.as64(b.types[at])
	}
	from()
	size()
	b.Op(wasm.OpI64GtU)
	b.X(wasm.OpLocalGet, 2)
	b.as64(b.types[2])
	size()
	from()
	b.Op(wasm.OpI64Sub)
	b.Op(wasm.OpI64GtU)
	b.Op(wasm.OpI32Or)
	b.Block(wasm.OpIf)
	b.X(wasm.OpLocalGet, 2)
	b.Op(wasm.OpReturn)
	b.End()
}

// piece does a piece: the first that is left, or when copying upwards within a
// memory or table the last.
func (b *bulkWriter) piece() {
	if b.fills() {
		b.operand(0, false)
		b.X(wasm.OpLocalGet, 1)
		b.X(wasm.OpLocalGet, pieceLocal)
		b.X(b.bulk.op, b.x)
		b.advance(0)
		return
	}
	if b.x == b.y {
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
	if b.x == b.y {
		b.End()
	}
}

func (b *bulkWriter) copy(last bool) {
	b.operand(0, last)
	b.operand(1, last)
	b.X(wasm.OpLocalGet, pieceLocal)
	b.XY(b.bulk.op, b.x, b.y)
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
