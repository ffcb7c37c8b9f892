package crypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"sync/atomic"

	"golang.org/x/crypto/chacha20poly1305"
)

// aead encrypts one message with what has been absorbed as additional data. Its clones share
// the nonce, and so the one message.
type aead struct {
	cannot
	cipher.AEAD
	nonce []byte
	used  *atomic.Bool // the nonce, for a message that was encrypted
	data  gathered
}

func openGCM(_ *symmetric, key []byte, o *options) (transformation, Errno) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, invalidKey
	}
	c, err := cipher.NewGCM(block)
	return openAEAD(c, err, o, false)
}

func openChaCha(_ *symmetric, key []byte, o *options) (transformation, Errno) {
	c, err := chacha20poly1305.New(key)
	return openAEAD(c, err, o, false)
}

func openXChaCha(_ *symmetric, key []byte, o *options) (transformation, Errno) {
	c, err := chacha20poly1305.NewX(key)
	return openAEAD(c, err, o, true)
}

// openAEAD is c with the nonce in o. Where there is none, it is made if it is random enough.
func openAEAD(c cipher.AEAD, err error, o *options, random bool) (transformation, Errno) {
	if err != nil {
		return nil, invalidKey
	}
	nonce := o.value("nonce")
	switch {
	case nonce == nil && !random:
		return nil, nonceRequired
	case nonce == nil:
		nonce = make([]byte, c.NonceSize())
		rand.Read(nonce)
	case len(nonce) != c.NonceSize():
		return nil, invalidNonce
	}
	return &aead{AEAD: c, nonce: nonce, used: new(atomic.Bool)}, success
}

func (a *aead) absorb(c *counted, piece []byte, _ bool) Errno { return a.data.add(c, piece) }

func (a *aead) tagLen() (int, Errno) { return a.Overhead(), success }

func (a *aead) overhead() (int, Errno) { return a.Overhead(), success }

func (a *aead) seal(buf []byte) Errno {
	if !a.used.CompareAndSwap(false, true) {
		return nonceRequired
	}
	a.Seal(buf[:0], a.nonce, buf[:len(buf)-a.Overhead()], a.data)
	return success
}

func (a *aead) unseal(buf []byte) Errno {
	if _, err := a.Open(buf[:0], a.nonce, buf, a.data); err != nil {
		return invalidTag
	}
	return success
}

func (a *aead) clone(c *counted) (transformation, Errno) {
	data, e := a.data.copy(c)
	return &aead{AEAD: a.AEAD, nonce: append([]byte(nil), a.nonce...), used: a.used, data: data}, e
}

func (a *aead) wipe() {
	clear(a.nonce)
	clear(a.data)
}
