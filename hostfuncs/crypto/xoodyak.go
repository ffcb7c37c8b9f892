package crypto

import (
	"crypto/subtle"

	"github.com/deatil/go-cryptobin/cipher/xoodoo/xoodoo"
	"github.com/deatil/go-cryptobin/cipher/xoodoo/xoodyak"
)

// cyclist is Xoodyak: without a key a hash of any length, with one a session that absorbs, encrypts
// and squeezes in any order, where each step depends on all before.
type cyclist struct {
	state *xoodyak.Xoodyak
}

const (
	xoodyakTag   = 16 // the length of its tags
	xoodyakBlock = 24 // what is encrypted at once

	squeezeKeyCu = 0x20 // the domain of keys
)

// openXoodyak is Xoodyak with a key, if there is one, and the nonce in o, if there is one, which is
// absorbed as in the authenticated encryption that was submitted to NIST.
func openXoodyak(_ *symmetric, key []byte, o *options) (transformation, Errno) {
	c := &cyclist{state: xoodyak.Instantiate(append([]byte(nil), key...), nil, nil)}
	if nonce := o.value("nonce"); nonce != nil {
		if !c.keyed() {
			return nil, unsupportedOption
		}
		c.state.Absorb(nonce)
	}
	return c, success
}

func (c *cyclist) keyed() bool { return c.state.Mode == xoodyak.Keyed }

// absorb takes in a piece. All pieces of a call but the last are whole blocks.
func (c *cyclist) absorb(_ *counted, piece []byte, first bool) Errno {
	domain := xoodyak.AbsorbCdMain
	if first {
		domain = xoodyak.AbsorbCdInit
	}
	c.state.AbsorbAny(piece, c.state.AbsorbSize, domain)
	return success
}

func (c *cyclist) most() (int, Errno) { return 0, success }

func (c *cyclist) squeeze(piece []byte, first bool) Errno {
	domain := xoodyak.SqueezeCuInit
	if !first {
		c.state.Down(nil, 0)
		domain = 0
	}
	out := c.draw(len(piece), domain)
	copy(piece, out)
	clear(out)
	return success
}

// draw squeezes n bytes for a domain. The module leaves it to its caller to note that the state has
// been permuted, without which what is absorbed next is not as the specification says.
func (c *cyclist) draw(n int, domain uint8) []byte {
	out := c.state.SqueezeAny(uint(n), domain)
	c.state.Phase = xoodyak.Up
	return out
}

func (c *cyclist) squeezeTag() ([]byte, Errno) {
	return c.draw(xoodyakTag, xoodyak.SqueezeCuInit), success
}

func (c *cyclist) squeezeKey(target *symmetric) ([]byte, Errno) {
	if !c.keyed() || target.keying == unkeyed {
		return nil, invalidOperation
	}
	return c.draw(target.keyLen, squeezeKeyCu), success
}

func (c *cyclist) tagLen() (int, Errno) { return xoodyakTag, success }

func (c *cyclist) overhead() (int, Errno) {
	if !c.keyed() {
		return 0, invalidOperation
	}
	return xoodyakTag, success
}

// crypt encrypts or decrypts b.
func (c *cyclist) crypt(b []byte, how xoodyak.CryptMode) {
	domain := xoodyak.CryptCuInit
	for first := true; first || len(b) > 0; first = false {
		n := min(len(b), xoodyakBlock)
		out, _ := c.state.CryptBlock(b[:n], domain, how) // no more than a block
		copy(b, out)
		b, domain = b[n:], xoodyak.CryptCuMain
	}
}

func (c *cyclist) seal(buf []byte) Errno {
	n := len(buf) - xoodyakTag
	c.crypt(buf[:n], xoodyak.Encrypting)
	copy(buf[n:], c.draw(xoodyakTag, xoodyak.SqueezeCuInit))
	return success
}

func (c *cyclist) unseal(buf []byte) Errno {
	n := len(buf) - xoodyakTag
	c.crypt(buf[:n], xoodyak.Decrypting)
	if subtle.ConstantTimeCompare(buf[n:], c.draw(xoodyakTag, xoodyak.SqueezeCuInit)) != 1 {
		return invalidTag
	}
	return success
}

// ratchet absorbs what it has squeezed.
func (c *cyclist) ratchet() Errno {
	if !c.keyed() {
		return invalidOperation
	}
	c.state.AbsorbAny(c.draw(xoodyakTag, xoodyak.RatchetCu), c.state.AbsorbSize, xoodyak.AbsorbCdMain)
	return success
}

func (c *cyclist) clone(*counted) (transformation, Errno) {
	state, instance := *c.state, *c.state.Instance
	state.Instance = &instance
	return &cyclist{state: &state}, success
}

func (c *cyclist) wipe() { c.state.Instance.State = xoodoo.State{} }
