package private

import (
	"unsafe"

	"github.com/tetratelabs/wazero"

	"github.com/wazedge/wazedge/internal/engine/guard"
)

// Guarded is the machine code of m, and whether it has sites of package guard. ok is false where it cannot
// be told.
func Guarded(m wazero.CompiledModule) (code []byte, marked, ok bool) {
	c, ok := CodeAmong(m)
	if !ok {
		return nil, false, false
	}
	code = unsafe.Slice((*byte)(c.executable), c.size)
	return code, guard.Marked(code), true
}
