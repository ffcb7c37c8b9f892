package crypto

import (
	"crypto/hkdf"
)

// gathered is data that an algorithm needs at once.
type gathered []byte

// maxGathered is how much that may be: what takes a few milliseconds.
const maxGathered = 4 << 20

// add appends a piece, which the object of c then holds.
func (g *gathered) add(c *counted, piece []byte) Errno {
	if len(*g)+len(piece) > maxGathered || !c.grow(len(piece)) {
		return overflow
	}
	old := *g
	*g = append(*g, piece...)
	if len(old) > 0 && &old[0] != &(*g)[0] {
		clear(old)
	}
	return success
}

// copy is a copy, which the object of c then holds.
func (g gathered) copy(c *counted) (gathered, Errno) {
	if !c.grow(len(g)) {
		return nil, overflow
	}
	return append(gathered(nil), g...), success
}

// extraction is the first half of HKDF: the salt is absorbed.
type extraction struct {
	cannot
	of   *symmetric
	key  []byte
	salt gathered
}

func openExtract(a *symmetric, key []byte, _ *options) (transformation, Errno) {
	return &extraction{of: a, key: append([]byte(nil), key...)}, success
}

func (x *extraction) absorb(c *counted, piece []byte, _ bool) Errno { return x.salt.add(c, piece) }

func (x *extraction) squeezeKey(target *symmetric) ([]byte, Errno) {
	if target.name != x.of.expansion {
		return nil, invalidOperation
	}
	key, err := hkdf.Extract(x.of.hash, x.key, x.salt)
	if err != nil {
		return nil, algorithmFailure
	}
	return key, success
}

func (x *extraction) clone(c *counted) (transformation, Errno) {
	salt, e := x.salt.copy(c)
	return &extraction{of: x.of, key: append([]byte(nil), x.key...), salt: salt}, e
}

func (x *extraction) wipe() {
	clear(x.key)
	clear(x.salt)
}

// expansion is the second half of HKDF: what the key is for is absorbed.
type expansion struct {
	cannot
	of   *symmetric
	key  []byte
	info gathered
}

func openExpand(a *symmetric, key []byte, _ *options) (transformation, Errno) {
	return &expansion{of: a, key: append([]byte(nil), key...)}, success
}

func (x *expansion) absorb(c *counted, piece []byte, _ bool) Errno { return x.info.add(c, piece) }

func (x *expansion) most() (int, Errno) { return 255 * x.of.keyLen, success }

func (x *expansion) squeeze(piece []byte, _ bool) Errno {
	key, err := hkdf.Expand(x.of.hash, x.key, string(x.info), len(piece))
	if err != nil {
		return algorithmFailure
	}
	copy(piece, key)
	clear(key)
	return success
}

func (x *expansion) clone(c *counted) (transformation, Errno) {
	info, e := x.info.copy(c)
	return &expansion{of: x.of, key: append([]byte(nil), x.key...), info: info}, e
}

func (x *expansion) wipe() {
	clear(x.key)
	clear(x.info)
}
