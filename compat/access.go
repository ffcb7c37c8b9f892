package compat

import (
	"fmt"
	"math/bits"

	"github.com/wazedge/wazedge/internal/wasm"
)

// access is an access of length bytes or elements, where there are size.
type access struct {
	from   address
	length uint64
	size   uint64
}

func accessOf(from, length, size uint64) access { return access{address{lo: from}, length, size} }

// address is the sum of an address and an offset, which takes 65 bits.
type address struct{ hi, lo uint64 }

func (a address) plus(n uint64) address {
	lo, carry := bits.Add64(a.lo, n, 0)
	return address{a.hi + carry, lo}
}

func (a address) String() string {
	if a.hi == 0 {
		return fmt.Sprintf("0x%08x", a.lo)
	}
	return fmt.Sprintf("0x%x%016x", a.hi, a.lo)
}

// beyond reports whether a is no address of the memory that in, with a memarg,
// accesses.
func (a address) beyond(in *wasm.Instr, m *wasm.Module) bool {
	return a.hi != 0 || a.lo > 1<<32-1 && !m.MemoryTypeOf(in.X).Limits.Addr64
}

func (a access) outside() bool {
	return a.from.hi != 0 || a.length > a.size || a.from.lo > a.size-a.length
}

// line is the information line of an access out of bounds.
func (a access) line() string {
	return fmt.Sprintf("Accessing offset from: %v to: %v , Out of boundary: 0x%08x",
		a.from, a.from.plus(max(a.length, 1)-1), max(a.size, 1)-1)
}

// firstOutside is the first of two accesses that is out of bounds.
func firstOutside(a, b access) access {
	if a.outside() {
		return a
	}
	return b
}
