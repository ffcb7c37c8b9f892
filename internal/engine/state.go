package engine

import (
	"github.com/tetratelabs/wazero/experimental"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// Memory is the content of the instance's memory 0 as it is now, without a copy;
// nil if there is none. It is valid until the guest runs again.
func (i *Instance) Memory() []byte {
	if m := i.memory(); m != nil {
		return private.Contents(m)
	}
	return nil
}

// GlobalAt is the value of global index of the instance's index space, in the form
// of [Instance.Call], and whether there is one. wazero shows no more than the low
// half of a v128.
func (i *Instance) GlobalAt(index uint32) (uint64, bool) {
	m, ok := i.module.(experimental.InternalModule)
	if !ok || int(index) >= m.NumGlobal() {
		return 0, false
	}
	return m.Global(int(index)).Get(), true
}

// GrowMemory grows memory 0 by pages of 64 KiB, as memory.grow does, and returns its size
// before, or false where it cannot grow.
func (i *Instance) GrowMemory(pages uint32) (before uint64, ok bool) {
	m := i.memory()
	if m == nil {
		return 0, false
	}
	before = private.Pages(m)
	_, ok = m.Grow(pages)
	return before, ok
}

// Table are the elements of table index, to be read and written: references as
// [Instance.Call] has them.
func (i *Instance) Table(index uint32) []uintptr { return private.Table(i.module, index) }
