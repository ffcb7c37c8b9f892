package link

import (
	"context"
	"fmt"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// instantiateHelpers adds the instances that l needs to imports and returns those that
// hold a memory, by the name under which the module exported it. Helpers import in
// their turn from what is in imports already.
func (s *Store) instantiateHelpers(ctx context.Context, l *prepare.Needs, imports importer) (map[string]*engine.Instance, error) {
	if len(l.Helpers) == 0 {
		return nil, nil
	}
	moved := map[string]*engine.Instance{}
	for _, h := range l.Helpers {
		code, err := s.target.Engine.CompileWith(ctx, h.Module, engine.CompileOptions{Label: h.Name})
		if err != nil {
			return nil, fmt.Errorf("compile %s: %w", h.Name, err)
		}
		inst, err := s.target.Engine.Instantiate(ctx, code, engine.Options{Store: s.engine, Imports: imports.find, SharedMemory: h.Shared})
		if err != nil {
			return nil, fmt.Errorf("instantiate %s: %w", h.Name, err)
		}
		imports.instances[h.Name] = inst
		for _, name := range h.Exports {
			moved[name] = inst
		}
	}
	if len(l.Copies) == 0 {
		return moved, nil
	}
	var copies []engine.MemoryCopy
	for _, c := range l.Copies {
		copies = append(copies, engine.MemoryCopy{
			Name: c.Name(), Dst: imports.instances[c.Dst], Src: imports.instances[c.Src],
		})
	}
	inst, err := s.target.Engine.InstantiateCopies(ctx, lower.CopyModule, copies)
	if err != nil {
		return nil, err
	}
	s.engine.Own(inst)
	imports.instances[lower.CopyModule] = inst
	return moved, nil
}

// hostMemory is the instance that holds the memory which host functions see, unless
// it is the module's own.
func hostMemory(l *prepare.Needs, imports importer) *engine.Instance {
	for _, h := range l.Helpers {
		if h.Host {
			return imports.instances[h.Name]
		}
	}
	return nil
}

// importer finds what a module imports from.
type importer struct {
	instances map[string]*engine.Instance // of this module alone
	company   company
	services  func() *engine.Instance
}

func (i importer) find(name string) *engine.Instance {
	if inst := i.instances[name]; inst != nil {
		return inst
	}
	if name == lower.ServiceModule {
		return i.services()
	}
	if g := i.company.guests[name]; g != nil {
		return g.Engine
	}
	return nil
}

// shape is what decides the code of m in the company of guests: what comes from lowered
// instances comes as those have it.
func (i importer) shape(m *wasm.Module, alone shape) shape {
	s := alone
	for n := range m.Imports {
		im := &m.Imports[n]
		g := i.company.guest(im)
		if g == nil {
			continue
		}
		if i.redirects(m, n) {
			s.moved += movedName(n) + " "
		}
		if g.Heap == nil {
			continue
		}
		s.uses |= g.code.uses & wasm.ExceptionHandling
		if m.Refers(im) {
			s.uses |= wasm.GC
		}
	}
	return s
}

// movedName is the name that import n, of a memory that lowering has moved, gets.
func movedName(n int) string { return fmt.Sprintf("wazedge:moved/%d", n) }

// redirects reports whether import n of m has to go elsewhere: it is of a memory that
// lowering has moved out of the instance that exports it, or that is m's alone and has its
// module name in common with something else.
func (i importer) redirects(m *wasm.Module, n int) bool {
	im := &m.Imports[n]
	g := i.company.guest(im)
	if im.Kind != wasm.ExternMemory || g == nil {
		return false
	}
	return g.moved[im.Name] != nil || i.company.ownOf(im) != nil && i.shared(m, n)
}

// redirect is m with such imports going to where the memories are.
func (i importer) redirect(m *wasm.Module) *wasm.Module {
	out := m
	for n := range m.Imports {
		im := &m.Imports[n]
		if !i.redirects(m, n) {
			continue
		}
		if out == m {
			redirected := *m
			redirected.Imports = append([]wasm.Import(nil), m.Imports...)
			out = &redirected
		}
		name, g := movedName(n), i.company.guest(im)
		i.instances[name], out.Imports[n].Module = g.Engine, name
		if moved := g.moved[im.Name]; moved != nil {
			i.instances[name], out.Imports[n].Name = moved, lower.HelperMemory
		}
	}
	return out
}
