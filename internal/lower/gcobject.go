package lower

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
)

// object lowers what makes, reads and writes structures and arrays.
func (f *gcFunc) object(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpStructNew, wasm.OpStructNewDefault, wasm.OpArrayNew:
		f.X(wasm.OpCall, f.g.constructor(in.Op, in.X))
	case wasm.OpStructGet, wasm.OpStructGetS, wasm.OpStructGetU:
		f.notNull(0, codeNullStruct)
		f.load(f.g.m.Types[in.X].Fields[in.Y].Type, in.Op == wasm.OpStructGetS, f.g.layout(in.X).Offsets[in.Y])
	case wasm.OpStructSet:
		f.structSet(in)
	case wasm.OpArrayGet, wasm.OpArrayGetS, wasm.OpArrayGetU:
		f.element(in.X, 0)
		f.load(f.g.elem(in.X), in.Op == wasm.OpArrayGetS, heap.ArrayData)
	case wasm.OpArraySet:
		t := lowered(f.g.elem(in.X).Unpacked())
		v := f.hold(t)
		f.element(in.X, 1)
		f.X(wasm.OpLocalGet, v)
		f.store(f.g.elem(in.X), heap.ArrayData)
		f.release(t, v)
	case wasm.OpArrayLen:
		f.notNull(0, codeNullArray)
		f.Mem(wasm.OpI32Load, f.g.memory, heap.ArrayLength)
	default:
		return f.array(in)
	}
	return true
}

// array lowers the instructions on many elements at once.
func (f *gcFunc) array(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpArrayNewDefault:
		n := f.hold(wasm.I32)
		f.newArray("array_zeroed", in.X, n)
		f.release(wasm.I32, n)
	case wasm.OpArrayNewFixed:
		f.arrayNewFixed(in)
	case wasm.OpArrayNewData:
		f.arrayNewData(in)
	case wasm.OpArrayNewElem:
		f.desc(in.X)
		f.get(f.g.elems[in.Y])
		f.call("array_new_elem")
	case wasm.OpArrayInitElem:
		f.get(f.g.elems[in.Y])
		f.call("array_init_elem")
	case wasm.OpArrayCopy:
		f.I32(f.g.elemLog(in.X))
		f.call("array_copy")
	case wasm.OpArrayFill:
		f.arrayFill(in)
	case wasm.OpArrayInitData:
		f.arrayInitData(in)
	default:
		return false
	}
	return true
}

// layout is how objects of type x lie in memory.
func (g *gc) layout(x uint32) *heap.Layout {
	l := g.layouts[x]
	if l == nil {
		made := heap.LayoutOf(&g.m.Types[x])
		l = &made
		g.layouts[x] = l
	}
	return l
}

// elem is the type of the elements of array type x.
func (g *gc) elem(x uint32) wasm.ValType { return g.m.Types[x].Fields[0].Type }

func (g *gc) elemLog(x uint32) int32 { return int32(g.layout(x).ElemLog) }

// access is the load or store of a field of type t.
func access(t wasm.ValType, signed bool) (load, store wasm.Op) {
	switch t {
	case wasm.I8:
		load, store = wasm.OpI32Load8U, wasm.OpI32Store8
		if signed {
			load = wasm.OpI32Load8S
		}
	case wasm.I16:
		load, store = wasm.OpI32Load16U, wasm.OpI32Store16
		if signed {
			load = wasm.OpI32Load16S
		}
	case wasm.I64:
		load, store = wasm.OpI64Load, wasm.OpI64Store
	case wasm.F32:
		load, store = wasm.OpF32Load, wasm.OpF32Store
	case wasm.F64:
		load, store = wasm.OpF64Load, wasm.OpF64Store
	case wasm.V128:
		load, store = wasm.OpV128Load, wasm.OpV128Store
	default:
		load, store = wasm.OpI32Load, wasm.OpI32Store
	}
	return load, store
}

func (f *gcFunc) load(t wasm.ValType, signed bool, offset uint32) {
	op, _ := access(t, signed)
	f.Mem(op, f.g.memory, uint64(offset))
}

func (f *gcFunc) store(t wasm.ValType, offset uint32) {
	_, op := access(t, false)
	f.Mem(op, f.g.memory, uint64(offset))
}

func (f *gcFunc) structSet(in *wasm.Instr) {
	field := f.g.m.Types[in.X].Fields[in.Y].Type
	if f.ops.top(1).Nullable() {
		t := lowered(field.Unpacked())
		v := f.hold(t)
		f.notNull(1, codeNullStruct)
		f.X(wasm.OpLocalGet, v)
		f.release(t, v)
	}
	f.store(field, f.g.layout(in.X).Offsets[in.Y])
}

