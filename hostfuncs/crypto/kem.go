package crypto

import (
	"bytes"

	"github.com/cloudflare/circl/kem"
)

// capsules are the keys of a mechanism that encapsulates secrets.
type capsules struct{ kem.Scheme }

// identifier implements [family].
func (capsules) identifier() []byte { return nil }

func (f capsules) generate() (secretKey, error) {
	public, secret, err := f.GenerateKeyPair()
	if err != nil {
		return nil, err
	}
	return f.secret(public, secret), nil
}

func (f capsules) secret(public kem.PublicKey, secret kem.PrivateKey) secretKey {
	raw, _ := secret.MarshalBinary() // it does not fail
	return &capsuleSecret{f, raw, capsulePublic{f, public}}
}

// secretFrom implements [family]. A key is as its standard encodes it, or the seed that it is made from.
func (f capsules) secretFrom(as form, b []byte) (secretKey, Errno) {
	if as == secForm {
		return nil, unsupportedEncoding
	}
	if len(b) == f.SeedSize() {
		return f.secret(f.DeriveKeyPair(b)), success
	}
	k, err := f.UnmarshalBinaryPrivateKey(b)
	if err != nil {
		return nil, invalidKey
	}
	return f.secret(k.Public(), k), success
}

func (f capsules) publicFrom(as form, b []byte) (publicKey, Errno) {
	if as == secForm {
		return nil, unsupportedEncoding
	}
	k, err := f.UnmarshalBinaryPublicKey(b)
	if err != nil {
		return nil, invalidKey
	}
	return capsulePublic{f, k}, success
}

type capsuleSecret struct {
	of     capsules
	raw    []byte
	opened capsulePublic
}

func (k *capsuleSecret) public() publicKey { return k.opened }

func (k *capsuleSecret) wipe() { clear(k.raw) }

func (k *capsuleSecret) in(f form) ([]byte, Errno) {
	if f == secForm {
		return nil, unsupportedEncoding
	}
	return bytes.Clone(k.raw), success
}

// decapsulate is the secret in a capsule.
func (k *capsuleSecret) decapsulate(capsule []byte) ([]byte, bool) {
	if len(capsule) != k.of.CiphertextSize() {
		return nil, false
	}
	key, err := k.of.UnmarshalBinaryPrivateKey(k.raw)
	if err != nil {
		return nil, false
	}
	secret, err := k.of.Decapsulate(key, capsule)
	return secret, err == nil
}

type capsulePublic struct {
	of capsules
	kem.PublicKey
}

func (k capsulePublic) in(f form) ([]byte, Errno) {
	if f == secForm {
		return nil, unsupportedEncoding
	}
	b, err := k.MarshalBinary()
	if err != nil {
		return nil, internalError
	}
	return b, success
}

// verify implements [publicKey]: what is no key is not imported.
func (k capsulePublic) verify() Errno { return success }

// encapsulate makes a secret and the capsule for k that it is in.
func (k capsulePublic) encapsulate() (secret, capsule []byte, err error) {
	capsule, secret, err = k.of.Encapsulate(k.PublicKey)
	return secret, capsule, err
}
