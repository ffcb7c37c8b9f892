package lower

import (
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
)

// lowered is what values of type t become.
func lowered(t wasm.ValType) wasm.ValType {
	if t.IsRef() {
		return wasm.I32
	}
	return t
}

func loweredAll(types []wasm.ValType) []wasm.ValType {
	out := make([]wasm.ValType, len(types))
	for i, t := range types {
		out[i] = lowered(t)
	}
	return out
}

// lowerTypes makes the function types those of lowered values, at their old
// indices. Structures and arrays leave an empty function type behind.
func (g *gc) lowerTypes() {
	types := make([]wasm.SubType, len(g.m.Types))
	groups := make([]wasm.RecGroup, len(types))
	for i := range types {
		f := &g.m.Types[i].Func
		types[i] = wasm.SubType{Kind: wasm.CompFunc, Final: true, Func: wasm.FuncType{
			Params: loweredAll(f.Params), Results: loweredAll(f.Results),
		}}
		groups[i] = wasm.RecGroup{Start: uint32(i), Len: 1}
	}
	g.out.Types, g.out.RecGroups = types, groups
}

// lowerImports keeps m's imports, its tables and reference globals as mutable
// globals, and adds those of the heap behind them.
func (g *gc) lowerImports() {
	var kept []wasm.Import
	var tables []wasm.Import
	for _, im := range g.m.Imports {
		switch {
		case im.Kind == wasm.ExternGlobal && im.Global.Type.IsRef():
			im.Global = wasm.GlobalType{Type: wasm.I32, Mutable: true}
		case im.Kind == wasm.ExternTable:
			tables = append(tables, wasm.Import{Module: im.Module, Name: im.Name, Kind: wasm.ExternGlobal,
				Global: wasm.GlobalType{Type: wasm.I32, Mutable: true}})
			continue
		}
		kept = append(kept, im)
	}
	for _, f := range runtimeFuncs {
		typ := g.funcType(signature(f.sig))
		g.runtime[f.name] = g.imported.funcs + g.inserted.funcs
		g.inserted.funcs++
		kept = append(kept, wasm.Import{Module: f.module, Name: f.name, Kind: wasm.ExternFunc, Type: typ})
	}
	kept = append(kept,
		wasm.Import{Module: heap.RuntimeModule, Name: "memory", Kind: wasm.ExternMemory,
			Memory: wasm.MemoryType{Limits: wasm.Limits{Min: heap.MinPages, HasMax: true, Max: 1 << 16}}},
		wasm.Import{Module: heap.RuntimeModule, Name: "funcs", Kind: wasm.ExternTable,
			Table: wasm.TableType{Elem: wasm.FuncRef, Limits: wasm.Limits{Min: 1, HasMax: true, Max: heap.MaxFuncs}}},
		wasm.Import{Module: heap.RuntimeModule, Name: "sp", Kind: wasm.ExternGlobal,
			Global: wasm.GlobalType{Type: wasm.I32, Mutable: true}})
	g.sp = g.imported.globals
	for i := range tables {
		g.tables = append(g.tables, place{g.sp + 1 + uint32(i), -1})
	}
	g.out.Imports = append(kept, tables...)
	g.inserted.globals = 1 + uint32(len(tables))
}

// signature reads a type written in the letters of [wasm.OpInfo.Sig].
func signature(sig string) wasm.FuncType {
	var t wasm.FuncType
	side := &t.Params
	for i := range len(sig) {
		if sig[i] == ':' {
			side = &t.Results
			continue
		}
		*side = append(*side, sigTypes[sig[i]])
	}
	return t
}

// zero is the constant expression of a number that the start function replaces.
func zero() wasm.Expr {
	var e wasm.Emitter
	e.I32(0)
	e.End()
	return wasm.Expr{Code: e.Code}
}

