package link

import (
	"context"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/objects"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/refusal"
)

// joinHeap makes the heap ready for the instance of l, if it needs one, and adds
// what it imports of it to instances.
func (t *thread) joinHeap(ctx context.Context, l *pipeline.Needs, instances map[string]*engine.Instance) (*objects.Heap, error) {
	if l.Objects == nil {
		return nil, nil
	}
	s := t.store
	if t.heap == nil {
		var err error
		if t.heap, err = objects.New(ctx, s.target.Engine, t.engine, heap.Config{Limit: s.config.Limits.MaxHeap, Stress: s.config.StressHeap}, t.pause); err != nil {
			return nil, err
		}
		if t != s.first {
			// As many as the guest likes are not free as that of the first is.
			runtime := t.heap.Module(heap.RuntimeModule)
			t.kept = append(t.kept, runtime)
			taken := runtime.MemoryPages() << 16
			if !s.budget.Take(taken) {
				return nil, refusal.NoMemory()
			}
			t.taken = taken
		}
	}
	for _, name := range []string{heap.HostModule, heap.RuntimeModule} {
		instances[name] = t.heap.Module(name)
	}
	types, err := l.Objects.Space(t.identities())
	if err != nil {
		return nil, err
	}
	t.heap.Expect(types, l.Objects.Funcs)
	return t.heap, nil
}

// pause is why the guest is to end now, or nil.
func (t *thread) pause() error {
	if err := t.account.Pause(); err != nil {
		return err
	}
	return nil
}

// Pause is why a long piece of work for the guest is to end now, or nil.
func (s *Store) Pause() error { return s.first.pause() }

// Take takes n bytes of the bound of memory, for what the host holds for guests, and reports
// whether there were as many. They are taken until they are given back.
func (s *Store) Take(n uint64) bool { return s.budget.Take(n) }

// Give gives back what has been taken.
func (s *Store) Give(n uint64) { s.budget.Give(n) }

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

// MemoryUse is what the memories of s are now.
func (s *Store) MemoryUse() engine.MemoryUse { return s.engine.MemoryUse() }
