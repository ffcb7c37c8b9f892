package crypto

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
)

// montgomery are the keys of X25519.
type montgomery struct{}

// identifier implements [family]: id-X25519 of RFC 8410.
func (montgomery) identifier() []byte { return []byte{0x30, 5, 6, 3, 0x2b, 0x65, 0x6e} }

func (montgomery) generate() (secretKey, error) {
	k, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return montgomerySecret(k.Bytes()), nil
}

// secretFrom implements [family]. A pair is the public key and then the secret one, as in WasmEdge.
func (montgomery) secretFrom(f form, b []byte) (secretKey, Errno) {
	if f == pairForm && len(b) == 64 {
		k := montgomerySecret(bytes.Clone(b[32:]))
		if !bytes.Equal(k.point(), b[:32]) {
			k.wipe()
			return nil, invalidKey
		}
		return k, success
	}
	seed, e := seedFrom(f, b)
	if e != success {
		return nil, e
	}
	return montgomerySecret(bytes.Clone(seed)), success
}

func (montgomery) publicFrom(f form, b []byte) (publicKey, Errno) {
	switch {
	case f == secForm:
		return nil, unsupportedEncoding
	case len(b) != 32:
		return nil, invalidKey
	}
	return montgomeryPublic(bytes.Clone(b)), success
}

type montgomerySecret []byte

func (k montgomerySecret) point() []byte {
	key, _ := ecdh.X25519().NewPrivateKey(k) // all 32 bytes are one
	return key.PublicKey().Bytes()
}

func (k montgomerySecret) public() publicKey { return montgomeryPublic(k.point()) }

func (k montgomerySecret) wipe() { clear(k) }

func (k montgomerySecret) in(f form) ([]byte, Errno) {
	switch f {
	case secForm:
		return nil, unsupportedEncoding
	case pairForm:
		return append(k.point(), k...), success
	case innerForm:
		return octets(k)
	}
	return bytes.Clone(k), success
}

// shared is the secret that k shares with other; there is none with a point of low order.
func (k montgomerySecret) shared(other publicKey) ([]byte, bool) {
	return exchange(ecdh.X25519(), k, other.(montgomeryPublic))
}

type montgomeryPublic []byte

func (k montgomeryPublic) in(f form) ([]byte, Errno) {
	if f == secForm {
		return nil, unsupportedEncoding
	}
	return bytes.Clone(k), success
}

// verify reports a point of low order, with which all share the same secret.
func (k montgomeryPublic) verify() Errno {
	if _, ok := exchange(ecdh.X25519(), bytes.Repeat([]byte{1}, 32), k); !ok {
		return invalidKey
	}
	return success
}
