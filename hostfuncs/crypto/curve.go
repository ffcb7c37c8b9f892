package crypto

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"math/big"
)

// curve is an elliptic curve in short Weierstrass form. Scalars are size bytes long; points are
// uncompressed, of twice that and a byte.
type curve interface {
	size() int
	oid() []byte // its identifier, encoded
	generate() (scalar []byte, err error)
	// point is that of a scalar, if it is one of a key.
	point(scalar []byte) ([]byte, bool)
	// decode is the point in b, compressed or not, if it is on the curve.
	decode(b []byte) ([]byte, bool)
	sign(scalar, digest []byte) (signature []byte, err error) // r and s
	verify(point, digest, signature []byte) bool
}

// nist is a curve of NIST.
type nist struct {
	elliptic.Curve
	ecdh ecdh.Curve
	id   []byte
}

func p256() *nist {
	return &nist{elliptic.P256(), ecdh.P256(), []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}}
}

func p384() *nist {
	return &nist{elliptic.P384(), ecdh.P384(), []byte{6, 5, 0x2b, 0x81, 4, 0, 0x22}}
}

func (c *nist) size() int { return (c.Params().BitSize + 7) / 8 }

func (c *nist) oid() []byte { return c.id }

func (c *nist) generate() ([]byte, error) {
	k, err := c.ecdh.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return k.Bytes(), nil
}

func (c *nist) point(scalar []byte) ([]byte, bool) {
	k, err := c.ecdh.NewPrivateKey(scalar)
	if err != nil {
		return nil, false
	}
	return k.PublicKey().Bytes(), true
}

func (c *nist) decode(b []byte) ([]byte, bool) {
	if len(b) == 1+c.size() {
		x, y := elliptic.UnmarshalCompressed(c.Curve, b)
		if x == nil {
			return nil, false
		}
		b = uncompressed(x, y, c.size())
	}
	k, err := c.ecdh.NewPublicKey(b)
	if err != nil {
		return nil, false
	}
	return k.Bytes(), true
}

// uncompressed is the point with the coordinates x and y of n bytes.
func uncompressed(x, y *big.Int, n int) []byte {
	b := make([]byte, 1+2*n)
	b[0] = 4
	x.FillBytes(b[1:][:n])
	y.FillBytes(b[1+n:])
	return b
}

// compressed is an uncompressed point in compressed form.
func compressed(point []byte) []byte {
	n := (len(point) - 1) / 2
	b := append([]byte{2 | point[2*n]&1}, point[1:][:n]...)
	return b
}

func (c *nist) sign(scalar, digest []byte) ([]byte, error) {
	k, err := ecdsa.ParseRawPrivateKey(c.Curve, scalar)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 the copy of the key that signing works on is wiped, and not modified before
	defer clear(k.D.Bits())
	der, err := k.Sign(rand.Reader, digest, nil)
	if err != nil {
		return nil, err
	}
	signature, ok := ecdsaRaw(der, c.size())
	if !ok {
		return nil, asn1.SyntaxError{Msg: "signature"}
	}
	return signature, nil
}

func (c *nist) verify(point, digest, signature []byte) bool {
	k, err := ecdsa.ParseUncompressedPublicKey(c.Curve, point)
	if err != nil {
		return false
	}
	n := c.size()
	return ecdsa.Verify(k, digest, new(big.Int).SetBytes(signature[:n]), new(big.Int).SetBytes(signature[n:]))
}

// exchange is the secret that scalar and point share.
func (c *nist) exchange(scalar, point []byte) ([]byte, bool) { return exchange(c.ecdh, scalar, point) }

func exchange(c ecdh.Curve, scalar, point []byte) ([]byte, bool) {
	k, err := c.NewPrivateKey(scalar)
	if err != nil {
		return nil, false
	}
	other, err := c.NewPublicKey(point)
	if err != nil {
		return nil, false
	}
	shared, err := k.ECDH(other)
	return shared, err == nil
}

// ecdsaSignature is a signature of ECDSA in DER.
type ecdsaSignature struct{ R, S *big.Int }

// ecdsaRaw is the signature in der as two numbers of n bytes.
func ecdsaRaw(der []byte, n int) ([]byte, bool) {
	s, ok := parse[ecdsaSignature](der)
	if !ok || !fits(s.R, n) || !fits(s.S, n) {
		return nil, false
	}
	raw := make([]byte, 2*n)
	s.R.FillBytes(raw[:n])
	s.S.FillBytes(raw[n:])
	return raw, true
}

// fits reports whether x is a positive number of up to n bytes.
func fits(x *big.Int, n int) bool { return x.Sign() > 0 && x.BitLen() <= 8*n }

// ecdsaDER is a signature of two numbers in DER.
func ecdsaDER(raw []byte) ([]byte, error) {
	n := len(raw) / 2
	return asn1.Marshal(ecdsaSignature{new(big.Int).SetBytes(raw[:n]), new(big.Int).SetBytes(raw[n:])})
}
