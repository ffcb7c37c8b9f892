package private

import (
	"reflect"

	"github.com/tetratelabs/wazero/api"
)

// State is what a module's instance has that its code may change, save its memory:
// globals, tables, and which segments are dropped.
type State struct {
	globals []heldGlobal
	tables  []heldTable
	data    held[[]byte]
	elems   held[[]uintptr]
}

// heldGlobal is a mutable global and its value.
type heldGlobal struct {
	global interface {
		Value() (lo, hi uint64)
		SetValue(lo, hi uint64)
	}
	lo, hi uint64
}

// heldTable is a table and its elements.
type heldTable struct {
	elements reflect.Value // []uintptr, which may be set
	then     []uintptr
}

// held are segments and their contents; nil for one that is dropped.
type held[T any] struct{ now, then []T }

func (h *held[T]) restore() { copy(h.now, h.then) }

// StateOf is the state of m as it is now; ok is false where it cannot be told, or
// could not be restored.
func StateOf(m api.Module) (s *State, ok bool) {
	s = &State{}
	instance := reflect.ValueOf(m)
	globals, tables := field(instance, "Globals"), field(instance, "Tables")
	if !isSlice(globals, reflect.Pointer) || !isSlice(tables, reflect.Pointer) {
		return nil, false
	}
	for n := range globals.Len() {
		mutable := field(globals.Index(n), "Type", "Mutable")
		if mutable.Kind() != reflect.Bool {
			return nil, false
		}
		if !mutable.Bool() {
			continue
		}
		g := heldGlobal{}
		if g.global, ok = globals.Index(n).Interface().(interface {
			Value() (lo, hi uint64)
			SetValue(lo, hi uint64)
		}); !ok {
			return nil, false
		}
		g.lo, g.hi = g.global.Value()
		s.globals = append(s.globals, g)
	}
	for n := range tables.Len() {
		t := heldTable{elements: tableElements(m, uint32(n))}
		if !t.elements.CanSet() {
			return nil, false
		}
		t.then = append(t.then, Table(m, uint32(n))...)
		s.tables = append(s.tables, t)
	}
	if s.data, ok = heldOf[[]byte](instance, "DataInstances"); !ok {
		return nil, false
	}
	s.elems, ok = heldOf[[]uintptr](instance, "ElementInstances")
	return s, ok
}

// heldOf are the segments in the field name of an instance.
func heldOf[T any](instance reflect.Value, name string) (h held[T], ok bool) {
	list := field(instance, name)
	if !list.IsValid() || !list.CanInterface() {
		return h, false
	}
	if h.now, ok = list.Interface().([]T); ok {
		h.then = append(h.then, h.now...)
	}
	return h, ok
}

// Restore makes s what its instance has. Nothing of the instance may be running.
func (s *State) Restore() {
	for _, g := range s.globals {
		g.global.SetValue(g.lo, g.hi)
	}
	for _, t := range s.tables {
		if t.elements.Len() != len(t.then) {
			t.elements.SetLen(len(t.then))
		}
		copy(t.elements.Interface().([]uintptr), t.then)
	}
	s.data.restore()
	s.elems.restore()
}

// Shrink makes m, which has no less, the size bytes that Reallocate of its LinearMemory returns
// for one page more, and reports whether that could be done: wazero knows no smaller
// memories, and tells compiled code only of those that grow.
func Shrink(m api.Memory, size uint64) bool {
	buffer := field(reflect.ValueOf(m), "Buffer")
	if !isSlice(buffer, reflect.Uint8) || !buffer.CanSet() || uint64(buffer.Len()) < size {
		return false
	}
	buffer.SetLen(int(size))
	_, ok := m.Grow(1)
	return ok && uint64(buffer.Len()) == size
}
