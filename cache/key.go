package cache

import (
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

// KeyOf is the key of a module under a plan: what, besides the module, decides the
// code made from it, in an encoding from which all of it can be told.
func KeyOf(plan []byte, module Digest) (k Key) {
	h := blake3.New()
	h.Write(module[:])
	h.Write(plan)
	h.Sum(k[:0])
	return k
}
