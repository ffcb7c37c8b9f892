package link

import (
	"context"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/stack"
	"github.com/wazedge/wazedge/internal/wasm"
)

// references are small instances beside those of a store, by which the host makes
// references to functions and calls them. No pass goes through them: they are not metered.
type references struct {
	scratch *engine.Instance            // has a table of one element
	callers map[string]*engine.Instance // by the type of what they call
}

// The names in those instances.
const (
	besideModule = "wazedge:beside"
	besideTable  = "table"
	besideCall   = "call"
)

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

// Ready makes what instances are executed by, if there is none yet.
func (s *Store) Ready(ctx context.Context) {
	if s.engine != nil {
		return
	}
	way := prepare.Compile
	if s.runtime.Options.Interpreter {
		way = prepare.Interpret
	}
	s.enter(s.runtime.Target(ctx, way))
}

// Refer is a reference to the function name of type t that from exports.
func (s *Store) Refer(ctx context.Context, t wasm.FuncType, name string, from *engine.Instance) (value.Value, error) {
	var start wasm.Emitter
	start.I32(0)
	start.End()
	m := moduleOf(t)
	m.Imports = []wasm.Import{{Module: besideModule, Name: name, Kind: wasm.ExternFunc}}
	m.Tables = oneFunction()
	m.Exports = []wasm.Export{{Name: besideTable, Kind: wasm.ExternTable}}
	m.Elems = []wasm.ElemSegment{{Type: wasm.FuncRef, Funcs: []uint32{0}, Offset: wasm.Expr{Code: start.Code}}}
	inst, err := s.beside(ctx, m, from)
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

// beside makes an instance of m, which imports from from.
func (s *Store) beside(ctx context.Context, m *wasm.Module, from *engine.Instance) (*engine.Instance, error) {
	if s.Closed() {
		return nil, interrupted(ErrClosed)
	}
	code, err := s.target.Engine.CompileWith(ctx, wasm.Encode(m), engine.CompileOptions{Label: besideModule})
	if err != nil {
		return nil, err
	}
	return s.target.Engine.Instantiate(ctx, code, engine.Options{
		Store: s.engine, Imports: func(string) *engine.Instance { return from },
	})
}

// ReferenceType is the type of the function that ref refers to, and whether that is one that
// a module of s declares, or one of more.
func (s *Store) ReferenceType(ctx context.Context, ref value.Value, more []wasm.FuncType) (wasm.FuncType, bool) {
	if s.engine == nil || s.heap != nil {
		return wasm.FuncType{}, false
	}
	scratch := s.references.scratch
	if scratch == nil {
		m := moduleOf()
		m.Tables = oneFunction()
		var err error
		if scratch, err = s.beside(ctx, m, nil); err != nil {
			return wasm.FuncType{}, false
		}
		s.references.scratch = scratch
	}
	scratch.Table(0)[0] = uintptr(ref.Lo)
	defer func() { scratch.Table(0)[0] = 0 }()
	for _, t := range append(s.functionTypes(), more...) {
		if scratch.CallsAs(0, 0, EngineTypes(t.Params), EngineTypes(t.Results)) {
			return t, true
		}
	}
	return wasm.FuncType{}, false
}

// functionTypes are all types of functions that modules of s declare.
func (s *Store) functionTypes() (list []wasm.FuncType) {
	for _, i := range s.all {
		for n := range i.Module.Types {
			if t := &i.Module.Types[n]; t.Kind == wasm.CompFunc {
				list = append(list, t.Func)
			}
		}
	}
	return list
}

// CallReference calls the function that ref refers to, which is of type t, of types, and
// takes args.
func (s *Store) CallReference(ctx context.Context, ref value.Value, t wasm.FuncType, types *wasm.TypeSpace, args []value.Value) ([]value.Value, error) {
	s.Ready(ctx)
	caller, err := s.callerOf(ctx, t)
	if err != nil {
		return nil, err
	}
	values := make([]uint64, max(1+stack.Size(t.Params), stack.Size(t.Results)))
	values[0] = ref.Lo
	if err := stack.Put(values[1:], args, nil); err != nil {
		return nil, err
	}
	if err := (&Instance{store: s, Engine: caller, Module: moduleOf()}).call(ctx, besideCall, values); err != nil {
		return nil, err
	}
	return stack.Take(values, t.Results, types, nil), nil
}

// callerOf is the instance that calls functions of type t.
func (s *Store) callerOf(ctx context.Context, t wasm.FuncType) (*engine.Instance, error) {
	key := t.String()
	if i := s.references.callers[key]; i != nil {
		return i, nil
	}
	i, err := s.beside(ctx, caller(t), nil)
	if err != nil {
		return nil, err
	}
	if s.references.callers == nil {
		s.references.callers = map[string]*engine.Instance{}
	}
	s.references.callers[key] = i
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

// calling is m with the function besideCall of a type, whose instructions e has.
func calling(m *wasm.Module, typ uint32, e *wasm.Emitter) *wasm.Module {
	e.End()
	m.Funcs = []uint32{typ}
	m.Exports = []wasm.Export{{Name: besideCall, Kind: wasm.ExternFunc, Index: m.ImportedCount(wasm.ExternFunc)}}
	m.Bodies = []wasm.Body{e.Body(0, nil)}
	return m
}
