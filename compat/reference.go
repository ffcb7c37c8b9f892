package compat

import (
	"context"
	"errors"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/beside"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/reach"
	"github.com/wazedge/wazedge/internal/stack"
)

// Reference is a reference to the exported function name, which is one for all instances
// of the same store.
func (i *Instance) Reference(ctx context.Context, name string) (value.Value, error) {
	t, ok := i.FunctionType(name)
	switch {
	case !ok:
		return value.Value{}, fault.New(fault.FuncNotFound)
	case i.linked.Heap != nil:
		return value.Value{}, errObjects
	}
	return reach.Refer(ctx, i.store.linked, t, name, i.linked.Engine)
}

// errObjects is the error of a store where references to functions are numbers of objects.
var errObjects = errors.New("functions of modules with objects cannot be referred to by the host")

// Reference is a reference to the function name of h, as [Instance.Reference] has it.
func (s *Store) Reference(ctx context.Context, h *HostModule, name string) (value.Value, error) {
	f := h.find(name)
	if f == nil {
		return value.Value{}, fault.New(fault.FuncNotFound)
	}
	s.linked.Ready(ctx)
	inst, err := ownHost{h}.Instantiate(ctx, s.linked, nil, nil, nil)
	if err != nil {
		return value.Value{}, err
	}
	return reach.Refer(ctx, s.linked, f.typ, name, inst)
}

// ReferenceType is the type of the function that ref, a reference of an instance of s, refers
// to, and whether it is known: it is a type that a module of s declares, or a function of
// the embedder's has.
func (s *Store) ReferenceType(ctx context.Context, ref value.Value) (FuncType, bool) {
	if ref.Null {
		return FuncType{}, false
	}
	var more []FuncType
	for _, h := range s.own {
		for n := range h.functions {
			more = append(more, h.functions[n].typ)
		}
	}
	return reach.TypeOf(ctx, s.linked, ref, more)
}

// CallReference calls the function that ref refers to, which is of type t. The errors are
// those of [Instance.Invoke], without places.
func (s *Store) CallReference(ctx context.Context, ref value.Value, t FuncType, args ...value.Value) ([]value.Value, error) {
	types := beside.TypesOf(t)
	if ref.Null {
		return nil, &InvokeError{Fault: fault.New(fault.AccessNullFunc)}
	}
	if err := stack.Check(&t, args, types); err != nil {
		return nil, &InvokeError{Fault: err}
	}
	results, err := s.linked.CallReference(ctx, ref, t, types, args)
	if err != nil {
		return nil, referenceError(err)
	}
	return results, nil
}

// referenceError is the error of a call for what the engine says.
func referenceError(err error) error {
	if e, ok := errors.AsType[*engine.Exit](err); ok {
		return &ExitError{Status: e.Status}
	}
	if t, ok := errors.AsType[*engine.Trap](err); ok {
		f := t.Cause
		if f == nil {
			f = fault.New(t.Code)
		}
		return &InvokeError{Fault: f, Traced: true}
	}
	return err
}
