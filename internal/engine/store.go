package engine

import (
	"context"
	"errors"
)

// StoreConfig is what bounds the instances of a [Store].
type StoreConfig struct {
	// MemoryPages bounds the growth of every linear memory, in pages of 64 KiB; nil
	// stands for [MaxPages]. No memory may declare a larger minimum.
	MemoryPages *uint32

	// GrowRefused, when not nil, is told of every memory.grow that fails for
	// MemoryPages, or of a memory with [Options.WideMemory] for what the engine has.
	GrowRefused func()

	// Budget bounds what all linear memories, tables and objects take together; nil
	// is no bound.
	Budget *Budget

	// TableGrowth bounds the elements that all tables together grow by; 0 is no bound
	// but the budget's.
	TableGrowth uint64

	// Account is asked by what takes long; nil is never asked.
	Account Account

	// Meter is what metered modules call; nil where none is metered.
	Meter Meter

	// Host is what host functions find with [HostOf].
	Host any
}

// Store is what instances share that may be linked with each other (core 4.2): the
// bounds of memory, the threads that wait, the heap of objects. One goroutine at a
// time makes instances in a store.
type Store struct {
	// Objects is the heap of objects, once there is one; see package objects.
	Objects any

	memory     *allocator
	services   services
	meter      Meter
	host       any
	background *callContext

	instances []*Instance
}

// NewStore is a store without instances. Its owner calls [Store.Close].
func (r *Runtime) NewStore(c StoreConfig) *Store {
	pages := uint32(MaxPages)
	if c.MemoryPages != nil {
		pages = min(*c.MemoryPages, MaxPages)
	}
	s := &Store{meter: c.Meter, host: c.Host}
	s.memory = &allocator{limit: uint64(pages) * pageSize, limited: c.MemoryPages != nil, refused: c.GrowRefused, budget: c.Budget, spaces: &r.spaces}
	s.services = services{growth: growth{budget: c.Budget, most: c.TableGrowth}, waits: waits{account: c.Account}}
	s.background = &callContext{context.Background(), s}
	return s
}

// Close closes all instances of s, and frees what they have taken.
func (s *Store) Close(ctx context.Context) error {
	var err error
	for _, i := range s.instances {
		err = errors.Join(err, i.module.Close(ctx))
		if i.code != nil {
			err = errors.Join(err, i.code.Close(ctx))
		}
	}
	s.instances = nil
	s.memory.close()
	return err
}

// Own has i, host functions that are for instances of s alone, closed with s.
func (s *Store) Own(i *Instance) { s.instances = append(s.instances, i) }

// callContext is the context of all that is called within a store, by which functions
// of the host, which all stores of a Runtime share, know whose they are.
type callContext struct {
	context.Context
	store *Store
}

// storeKey is the key of a callContext's store.
type storeKey struct{}

// Value implements [context.Context].
func (c *callContext) Value(key any) any {
	if _, ok := key.(storeKey); ok {
		return c.store
	}
	return c.Context.Value(key)
}

// context is ctx for what is called in s.
func (s *Store) context(ctx context.Context) context.Context {
	if ctx == context.Background() {
		return s.background
	}
	if c, ok := ctx.(*callContext); ok && c.store == s {
		return ctx
	}
	return &callContext{ctx, s}
}

// StoreOf is the store in which something is called with ctx.
func StoreOf(ctx context.Context) *Store {
	if c, ok := ctx.(*callContext); ok {
		return c.store
	}
	s, _ := ctx.Value(storeKey{}).(*Store)
	return s
}

// HostOf is the [StoreConfig.Host] of the store in which a function of the host is
// called with ctx.
func HostOf(ctx context.Context) any { return StoreOf(ctx).host }
