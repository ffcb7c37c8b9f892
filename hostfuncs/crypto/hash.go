package crypto

import (
	"crypto/hmac"
	"hash"
)

// digest is a transformation that is a hash of what it has absorbed. Squeezing changes nothing.
type digest struct {
	cannot
	hash.Hash
}

func openHash(a *symmetric, _ []byte, _ *options) (transformation, Errno) {
	return &digest{Hash: a.hash()}, success
}

func (d *digest) absorb(_ *counted, piece []byte, _ bool) Errno {
	d.Write(piece)
	return success
}

func (d *digest) most() (int, Errno) { return d.Size(), success }

func (d *digest) squeeze(piece []byte, _ bool) Errno {
	copy(piece, d.Sum(nil))
	return success
}

func (d *digest) clone(*counted) (transformation, Errno) {
	h, e := cloneHash(d.Hash)
	return &digest{Hash: h}, e
}

func (d *digest) wipe() { d.Reset() }

// cloneHash is a copy of h with what it has been written.
func cloneHash(h hash.Hash) (hash.Hash, Errno) {
	c, err := h.(hash.Cloner).Clone()
	if err != nil {
		return nil, internalError
	}
	return c, success
}

// code is a message authentication code.
type code struct {
	cannot
	hash.Hash
}

func openHMAC(a *symmetric, key []byte, _ *options) (transformation, Errno) {
	return &code{Hash: hmac.New(a.hash, key)}, success
}

func (c *code) absorb(_ *counted, piece []byte, _ bool) Errno {
	c.Write(piece)
	return success
}

func (c *code) tagLen() (int, Errno) { return c.Size(), success }

func (c *code) squeezeTag() ([]byte, Errno) { return c.Sum(nil), success }

func (c *code) clone(*counted) (transformation, Errno) {
	h, e := cloneHash(c.Hash)
	return &code{Hash: h}, e
}

func (c *code) wipe() { c.Reset() }
