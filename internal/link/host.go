package link

import (
	"context"
	"fmt"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Host is a module that the host offers to guests.
type Host interface {
	// Function is the type of the function that an import named name of type want gets,
	// and whether there is one of that name. It may be another type than want, which is
	// nil for an import of something else.
	Function(name string, want *wasm.FuncType) (wasm.FuncType, bool)

	// Instantiate makes, or finds, an instance that exports what the imports in list ask
	// for, under their names, to guests of s. Pointers are into the memory of memory, or of
	// the calling instance when that is nil.
	Instantiate(ctx context.Context, s *Store, list []*wasm.Import, types []wasm.SubType, memory *engine.Instance) (*engine.Instance, error)

	// Imported is told that a guest of s is given an instance that sees its caller's memory,
	// before it is.
	Imported(s *Store, list []*wasm.Import, types []wasm.SubType)

	// Objects is a module that imports all functions and exports them again, with the
	// memories, tables and globals of the host module; nil for a module of functions.
	Objects() *wasm.Module
}

// provide makes the objects of the host modules that m imports from, and are there for
// the first time.
func (s *Store) provide(ctx context.Context, m *Module) error {
	for _, im := range m.Decoded().Imports {
		if err := s.Provide(ctx, im.Module); err != nil {
			return err
		}
	}
	return nil
}

// Provide makes the objects of the host module name, if there are any and they are not there
// yet.
func (s *Store) Provide(ctx context.Context, name string) error {
	h := s.config.Host(name)
	if h == nil || s.guests[name] != nil {
		return nil
	}
	objects := h.Objects()
	if objects == nil {
		return nil
	}
	return s.instantiateObjects(ctx, name, h, objects)
}

// instantiateObjects makes an instance of objects, those of the host module h.
func (s *Store) instantiateObjects(ctx context.Context, name string, h Host, objects *wasm.Module) error {
	m, err := s.runtime.objectsOf(h, objects)
	if err != nil {
		return err
	}
	inst := s.describe(m, company{guests: s.guests})
	if err := s.start(ctx, inst, inst.Module, s.wanted(inst.Module), false); err != nil {
		return err
	}
	s.Link(name, inst)
	return nil
}

// objectsOf is the module objects of h, which all stores share.
func (r *Runtime) objectsOf(h Host, objects *wasm.Module) (*Module, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.objects[h]; m != nil {
		return m, nil
	}
	decoded, err := r.Options.Decode(wasm.Encode(objects))
	if err != nil {
		return nil, err
	}
	if err := decoded.Validate(); err != nil {
		return nil, err
	}
	if r.objects == nil {
		r.objects = map[Host]*Module{}
	}
	m := r.Module(decoded)
	r.objects[h] = m
	return m, nil
}

// wanted are the imports of m from host modules, by their names.
func (s *Store) wanted(m *wasm.Module) map[string][]*wasm.Import {
	wanted := map[string][]*wasm.Import{}
	for n := range m.Imports {
		if im := &m.Imports[n]; s.config.Host(im.Module) != nil {
			wanted[im.Module] = append(wanted[im.Module], im)
		}
	}
	return wanted
}

// instantiateHosts adds an instance of every host module that m imports from, or one of
// those that others with its code have found. They see the memory of i's holder, or of who
// calls when that is nil.
func (s *Store) instantiateHosts(ctx context.Context, m *wasm.Module, i *Instance, wanted map[string][]*wasm.Import, instances map[string]*engine.Instance) error {
	found, shared := &i.code.hosts, i.holder == nil && i.plugin == nil
	for name, imports := range wanted {
		host := i.host(name)
		var inst *engine.Instance
		if i.holder == nil {
			host.Imported(s, imports, m.Types)
		}
		if shared {
			inst = found.Of(host)
		}
		if inst == nil {
			var err error
			if inst, err = host.Instantiate(ctx, s, imports, m.Types, i.holder); err != nil {
				return fmt.Errorf("instantiate host module %q: %w", name, err)
			}
			if shared {
				found.Note(host, inst)
			} else if i.holder == nil {
				s.engine.Own(inst)
			}
		}
		instances[name] = inst
	}
	return nil
}

// services finds the instance behind lower.ServiceModule.
func (s *Store) services(ctx context.Context) func() *engine.Instance {
	return func() *engine.Instance {
		// Without it, instantiation fails.
		i, _ := s.target.Engine.Services(ctx, lower.ServiceModule)
		return i
	}
}
