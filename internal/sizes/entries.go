package sizes

import (
	"strconv"

	"github.com/wazedge/wazedge/internal/wasm"
)

var entries = []Kind{
	{"functions", 12_000, func(n int) *wasm.Module {
		m := module(n)
		for range n {
			addReturning(m, new(wasm.Emitter))
		}
		return m
	}},
	{"types", 20_000, func(n int) *wasm.Module {
		m := module(n)
		for i := range n {
			m.Types = append(m.Types, function(paramsOf(i), nil))
		}
		return m
	}},
	{"types and functions", 8_000, func(n int) *wasm.Module {
		m := module(n)
		for i := range n {
			m.Types = append(m.Types, function(paramsOf(i), nil))
			addReturning(m, new(wasm.Emitter))
		}
		return m
	}},
	{"equal types and functions", 12_000, func(n int) *wasm.Module {
		m := module(n)
		for range n {
			m.Types = append(m.Types, function(nil, nil))
			addReturning(m, new(wasm.Emitter))
		}
		return m
	}},
	{"indirect calls of many types", 4_000, func(n int) *wasm.Module {
		m := module(n)
		m.Tables = []wasm.Table{{Type: wasm.TableType{Elem: wasm.FuncRef, Limits: wasm.Limits{Min: 1}}}}
		var e wasm.Emitter
		for i := range n {
			ps := paramsOf(i)
			m.Types = append(m.Types, function(ps, nil))
			for _, p := range ps {
				zero(&e, p)
			}
			e.I32(0)
			e.Instr(&wasm.Instr{Op: wasm.OpCallIndirect, X: uint32(1 + i)})
		}
		addReturning(m, &e)
		return m
	}},
	{"mutable globals and calls", 8_000, func(n int) *wasm.Module {
		m := globals(n, true)
		var e wasm.Emitter
		for i := range n {
			e.X(wasm.OpGlobalGet, uint32(i))
			e.X(wasm.OpCall, 0)
			e.X(wasm.OpGlobalSet, uint32(i))
		}
		addReturning(m, &e)
		return m
	}},
	{"mutable globals and functions", 8_000, func(n int) *wasm.Module {
		m := globals(n, true)
		for i := range n {
			var e wasm.Emitter
			e.X(wasm.OpLocalGet, 0)
			e.X(wasm.OpCall, 0)
			e.X(wasm.OpGlobalSet, uint32(i))
			e.X(wasm.OpGlobalGet, uint32(i))
			e.End()
			add(m, 0, e.Body(0, nil))
		}
		return m
	}},
	{"globals", 20_000, func(n int) *wasm.Module { return globals(n, false) }},
	{"memories", 20_000, func(n int) *wasm.Module {
		m := module(n)
		m.Memories = make([]wasm.MemoryType, n)
		return m
	}},
	{"memories that are accessed", 6_000, func(n int) *wasm.Module {
		m := module(n)
		m.Memories = make([]wasm.MemoryType, n)
		var e wasm.Emitter
		for i := range n {
			e.X(wasm.OpLocalGet, 0)
			e.Mem(wasm.OpI32Load, uint32(i), 0)
			e.X(wasm.OpLocalSet, 0)
		}
		addReturning(m, &e)
		return m
	}},
	{"tables", 20_000, func(n int) *wasm.Module {
		m := module(n)
		for range n {
			m.Tables = append(m.Tables, wasm.Table{Type: wasm.TableType{Elem: wasm.FuncRef}})
		}
		return m
	}},
	{"data segments", 15_000, func(n int) *wasm.Module {
		m := module(n)
		m.Memories = make([]wasm.MemoryType, 1)
		m.Memories[0].Limits.Min = 1
		var datas []wasm.DataSegment
		for i := range n {
			var e wasm.Emitter
			e.I32(int32(i % 64))
			e.End()
			datas = append(datas, wasm.DataSegment{Offset: wasm.Expr{Code: e.Code}, Init: []byte{1}})
		}
		m.Datas = wasm.DataSegmentsOf(datas)
		return m
	}},
	{"passive data segments", 20_000, func(n int) *wasm.Module {
		m := module(n)
		m.Memories = make([]wasm.MemoryType, 1)
		count := uint32(n)
		m.DataCount = &count
		var datas []wasm.DataSegment
		var e wasm.Emitter
		for i := range n {
			datas = append(datas, wasm.DataSegment{Flags: 1, Mode: wasm.Passive, Init: []byte{1}})
			e.X(wasm.OpDataDrop, uint32(i))
		}
		m.Datas = wasm.DataSegmentsOf(datas)
		addReturning(m, &e)
		return m
	}},
	{"element segments", 12_000, func(n int) *wasm.Module {
		m := module(n)
		m.Tables = []wasm.Table{{Type: wasm.TableType{Elem: wasm.FuncRef, Limits: wasm.Limits{Min: 64}}}}
		for i := range n {
			var e wasm.Emitter
			e.I32(int32(i % 64))
			e.End()
			m.Elems = append(m.Elems, wasm.ElemSegment{Type: wasm.FuncRef, Offset: wasm.Expr{Code: e.Code}, Funcs: []uint32{0}})
		}
		return m
	}},
	{"imports and calls", 5_000, func(n int) *wasm.Module {
		m := module(n)
		for range n {
			m.Imports = append(m.Imports, wasm.Import{Module: "m", Name: "f", Kind: wasm.ExternFunc})
		}
		m.Imports = append(m.Imports, wasm.Import{Module: "m", Name: "t", Kind: wasm.ExternTag, Type: uint32(len(m.Types))})
		m.Types = append(m.Types, function(nil, nil))
		var e wasm.Emitter
		e.X(wasm.OpLocalGet, 0)
		for i := range 3 * n {
			e.X(wasm.OpCall, uint32(n-i%n))
		}
		e.End()
		add(m, 0, e.Body(0, nil))
		m.Exports[0].Index += uint32(n)
		return m
	}},
	{"exports", 10_000, func(n int) *wasm.Module {
		m := module(n)
		for i := range n {
			m.Exports = append(m.Exports, wasm.Export{Name: "e" + strconv.Itoa(i), Kind: wasm.ExternFunc})
		}
		return m
	}},
	{"tags", 20_000, func(n int) *wasm.Module {
		m := module(n)
		m.Types = append(m.Types, function([]wasm.ValType{wasm.I32}, nil))
		for range n {
			m.Tags = append(m.Tags, 1)
		}
		return m
	}},
	{"tags that are thrown and caught", 6_000, func(n int) *wasm.Module {
		m := module(n)
		m.Types = append(m.Types, function([]wasm.ValType{wasm.I32}, nil))
		var e wasm.Emitter
		for i := range n {
			m.Tags = append(m.Tags, 1)
			e.BlockOf(wasm.OpBlock, wasm.I32)
			e.Instr(&wasm.Instr{Op: wasm.OpTryTable, Catches: []wasm.Catch{{Kind: wasm.CatchTag, Tag: uint32(i)}}})
			e.X(wasm.OpLocalGet, 0)
			e.X(wasm.OpThrow, uint32(i))
			e.End()
			e.Op(wasm.OpUnreachable)
			e.End()
			e.X(wasm.OpLocalSet, 0)
		}
		addReturning(m, &e)
		return m
	}},
	{"handlers of one try_table", 8_000, func(n int) *wasm.Module {
		m := module(n)
		m.Types = append(m.Types, function(nil, nil))
		try := wasm.Instr{Op: wasm.OpTryTable}
		for i := range n {
			m.Tags = append(m.Tags, 1)
			try.Catches = append(try.Catches, wasm.Catch{Kind: wasm.CatchTag, Tag: uint32(i)})
		}
		var e wasm.Emitter
		e.Block(wasm.OpBlock)
		e.Instr(&try)
		for i := range n {
			e.X(wasm.OpLocalGet, 0)
			e.Block(wasm.OpIf)
			e.X(wasm.OpThrow, uint32(i))
			e.End()
		}
		e.End()
		e.End()
		addReturning(m, &e)
		return m
	}},
	{"handlers in one another", 6_000, func(n int) *wasm.Module {
		m := module(n)
		m.Types = append(m.Types, function(nil, nil))
		var e wasm.Emitter
		for i := range n {
			m.Tags = append(m.Tags, 1)
			e.Block(wasm.OpBlock)
			e.Instr(&wasm.Instr{Op: wasm.OpTryTable, Catches: []wasm.Catch{{Kind: wasm.CatchTag, Tag: uint32(i)}}})
		}
		for i := range n {
			e.X(wasm.OpThrow, uint32(i))
			e.End()
			e.End()
		}
		addReturning(m, &e)
		return m
	}},
	{"structs that are made", 9_000, func(n int) *wasm.Module { return objects(n, wasm.CompStruct, true) }},
	{"arrays that are made", 9_000, func(n int) *wasm.Module { return objects(n, wasm.CompArray, true) }},
	{"structs that are cast to", 4_000, func(n int) *wasm.Module { return objects(n, wasm.CompStruct, false) }},
	{"structs in a chain of subtypes", 50, func(n int) *wasm.Module {
		m := objects(n, wasm.CompStruct, true)
		for i := 2; i < len(m.Types); i++ {
			m.Types[i].Supers = []uint32{uint32(i - 1)}
			m.Types[i].Fields = m.Types[1].Fields
		}
		return m
	}},
	{"structs with many fields", 20_000, func(n int) *wasm.Module {
		m := module(n)
		m.Types = append(m.Types, wasm.SubType{Kind: wasm.CompStruct, Final: true})
		m.Types[1].Fields = make([]wasm.FieldType, n)
		for i := range n {
			m.Types[1].Fields[i].Type = wasm.I32
		}
		var e wasm.Emitter
		e.X(wasm.OpStructNewDefault, 1)
		e.Op(wasm.OpDrop)
		addReturning(m, &e)
		return m
	}},
	{"globals that hold structs", 6_000, func(n int) *wasm.Module {
		m := objects(1, wasm.CompStruct, true)
		for range n {
			var e wasm.Emitter
			e.X(wasm.OpStructNewDefault, 1)
			e.End()
			m.Globals = append(m.Globals, wasm.Global{Type: wasm.GlobalType{Type: wasm.RefNull(1), Mutable: true}, Init: wasm.Expr{Code: e.Code}})
		}
		return m
	}},
	{"functions that are referred to", 10_000, func(n int) *wasm.Module {
		m := objects(1, wasm.CompStruct, true)
		var refs []uint32
		for range n {
			refs = append(refs, addReturning(m, new(wasm.Emitter)))
		}
		m.Tables = []wasm.Table{{Type: wasm.TableType{Elem: wasm.FuncRef, Limits: wasm.Limits{Min: uint64(n)}}}}
		var e wasm.Emitter
		e.I32(0)
		e.End()
		m.Elems = []wasm.ElemSegment{{Type: wasm.FuncRef, Offset: wasm.Expr{Code: e.Code}, Funcs: refs}}
		return m
	}},
}

