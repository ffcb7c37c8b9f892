package link

import (
	"context"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/beside"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/stack"
	"github.com/wazedge/wazedge/internal/use"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Ready makes what instances are executed by, if there is none yet.
func (s *Store) Ready(ctx context.Context) {
	if s.engine != nil {
		return
	}
	way := prepare.Compile
	if s.runtime.Options.Interpreter {
		way = prepare.Interpret
	}
	s.enter(s.runtime.Target(ctx, way), s.Account)
}

// Besides makes instances beside those of s, unless s is closed.
func (s *Store) Besides() (*beside.Maker, error) {
	if s.Closed() {
		return nil, use.Interrupted(use.ErrClosed)
	}
	if s.beside == nil {
		s.beside = beside.NewMaker(s.target.Engine, s.engine)
	}
	return s.beside, nil
}

// FunctionTypes are all types of functions that modules of s declare; none where functions
// are objects.
func (s *Store) FunctionTypes() (list []wasm.FuncType) {
	if s.first.heap != nil {
		return nil
	}
	for _, i := range s.first.all {
		for n := range i.Module.Types {
			if t := &i.Module.Types[n]; t.Kind == wasm.CompFunc {
				list = append(list, t.Func)
			}
		}
	}
	return list
}

// Besides is [Store.Besides] of the store of i.
func (i *Instance) Besides() (*beside.Maker, error) { return i.store.Besides() }

// CallReference calls the function that ref refers to, which is of type t, of types, and
// takes args.
func (s *Store) CallReference(ctx context.Context, ref value.Value, t wasm.FuncType, types *wasm.TypeSpace, args []value.Value) ([]value.Value, error) {
	s.Ready(ctx)
	b, err := s.Besides()
	if err != nil {
		return nil, err
	}
	caller, err := b.Caller(ctx, t)
	if err != nil {
		return nil, err
	}
	values := make([]uint64, max(1+stack.Size(t.Params), stack.Size(t.Results)))
	values[0] = ref.Lo
	if err := stack.Put(values[1:], args, nil); err != nil {
		return nil, err
	}
	if err := (&Instance{store: s, thread: s.first, Engine: caller, Module: &wasm.Module{}}).call(ctx, beside.Call, values); err != nil {
		return nil, err
	}
	return stack.Take(values, t.Results, types, nil), nil
}
