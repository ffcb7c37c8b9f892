// Package sizes makes valid modules that have very many of one thing, for tests of
// what time and memory grow with.
package sizes

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Kind is a module that can be made in any size.
type Kind struct {
	Name string
	N    int // so large that the module has about 100 kB
	make func(n int) *wasm.Module
}

// Module is the module with n of what k has many of.
func (k *Kind) Module(n int) *wasm.Module {
	m := k.make(n)
	for i := range m.Types {
		m.RecGroups = append(m.RecGroups, wasm.RecGroup{Start: uint32(i), Len: 1})
	}
	return m
}

// Binary is that module as a file.
func (k *Kind) Binary(n int) []byte { return wasm.Encode(k.Module(n)) }

// Kinds are those of the code that one function may have, and of what a module
// may have.
var Kinds = slices.Concat(blocks, values, entries)

var blocks = []Kind{
	{"if/else in a row", 10_000, row(func(e *wasm.Emitter, i int) {
		e.X(wasm.OpLocalGet, 0)
		e.Block(wasm.OpIf)
		bump(e, 0)
		e.Op(wasm.OpElse)
		bump(e, 0)
		e.End()
	})},
	{"loops in a row", 12_000, row(func(e *wasm.Emitter, i int) {
		e.Block(wasm.OpLoop)
		bump(e, 0)
		e.End()
	})},
	{"nested blocks", 10_000, nested(func(e *wasm.Emitter) { e.Block(wasm.OpBlock) })},
	{"nested loops", 10_000, nested(func(e *wasm.Emitter) { e.Block(wasm.OpLoop) })},
	{"nested ifs", 10_000, nested(func(e *wasm.Emitter) {
		e.X(wasm.OpLocalGet, 0)
		e.Block(wasm.OpIf)
	})},
	{"nested try_tables", 8_000, nestedTwice(func(e *wasm.Emitter) {
		e.Block(wasm.OpBlock)
		e.Instr(&wasm.Instr{Op: wasm.OpTryTable, Catches: []wasm.Catch{{Kind: wasm.CatchAll, Label: 0}}})
	})},
	{"nested loops with branches", 8_000, nested(func(e *wasm.Emitter) {
		e.Block(wasm.OpLoop)
		bump(e, 0)
		e.X(wasm.OpLocalGet, 0)
		e.X(wasm.OpBrIf, 0)
	})},
	{"branches to one block", 20_000, one(func(e *wasm.Emitter, n int) {
		e.Block(wasm.OpBlock)
		for range n {
			e.X(wasm.OpLocalGet, 0)
			e.X(wasm.OpBrIf, 0)
		}
		e.End()
	})},
	{"branches to one loop", 20_000, one(func(e *wasm.Emitter, n int) {
		e.Block(wasm.OpLoop)
		for range n {
			e.X(wasm.OpLocalGet, 0)
			e.X(wasm.OpBrIf, 0)
		}
		e.End()
	})},
	{"branches that return", 20_000, one(func(e *wasm.Emitter, n int) {
		for range n {
			e.X(wasm.OpLocalGet, 0)
			e.X(wasm.OpLocalGet, 0)
			e.X(wasm.OpBrIf, 0)
			e.Op(wasm.OpDrop)
		}
	})},
	{"br_table to one block", 32_000, one(func(e *wasm.Emitter, n int) {
		e.Block(wasm.OpBlock)
		e.X(wasm.OpLocalGet, 0)
		e.Instr(&wasm.Instr{Op: wasm.OpBrTable, Labels: make([]uint32, n+1)})
		e.End()
	})},
	{"br_table to two blocks", 32_000, one(func(e *wasm.Emitter, n int) {
		e.Block(wasm.OpBlock)
		e.Block(wasm.OpBlock)
		e.X(wasm.OpLocalGet, 0)
		labels := make([]uint32, n+1)
		for i := range labels {
			labels[i] = uint32(i % 2)
		}
		e.Instr(&wasm.Instr{Op: wasm.OpBrTable, Labels: labels})
		e.End()
		bump(e, 0)
		e.End()
	})},
	{"br_tables in a row", 2_000, row(func(e *wasm.Emitter, i int) {
		e.Block(wasm.OpBlock)
		e.X(wasm.OpLocalGet, 0)
		e.Instr(&wasm.Instr{Op: wasm.OpBrTable, Labels: make([]uint32, 32)})
		e.End()
	})},
	{"a switch of many cases", 10_000, one(func(e *wasm.Emitter, n int) { dispatch(e, n, false) })},
	{"a switch of many cases in a loop", 8_000, one(func(e *wasm.Emitter, n int) { dispatch(e, n, true) })},
	{"ifs with results", 10_000, row(func(e *wasm.Emitter, i int) {
		e.X(wasm.OpLocalGet, 0)
		e.BlockOf(wasm.OpIf, wasm.I32)
		e.X(wasm.OpLocalGet, 0)
		e.Op(wasm.OpElse)
		e.I32(1)
		e.End()
		e.X(wasm.OpLocalSet, 0)
	})},
	{"loads in ifs", 8_000, memory(func(e *wasm.Emitter, i int) {
		e.X(wasm.OpLocalGet, 0)
		e.Block(wasm.OpIf)
		e.X(wasm.OpLocalGet, 0)
		e.X(wasm.OpLocalGet, 0)
		e.Mem(wasm.OpI32Load, 0, uint64(i))
		e.Mem(wasm.OpI32Store, 0, uint64(i))
		e.End()
	})},
}

