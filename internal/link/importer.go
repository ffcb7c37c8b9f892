package link

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
)

// importer finds what a module imports from.
type importer struct {
	instances map[string]*engine.Instance // of this module alone
	company   company
	services  func() *engine.Instance
	noted     map[string]*engine.Instance // what has been found, for threads
}

// find is what the engine takes name from, for the module or one that helps it.
func (i importer) find(name string) *engine.Instance {
	inst := i.look(name)
	i.noted[name] = inst
	return inst
}

func (i importer) look(name string) *engine.Instance {
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
	return g.moved[im.Name] != nil || i.company.ownOf(im) != nil && m.SharesName(n)
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
