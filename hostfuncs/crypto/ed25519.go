package crypto

import (
	"bytes"
	"crypto/ed25519"
	"encoding/asn1"
	"math/big"
	"slices"
)

// edwards are the keys of Ed25519.
type edwards struct{}

// identifier implements [family]: id-Ed25519 of RFC 8410.
func (edwards) identifier() []byte { return []byte{0x30, 5, 6, 3, 0x2b, 0x65, 0x70} }

func (edwards) generate() (secretKey, error) {
	_, k, err := ed25519.GenerateKey(nil)
	return edwardsSecret(k), err
}

func (edwards) secretFrom(f form, b []byte) (secretKey, Errno) {
	seed, e := seedFrom(f, b)
	if e != success {
		return nil, e
	}
	k := edwardsSecret(ed25519.NewKeyFromSeed(seed))
	if f == pairForm && !bytes.Equal(k, b) {
		k.wipe()
		return nil, invalidKey
	}
	return k, success
}

// seedFrom is the 32 bytes that a key of RFC 8410 is made from, in b: at its start in a pair.
func seedFrom(f form, b []byte) ([]byte, Errno) {
	switch {
	case f == secForm:
		return nil, unsupportedEncoding
	case f == innerForm:
		var seed []byte
		if !unmarshal(b, &seed) || len(seed) != 32 {
			return nil, invalidKey
		}
		return seed, success
	case f == pairForm && len(b) == 64:
		return b[:32], success
	case f != pairForm && len(b) == 32:
		return b, success
	}
	return nil, invalidKey
}

func (edwards) publicFrom(f form, b []byte) (publicKey, Errno) {
	switch {
	case f == secForm:
		return nil, unsupportedEncoding
	case len(b) != ed25519.PublicKeySize:
		return nil, invalidKey
	}
	return edwardsPublic(bytes.Clone(b)), success
}

// edwardsSecret is a seed and the public key that it gives.
type edwardsSecret ed25519.PrivateKey

func (k edwardsSecret) public() publicKey { return edwardsPublic(bytes.Clone(k[32:])) }

func (k edwardsSecret) wipe() { clear(k) }

func (k edwardsSecret) in(f form) ([]byte, Errno) {
	switch f {
	case secForm:
		return nil, unsupportedEncoding
	case pairForm:
		return bytes.Clone(k), success
	case innerForm:
		return octets(k[:32])
	}
	return bytes.Clone(k[:32]), success
}

// octets is b as an OCTET STRING.
func octets(b []byte) ([]byte, Errno) {
	der, err := asn1.Marshal(b)
	if err != nil {
		return nil, internalError
	}
	return der, success
}

func (k edwardsSecret) sign(_ *asymmetric, message []byte) ([]byte, error) {
	return ed25519.Sign(ed25519.PrivateKey(k), message), nil
}

type edwardsPublic ed25519.PublicKey

func (k edwardsPublic) in(f form) ([]byte, Errno) {
	if f == secForm {
		return nil, unsupportedEncoding
	}
	return bytes.Clone(k), success
}

// verify reports a key that is no point of the curve, of which nothing is looked at before.
func (k edwardsPublic) verify() Errno {
	if !onEdwards(k) {
		return invalidKey
	}
	return success
}

func (k edwardsPublic) verifies(_ *asymmetric, message, signature []byte) bool {
	return ed25519.Verify(ed25519.PublicKey(k), message, signature)
}

// onEdwards reports whether b is a point of edwards25519 in canonical form: whether its y is below
// p, and x^2 = (y^2-1)/(dy^2+1) has a root.
func onEdwards(b []byte) bool {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	y := bytes.Clone(b)
	y[31] &= 0x7f
	slices.Reverse(y)
	n := new(big.Int).SetBytes(y)
	if n.Cmp(p) >= 0 {
		return false
	}
	d := new(big.Int).ModInverse(big.NewInt(121666), p)
	d.Mul(d, big.NewInt(-121665))
	n.Mul(n, n)
	v := d.Mul(d, n)
	v.Add(v, big.NewInt(1)).Mod(v, p)
	n.Sub(n, big.NewInt(1)).Mul(n, v).Mod(n, p) // a quotient and a product are squares alike
	return big.Jacobi(n, p) >= 0
}