var values = []Kind{
	{"ifs that each set a local", 8_000, locals(func(e *wasm.Emitter, l uint32) {
		e.X(wasm.OpLocalGet, 0)
		e.Block(wasm.OpIf)
		bump(e, l)
		e.End()
	})},
	{"ifs that each set a local of a loop", 6_000, localsIn(wasm.OpLoop, func(e *wasm.Emitter, l uint32) {
		e.X(wasm.OpLocalGet, 0)
		e.Block(wasm.OpIf)
		bump(e, l)
		e.End()
	})},
	{"loops that each set a local", 8_000, locals(func(e *wasm.Emitter, l uint32) {
		e.Block(wasm.OpLoop)
		bump(e, l)
		e.X(wasm.OpLocalGet, 0)
		e.X(wasm.OpBrIf, 0)
		e.End()
	})},
	{"locals that are live at once", 20_000, locals(func(e *wasm.Emitter, l uint32) {
		bump(e, l)
	})},
	{"many locals", 30_000, one(func(e *wasm.Emitter, n int) {})},
	{"a chain of selects", 10_000, row(func(e *wasm.Emitter, i int) {
		e.X(wasm.OpLocalGet, 0)
		e.I32(int32(i))
		e.X(wasm.OpLocalGet, 0)
		e.Op(wasm.OpSelect)
		e.X(wasm.OpLocalSet, 0)
	})},
	{"a deep expression", 30_000, one(func(e *wasm.Emitter, n int) {
		for range n {
			e.X(wasm.OpLocalGet, 0)
		}
		for range n - 1 {
			e.Op(wasm.OpI32Add)
		}
		e.X(wasm.OpLocalSet, 0)
	})},
	{"a deep expression over a call", 30_000, one(func(e *wasm.Emitter, n int) {
		for range n {
			e.X(wasm.OpLocalGet, 0)
		}
		e.X(wasm.OpCall, 0)
		for range n - 1 {
			e.Op(wasm.OpI32Add)
		}
		e.X(wasm.OpLocalSet, 0)
	})},
	{"a deep expression over ifs", 3_000, one(func(e *wasm.Emitter, n int) {
		for range n {
			e.X(wasm.OpLocalGet, 0)
			e.Op(wasm.OpI32Popcnt)
		}
		for range n {
			e.X(wasm.OpLocalGet, 0)
			e.Block(wasm.OpIf)
			bump(e, 0)
			e.End()
		}
		for range n - 1 {
			e.Op(wasm.OpI32Add)
		}
		e.X(wasm.OpLocalSet, 0)
	})},
	{"straight code", 20_000, row(func(e *wasm.Emitter, i int) { bump(e, 0) })},
	{"stores in a row", 10_000, memory(func(e *wasm.Emitter, i int) {
		e.X(wasm.OpLocalGet, 0)
		e.X(wasm.OpLocalGet, 0)
		e.Mem(wasm.OpI32Store, 0, uint64(i))
	})},
	{"calls in a row", 30_000, row(func(e *wasm.Emitter, i int) {
		e.X(wasm.OpLocalGet, 0)
		e.X(wasm.OpCall, 0)
		e.X(wasm.OpLocalSet, 0)
	})},
	{"parameters", 1_000, func(n int) *wasm.Module {
		m := module(n)
		m.Types = append(m.Types, function(slices.Repeat([]wasm.ValType{wasm.I32}, n), nil))
		var e wasm.Emitter
		for i := range n {
			bump(&e, uint32(i))
		}
		e.End()
		add(m, 1, e.Body(0, nil))
		return m
	}},
	{"calls with many arguments", 300, func(n int) *wasm.Module {
		m := module(n)
		m.Types = append(m.Types, function(slices.Repeat([]wasm.ValType{wasm.I32}, n), nil))
		var e wasm.Emitter
		e.End()
		callee := add(m, 1, e.Body(0, nil))
		var c wasm.Emitter
		for range 100 {
			for range n {
				c.X(wasm.OpLocalGet, 0)
			}
			c.X(wasm.OpCall, callee)
		}
		addReturning(m, &c)
		return m
	}},
	{"values over joins", 1_000, func(n int) *wasm.Module { return joins(n, 1_000) }},
	{"many values over joins", 500, func(n int) *wasm.Module { return joins(n, 30) }},
	{"ifs with many results", 900, func(n int) *wasm.Module {
		m := module(n)
		many := slices.Repeat([]wasm.ValType{wasm.I32}, n)
		m.Types = append(m.Types, function(nil, many))
		var e wasm.Emitter
		for range 20 {
			e.X(wasm.OpLocalGet, 0)
			e.Instr(&wasm.Instr{Op: wasm.OpIf, Block: wasm.BlockType{Index: 1, Indexed: true}})
			for range n {
				e.X(wasm.OpLocalGet, 0)
			}
			e.Op(wasm.OpElse)
			for i := range n {
				e.I32(int32(i % 64))
			}
			e.End()
			for range n {
				e.X(wasm.OpLocalSet, 0)
			}
		}
		addReturning(m, &e)
		return m
	}},
}
