package lower

import (
	"fmt"
	"slices"

	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
)

// GC makes references numbers: those to structures and arrays are addresses in the
// heap that the modules of a store share (package heap), i31 are themselves, and
// functions are entries of a function table that is shared too. Tables and element segments become objects of the
// heap; a start function makes them, and the values of reference globals, before
// it goes on to the module's own.
//
// References that live across a call or an allocation are written to a shadow
// stack, where the collector finds them. Objects never move, so that nothing has
// to be read back.
func GC(m *wasm.Module) (*wasm.Module, error) {
	return newGC(m).run()
}

// GCFuncs are the functions that [GC]'s result adds to the store's function table,
// by type index, in order: what the host needs for [heap.Heap.Attach].
func GCFuncs(m *wasm.Module) []uint32 {
	g := newGC(m)
	spaces := m.Spaces()
	types := make([]uint32, len(g.refFuncs))
	for i, f := range g.refFuncs {
		types[i] = spaces.TypeIndexOf(f)
	}
	return types
}

// GCRoot is the export name of the i-th global that holds references.
func GCRoot(i int) string { return fmt.Sprintf("wazedge:root/%d", i) }

// gc is the lowering of one module.
type gc struct {
	m      *wasm.Module
	spaces *wasm.Spaces // of m
	out    wasm.Module

	memory   uint32 // index of the heap's memory, behind the imported ones
	sp       uint32 // index of the shadow stack's end, behind the imported globals
	runtime  map[string]uint32
	imported struct{ funcs, globals uint32 } // of m
	inserted struct{ funcs, globals uint32 } // imports behind m's

	collecting []bool // of each function of m: it may come to a collection

	refFuncs  []uint32          // functions whose references the module makes
	refEntry  map[uint32]uint32 // their places in refFuncs
	funcBase  uint32            // global: the entry of the function table of refFuncs[0]
	descBase  uint32            // global: the address of the descriptors of all types, in order
	descs     map[uint32]uint32 // global of the descriptor of some types
	described []uint32          // those types
	tables    []place
	elems     []place // of element segments
	slotsIn   uint32  // global: the object that the roots without a global are in
	slots     int     // how many there are
	made      map[madeKey]uint32
	pending   []pendingFunc
	rootCount int

	refGlobals map[uint32]place // m's own globals of references
	funcTypes  map[string]uint32
	layouts    map[uint32]*heap.Layout
}

// madeKey names a function that the lowering adds: the constructor or test of a type.
type madeKey struct {
	op  wasm.Op
	typ wasm.ValType // or a type index
}

// pendingFunc is a function to be appended.
type pendingFunc struct {
	typ  wasm.FuncType
	runs []wasm.LocalRun
	code []byte
}

// runtimeFuncs are the functions of heap.Runtime and heap.HostModule that lowered
// code calls, with their types by the letters of [wasm.OpInfo.Sig].
var runtimeFuncs = [...]struct{ module, name, sig string }{
	{heap.HostModule, "trap", "i:"},
	{heap.HostModule, "refill", "i:i"},
	{heap.HostModule, "large", "i:i"},
	{heap.HostModule, "attach", "i:i"},
	{heap.RuntimeModule, "array", "iii:i"},
	{heap.RuntimeModule, "array_zeroed", "iii:i"},
	{heap.RuntimeModule, "array_range", "iiii:i"},
	{heap.RuntimeModule, "array_copy", "iiiiii:"},
	{heap.RuntimeModule, "array_new_elem", "iiii:i"},
	{heap.RuntimeModule, "array_init_elem", "iiiii:"},
	{heap.RuntimeModule, "fill8", "iii:"},
	{heap.RuntimeModule, "fill16", "iii:"},
	{heap.RuntimeModule, "fill32", "iii:"},
	{heap.RuntimeModule, "fill64", "iIi:"},
	{heap.RuntimeModule, "fill128", "ivi:"},
	{heap.RuntimeModule, "refs", "i:i"},
	{heap.RuntimeModule, "refs_set", "iii:"},
	{heap.RuntimeModule, "table", "ii:i"},
	{heap.RuntimeModule, "table_get", "ii:i"},
	{heap.RuntimeModule, "table_set", "iii:"},
	{heap.RuntimeModule, "table_size", "i:i"},
	{heap.RuntimeModule, "table_fill", "iiii:"},
	{heap.RuntimeModule, "table_copy", "iiiii:"},
	{heap.RuntimeModule, "table_init", "iiiii:"},
	{heap.RuntimeModule, "table_grow", "iii:i"},
	{heap.RuntimeModule, "func_at", "iii:i"},
	{heap.RuntimeModule, "below", "ii:i"},
}

