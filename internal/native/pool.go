package native

import (
	"bytes"
	"encoding/binary"
)

// pool are the constants that stand behind the instructions of a function, and the instructions that
// take them.
type pool struct {
	constants []byte
	refs      []poolRef
}

type poolRef struct {
	at     int // of what leads to the constant
	offset int // of the constant in the pool
}

// mostSearched is where in the pool, in bytes, equal constants are looked for, so that it takes bounded time.
const mostSearched = 1024

// constant is where c stands in the pool, which it is added to if it is not there. It is aligned to its size.
func (p *pool) constant(c []byte) int {
	for at := 0; at+len(c) <= min(len(p.constants), mostSearched); at += len(c) {
		if bytes.Equal(p.constants[at:at+len(c)], c) {
			return at
		}
	}
	for len(p.constants)%len(c) != 0 {
		p.constants = append(p.constants, 0xCC)
	}
	at := len(p.constants)
	p.constants = append(p.constants, c...)
	return at
}

// scalarBytes is a constant of 4 or 8 bytes.
func scalarBytes(size int, bits uint64) []byte {
	return binary.LittleEndian.AppendUint64(nil, bits)[:size]
}

// vectorBytes is a constant of 16 bytes.
func vectorBytes(low, high uint64) []byte {
	return binary.LittleEndian.AppendUint64(scalarBytes(8, low), high)
}
