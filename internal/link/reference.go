package link

import (
	"context"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/beside"
	"github.com/wazedge/wazedge/internal/engine"
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
	s.enter(s.runtime.Target(ctx, way))
}

// besides makes instances beside those of s, unless s is closed.
func (s *Store) besides() (*beside.Maker, error) {
	if s.Closed() {
		return nil, use.Interrupted(use.ErrClosed)
	}
	if s.beside == nil {
		s.beside = beside.NewMaker(s.target.Engine, s.engine)
	}
	return s.beside, nil
}

// Refer is a reference to the function name of type t that from exports.
func (s *Store) Refer(ctx context.Context, t wasm.FuncType, name string, from *engine.Instance) (value.Value, error) {
	b, err := s.besides()
	if err != nil {
		return value.Value{}, err
	}
	return b.Refer(ctx, t, name, from)
}

// ReferenceType is the type of the function that ref refers to, and whether that is one that
// a module of s declares, or one of more.
func (s *Store) ReferenceType(ctx context.Context, ref value.Value, more []wasm.FuncType) (wasm.FuncType, bool) {
	if s.engine == nil || s.first.heap != nil {
		return wasm.FuncType{}, false
	}
	b, err := s.besides()
	if err != nil {
		return wasm.FuncType{}, false
	}
	return b.TypeOf(ctx, ref, append(s.functionTypes(), more...))
}

// functionTypes are all types of functions that modules of s declare.
func (s *Store) functionTypes() (list []wasm.FuncType) {
	for _, i := range s.first.all {
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
	b, err := s.besides()
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

// Vector is the value of the exported global name of vectors, which the engine shows half of.
func (i *Instance) Vector(name string, t wasm.GlobalType) value.Value {
	b, err := i.store.besides()
	if err != nil {
		return value.Value{Kind: value.V128}
	}
	return b.Vector(i.Engine, name, t)
}

// SetVector changes the value of the exported mutable global name of vectors, and reports
// whether that could be done.
func (i *Instance) SetVector(name string, t wasm.GlobalType, v value.Value) bool {
	b, err := i.store.besides()
	return err == nil && b.SetVector(i.Engine, name, t, v)
}

// GrowTable makes the exported table name, of size elements, grow by n null references, and
// reports whether it has. A table that is an object does not.
func (i *Instance) GrowTable(name string, t wasm.TableType, size, n uint64) bool {
	most := uint64(prepare.DefaultTableElements)
	if t.Limits.HasMax {
		most = min(most, t.Limits.Max)
	}
	if i.Heap != nil || n > most || size+n > most {
		return false
	}
	if i.growers[name] == nil {
		b, err := i.store.besides()
		if err != nil {
			return false
		}
		grower, err := b.Grower(i.Engine, name, t)
		if err != nil {
			return false
		}
		if i.growers == nil {
			i.growers = map[string]*engine.Instance{}
		}
		i.growers[name] = grower
	}
	values := []uint64{n}
	err := i.growers[name].Call(context.Background(), beside.Call, values)
	return err == nil && uint32(values[0]) != ^uint32(0)
}
