package lower

import (
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
)

// constructor is the function that makes an object of type x as op does: it takes
// op's operands. It keeps those that are references on the shadow stack while a
// collection may run, so that its callers need not.
func (g *gc) constructor(op wasm.Op, x uint32) uint32 {
	key := madeKey{op, wasm.ValType(x)}
	if f, ok := g.made[key]; ok {
		return f
	}
	def := &g.m.Types[x]
	typ := wasm.FuncType{Results: []wasm.ValType{wasm.I32}}
	switch op {
	case wasm.OpStructNew:
		for _, field := range def.Fields {
			typ.Params = append(typ.Params, field.Type.Unpacked())
		}
	case wasm.OpArrayNew:
		typ.Params = []wasm.ValType{def.Fields[0].Type.Unpacked(), wasm.I32}
	}
	f := &gcFunc{g: g, locals: typ.Params}
	f.body.locals = uint32(len(typ.Params))
	f.free = map[wasm.ValType][]uint32{}
	if op == wasm.OpArrayNew {
		f.newFilled(x)
	} else {
		f.newStruct(x, op == wasm.OpStructNewDefault)
	}
	f.End()
	typ.Params = loweredAll(typ.Params)
	made := g.addPending(pendingFunc{typ: typ, runs: f.runs, code: f.Code})
	g.made[key] = made
	return made
}

// newStruct makes a structure of the parameters, or of zeros.
func (f *gcFunc) newStruct(x uint32, zeros bool) {
	l := f.g.layout(x)
	p := f.newLocal(wasm.I32)
	f.allocate(l.Size, p)
	f.X(wasm.OpLocalGet, p)
	f.desc(x)
	f.Mem(wasm.OpI32Store, f.g.memory, 0)
	if zeros {
		f.zeroFields(l, p)
	} else {
		for i, field := range f.g.m.Types[x].Fields {
			f.X(wasm.OpLocalGet, p)
			f.X(wasm.OpLocalGet, uint32(i))
			f.store(field.Type, l.Offsets[i])
		}
	}
	f.X(wasm.OpLocalGet, p)
}

// zeroFields clears a structure behind its descriptor.
func (f *gcFunc) zeroFields(l *heap.Layout, p uint32) {
	f.X(wasm.OpLocalGet, p)
	f.I32(0)
	f.Mem(wasm.OpI32Store, f.g.memory, 4)
	for at := uint32(8); at < l.Size; at += 8 {
		f.X(wasm.OpLocalGet, p)
		f.I64(0)
		f.Mem(wasm.OpI64Store, f.g.memory, uint64(at))
	}
}

// allocate sets local p to a new object of size bytes: a free cell, if there is
// one of the size class at hand.
func (f *gcFunc) allocate(size, p uint32) {
	class, ok := heap.ClassOf(size)
	if !ok {
		f.keepParams(func() {
			f.I32(int32(size))
			f.call("large")
		})
		f.X(wasm.OpLocalSet, p)
		return
	}
	list := heap.FreeLists + 4*uint64(class)
	f.I32(0)
	f.Mem(wasm.OpI32Load, f.g.memory, list)
	f.X(wasm.OpLocalTee, p)
	f.Block(wasm.OpIf)
	f.I32(0)
	f.X(wasm.OpLocalGet, p)
	f.Mem(wasm.OpI32Load, f.g.memory, 0)
	f.Mem(wasm.OpI32Store, f.g.memory, list)
	f.Op(wasm.OpElse)
	f.keepParams(func() {
		f.I32(int32(class))
		f.call("refill")
	})
	f.X(wasm.OpLocalSet, p)
	f.End()
}

// keepParams writes what during writes, with the parameters that are references on
// the shadow stack.
func (f *gcFunc) keepParams(during func()) {
	n := int32(0)
	sp := f.scratch(wasm.I32)
	f.X(wasm.OpGlobalGet, f.g.sp)
	f.X(wasm.OpLocalSet, sp)
	for i, t := range f.locals {
		if t.IsRef() {
			f.X(wasm.OpLocalGet, sp)
			f.X(wasm.OpLocalGet, uint32(i))
			f.Mem(wasm.OpI32Store, f.g.memory, uint64(4*n))
			n++
		}
	}
	f.X(wasm.OpLocalGet, sp)
	f.I32(4 * n)
	f.Op(wasm.OpI32Add)
	f.X(wasm.OpGlobalSet, f.g.sp)
	during()
	f.X(wasm.OpLocalGet, sp)
	f.X(wasm.OpGlobalSet, f.g.sp)
	f.release(wasm.I32, sp)
}

// newFilled makes an array of the second parameter's number of the first.
func (f *gcFunc) newFilled(x uint32) {
	const value, n = 0, 1
	a := f.newLocal(wasm.I32)
	f.keepParams(func() { f.newArray("array", x, n) })
	f.X(wasm.OpLocalTee, a)
	f.I32(heap.ArrayData)
	f.Op(wasm.OpI32Add)
	f.X(wasm.OpLocalGet, value)
	f.fill(f.g.elem(x), n)
	f.X(wasm.OpLocalGet, a)
}
