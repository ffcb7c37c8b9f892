package compat

import (
	"cmp"
	"context"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/threads"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/hosts"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Store is what instances share that may be linked with each other (core 4.2): one WASI
// host, one account of gas and time, one bound of memory. One goroutine at a time uses a
// Store and its instances; different stores are independent of each other.
type Store struct {
	runtime *Runtime
	config  *Config // the runtime's, with what is the store's own
	linked  *link.Store

	world *hosts.World

	own    map[string]*HostModule // of the embedder
	offers func(string) bool      // [StoreConfig.Offers]
}

// StoreConfig is what a [Store] has of its own. The zero value takes all from the
// configuration of the Runtime.
type StoreConfig struct {
	// WASI is the guest's world; nil stands for that of the [Config].
	WASI *WASIConfig

	// Hosts are modules of the embedder's that guests import from, by their names. They
	// come before WASI.
	Hosts []*HostModule

	// Offers says which of the modules that every store has (WASI, and what WasmEdge has
	// from plugins) guests find; nil stands for all.
	Offers func(module string) bool

	// GasLimit bounds the gas that may be used in all, where [Config.Limits] has a limit
	// too; nil stands for that one.
	GasLimit *uint64

	TimeLimit time.Duration // bounds the time where [Config.Limits] does, unless it is 0
	// MaxMemory bounds memories, tables and objects together, in bytes; 0 stands for the
	// bound of the [Config].
	MaxMemory uint64
}

// NewStore is a store without instances. Its owner calls [Store.Close].
func (r *Runtime) NewStore(c StoreConfig) *Store {
	s := r.newStore(r.own(&c))
	s.offers = c.Offers
	for _, h := range c.Hosts {
		s.Offer(h)
	}
	return s
}

// own is the configuration of r with what c has of its own.
func (r *Runtime) own(c *StoreConfig) *Config {
	own := r.config
	if c.WASI != nil {
		own.WASI = *c.WASI
	}
	own.Limits.MaxMemory = cmp.Or(c.MaxMemory, own.Limits.MaxMemory)
	if c.TimeLimit != 0 && own.Limits.TimeLimit != 0 {
		own.Limits.TimeLimit = c.TimeLimit
	}
	if c.GasLimit != nil && own.Limits.GasLimit != nil {
		own.Limits.GasLimit = c.GasLimit
	}
	return &own
}

// newStore is a store by the configuration c.
func (r *Runtime) newStore(c *Config) *Store {
	s := &Store{runtime: r, config: c, world: hosts.NewWorld(c.world())}
	s.linked = r.linked.NewStore(s.linking())
	return s
}

// linking is the configuration of s as linking has it.
func (s *Store) linking() link.Config {
	c := s.config
	return link.Config{
		Limits: c.accounting(), StressHeap: c.StressHeap, Wakes: c.WASI.Interruptible, Trace: c.WASI.Trace, Log: c.Log,
		Record: c.Record, Replay: c.Replay, Last: c.LastCalls, Begin: c.Begin, Tally: c.HostCalls,
		Linked: c.Linked, Host: s.host, Owner: s, World: s.world, Again: s.again,
	}
}

// Instantiate links the module m, which is valid, with host functions and with the
// instances of s that have names, makes its instance, and runs its start function if it
// has one. The error is a [*Error], a [*StartError], or a [*StartExitError].
func (s *Store) Instantiate(ctx context.Context, m *Module) (*Instance, error) {
	inst, err := s.instantiate(ctx, m)
	if err != nil {
		return nil, err
	}
	return inst, nil
}

// Instantiate is [Store.Instantiate] in a store of its own, which [Instance.Close] closes.
func (m *Module) Instantiate(ctx context.Context, c StoreConfig) (*Instance, error) {
	s := m.runtime.NewStore(c)
	inst, err := s.Instantiate(ctx, m)
	if err != nil {
		_ = s.Close(ctx) // of an instance that never was
		return nil, err
	}
	inst.sole = true
	return inst, nil
}

// Close closes i and its store, if that was made for it alone.
func (i *Instance) Close(ctx context.Context) error {
	if !i.sole {
		return nil
	}
	return i.store.Close(ctx)
}

// Store is what i shares with those that it may be linked with.
func (i *Instance) Store() *Store { return i.store }

// host is the module name of the host's, or nil.
func (s *Store) host(name string) link.Host {
	if h := s.own[name]; h != nil {
		return ownHost{h}
	}
	if name == threads.ModuleName && !s.config.features().Has(wasm.Threads) {
		return nil
	}
	if s.offers == nil || s.offers(name) {
		return s.world.Host(name)
	}
	return nil
}

// storeOf is the store in which a host function is called with ctx.
func storeOf(ctx context.Context) *Store { return engine.HostOf(ctx).(*abi.Hosts).Owner.(*Store) }

// instance is i, an instance of s, as the embedder has it; nil for nil.
func (s *Store) instance(i *link.Instance) *Instance {
	if i == nil {
		return nil
	}
	if i.Owner == nil {
		i.Owner = &Instance{store: s, linked: i}
	}
	return i.Owner.(*Instance)
}

// instantiate is [Store.Instantiate]. When the start function of m has failed, there is
// an instance beside the error, to be looked at.
func (s *Store) instantiate(ctx context.Context, m *Module) (*Instance, error) {
	if err := s.plugIn(ctx, m.linked); err != nil {
		return nil, err
	}
	inst, err := s.linked.Instantiate(ctx, m.linked)
	if err != nil {
		return s.instance(inst), startError(ctx, err)
	}
	s.world.Fill(s.linked.Guest)
	return s.instance(inst), nil
}

// Offer lets later instances of s import from h, as from [StoreConfig.Hosts]. A name that
// is taken names the newer module from then on.
func (s *Store) Offer(h *HostModule) {
	if s.own == nil {
		s.own = map[string]*HostModule{}
	}
	s.Unlink(h.name)
	s.own[h.name] = h
}

// Objects is the instance of the memories, globals and tables of h, which is offered, and
// is made if it is not there yet; nil for a module of functions.
func (s *Store) Objects(ctx context.Context, h *HostModule) (*Instance, error) {
	if err := s.linked.Provide(ctx, h.name); err != nil {
		return nil, err
	}
	return s.Guest(h.name), nil
}

// Unlink takes the name of a guest or of an embedder's module away: later instances do
// not find it. What it names stays usable.
func (s *Store) Unlink(name string) {
	s.linked.Unlink(name)
	delete(s.own, name)
}

// Allow bounds the gas that may be used from now on, where [Config.Limits] has a limit of
// gas too. No call may be under way.
func (s *Store) Allow(gas uint64) {
	if s.config.Limits.GasLimit != nil {
		s.linked.Account.Allow(gas)
	}
}

// Link lets later instances of s import from inst, an instance of s, under name. A name
// that is taken names the newer instance from then on.
func (s *Store) Link(name string, inst *Instance) { s.linked.Link(name, inst.linked) }

// Guest is the instance of s that has the name, or nil: one that was linked, or the
// objects of a [HostModule].
func (s *Store) Guest(name string) *Instance { return s.instance(s.linked.Linked(name)) }

// Statistics is what the instances of s have used so far.
func (s *Store) Statistics() limits.Statistics { return s.linked.Account.Statistics() }

// Close closes all instances of s. What is under way, of which Close may be called, ends
// first, interrupted with [ErrClosed]; later calls fail with it. Any goroutine may call it.
func (s *Store) Close(ctx context.Context) error { return s.linked.Close(ctx) }
