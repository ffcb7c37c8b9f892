package cache

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/zeebo/blake3"
)

// Key finds an entry.
type Key [32]byte

// String is the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// KeyOf is the key of a module under a recipe: what, besides the module, changes
// the code made from it, in an order that is always the same. Every part counts
// with its length, so that no two lists run into each other.
func KeyOf(recipe []string, module []byte) Key {
	h := blake3.New()
	var size [8]byte
	part := func(n int) {
		binary.LittleEndian.PutUint64(size[:], uint64(n))
		h.Write(size[:])
	}
	part(len(recipe))
	for _, s := range recipe {
		part(len(s))
		h.WriteString(s)
	}
	h.Write(module)
	var k Key
	h.Sum(k[:0])
	return k
}