// element replaces an array of type x and an index, which operands are above the
// depth topmost ones held already, by an address to which ArrayData is to be
// added. It traps if there is no such element.
func (f *gcFunc) element(x uint32, depth int) {
	i := f.hold(wasm.I32)
	f.notNull(depth+1, codeNullArray)
	a := f.hold(wasm.I32)
	f.X(wasm.OpLocalGet, i)
	f.X(wasm.OpLocalGet, a)
	f.Mem(wasm.OpI32Load, f.g.memory, heap.ArrayLength)
	f.Op(wasm.OpI32GeU)
	f.trapIf(fault.ArrayOutOfBounds)
	f.X(wasm.OpLocalGet, a)
	f.X(wasm.OpLocalGet, i)
	f.scale(x)
	f.Op(wasm.OpI32Add)
	f.release(wasm.I32, i)
	f.release(wasm.I32, a)
}

// scale makes a number of elements of array type x one of bytes.
func (f *gcFunc) scale(x uint32) {
	if log := f.g.elemLog(x); log > 0 {
		f.I32(log)
		f.Op(wasm.OpI32Shl)
	}
}

// newArray leaves a new array of type x with as many elements as local n says.
func (f *gcFunc) newArray(how string, x, n uint32) {
	f.desc(x)
	f.X(wasm.OpLocalGet, n)
	f.I32(f.g.elemLog(x))
	f.call(how)
}

// arrayNewFixed makes an array of the operands. They are on the shadow stack, as
// far as they are references, until it is made.
func (f *gcFunc) arrayNewFixed(in *wasm.Instr) {
	t := lowered(f.g.elem(in.X).Unpacked())
	held := make([]uint32, in.Y)
	for i := len(held) - 1; i >= 0; i-- {
		held[i] = f.hold(t)
	}
	a := f.scratch(wasm.I32)
	f.I32(int32(in.Y))
	f.X(wasm.OpLocalSet, a)
	f.newArray("array", in.X, a)
	f.X(wasm.OpLocalSet, a)
	size := uint32(1) << f.g.elemLog(in.X)
	for i, v := range held {
		f.X(wasm.OpLocalGet, a)
		f.X(wasm.OpLocalGet, v)
		f.store(f.g.elem(in.X), heap.ArrayData+uint32(i)*size)
		f.release(t, v)
	}
	f.X(wasm.OpLocalGet, a)
	f.release(wasm.I32, a)
}

// arrayNewData makes an array of a data segment's bytes. More than the segment ever
// had is out of bounds before memory for it is sought.
func (f *gcFunc) arrayNewData(in *wasm.Instr) {
	n, from := f.hold(wasm.I32), f.hold(wasm.I32)
	f.X(wasm.OpLocalGet, n)
	f.I32(int32(len(f.g.m.Datas.At(int(in.Y)).Init) >> f.g.elemLog(in.X)))
	f.Op(wasm.OpI32GtU)
	f.trapIf(fault.MemoryOutOfBounds)
	a := f.scratch(wasm.I32)
	f.newArray("array", in.X, n)
	f.X(wasm.OpLocalTee, a)
	f.I32(heap.ArrayData)
	f.Op(wasm.OpI32Add)
	f.X(wasm.OpLocalGet, from)
	f.X(wasm.OpLocalGet, n)
	f.scale(in.X)
	f.XY(wasm.OpMemoryInit, in.Y, f.g.memory)
	f.X(wasm.OpLocalGet, a)
	for _, l := range []uint32{a, n, from} {
		f.release(wasm.I32, l)
	}
}

func (f *gcFunc) arrayInitData(in *wasm.Instr) {
	n, from := f.hold(wasm.I32), f.hold(wasm.I32)
	f.X(wasm.OpLocalGet, n)
	f.I32(f.g.elemLog(in.X))
	f.call("array_range")
	f.X(wasm.OpLocalGet, from)
	f.X(wasm.OpLocalGet, n)
	f.scale(in.X)
	f.XY(wasm.OpMemoryInit, in.Y, f.g.memory)
	f.release(wasm.I32, n)
	f.release(wasm.I32, from)
}

func (f *gcFunc) arrayFill(in *wasm.Instr) {
	elem := f.g.elem(in.X)
	t := lowered(elem.Unpacked())
	n, v := f.hold(wasm.I32), f.hold(t)
	f.X(wasm.OpLocalGet, n)
	f.I32(f.g.elemLog(in.X))
	f.call("array_range")
	f.X(wasm.OpLocalGet, v)
	f.fill(elem, n)
	f.release(wasm.I32, n)
	f.release(t, v)
}

// fill sets as many elements of type t as local n says, from an address on, to a
// value; both are on the stack.
func (f *gcFunc) fill(t wasm.ValType, n uint32) {
	switch t {
	case wasm.F32:
		f.Op(wasm.OpI32ReinterpretF32)
	case wasm.F64:
		f.Op(wasm.OpI64ReinterpretF64)
	}
	f.X(wasm.OpLocalGet, n)
	_, store := access(t, false)
	f.call(fills[store.Info().Access])
}

// fills are the functions that set elements, by log2 of the elements' bytes.
var fills = [...]string{"fill8", "fill16", "fill32", "fill64", "fill128"}
