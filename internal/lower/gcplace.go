package lower

import (
	"encoding/binary"

	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
)

// The engine reads every mutable global again behind every call. So what a module
// may have many of has globals of its own for the first few only; the others share
// one.
const (
	maxDescGlobals = 16 // of types
	maxRootGlobals = 16 // of each kind of roots: globals, tables, element segments
)

// place is where a reference is kept that lives as long as the instance: in a
// global, or in an object that a global refers to.
type place struct {
	global uint32
	index  int // in the object, or -1
}

// addRoot adds a place for references that the collector sees. It is a global if
// few of its kind have one, which it counts.
func (g *gc) addRoot(have *int) place {
	if *have < maxRootGlobals {
		*have++
		x := g.addGlobal()
		g.exportRoot(x)
		return place{x, -1}
	}
	return g.addSlot()
}

// addSlot adds a place in the object that roots share.
func (g *gc) addSlot() place {
	if g.slots == 0 {
		g.slotsIn = g.addGlobal()
		g.exportRoot(g.slotsIn)
	}
	g.slots++
	return place{g.slotsIn, g.slots - 1}
}

// get leaves the reference in p.
func (f *gcFunc) get(p place) {
	f.X(wasm.OpGlobalGet, p.global)
	if p.index >= 0 {
		f.Mem(wasm.OpI32Load, f.g.memory, heap.ArrayData+4*uint64(p.index))
	}
}

// set takes the reference on the stack to p.
func (f *gcFunc) set(p place) {
	if p.index < 0 {
		f.X(wasm.OpGlobalSet, p.global)
		return
	}
	v := f.hold(wasm.I32)
	f.X(wasm.OpGlobalGet, p.global)
	f.X(wasm.OpLocalGet, v)
	f.Mem(wasm.OpI32Store, f.g.memory, heap.ArrayData+4*uint64(p.index))
	f.release(wasm.I32, v)
}

// desc leaves the descriptor of type x.
func (f *gcFunc) desc(x uint32) {
	g := f.g
	d, ok := g.descs[x]
	if !ok && len(g.descs) < maxDescGlobals {
		d, ok = g.addGlobal(), true
		g.descs[x] = d
		g.described = append(g.described, x)
	}
	if ok {
		f.X(wasm.OpGlobalGet, d)
		return
	}
	f.X(wasm.OpGlobalGet, g.descBase)
	f.Mem(wasm.OpI32Load, g.memory, 4*uint64(x))
}

// funcType is the index of the function type t, which is added where it was not
// yet.
func (g *gc) funcType(t wasm.FuncType) uint32 {
	key := binary.AppendUvarint(nil, uint64(len(t.Params)))
	for _, side := range [2][]wasm.ValType{t.Params, t.Results} {
		for _, v := range side {
			key = binary.AppendUvarint(key, uint64(v))
		}
	}
	x, ok := g.funcTypes[string(key)]
	if !ok {
		x = uint32(len(g.out.Types))
		g.out.Types = append(g.out.Types, wasm.SubType{Kind: wasm.CompFunc, Func: t, Final: true})
		g.out.RecGroups = append(g.out.RecGroups, wasm.RecGroup{Start: x, Len: 1})
		g.funcTypes[string(key)] = x
	}
	return x
}
