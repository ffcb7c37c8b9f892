package engine

import (
	"github.com/tetratelabs/wazero/experimental"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// Memory is the content of the instance's memory 0 as it is now, without a copy;
// nil if there is none. It is valid until the guest runs again.
func (i *Instance) Memory() []byte {
	if m := private.MemoryOf(i.module); m != nil {
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
