// Package beside makes small instances beside those of a store, by which the host gets at
// what the engine does not show: it makes references to functions and calls them, reads
// and writes vectors, and makes tables grow. No pass goes through them: they are not
// metered.
package beside

import (
	"context"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Maker makes such instances in one store of the engine's.
type Maker struct {
	engine *engine.Runtime
	store  *engine.Store

	scratch *engine.Instance            // has a table of one element
	callers map[string]*engine.Instance // by the type of what they call
	growers map[exported]*engine.Instance
}

// NewMaker makes instances in s, a store of r.
func NewMaker(r *engine.Runtime, s *engine.Store) *Maker { return &Maker{engine: r, store: s} }

// The names in those instances.
const (
	module = "wazedge:beside"
	table  = "table"
)

// Call is the function that the instances export.
const Call = "call"

// The engine's types of references, of one byte.
const (
	engineFuncRef   = 0x70
	engineExternRef = 0x6f
)

// EngineTypes are the types as the engine has them, for which references are of one
// kind or the other.
func EngineTypes(ts []wasm.ValType) []byte {
	b := make([]byte, len(ts))
	for n, t := range ts {
		switch t {
		case wasm.I32, wasm.I64, wasm.F32, wasm.F64, wasm.V128:
			b[n] = byte(t)
		case wasm.FuncRef:
			b[n] = engineFuncRef
		default:
			b[n] = engineExternRef
		}
	}
	return b
}

// make makes an instance of m, which imports from from.
func (b *Maker) make(ctx context.Context, m *wasm.Module, from *engine.Instance) (*engine.Instance, error) {
	code, err := b.engine.CompileWith(ctx, wasm.Encode(m), engine.CompileOptions{Label: module})
	if err != nil {
		return nil, err
	}
	return b.engine.Instantiate(ctx, code, engine.Options{
		Store: b.store, Imports: func(string) *engine.Instance { return from },
	})
}

// Refer is a reference to the function name of type t that from exports.
func (b *Maker) Refer(ctx context.Context, t wasm.FuncType, name string, from *engine.Instance) (value.Value, error) {
	var start wasm.Emitter
	start.I32(0)
	start.End()
	m := moduleOf(t)
	m.Imports = []wasm.Import{{Module: module, Name: name, Kind: wasm.ExternFunc}}
	m.Tables = oneFunction()
	m.Exports = []wasm.Export{{Name: table, Kind: wasm.ExternTable}}
	m.Elems = []wasm.ElemSegment{{Type: wasm.FuncRef, Funcs: []uint32{0}, Offset: wasm.Expr{Code: start.Code}}}
	inst, err := b.make(ctx, m, from)
	if err != nil {
		return value.Value{}, err
	}
	return value.Value{Kind: value.FuncRef, Lo: uint64(inst.Table(0)[0])}, nil
}

// oneFunction is a table of one function.
func oneFunction() []wasm.Table {
	return []wasm.Table{{Type: wasm.TableType{Elem: wasm.FuncRef, Limits: wasm.Limits{Min: 1, Max: 1, HasMax: true}}}}
}

// moduleOf is a module with the types of functions ts.
func moduleOf(ts ...wasm.FuncType) *wasm.Module {
	m := &wasm.Module{}
	for n, t := range ts {
		m.Types = append(m.Types, wasm.SubType{Final: true, Kind: wasm.CompFunc, Func: t})
		m.RecGroups = append(m.RecGroups, wasm.RecGroup{Start: uint32(n), Len: 1})
	}
	return m
}

// TypesOf are the types of a module that declares t alone.
func TypesOf(t wasm.FuncType) *wasm.TypeSpace { return wasm.NewTypeStore().Space(moduleOf(t)) }

// TypeOf is the type of the function that ref refers to, and whether that is among
// types.
func (b *Maker) TypeOf(ctx context.Context, ref value.Value, types []wasm.FuncType) (wasm.FuncType, bool) {
	scratch := b.scratch
	if scratch == nil {
		m := moduleOf()
		m.Tables = oneFunction()
		var err error
		if scratch, err = b.make(ctx, m, nil); err != nil {
			return wasm.FuncType{}, false
		}
		b.scratch = scratch
	}
	scratch.Table(0)[0] = uintptr(ref.Lo)
	defer func() { scratch.Table(0)[0] = 0 }()
	for _, t := range types {
		if scratch.CallsAs(0, 0, EngineTypes(t.Params), EngineTypes(t.Results)) {
			return t, true
		}
	}
	return wasm.FuncType{}, false
}

// Caller is the instance that has the function [Call] take a reference to a
// function of type t, and its parameters, and call it.
func (b *Maker) Caller(ctx context.Context, t wasm.FuncType) (*engine.Instance, error) {
	key := t.String()
	if i := b.callers[key]; i != nil {
		return i, nil
	}
	i, err := b.make(ctx, caller(t), nil)
	if err != nil {
		return nil, err
	}
	if b.callers == nil {
		b.callers = map[string]*engine.Instance{}
	}
	b.callers[key] = i
	return i, nil
}

// caller is a module whose function takes a reference to a function of type t, and its
// parameters, and calls it.
func caller(t wasm.FuncType) *wasm.Module {
	m := moduleOf(t, wasm.FuncType{Params: append([]wasm.ValType{wasm.FuncRef}, t.Params...), Results: t.Results})
	m.Tables = oneFunction()
	var e wasm.Emitter
	e.I32(0)
	e.X(wasm.OpLocalGet, 0)
	e.X(wasm.OpTableSet, 0)
	for n := range t.Params {
		e.X(wasm.OpLocalGet, uint32(n+1))
	}
	e.I32(0)
	e.XY(wasm.OpCallIndirect, 0, 0)
	return calling(m, 1, &e)
}

// calling is m with the function Call of a type, whose instructions e has.
func calling(m *wasm.Module, typ uint32, e *wasm.Emitter) *wasm.Module {
	e.End()
	m.Funcs = []uint32{typ}
	m.Exports = []wasm.Export{{Name: Call, Kind: wasm.ExternFunc, Index: m.ImportedCount(wasm.ExternFunc)}}
	m.Bodies = []wasm.Body{e.Body(0, nil)}
	return m
}
