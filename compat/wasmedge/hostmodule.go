package wasmedge

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/wazedge/wazedge/compat"
)

// hostContents is what a module of the host's has, by name.
type hostContents struct {
	functions map[string]*Function
	tables    map[string]*Table
	memories  map[string]*Memory
	globals   map[string]*Global

	mu     sync.Mutex
	module *compat.HostModule // what all worlds find; nil before one does
}

func newHostContents() *hostContents {
	return &hostContents{
		functions: map[string]*Function{}, tables: map[string]*Table{},
		memories: map[string]*Memory{}, globals: map[string]*Global{},
	}
}

// objects reports whether not all of h are functions.
func (h *hostContents) objects() bool {
	return len(h.tables)+len(h.memories)+len(h.globals) > 0
}

// add changes the contents by f, which worlds that find h from now on see.
func (h *hostContents) add(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	h.module = nil
}

// offer has guests find m under its name in w.
func (w *world) offer(ctx context.Context, m *Module) error {
	h := m.host.shared(m.name)
	w.store.Offer(h)
	w.mu.Lock()
	objects, there := w.hosts[m]
	w.mu.Unlock()
	if there {
		if objects != nil {
			w.store.Link(m.name, objects)
		}
		return nil
	}
	objects, err := w.store.Objects(ctx, h)
	if err != nil {
		return err
	}
	if objects != nil {
		w.kept.Store(true)
	}
	if err := m.host.attach(w, objects); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hosts[m] = objects
	return nil
}

// shared is h as a module for guests of all worlds.
func (h *hostContents) shared(name string) *compat.HostModule {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.module == nil {
		h.module = h.build(name)
	}
	return h.module
}

func (h *hostContents) build(name string) *compat.HostModule {
	m := compat.NewHostModule(name)
	for _, name := range slices.Sorted(maps.Keys(h.functions)) {
		f := h.functions[name]
		m.Func(name, f.typ, f.called)
	}
	for _, name := range slices.Sorted(maps.Keys(h.tables)) {
		m.TableOf(name, h.tables[name].now())
	}
	for _, name := range slices.Sorted(maps.Keys(h.memories)) {
		m.MemoryOf(name, h.memories[name].now())
	}
	for _, name := range slices.Sorted(maps.Keys(h.globals)) {
		g := h.globals[name]
		m.Global(name, g.typ, g.bits()...)
	}
	return m
}

// attach has the objects of h be those of the instance in w from now on.
func (h *hostContents) attach(w *world, in *compat.Instance) error {
	if in == nil {
		return nil
	}
	for name, t := range h.tables {
		guest, _ := in.Table(name)
		if err := t.attach(w, guest); err != nil {
			return err
		}
	}
	for name, m := range h.memories {
		guest, _ := in.Memory(name)
		if err := m.attach(w, guest); err != nil {
			return err
		}
	}
	for name, g := range h.globals {
		guest, _ := in.Global(name)
		if err := g.attach(w, guest); err != nil {
			return err
		}
	}
	return nil
}
