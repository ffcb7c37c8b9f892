package crypto

import (
	"bytes"
	"encoding/asn1"
	"encoding/pem"
)

// encoding is how a key is imported or exported, by the numbers of publickey_encoding and
// secretkey_encoding.
type encoding uint16

const (
	rawEncoding encoding = iota
	pkcs8Encoding
	pemEncoding
	secEncoding
	localEncoding
	encodings
)

// encodingOf is the encoding of a public or secret key with number n.
func encodingOf(n uint32) (encoding, Errno) {
	if e := encoding(n); e < encodings {
		return e, success
	}
	return 0, unsupportedEncoding
}

// pairEncodingOf is the encoding of a key pair with number n: there is no SEC-1 among them.
func pairEncodingOf(n uint32) (encoding, Errno) {
	switch e := encoding(n); {
	case e < secEncoding:
		return e, success
	case e == secEncoding:
		return localEncoding, success
	}
	return 0, unsupportedEncoding
}

// form is what a family of keys makes bytes of a key for.
type form int

const (
	rawForm   form = iota // the usual bytes
	pairForm              // the usual bytes of a key pair
	innerForm             // within a PKCS#8 or SubjectPublicKeyInfo structure
	secForm               // SEC-1
	localForm             // what is read fastest
)

// formOf is the form of what e needs of a key, or of a pair.
func formOf(e encoding, pair bool) form {
	switch e {
	case pkcs8Encoding, pemEncoding:
		return innerForm
	case secEncoding:
		return secForm
	case localEncoding:
		return localForm
	}
	if pair {
		return pairForm
	}
	return rawForm
}

// The structures that keys are in, with the identifier of their algorithm as it is encoded.
type (
	privateKeyInfo struct {
		Version    int
		Algorithm  asn1.RawValue
		PrivateKey []byte
		Attributes asn1.RawValue `asn1:"optional,tag:0"`
		PublicKey  asn1.RawValue `asn1:"optional,tag:1"`
	}
	publicKeyInfo struct {
		Algorithm asn1.RawValue
		PublicKey asn1.BitString
	}
)

// The types of blocks of PEM.
const (
	privatePEM = "PRIVATE KEY"
	publicPEM  = "PUBLIC KEY"
)

// unmarshal parses all of b.
func unmarshal(b []byte, into any) bool {
	rest, err := asn1.Unmarshal(b, into)
	return err == nil && len(rest) == 0
}

// parse is what is in b, if b is how it is encoded: nothing follows within, as encoding/asn1 allows.
func parse[T any](b []byte) (v T, ok bool) {
	if !unmarshal(b, &v) {
		return v, false
	}
	again, err := asn1.Marshal(v)
	return v, err == nil && bytes.Equal(again, b)
}

// fromPEM is what is in b, which is a block of type t and nothing else.
func fromPEM(b []byte, t string) ([]byte, bool) {
	block, rest := pem.Decode(b)
	if block == nil || block.Type != t || len(bytes.TrimSpace(rest)) > 0 {
		return nil, false
	}
	return block.Bytes, true
}

// openPrivate is the key in b, of an algorithm with the identifier id.
func openPrivate(b, id []byte, e encoding) ([]byte, bool) {
	if e == pemEncoding {
		der, ok := fromPEM(b, privatePEM)
		if !ok {
			return nil, false
		}
		defer clear(der)
		b = der
	}
	var info privateKeyInfo
	if !unmarshal(b, &info) || info.Version < 0 || info.Version > 1 || !bytes.Equal(info.Algorithm.FullBytes, id) {
		return nil, false
	}
	return info.PrivateKey, true
}

// openPublic is the key in b, of an algorithm with the identifier id.
func openPublic(b, id []byte, e encoding) ([]byte, bool) {
	if e == pemEncoding {
		der, ok := fromPEM(b, publicPEM)
		if !ok {
			return nil, false
		}
		b = der
	}
	info, ok := parse[publicKeyInfo](b)
	if !ok || info.PublicKey.BitLength%8 != 0 || !bytes.Equal(info.Algorithm.FullBytes, id) {
		return nil, false
	}
	return info.PublicKey.Bytes, true
}

// closePrivate is inner, which it overwrites, in PKCS#8.
func closePrivate(inner, id []byte, e encoding) ([]byte, bool) {
	defer clear(inner)
	b, err := asn1.Marshal(struct {
		Version    int
		Algorithm  asn1.RawValue
		PrivateKey []byte
	}{0, asn1.RawValue{FullBytes: id}, inner})
	if err == nil && e == pemEncoding {
		defer clear(b)
		return pem.EncodeToMemory(&pem.Block{Type: privatePEM, Bytes: b}), true
	}
	return b, err == nil
}

// closePublic is inner as SubjectPublicKeyInfo.
func closePublic(inner, id []byte, e encoding) ([]byte, bool) {
	b, err := asn1.Marshal(publicKeyInfo{asn1.RawValue{FullBytes: id}, asn1.BitString{Bytes: inner, BitLength: 8 * len(inner)}})
	if err == nil && e == pemEncoding {
		b = pem.EncodeToMemory(&pem.Block{Type: publicPEM, Bytes: b})
	}
	return b, err == nil
}
