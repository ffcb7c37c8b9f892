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

	// Account is asked by what takes long in the first thread; nil is never asked.
	Account Account

	// Meter is what metered modules call in it; nil where none is metered.
	Meter Meter

	// Host is what host functions find with [HostOf].
	Host any
}

// Store is what instances share that may be linked with each other (core 4.2): the
// bounds of memory, the threads that wait. One goroutine at a
// time makes instances in a store, but for those of threads.
type Store struct {
	memory    *allocator
	waits     waits
	growth    growth
	host      any
	first     *Thread
	instances []*Instance
}

// NewStore is a store without instances. Its owner calls [Store.Close].
func (r *Runtime) NewStore(c StoreConfig) *Store {
	pages := uint32(MaxPages)
	if c.MemoryPages != nil {
		pages = min(*c.MemoryPages, MaxPages)
	}
	s := &Store{host: c.Host}
	s.memory = &allocator{limit: uint64(pages) * pageSize, limited: c.MemoryPages != nil, refused: c.GrowRefused, budget: c.Budget, spaces: &r.spaces, images: &r.images}
	s.growth = growth{budget: c.Budget, most: c.TableGrowth}
	s.first = s.NewThread(c.Account, c.Meter)
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

// Thread is one of the threads in which instances of a [Store] are executed.
type Thread struct {
	// Objects is the heap of objects, once there is one; see package objects.
	Objects any

	store      *Store
	account    Account
	meter      Meter
	background *callContext
	tracers    map[Tracer]Tracer // in the place of those that code was compiled with
	asked      uint32            // elements of the growth of a table that is under way
}

// NewThread is a further thread of s, whose long functions ask a, and whose metered
// modules call m; both may be nil.
func (s *Store) NewThread(a Account, m Meter) *Thread {
	t := &Thread{store: s, account: a, meter: m}
	t.background = &callContext{context.Background(), t}
	return t
}

// First is the thread of all instances for which [Options.Thread] names no other.
func (s *Store) First() *Thread { return s.first }

// callContext is the context of all that is called in a thread of a store, by which functions
// of the host, which all stores of a Runtime share, know whose they are.
type callContext struct {
	context.Context
	thread *Thread
}

// threadKey is the key of a callContext's thread.
type threadKey struct{}

// Value implements [context.Context].
func (c *callContext) Value(key any) any {
	if _, ok := key.(threadKey); ok {
		return c.thread
	}
	return c.Context.Value(key)
}

// context is ctx for what is called in t.
func (t *Thread) context(ctx context.Context) context.Context {
	if ctx == context.Background() {
		return t.background
	}
	if c, ok := ctx.(*callContext); ok && c.thread == t {
		return ctx
	}
	return &callContext{ctx, t}
}

// ThreadOf is the thread in which something is called with ctx; nil for none.
func ThreadOf(ctx context.Context) *Thread {
	if c, ok := ctx.(*callContext); ok {
		return c.thread
	}
	t, _ := ctx.Value(threadKey{}).(*Thread)
	return t
}

// StoreOf is the store in which something is called with ctx.
func StoreOf(ctx context.Context) *Store { return ThreadOf(ctx).store }

// In is o for an instance that is executed in t.
func (t *Thread) In(o Options) Options {
	if o.Store = t.store; t != t.store.first {
		o.Thread = t
	}
	return o
}

// Store is that of t.
func (t *Thread) Store() *Store { return t.store }

// HostOf is the [StoreConfig.Host] of the store in which a function of the host is
// called with ctx.
func HostOf(ctx context.Context) any { return StoreOf(ctx).host }
