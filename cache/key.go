package cache

import (
	"encoding/hex"
	"io"

	"github.com/wazedge/wazedge/internal/blake3"
)

// Digest is the BLAKE3 of a module.
type Digest [32]byte

// DigestOf is the digest of module.
func DigestOf(module []byte) Digest { return blake3.Sum256All(module) }

// DigestAt is the digest of the module that is size bytes of r. It is never in memory as a whole.
func DigestAt(r io.ReaderAt, size int64) (Digest, error) { return blake3.Sum256At(r, size) }

// Key finds an entry.
type Key [32]byte

// String is the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// KeyOf is the key of a module under a plan: what, besides the module, decides the
// code made from it, in an encoding from which all of it can be told.
func KeyOf(plan []byte, module Digest) Key {
	return blake3.Sum256(append(module[:], plan...))
}
