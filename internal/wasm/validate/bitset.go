package validate

// bitset is a set of small numbers.
type bitset []uint64

// newBitset has room for numbers below n.
func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) add(x uint32) { b[x/64] |= 1 << (x % 64) }

func (b bitset) has(x uint32) bool { return int(x/64) < len(b) && b[x/64]&(1<<(x%64)) != 0 }
