package wasmedge

import (
	"maps"
	"slices"
	"sync"

	"github.com/wazedge/wazedge/internal/fault"
)

// Store has the modules that others import from, by their names.
type Store struct {
	mu    sync.Mutex
	named map[string]*Module
	world *world
}

// NewStore is a Store without modules.
func NewStore() *Store { return &Store{named: map[string]*Module{}} }

// ListModule are the names of the modules, sorted.
func (s *Store) ListModule() []string { return slices.Sorted(maps.Keys(s.modules())) }

// FindModule is the module of that name, or nil.
func (s *Store) FindModule(name string) *Module {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.named[name]
}

// Release lets go of what s holds. Modules that were made in it stay usable until they are
// released.
func (s *Store) Release() {
	if s == nil {
		return
	}
	for _, m := range s.modules() {
		m.leave(s)
	}
	s.mu.Lock()
	w := s.world
	s.named, s.world = map[string]*Module{}, nil
	s.mu.Unlock()
	w.release()
}

// modules is a copy of what s has.
func (s *Store) modules() map[string]*Module {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.named)
}

// enter is the world of s, which e makes if there is none and it can. The caller releases it.
func (s *Store) enter(e *Executor) *world {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.world != nil:
	case e.room != nil:
		s.world = newWorld(e, s.named)
	case e.world != nil: // of who calls a host function
		s.world = e.world.retain()
	default:
		return nil
	}
	return s.world.retain()
}

// renew has s begin anew with the next instance, if nobody would miss those that there are.
func (s *Store) renew() {
	s.mu.Lock()
	w := s.world
	if w == nil || !w.idle() {
		s.mu.Unlock()
		return
	}
	s.world = nil
	s.mu.Unlock()
	w.release()
}

// add gives m its name in s.
func (s *Store) add(m *Module) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.named[m.name] != nil {
		return failed(fault.New(fault.ModuleNameConflict))
	}
	if m.instance != nil {
		m.world.kept.Store(true)
		if s.world == nil {
			s.world = m.world.retain()
		} else if s.world != m.world {
			return failed(errElsewhere)
		}
	}
	s.named[m.name] = m
	m.join(s)
	return nil
}

// remove takes m out of s.
func (s *Store) remove(m *Module) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.named[m.name] == m {
		delete(s.named, m.name)
	}
}
