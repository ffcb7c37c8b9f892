package diagnose

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// access is an access of length bytes or elements, where there are size.
type access struct {
	from   fault.Address
	length uint64
	size   uint64
}

func accessOf(from, length, size uint64) access { return access{fault.Address{Lo: from}, length, size} }

// beyond reports whether a begins at no address of the memory that in, with a memarg,
// accesses.
func (a access) beyond(in *wasm.Instr, m *wasm.Module) bool {
	return a.from.Hi != 0 || a.from.Lo > 1<<32-1 && !m.MemoryTypeOf(in.X).Limits.Addr64
}

func (a access) outside() bool {
	return a.from.Hi != 0 || a.length > a.size || a.from.Lo > a.size-a.length
}

// line is the information line of an access out of bounds.
func (a access) line() string { return fault.OutOfBounds(a.from, a.length, a.size) }

// firstOutside is the first of two accesses that is out of bounds.
func firstOutside(a, b access) access {
	if a.outside() {
		return a
	}
	return b
}