func newGC(m *wasm.Module) *gc {
	g := &gc{m: m, runtime: map[string]uint32{}, refEntry: map[uint32]uint32{}, made: map[madeKey]uint32{},
		descs: map[uint32]uint32{}, refGlobals: map[uint32]place{}, funcTypes: map[string]uint32{}, layouts: map[uint32]*heap.Layout{}}
	g.imported.funcs = m.ImportedCount(wasm.ExternFunc)
	g.imported.globals = m.ImportedCount(wasm.ExternGlobal)
	g.memory = m.ImportedCount(wasm.ExternMemory)
	g.findRefFuncs()
	return g
}

// findRefFuncs collects the functions that ref.func names anywhere.
func (g *gc) findRefFuncs() {
	add := func(f uint32) {
		if _, ok := g.refEntry[f]; !ok {
			g.refEntry[f] = uint32(len(g.refFuncs))
			g.refFuncs = append(g.refFuncs, f)
		}
	}
	refFuncsOutside(g.m, add)
	for i := range g.m.Bodies {
		if _, r, err := g.m.Bodies[i].Locals(everything); err == nil {
			refFuncsIn(r, add)
		}
	}
}

// refFuncsOutside passes add the functions that are named for a reference outside
// of bodies.
func refFuncsOutside(m *wasm.Module, add func(uint32)) {
	expr := func(e wasm.Expr) { refFuncsIn(wasm.NewReader(e.Code, e.Offset, everything), add) }
	for i := range m.Globals {
		expr(m.Globals[i].Init)
	}
	for i := range m.Tables {
		expr(m.Tables[i].Init)
	}
	for i := range m.Elems {
		for _, f := range m.Elems[i].Funcs {
			add(f)
		}
		for _, e := range m.Elems[i].Exprs {
			expr(e)
		}
	}
}

// refFuncsIn passes add the functions that ref.func names before r.
func refFuncsIn(r *wasm.Reader, add func(uint32)) {
	var in wasm.Instr
	for r.More() && r.Next(&in) == nil {
		if in.Op == wasm.OpRefFunc {
			add(in.X)
		}
	}
}

func (g *gc) run() (*wasm.Module, error) {
	g.spaces = g.m.Spaces()
	g.collecting = reaching(g.m, allocates)
	g.out = *g.m
	g.out.Customs = nil
	g.out.Exports = append([]wasm.Export(nil), g.m.Exports...)
	g.lowerTypes()
	g.lowerImports()
	g.lowerGlobals()
	g.lowerTables()
	g.lowerExports()
	g.lowerSegments()
	bodies := make([]wasm.Body, len(g.m.Bodies))
	for i := range g.m.Bodies {
		b, err := g.body(i)
		if err != nil {
			return nil, fmt.Errorf("function %d: %w", g.imported.funcs+uint32(i), err)
		}
		bodies[i] = b
	}
	g.out.Bodies = bodies
	if err := g.addStart(); err != nil {
		return nil, err
	}
	g.out.Funcs = slices.Clip(g.out.Funcs)
	for _, p := range g.pending {
		g.out.Funcs = append(g.out.Funcs, g.funcType(p.typ))
		g.out.Bodies = append(g.out.Bodies, wasm.Body{Code: append(wasm.AppendLocals(nil, p.runs), p.code...)})
	}
	return &g.out, nil
}

// addPending adds a function behind m's own and returns its index.
func (g *gc) addPending(p pendingFunc) uint32 {
	g.pending = append(g.pending, p)
	return g.ownFunc(uint32(len(g.m.Funcs) + len(g.pending) - 1))
}

func (g *gc) ownFunc(i uint32) uint32 { return g.imported.funcs + g.inserted.funcs + i }

// fn is the index of m's function f.
func (g *gc) fn(f uint32) uint32 {
	if f >= g.imported.funcs {
		return f + g.inserted.funcs
	}
	return f
}

// global is the index of m's global x.
func (g *gc) global(x uint32) uint32 {
	if x >= g.imported.globals {
		return x + g.inserted.globals
	}
	return x
}

// mem is the index of m's memory x.
func (g *gc) mem(x uint32) uint32 {
	if x >= g.memory {
		return x + 1
	}
	return x
}