// paramsOf are parameters that differ for each i.
func paramsOf(i int) []wasm.ValType {
	var ps []wasm.ValType
	for ; i > 0; i /= 4 {
		ps = append(ps, [...]wasm.ValType{wasm.I32, wasm.I64, wasm.F32, wasm.F64}[i%4])
	}
	return ps
}

func zero(e *wasm.Emitter, t wasm.ValType) {
	switch t {
	case wasm.I32:
		e.I32(0)
	case wasm.I64:
		e.I64(0)
	case wasm.F32:
		e.Op(wasm.OpF32Const)
	case wasm.F64:
		e.F64(0)
	}
}

// globals has n globals of type i32.
func globals(n int, mutable bool) *wasm.Module {
	m := module(n)
	for range n {
		var e wasm.Emitter
		e.I32(0)
		e.End()
		m.Globals = append(m.Globals, wasm.Global{Type: wasm.GlobalType{Type: wasm.I32, Mutable: mutable}, Init: wasm.Expr{Code: e.Code}})
	}
	return m
}

// objects has n types of structs or arrays, and makes one of each or casts to it.
func objects(n int, k wasm.CompKind, made bool) *wasm.Module {
	m := module(n)
	var e wasm.Emitter
	for i := range n {
		t := uint32(len(m.Types))
		m.Types = append(m.Types, wasm.SubType{Kind: k, Fields: []wasm.FieldType{{Type: wasm.I32, Mutable: i%2 == 0}}})
		switch {
		case !made:
			e.Null(wasm.HeapAny)
			e.Instr(&wasm.Instr{Op: wasm.OpRefTest, Heap: wasm.HeapType(t)})
		case k == wasm.CompStruct:
			e.X(wasm.OpStructNewDefault, t)
		default:
			e.I32(1)
			e.X(wasm.OpArrayNewDefault, t)
		}
		e.Op(wasm.OpDrop)
	}
	addReturning(m, &e)
	return m
}
