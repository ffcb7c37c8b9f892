package cache

import (
	"encoding/binary"
	"encoding/hex"
	"io"

	"github.com/zeebo/blake3"
)

// Digest is the BLAKE3 of a module.
type Digest [32]byte

// DigestOf is the digest of module.
func DigestOf(module []byte) Digest { return blake3.Sum256(module) }

// DigestFrom is the digest of a module that is read from r to its end.
func DigestFrom(r io.Reader) (d Digest, err error) {
	h := blake3.New()
	if _, err := io.CopyBuffer(h, r, make([]byte, digestBuffer)); err != nil {
		return d, err
	}
	h.Sum(d[:0])
	return d, nil
}

// digestBuffer is how much of a module is in memory while it is hashed.
const digestBuffer = 128 << 10

// Key finds an entry.
type Key [32]byte

// String is the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// KeyOf is the key of a module under a recipe: what, besides the module, changes
// the code made from it, in an order that is always the same. Every part counts
// with its length, so that no two lists run into each other.
func KeyOf(recipe []string, module Digest) (k Key) {
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
	h.Write(module[:])
	h.Sum(k[:0])
	return k
}
