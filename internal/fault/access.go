package fault

import (
	"fmt"
	"math/bits"
)

// Address is the sum of an address and an offset, which takes 65 bits.
type Address struct{ Hi, Lo uint64 }

// Plus is the address n further on.
func (a Address) Plus(n uint64) Address {
	lo, carry := bits.Add64(a.Lo, n, 0)
	return Address{a.Hi + carry, lo}
}

// String is a as information lines have it.
func (a Address) String() string {
	if a.Hi == 0 {
		return fmt.Sprintf("0x%08x", a.Lo)
	}
	return fmt.Sprintf("0x%x%016x", a.Hi, a.Lo)
}

// OutOfBounds is the information line of an access of length bytes or elements, where
// there are size.
func OutOfBounds(from Address, length, size uint64) string {
	return fmt.Sprintf("Accessing offset from: %v to: %v , Out of boundary: 0x%08x",
		from, from.Plus(max(length, 1)-1), max(size, 1)-1)
}