// addGlobal adds a mutable i32 global and returns its index.
func (g *gc) addGlobal() uint32 {
	g.out.Globals = append(g.out.Globals, wasm.Global{Type: wasm.GlobalType{Type: wasm.I32, Mutable: true}, Init: zero()})
	return g.imported.globals + g.inserted.globals + uint32(len(g.out.Globals)-1)
}

func (g *gc) exportRoot(x uint32) {
	g.out.Exports = append(g.out.Exports, wasm.Export{Name: GCRoot(g.rootCount), Kind: wasm.ExternGlobal, Index: x})
	g.rootCount++
}

func (g *gc) lowerGlobals() {
	g.out.Globals = nil
	exported := exportedOf(g.m, wasm.ExternGlobal)
	have := 0
	var moved []uint32
	for i, own := range g.m.Globals {
		x := g.imported.globals + uint32(i)
		if own.Type.Type.IsRef() {
			p := place{g.global(x), -1}
			own = wasm.Global{Type: wasm.GlobalType{Type: wasm.I32, Mutable: true}, Init: zero()}
			if exported[x] || have < maxRootGlobals {
				have++
				g.exportRoot(p.global)
			} else {
				own.Type.Mutable = false
				moved = append(moved, x)
			}
			g.refGlobals[x] = p
		}
		g.out.Globals = append(g.out.Globals, own)
	}
	for _, x := range moved {
		g.refGlobals[x] = g.addSlot()
	}
	g.funcBase, g.descBase = g.addGlobal(), g.addGlobal()
}

// exportedOf are the indices of kind k that m exports.
func exportedOf(m *wasm.Module, k wasm.ExternKind) map[uint32]bool {
	exported := map[uint32]bool{}
	for i := range m.Exports {
		if e := &m.Exports[i]; e.Kind == k {
			exported[e.Index] = true
		}
	}
	return exported
}

// lowerTables leaves the imported function table alone and gives each of m's own
// tables a global.
func (g *gc) lowerTables() {
	g.out.Tables = nil
	exported := exportedOf(g.m, wasm.ExternTable)
	have := 0
	for range g.m.Tables {
		of := &have
		if exported[uint32(len(g.tables))] {
			of = new(int) // has to be a global
		}
		g.tables = append(g.tables, g.addRoot(of))
	}
}

func (g *gc) lowerExports() {
	for i := range g.out.Exports {
		e := &g.out.Exports[i]
		if i >= len(g.m.Exports) {
			break // a root
		}
		switch e.Kind {
		case wasm.ExternFunc:
			e.Index = g.fn(e.Index)
		case wasm.ExternGlobal:
			e.Index = g.global(e.Index)
		case wasm.ExternMemory:
			e.Index = g.mem(e.Index)
		case wasm.ExternTable:
			e.Kind, e.Index = wasm.ExternGlobal, g.tables[e.Index].global
		}
	}
}

// lowerSegments leaves of the element segments one, with the functions for the
// function table, and moves data segments to the memories' new indices.
func (g *gc) lowerSegments() {
	have := 0
	for range g.m.Elems {
		g.elems = append(g.elems, g.addRoot(&have))
	}
	g.out.Elems = nil
	if len(g.refFuncs) > 0 {
		funcs := make([]uint32, len(g.refFuncs))
		for i, f := range g.refFuncs {
			funcs[i] = g.fn(f)
		}
		g.out.Elems = []wasm.ElemSegment{{Flags: 1, Mode: wasm.Passive, Type: wasm.FuncRef, Funcs: funcs}}
	}
	datas := g.m.Datas.Slice()
	for i := range datas {
		d := &datas[i]
		if d.Mode == wasm.Active {
			d.Memory = g.mem(d.Memory)
			if d.Memory != 0 {
				d.Flags = 2
			}
		}
	}
	g.out.Datas = wasm.DataSegmentsOf(datas)
	if n := uint32(g.out.Datas.Len()); n > 0 {
		g.out.DataCount = &n
	}
}
