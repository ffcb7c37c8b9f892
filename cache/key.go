package cache

import (
	"encoding/binary"
	"encoding/hex"
	"io"

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
	h := newHash(recipe)
	h.Write(module)
	return sum(h)
}

// KeyFrom is KeyOf for a module that is read from r to its end.
func KeyFrom(recipe []string, r io.Reader) (Key, error) {
	h := newHash(recipe)
	if _, err := io.CopyBuffer(h, r, make([]byte, keyBuffer)); err != nil {
		return Key{}, err
	}
	return sum(h), nil
}

// keyBuffer is how much of a module is in memory while it is hashed.
const keyBuffer = 128 << 10

func newHash(recipe []string) *blake3.Hasher {
	h := blake3.New()
	var size [8]byte
	number := func(n int) {
		binary.LittleEndian.PutUint64(size[:], uint64(n))
		h.Write(size[:])
	}
	number(len(recipe))
	for _, s := range recipe {
		number(len(s))
		h.WriteString(s)
	}
	return h
}

func sum(h *blake3.Hasher) (k Key) {
	h.Sum(k[:0])
	return k
}
