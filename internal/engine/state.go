package engine

import (
	"math"
	"reflect"
	"unsafe"

	"github.com/tetratelabs/wazero/experimental"
)

// Memory is the content of the instance's memory 0 as it is now, without a copy;
// nil if there is none. It is valid until the guest runs again.
func (i *Instance) Memory() []byte {
	m := i.module.Memory()
	if m == nil || reflect.ValueOf(m).IsNil() {
		return nil
	}
	size := m.Size()
	if size == 0 && i.MemoryPages() == MaxPages { // 4 GiB, of which the engine shows all but the last byte
		b, _ := m.Read(0, math.MaxUint32)
		return unsafe.Slice(unsafe.SliceData(b), len(b)+1)
	}
	b, _ := m.Read(0, size)
	return b
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
