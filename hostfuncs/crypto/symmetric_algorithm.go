package crypto

import (
	"crypto/sha256"
	"crypto/sha512"
	"hash"
)

// keying is whether a symmetric algorithm takes a key.
type keying int

const (
	unkeyed keying = iota
	keyed
	eitherWay
)

// symmetric is a symmetric algorithm.
type symmetric struct {
	name   string
	keying keying
	// keyLen is the length of a key: of those that are made, and of all if exact.
	keyLen    int
	exact     bool
	imported  bool // keys are not made, but squeezed or imported
	open      func(a *symmetric, key []byte, o *options) (transformation, Errno)
	hash      func() hash.Hash // if it is built on one
	expansion string           // of an extraction: the algorithm of the keys that it gives
	slow      bool             // the implementation is some twenty times slower than that of the others
}

// pace is how long a byte takes in terms of the usual algorithms.
func (a *symmetric) pace() int {
	if a.slow {
		return 20
	}
	return 1
}

// symmetrics are the symmetric algorithms.
var symmetrics = [...]symmetric{
	{name: "SHA-256", open: openHash, hash: sha256.New},
	{name: "SHA-384", open: openHash, hash: sha512.New384},
	{name: "SHA-512", open: openHash, hash: sha512.New},
	{name: "SHA-512/256", open: openHash, hash: sha512.New512_256},
	{name: "HMAC/SHA-256", keying: keyed, keyLen: 32, open: openHMAC, hash: sha256.New},
	{name: "HMAC/SHA-384", keying: keyed, keyLen: 48, open: openHMAC, hash: sha512.New384},
	{name: "HMAC/SHA-512", keying: keyed, keyLen: 64, open: openHMAC, hash: sha512.New},
	{name: "HKDF-EXTRACT/SHA-256", keying: keyed, keyLen: 32, open: openExtract, hash: sha256.New, expansion: "HKDF-EXPAND/SHA-256"},
	{name: "HKDF-EXTRACT/SHA-384", keying: keyed, keyLen: 48, open: openExtract, hash: sha512.New384, expansion: "HKDF-EXPAND/SHA-384"},
	{name: "HKDF-EXTRACT/SHA-512", keying: keyed, keyLen: 64, open: openExtract, hash: sha512.New, expansion: "HKDF-EXPAND/SHA-512"},
	{name: "HKDF-EXPAND/SHA-256", keying: keyed, keyLen: 32, exact: true, imported: true, open: openExpand, hash: sha256.New},
	{name: "HKDF-EXPAND/SHA-384", keying: keyed, keyLen: 48, exact: true, imported: true, open: openExpand, hash: sha512.New384},
	{name: "HKDF-EXPAND/SHA-512", keying: keyed, keyLen: 64, exact: true, imported: true, open: openExpand, hash: sha512.New},
	{name: "AES-128-GCM", keying: keyed, keyLen: 16, exact: true, open: openGCM},
	{name: "AES-256-GCM", keying: keyed, keyLen: 32, exact: true, open: openGCM},
	{name: "CHACHA20-POLY1305", keying: keyed, keyLen: 32, exact: true, open: openChaCha},
	{name: "XCHACHA20-POLY1305", keying: keyed, keyLen: 32, exact: true, open: openXChaCha},
	{name: "XOODYAK-128", keying: eitherWay, keyLen: 16, exact: true, open: openXoodyak, slow: true},
	{name: "XOODYAK-160", keying: eitherWay, keyLen: 20, exact: true, open: openXoodyak, slow: true},
}

// symmetricNamed is the symmetric algorithm with a name, which is in capitals.
func symmetricNamed(name string) (*symmetric, Errno) {
	for i := range symmetrics {
		if a := &symmetrics[i]; a.name == name {
			return a, success
		}
	}
	return nil, unsupportedAlgorithm
}

// transformation is what a state does to data. Its methods are called one at a time.
type transformation interface {
	// absorb takes in a piece of data, the first of a call or not.
	absorb(c *counted, piece []byte, first bool) Errno

	// most is how many bytes can be squeezed at once, or 0 if there is no limit.
	most() (int, Errno)
	// squeeze fills a piece of what is squeezed in a call.
	squeeze(piece []byte, first bool) Errno
	squeezeTag() ([]byte, Errno)
	squeezeKey(target *symmetric) ([]byte, Errno)

	tagLen() (int, Errno)
	// overhead is the length of the tag of what is encrypted.
	overhead() (int, Errno)
	// seal encrypts buf but for its last bytes, where the tag goes.
	seal(buf []byte) Errno
	// unseal decrypts buf but for its last bytes, which are the tag.
	unseal(buf []byte) Errno

	ratchet() Errno
	clone(c *counted) (transformation, Errno)
	wipe()
}

// cannot is a transformation that does nothing.
type cannot struct{}

func (cannot) absorb(*counted, []byte, bool) Errno    { return invalidOperation }
func (cannot) most() (int, Errno)                     { return 0, invalidOperation }
func (cannot) squeeze([]byte, bool) Errno             { return invalidOperation }
func (cannot) squeezeTag() ([]byte, Errno)            { return nil, invalidOperation }
func (cannot) squeezeKey(*symmetric) ([]byte, Errno)  { return nil, invalidOperation }
func (cannot) tagLen() (int, Errno)                   { return 0, invalidOperation }
func (cannot) overhead() (int, Errno)                 { return 0, invalidOperation }
func (cannot) seal([]byte) Errno                      { return invalidOperation }
func (cannot) unseal([]byte) Errno                    { return invalidOperation }
func (cannot) ratchet() Errno                         { return invalidOperation }
func (cannot) clone(*counted) (transformation, Errno) { return nil, notImplemented }
func (cannot) wipe()                                  {}
