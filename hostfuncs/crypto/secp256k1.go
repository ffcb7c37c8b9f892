package crypto

import (
	"errors"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// koblitz is the curve secp256k1.
type koblitz struct{}

func (koblitz) size() int { return 32 }

func (koblitz) oid() []byte { return []byte{6, 5, 0x2b, 0x81, 4, 0, 0x0a} }

func (koblitz) generate() ([]byte, error) {
	k, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		return nil, err
	}
	defer k.Zero()
	return k.Serialize(), nil
}

// key is the key of a scalar, which is to be from 1 up to the order of the curve.
func (koblitz) key(scalar []byte) (*secp256k1.PrivateKey, bool) {
	var n secp256k1.ModNScalar
	if len(scalar) != 32 || n.SetByteSlice(scalar) || n.IsZero() {
		return nil, false
	}
	return secp256k1.NewPrivateKey(&n), true
}

func (c koblitz) point(scalar []byte) ([]byte, bool) {
	k, ok := c.key(scalar)
	if !ok {
		return nil, false
	}
	defer k.Zero()
	return k.PubKey().SerializeUncompressed(), true
}

func (koblitz) decode(b []byte) ([]byte, bool) {
	if len(b) == 65 && b[0] != 4 { // the hybrid form
		return nil, false
	}
	k, err := secp256k1.ParsePubKey(b)
	if err != nil {
		return nil, false
	}
	return k.SerializeUncompressed(), true
}

func (c koblitz) sign(scalar, digest []byte) ([]byte, error) {
	k, ok := c.key(scalar)
	if !ok {
		return nil, errors.New("no scalar of secp256k1")
	}
	defer k.Zero()
	s := ecdsa.Sign(k, digest)
	r, t := s.R(), s.S()
	a, b := r.Bytes(), t.Bytes()
	return append(a[:], b[:]...), nil
}

func (koblitz) verify(point, digest, signature []byte) bool {
	k, err := secp256k1.ParsePubKey(point)
	var r, s secp256k1.ModNScalar
	if err != nil || r.SetByteSlice(signature[:32]) || s.SetByteSlice(signature[32:]) {
		return false
	}
	return ecdsa.NewSignature(&r, &s).Verify(digest, k)
}
