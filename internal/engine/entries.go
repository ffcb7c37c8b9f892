package engine

import (
	"slices"
	"sync"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// Entries are the entries in tables of functions that are compiled apart from the instance on
// which they work, and after it.
type Entries struct {
	core *Instance
	list *private.Entries
}

// Entries makes n entries for i, which is compiled. Entry k has the type at kind(k) of i's
// module, and leads to the function stub(k) of the module of stubs, code, until it is set: there
// the first global, an i32, is k. It is nil where the engine is not one in which that can be
// done.
func (i *Instance) Entries(stubs *Instance, code *Code, n int, kind, stub func(k int) int) *Entries {
	if !i.known {
		return nil
	}
	list := private.NewEntries(i.module, stubs.module, code.module, n, kind, stub)
	if list == nil {
		return nil
	}
	return &Entries{i, list}
}

// Element is entry k as an element of a table, see [Instance.Table].
func (e *Entries) Element(k int) uintptr { return e.list.Element(k) }

// Fits reports whether [Entries.Set] takes c. Any goroutine may call it.
func (e *Entries) Fits(c *Code) bool { return e.takes(c) && e.list.Fits(c.module) }

// takes reports whether the memory is one that c can work on.
func (e *Entries) takes(c *Code) bool {
	return !c.guarded || e.core.region != nil && e.core.region.guarded()
}

// Set has the entries list lead to the first functions that c has of its own, in that
// order: c was made of a module with the imports, memory, globals and tables of the instance, and
// its functions work on that. It reports whether they do. It is called by host functions that
// the instance has called, or while nothing is called in it. Frames of c are told in traps.
func (e *Entries) Set(c *Code, list []uint32) bool {
	if !e.takes(c) {
		return false
	}
	e.core.pieces.add(c) // before it is called
	return e.list.Set(c.module, list)
}

// Replace is Set for entries that have been set, in place of that: it may be called by any goroutine, whatever the instance
// is doing, where Replaces says so.
func (e *Entries) Replace(c *Code, list []uint32) bool {
	if !Replaces || !e.takes(c) {
		return false
	}
	e.core.pieces.add(c)
	return e.list.Replace(c.module, list)
}

// Replaces says that [Entries.Replace] can be called.
const Replaces = private.Replaces

// pieces are codes whose functions an instance may call.
type pieces struct {
	mu   sync.Mutex
	list []*Code
}

// add adds c, unless it is there.
func (p *pieces) add(c *Code) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.list, c) {
		p.list = append(p.list, c)
	}
}

// all are the pieces now, which none is taken away from.
func (p *pieces) all() []*Code {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.list)
}
