package crypto

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"math/big"
)

// rsaKeys are the keys of RSA with a modulus of so many bits.
type rsaKeys int

// identifier implements [family]: rsaEncryption of RFC 8017.
func (rsaKeys) identifier() []byte {
	return []byte{0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0}
}

func (n rsaKeys) generate() (secretKey, error) {
	k, err := rsa.GenerateKey(rand.Reader, int(n))
	if err != nil {
		return nil, err
	}
	return &rsaSecret{k}, nil
}

// The structures of RFC 8017.
type (
	rsaPrivateKey struct {
		Version      int
		N            *big.Int
		E            int
		D, P, Q      *big.Int
		Dp, Dq, Qinv *big.Int
	}
	rsaPublicKey struct {
		N *big.Int
		E int
	}
)

// secretFrom implements [family]. The local encoding is that of RFC 8017.
func (n rsaKeys) secretFrom(f form, b []byte) (secretKey, Errno) {
	if f != innerForm && f != localForm {
		return nil, unsupportedEncoding
	}
	p, ok := parse[rsaPrivateKey](b)
	if !ok || p.Version != 0 || p.N.BitLen() != int(n) {
		return nil, invalidKey
	}
	if !fits(p.D, int(n)/8) || !fits(p.P, int(n)/8) || !fits(p.Q, int(n)/8) {
		return nil, invalidKey
	}
	k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: p.N, E: p.E}, D: p.D, Primes: []*big.Int{p.P, p.Q}}
	k.Precompute()
	if k.Validate() != nil {
		return nil, invalidKey
	}
	return &rsaSecret{k}, success
}

func (n rsaKeys) publicFrom(f form, b []byte) (publicKey, Errno) {
	if f != innerForm && f != localForm {
		return nil, unsupportedEncoding
	}
	p, ok := parse[rsaPublicKey](b)
	if !ok || p.N.Sign() <= 0 || p.N.BitLen() != int(n) {
		return nil, invalidKey
	}
	k := &rsaPublic{rsa.PublicKey{N: p.N, E: p.E}}
	return k, k.verify()
}

type rsaSecret struct{ *rsa.PrivateKey }

func (k *rsaSecret) public() publicKey { return &rsaPublic{k.PublicKey} }

func (k *rsaSecret) wipe() {
	p := &k.Precomputed
	for _, x := range append([]*big.Int{k.D, p.Dp, p.Dq, p.Qinv}, k.Primes...) {
		if x != nil {
			clear(x.Bits())
		}
	}
	*p = rsa.PrecomputedValues{}
}

func (k *rsaSecret) in(f form) ([]byte, Errno) {
	if f != innerForm && f != localForm {
		return nil, unsupportedEncoding
	}
	p := &k.Precomputed
	der, err := asn1.Marshal(rsaPrivateKey{0, k.N, k.E, k.D, k.Primes[0], k.Primes[1], p.Dp, p.Dq, p.Qinv})
	if err != nil {
		return nil, internalError
	}
	return der, success
}

func (k *rsaSecret) sign(a *asymmetric, digest []byte) ([]byte, error) {
	if a.pss {
		return rsa.SignPSS(rand.Reader, k.PrivateKey, a.id, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	}
	return rsa.SignPKCS1v15(rand.Reader, k.PrivateKey, a.id, digest)
}

type rsaPublic struct{ rsa.PublicKey }

func (k *rsaPublic) in(f form) ([]byte, Errno) {
	if f != innerForm && f != localForm {
		return nil, unsupportedEncoding
	}
	der, err := asn1.Marshal(rsaPublicKey{k.N, k.E})
	if err != nil {
		return nil, internalError
	}
	return der, success
}

// verify reports a modulus or an exponent with which nothing is signed.
func (k *rsaPublic) verify() Errno {
	if k.N.Bit(0) == 0 || k.E < 3 || k.E&1 == 0 || k.E > 1<<31-1 {
		return invalidKey
	}
	return success
}

func (k *rsaPublic) verifies(a *asymmetric, digest, signature []byte) bool {
	if a.pss {
		return rsa.VerifyPSS(&k.PublicKey, a.id, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: crypto.Hash(0)}) == nil
	}
	return rsa.VerifyPKCS1v15(&k.PublicKey, a.id, digest, signature) == nil
}
