package lower

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
)

// The traps of null references.
const (
	codeNullRef    = fault.CastNullToNonNull
	codeNullFunc   = fault.AccessNullFunc
	codeNullStruct = fault.AccessNullStruct
	codeNullArray  = fault.AccessNullArray
	codeNullI31    = fault.AccessNullI31
)

// reference lowers what makes, tests and converts references.
func (f *gcFunc) reference(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpRefNull:
		f.I32(0)
	case wasm.OpRefIsNull:
		f.Op(wasm.OpI32Eqz)
	case wasm.OpRefFunc:
		f.refFunc(in.X)
	case wasm.OpRefEq:
		f.Op(wasm.OpI32Eq)
	case wasm.OpRefAsNonNull:
		f.notNull(0, codeNullRef)
	case wasm.OpRefI31:
		f.I32(1)
		f.Op(wasm.OpI32Shl)
		f.I32(1)
		f.Op(wasm.OpI32Or)
	case wasm.OpI31GetS, wasm.OpI31GetU:
		f.notNull(0, codeNullI31)
		f.I32(1)
		if in.Op == wasm.OpI31GetS {
			f.Op(wasm.OpI32ShrS)
		} else {
			f.Op(wasm.OpI32ShrU)
		}
	case wasm.OpAnyConvertExtern, wasm.OpExternConvertAny:
		// The same number either way.
	case wasm.OpRefTest, wasm.OpRefTestNull:
		f.test(wasm.RefType(in.Heap, in.Op == wasm.OpRefTestNull))
	case wasm.OpRefCast, wasm.OpRefCastNull:
		t := f.scratch(wasm.I32)
		f.X(wasm.OpLocalTee, t)
		f.test(wasm.RefType(in.Heap, in.Op == wasm.OpRefCastNull))
		f.Op(wasm.OpI32Eqz)
		f.trapIf(fault.CastFailed)
		f.X(wasm.OpLocalGet, t)
		f.release(wasm.I32, t)
	default:
		return false
	}
	return true
}

// refFunc leaves the reference of function x.
func (f *gcFunc) refFunc(x uint32) {
	f.X(wasm.OpGlobalGet, f.g.funcBase)
	f.I32(int32(f.g.refEntry[x]))
	f.Op(wasm.OpI32Add)
}

// trapIf traps with a code if the number on the stack is not zero.
func (f *gcFunc) trapIf(code fault.Code) {
	f.Block(wasm.OpIf)
	f.I32(int32(code))
	f.call("trap")
	f.Op(wasm.OpUnreachable)
	f.End()
}

// notNull traps if the operand at depth, which is at the top of the engine's stack,
// is null. It is nothing where the type says that it is not.
func (f *gcFunc) notNull(depth int, code fault.Code) {
	if !f.ops.top(depth).Nullable() {
		return
	}
	t := f.scratch(wasm.I32)
	f.X(wasm.OpLocalTee, t)
	f.Op(wasm.OpI32Eqz)
	f.trapIf(code)
	f.X(wasm.OpLocalGet, t)
	f.release(wasm.I32, t)
}

// test replaces the reference on the stack by whether it is of type t.
func (f *gcFunc) test(t wasm.ValType) {
	f.X(wasm.OpCall, f.g.testFunc(t))
}

// testFunc is the function that tests for type t.
func (g *gc) testFunc(t wasm.ValType) uint32 {
	key := madeKey{wasm.OpRefTest, t}
	if f, ok := g.made[key]; ok {
		return f
	}
	f := &gcFunc{g: g}
	f.body.locals = 1
	f.free = map[wasm.ValType][]uint32{}
	f.X(wasm.OpLocalGet, 0)
	f.Op(wasm.OpI32Eqz)
	f.Block(wasm.OpIf)
	f.I32(boolean(t.Nullable()))
	f.Op(wasm.OpReturn)
	f.End()
	f.testNonNull(t.Heap())
	f.End()
	made := g.addPending(pendingFunc{typ: signature("i:i"), runs: f.runs, code: f.Code})
	g.made[key] = made
	return made
}

func boolean(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// testNonNull leaves whether local 0, which is not null, is of heap type h.
func (f *gcFunc) testNonNull(h wasm.HeapType) {
	switch h {
	case wasm.HeapAny, wasm.HeapFunc, wasm.HeapExtern:
		f.I32(1)
	case wasm.HeapNone, wasm.HeapNoFunc, wasm.HeapNoExtern:
		f.I32(0)
	case wasm.HeapI31:
		f.isI31()
	case wasm.HeapEq:
		f.returnIfI31(1)
		f.kind()
		f.I32(int32(heap.Array))
		f.Op(wasm.OpI32LeU)
	case wasm.HeapStruct, wasm.HeapArray:
		kind := heap.Struct
		if h == wasm.HeapArray {
			kind = heap.Array
		}
		f.returnIfI31(0)
		f.kind()
		f.I32(int32(kind))
		f.Op(wasm.OpI32Eq)
	default:
		f.testDefined(uint32(h))
	}
}

func (f *gcFunc) isI31() {
	f.X(wasm.OpLocalGet, 0)
	f.I32(1)
	f.Op(wasm.OpI32And)
}

func (f *gcFunc) returnIfI31(result int32) {
	f.isI31()
	f.Block(wasm.OpIf)
	f.I32(result)
	f.Op(wasm.OpReturn)
	f.End()
}

// descriptor leaves the descriptor of the object in local 0.
func (f *gcFunc) descriptor() {
	f.X(wasm.OpLocalGet, 0)
	f.Mem(wasm.OpI32Load, f.g.memory, 0)
}

// kind leaves the [heap.Kind] of the object in local 0.
func (f *gcFunc) kind() {
	f.descriptor()
	f.Mem(wasm.OpI32Load, f.g.memory, heap.DescKind)
}

// testDefined leaves whether local 0 is of the defined type x or below: the same
// descriptor if nothing can be below, else the one at x's depth of its display.
func (f *gcFunc) testDefined(x uint32) {
	def := &f.g.m.Types[x]
	if def.Kind == wasm.CompFunc {
		f.X(wasm.OpLocalGet, 0)
		f.I32(2)
		f.Op(wasm.OpI32Shl)
		f.Mem(wasm.OpI32Load, f.g.memory, heap.FuncTypes)
	} else {
		f.returnIfI31(0)
		f.descriptor()
	}
	depth := f.g.depth(x)
	switch {
	case def.Final:
	case depth < heap.MinDisplay:
		f.Mem(wasm.OpI32Load, f.g.memory, heap.DescDisplay+4*uint64(depth))
	default:
		f.desc(x)
		f.call("below")
		return
	}
	f.desc(x)
	f.Op(wasm.OpI32Eq)
}

// depth is how many supertypes type x has.
func (g *gc) depth(x uint32) uint32 {
	n := uint32(0)
	for len(g.m.Types[x].Supers) > 0 {
		x = g.m.Types[x].Supers[0]
		n++
	}
	return n
}
