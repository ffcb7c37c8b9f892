package crypto

import (
	"bytes"
	"encoding/asn1"
)

// ec are the keys of a curve.
type ec struct{ curve }

// ecPublicKey is the identifier of keys of curves in general, encoded.
var ecPublicKey = [...]byte{6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1}

// identifier implements [family]: id-ecPublicKey of RFC 5480 with the name of the curve.
func (f ec) identifier() []byte {
	oid := f.oid()
	b := []byte{0x30, byte(len(ecPublicKey) + len(oid))}
	return append(append(b, ecPublicKey[:]...), oid...)
}

func (f ec) generate() (secretKey, error) {
	scalar, err := f.curve.generate()
	if err != nil {
		return nil, err
	}
	point, _ := f.point(scalar)
	return &ecSecret{f, scalar, point}, nil
}

// ecPrivateKey is a key in the form of RFC 5915.
type ecPrivateKey struct {
	Version    int
	PrivateKey []byte
	Parameters asn1.RawValue  `asn1:"optional,explicit,tag:0"`
	PublicKey  asn1.BitString `asn1:"optional,explicit,tag:1"`
}

func (f ec) secretFrom(as form, b []byte) (secretKey, Errno) {
	scalar := b
	var inner ecPrivateKey
	if as == innerForm {
		if !unmarshal(b, &inner) || inner.Version != 1 || !f.named(inner.Parameters) {
			return nil, invalidKey
		}
		scalar = inner.PrivateKey
	}
	if len(scalar) != f.size() {
		return nil, invalidKey
	}
	point, ok := f.point(scalar)
	if !ok || inner.PublicKey.BitLength > 0 && !f.same(point, inner.PublicKey.Bytes) {
		return nil, invalidKey
	}
	return &ecSecret{f, bytes.Clone(scalar), point}, success
}

// named reports whether the parameters of a key, if there are any, say that it is of the curve.
func (f ec) named(parameters asn1.RawValue) bool {
	return len(parameters.FullBytes) == 0 || bytes.HasSuffix(parameters.FullBytes, f.oid())
}

// same reports whether b is point in some form.
func (f ec) same(point, b []byte) bool {
	other, ok := f.decode(b)
	return ok && bytes.Equal(point, other)
}

func (f ec) publicFrom(_ form, b []byte) (publicKey, Errno) {
	point, ok := f.decode(b)
	if !ok {
		return nil, invalidKey
	}
	return &ecPublic{f, point}, success
}

// ecSecret is a scalar and its point.
type ecSecret struct {
	of            ec
	scalar, point []byte
}

func (k *ecSecret) public() publicKey { return &ecPublic{k.of, k.point} }

func (k *ecSecret) wipe() { clear(k.scalar) }

func (k *ecSecret) in(f form) ([]byte, Errno) {
	if f != innerForm {
		return bytes.Clone(k.scalar), success
	}
	der, err := asn1.Marshal(struct {
		Version    int
		PrivateKey []byte
		PublicKey  asn1.BitString `asn1:"explicit,tag:1"`
	}{1, k.scalar, asn1.BitString{Bytes: k.point, BitLength: 8 * len(k.point)}})
	if err != nil {
		return nil, internalError
	}
	return der, success
}

func (k *ecSecret) sign(_ *asymmetric, digest []byte) ([]byte, error) {
	return k.of.sign(k.scalar, digest)
}

// ecPublic is a point of a curve.
type ecPublic struct {
	of    ec
	point []byte
}

func (k *ecPublic) in(f form) ([]byte, Errno) {
	if f == rawForm || f == localForm {
		return compressed(k.point), success
	}
	return bytes.Clone(k.point), success
}

// verify implements [publicKey]: a point that is not on the curve is not imported.
func (k *ecPublic) verify() Errno { return success }

func (k *ecPublic) verifies(_ *asymmetric, digest, signature []byte) bool {
	return k.of.verify(k.point, digest, signature)
}

// shared is the secret that k shares with other, of the same curve.
func (k *ecSecret) shared(other publicKey) ([]byte, bool) {
	return k.of.curve.(*nist).exchange(k.scalar, other.(*ecPublic).point)
}
