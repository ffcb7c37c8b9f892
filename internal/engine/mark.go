package engine

import (
	"errors"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// Mark is what the instances of a [Store] have at one time. The contents of memories are an image,
// which the marks of instances of the same code have in common, and which the memories
// map: they get copies of their own of the pages that they write to.
type Mark struct {
	store  *Store
	list   []marked
	growth uint64 // elements that tables have grown by
}

// marked is an instance and what it has.
type marked struct {
	instance *Instance
	state    *private.State
	memory   api.Memory // of its own; nil for none
	region   *region
	image    *image
	base     *byte // where the region is
	copied   bool  // of the image, some is copied rather than mapped
}

// errUnmarked is why a store cannot be taken back to a mark.
var (
	errUnmarked = errors.New("engine: the state of the instances cannot be taken over")
	errMoved    = errors.New("engine: the instances cannot be taken back to what they were")
)

// Mark notes what the instances of s have now, once. No memory is shared, there are no
// objects, and nothing is being called. The error is why that cannot be done.
func (s *Store) Mark() (*Mark, error) {
	if s.first.Objects != nil {
		return nil, errUnmarked
	}
	m := &Mark{store: s, growth: s.growth.total}
	for _, i := range s.instances {
		if i.code != nil || i.thread == nil {
			continue // host functions
		}
		at, ok := i.mark()
		if !ok {
			return nil, errUnmarked
		}
		m.list = append(m.list, at)
	}
	return m, nil
}

// mark notes what i has now.
func (i *Instance) mark() (at marked, ok bool) {
	at.instance = i
	if !i.known {
		return at, false
	}
	if at.state, ok = private.StateOf(i.module); !ok {
		return at, false
	}
	r := i.region
	if r == nil {
		return at, true
	}
	if r.pinned || r.image != nil {
		return at, false
	}
	contents := i.Memory()
	at.memory, at.region, at.base = private.MemoryOf(i.module), r, r.base()
	at.image = i.thread.store.memory.images.of(i.label, contents)
	mapped, whole := at.image.mapTo(contents)
	r.image, r.mapped, at.copied = at.image, mapped, !whole
	return at, true
}

// Restore has the instances be what they were, whatever has happened to them since, traps
// included, in time that depends on the pages that they have written to. Nothing of the store is being called. After
// an error the store is to be closed.
func (m *Mark) Restore() error {
	g := &m.store.growth
	g.budget.Give((g.total - m.growth) * elementSize)
	g.total = m.growth
	for n := range m.list {
		if !m.list[n].restore() {
			return errMoved
		}
	}
	return nil
}

func (a *marked) restore() bool {
	a.state.Restore()
	a.instance.calling = nil
	r := a.region
	if r == nil {
		return true
	}
	size, whole := a.image.size, a.image.size <= resident
	kept := uint64(0) // bytes that stay where they are
	if whole {
		kept = size
	}
	if r.base() != a.base || !r.clear(kept) {
		return false
	}
	if r.used != size && !r.shrink(a.memory, size) {
		return false
	}
	if a.copied || whole {
		a.image.copyTo(r.bytes[:size], whole)
	}
	return true
}
