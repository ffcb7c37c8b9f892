package link

import (
	"context"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/objects"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/prepare"
)

// joinHeap makes the heap ready for the instance of l, if it needs one, and adds
// what it imports of it to instances.
func (s *Store) joinHeap(ctx context.Context, l *prepare.Needs, instances map[string]*engine.Instance) (*objects.Heap, error) {
	if l.Objects == nil {
		return nil, nil
	}
	if s.heap == nil {
		var err error
		if s.heap, err = objects.New(ctx, s.target.Engine, s.engine, heap.Config{Limit: s.config.Limits.MaxHeap, Stress: s.config.StressHeap}, s.pause); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{heap.HostModule, heap.RuntimeModule} {
		instances[name] = s.heap.Module(name)
	}
	types, err := l.Objects.Space(s.identities())
	if err != nil {
		return nil, err
	}
	s.heap.Expect(types, l.Objects.Funcs)
	return s.heap, nil
}

// pause is why the guest is to end now, or nil.
func (s *Store) pause() error {
	if err := s.Account.Pause(); err != nil {
		return err
	}
	return nil
}

// Pause is why a long piece of work for the guest is to end now, or nil.
func (s *Store) Pause() error { return s.pause() }

// Room reports whether n more bytes fit the bound of memory.
func (s *Store) Room(n uint64) bool {
	if !s.budget.Take(n) {
		return false
	}
	s.budget.Give(n)
	return true
}

// TableLen is the present number of elements of the table x, exported as name.
func (i *Instance) TableLen(name string, x uint32) uint64 {
	switch {
	case i.Closed():
		return 0
	case i.Heap == nil:
		return i.Engine.TableSize(x)
	}
	ref, _ := i.Engine.Global(name)
	return uint64(i.Heap.TableSize(uint32(ref)))
}
