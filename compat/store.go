package compat

import (
	"context"
	"errors"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/logging"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/limits"
)

// Store is what instances share that may be linked with each other (core 4.2): one WASI
// host, one account of gas and time, one bound of memory. One goroutine at a time uses a
// Store and its instances; different stores are independent of each other.
type Store struct {
	runtime *Runtime
	config  *Config // the runtime's, with what is the store's own
	linked  *link.Store

	own       map[string]*HostModule // of the embedder
	wasi      *wasi.Host
	logging   *logging.Host
	wasiReady bool // the guest has its arguments, environment and files
}

// StoreConfig is what a [Store] has of its own. The zero value takes all from the
// configuration of the Runtime.
type StoreConfig struct {
	// WASI is the guest's world; nil stands for that of the [Config].
	WASI *WASIConfig

	// Hosts are modules of the embedder's that guests import from, by their names. They
	// come before WASI.
	Hosts []*HostModule

	// GasLimit bounds the gas that may be used in all, where [Config.Limits] has a limit
	// too; nil stands for that one.
	GasLimit *uint64

	// MaxMemory bounds memories, tables and objects together, in bytes; 0 stands for the
	// bound of the [Config].
	MaxMemory uint64
}

// NewStore is a store without instances. Its owner calls [Store.Close].
func (r *Runtime) NewStore(c StoreConfig) *Store {
	own := &r.config
	if c.WASI != nil || c.MaxMemory != 0 || c.GasLimit != nil {
		changed := r.config
		own = &changed
	}
	if c.WASI != nil {
		own.WASI = *c.WASI
	}
	if c.MaxMemory != 0 {
		own.Limits.MaxMemory = c.MaxMemory
	}
	if c.GasLimit != nil && own.Limits.GasLimit != nil {
		own.Limits.GasLimit = c.GasLimit
	}
	s := r.newStore(own)
	if len(c.Hosts) > 0 {
		s.own = map[string]*HostModule{}
		for _, h := range c.Hosts {
			s.own[h.name] = h
		}
	}
	return s
}

// newStore is a store by the configuration c.
func (r *Runtime) newStore(c *Config) *Store {
	s := &Store{runtime: r, config: c}
	s.linked = r.linked.NewStore(s.linking())
	return s
}

// linking is the configuration of s as linking has it.
func (s *Store) linking() *link.Config {
	c := s.config
	return &link.Config{
		Limits: c.accounting(), StressHeap: c.StressHeap, Wakes: c.WASI.Interruptible, Trace: c.WASI.Trace, Log: c.Log,
		Linked: c.Linked, Host: s.host, Owner: s, Again: s.again,
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

// Instantiate makes an instance of m, which is valid, in a store of its own, which
// [Instance.Close] closes. The error is that of [Store.Instantiate].
func (m *Module) Instantiate(ctx context.Context, c StoreConfig) (*Instance, error) {
	s := m.runtime.NewStore(c)
	inst, err := s.Instantiate(ctx, m)
	if err != nil {
		return nil, errors.Join(err, s.Close(ctx))
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
	inst, err := s.linked.Instantiate(ctx, m.linked)
	if err != nil {
		return s.instance(inst), startError(ctx, err)
	}
	s.initWASI()
	return s.instance(inst), nil
}

// Link lets later instances of s import from inst, an instance of s, under name. A name
// that is taken names the newer instance from then on.
func (s *Store) Link(name string, inst *Instance) { s.linked.Link(name, inst.linked) }

// Guest is the instance of s that has the name, or nil: one that was linked, or the
// objects of a [HostModule].
func (s *Store) Guest(name string) *Instance { return s.instance(s.linked.Linked(name)) }

// Statistics is what the instances of s have used so far.
func (s *Store) Statistics() limits.Statistics { return s.linked.Account.Statistics() }

// Close closes all instances of s.
func (s *Store) Close(ctx context.Context) error {
	err := s.linked.Close(ctx)
	if s.wasi != nil {
		err = errors.Join(err, s.wasi.Close())
	}
	if s.logging != nil {
		err = errors.Join(err, s.logging.Close())
	}
	return err
}
