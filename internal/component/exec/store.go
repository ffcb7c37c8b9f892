package exec

import (
	"context"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/link"
)

// Store has instances of components and of their core modules: one account of gas and
// time, one bound of memory. One goroutine at a time uses it.
type Store struct {
	Linked *link.Store
	World  any // what functions of the host find of the store; see [StoreOf]

	timed   bool                 // the time that functions of the host take is accounted for
	linking map[string]link.Host // what the core instance that is being made imports from
	making  *Instance            // whose core instance that is

	instances []*Instance // all that were made
}

// NewStore is a store without instances of the runtime r. Of the configuration, what is
// about host modules is the store's own.
func NewStore(r *link.Runtime, c link.Config) *Store {
	s := &Store{timed: c.Limits.Time}
	c.Host = func(name string) link.Host {
		if h := s.linking[name]; h != nil {
			return h
		}
		return nil
	}
	c.Owner = s
	if c.World == nil {
		c.World = nothing{}
	}
	s.Linked = r.NewStore(c)
	return s
}

// nothing is a world without anything that is open.
type nothing struct{}

func (nothing) Close() error { return nil }

// Close closes what the instances of s have, and s.
func (s *Store) Close(ctx context.Context) error { return s.Linked.Close(ctx) }

// StoreOf is the store of the component that has called a function of the host with ctx.
func StoreOf(ctx context.Context) *Store {
	if engine.ThreadOf(ctx) == nil {
		return ctx.Value(storeKey{}).(*Store)
	}
	return engine.HostOf(ctx).(*abi.Hosts).Owner.(*Store)
}

// storeKey is the key of the store in a context outside any component.
type storeKey struct{}

// Call calls f, a function of s, as the embedder; see [Func.Call].
func (s *Store) Call(ctx context.Context, f *Func, args []Value, done func(Value) error) error {
	if f.Host != nil {
		ctx = context.WithValue(ctx, storeKey{}, s)
	}
	return f.Call(ctx, nil, args, done)
}

// callingInstance is the instance that c is a core instance of.
func callingInstance(ctx context.Context, c engine.Caller) *Instance {
	s := StoreOf(ctx)
	if core := s.Linked.Calling(c); core != nil {
		if i, ok := core.Owner.(*Instance); ok {
			return i
		}
	}
	return s.making
}

// take takes n bytes of the bound of memory, for what guests have the host hold: values of a
// call, handles.
func (s *Store) take(n uint64, what string) error {
	if !s.Linked.Take(n) {
		return trap("%s need more memory than there may be", what)
	}
	return nil
}
