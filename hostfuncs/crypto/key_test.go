package crypto

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"testing"
)

// sampleKeys are the algorithms with keys that are quickly made, and whether they have each encoding: raw,
// PKCS#8, PEM, SEC-1, local.
var sampleKeys = []struct {
	use            use
	name           string
	secret, public [5]bool
}{
	{forSignatures, "Ed25519", [5]bool{true, true, true, false, true}, [5]bool{true, true, true, false, true}},
	{forSignatures, "ECDSA_P256_SHA256", [5]bool{true, true, true, true, true}, [5]bool{true, true, true, true, true}},
	{forSignatures, "ECDSA_P384_SHA384", [5]bool{true, true, true, true, true}, [5]bool{true, true, true, true, true}},
	{forSignatures, "ECDSA_K256_SHA256", [5]bool{true, true, true, true, true}, [5]bool{true, true, true, true, true}},
	{forSignatures, "RSA_PSS_2048_SHA256", [5]bool{false, true, true, false, true}, [5]bool{false, true, true, false, true}},
	{forKeyExchange, "X25519", [5]bool{true, true, true, false, true}, [5]bool{true, true, true, false, true}},
	{forKeyExchange, "P256-SHA256", [5]bool{true, true, true, true, true}, [5]bool{true, true, true, true, true}},
	{forKeyExchange, "ML-KEM-768", [5]bool{true, false, false, false, true}, [5]bool{true, false, false, false, true}},
	{forKeyExchange, "X-WING", [5]bool{true, false, false, false, true}, [5]bool{true, false, false, false, true}},
}

// made is a handle for a key pair of a sample: that of RSA is read, as it takes long to make.
func (g *caller) made(u use, name string) uint64 {
	g.t.Helper()
	if name != "RSA_PSS_2048_SHA256" {
		return g.generated(u, name)
	}
	text, err := os.ReadFile("testdata/rsa2048.pem")
	if err != nil {
		g.t.Fatal(err)
	}
	n, e := g.imported("keypair", u, name, text, uint64(pemEncoding))
	if e != success {
		g.t.Fatal(e)
	}
	return n
}

// exported is a key in an encoding; sort is keypair, publickey or secretkey.
func (g *caller) exported(sort string, n, enc uint64) ([]byte, Errno) {
	g.t.Helper()
	if e := g.errno(sort+"_export", n, enc, firstResult); e != success {
		return nil, e
	}
	return g.read(g.result(firstResult)), success
}

// A key that is exported and imported again is the same, in every encoding that its family has; the
// others are unsupported. Cut short or with something behind it, it is no key.
func TestEncodingsAreReadAgain(t *testing.T) {
	for _, k := range sampleKeys {
		t.Run(k.name, func(t *testing.T) {
			g := newCaller(t, Config{})
			pair := g.made(k.use, k.name)
			pk, sk := g.handle("keypair_publickey", pair), g.handle("keypair_secretkey", pair)
			g.ok("publickey_verify", pk)
			for enc := range uint64(5) {
				g.again("publickey", k.use, k.name, pk, enc, k.public[enc])
				g.again("secretkey", k.use, k.name, sk, enc, k.secret[enc])
				if enc < 4 {
					g.again("keypair", k.use, k.name, pair, enc, k.secret[enc+enc/3]) // 3 is local
				}
			}
			for _, sort := range []string{"keypair", "publickey", "secretkey"} {
				_, e := g.imported(sort, k.use, k.name, []byte("something else"), 5)
				if e != unsupportedEncoding {
					t.Errorf("%s_import with an unknown encoding: %v", sort, e)
				}
			}
		})
	}
}

// again exports the key of handle n, imports it and exports that.
func (g *caller) again(sort string, u use, name string, n, enc uint64, has bool) {
	g.t.Helper()
	b, e := g.exported(sort, n, enc)
	if !has {
		_, f := g.imported(sort, u, name, []byte("something"), enc)
		if e != unsupportedEncoding || f != unsupportedEncoding && f != invalidKey {
			g.t.Errorf("%s encoding %d: %v, %v", sort, enc, e, f)
		}
		return
	}
	if e != success {
		g.t.Errorf("%s encoding %d: %v", sort, enc, e)
		return
	}
	copied, e := g.imported(sort, u, name, b, enc)
	if e != success {
		g.t.Errorf("%s encoding %d is not read: %v", sort, enc, e)
		return
	}
	if c, _ := g.exported(sort, copied, enc); !bytes.Equal(b, c) {
		g.t.Errorf("%s encoding %d differs", sort, enc)
	}
	for what, bad := range map[string][]byte{"nothing": nil, "less": b[:len(b)-2], "more": append(bytes.Clone(b), 1, 2)} {
		if _, e := g.imported(sort, u, name, bad, enc); e != invalidKey {
			g.t.Errorf("%s encoding %d, %s: %v", sort, enc, what, e)
		}
	}
}

// What Go's library encodes is read, and the other way round.
func TestEncodingsAreStandard(t *testing.T) {
	_, ed, _ := ed25519.GenerateKey(nil)
	ec, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	text, err := os.ReadFile("testdata/rsa2048.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	rs, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	g := newCaller(t, Config{})
	for name, key := range map[string]interface{ Equal(x interface{}) bool }{
		"Ed25519": equalKey{ed}, "ECDSA_P384_SHA384": equalKey{ec}, "RSA_PKCS1_2048_SHA256": equalKey{rs},
	} {
		der, err := x509.MarshalPKCS8PrivateKey(key.(equalKey).key)
		if err != nil {
			t.Fatal(err)
		}
		n, e := g.imported("keypair", forSignatures, name, der, uint64(pkcs8Encoding))
		if e != success {
			t.Errorf("%s: %v", name, e)
			continue
		}
		b, _ := g.exported("keypair", n, uint64(pkcs8Encoding))
		if back, err := x509.ParsePKCS8PrivateKey(b); err != nil || !key.Equal(back) {
			t.Errorf("%s: Go reads %v, %v", name, back, err)
		}
		b, _ = g.exported("publickey", g.handle("keypair_publickey", n), uint64(pkcs8Encoding))
		if _, err := x509.ParsePKIXPublicKey(b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, e := g.imported("keypair", forSignatures, "ECDSA_P256_SHA256", text, uint64(pemEncoding)); e != invalidKey {
		t.Errorf("a key of RSA for ECDSA: %v", e)
	}
	if _, e := g.imported("keypair", forSignatures, "RSA_PSS_3072_SHA384", text, uint64(pemEncoding)); e != invalidKey {
		t.Errorf("a key of 2048 bits for 3072: %v", e)
	}
}

// equalKey compares a private key of Go's library.
type equalKey struct{ key any }

func (k equalKey) Equal(x interface{}) bool {
	switch key := k.key.(type) {
	case ed25519.PrivateKey:
		y, ok := x.(ed25519.PrivateKey)
		return ok && key.Equal(y)
	case *ecdsa.PrivateKey:
		y, ok := x.(*ecdsa.PrivateKey)
		return ok && key.Equal(y)
	case *rsa.PrivateKey:
		y, ok := x.(*rsa.PrivateKey)
		return ok && key.Equal(y)
	}
	return false
}

// Halves of a pair belong together; those of another do not.
func TestPairsAreOfTheirHalves(t *testing.T) {
	for _, k := range sampleKeys {
		g := newCaller(t, Config{})
		pair := g.made(k.use, k.name)
		pk, sk := g.handle("keypair_publickey", pair), g.handle("keypair_secretkey", pair)
		g.ok("keypair_close", pair)
		g.ok("keypair_from_pk_and_sk", pk, sk, firstResult)
		same := g.handle("publickey_from_secretkey", sk)
		g.ok("keypair_from_pk_and_sk", same, sk, firstResult)
		other := g.handle("keypair_publickey", g.generated(forSignatures, "Ed25519"))
		g.fails(incompatibleKeys, "keypair_from_pk_and_sk", other, sk, firstResult)
		for _, bad := range []string{"Ed25519", "X25519"} { // whose halves are both in the raw pair
			if k.name != bad {
				continue
			}
			b, _ := g.exported("keypair", g.generated(k.use, k.name), 0)
			b[len(b)-1] ^= 1
			b[0] ^= 1
			if _, e := g.imported("keypair", k.use, k.name, b, 0); e != invalidKey {
				t.Errorf("%s: halves of different pairs: %v", k.name, e)
			}
		}
	}
}

// Public keys that are no use are found out by publickey_verify, or before.
func TestBadPublicKeysAreFound(t *testing.T) {
	g := newCaller(t, Config{})
	for _, c := range []struct {
		use  use
		name string
		key  []byte
	}{
		{forSignatures, "Ed25519", append([]byte{2}, make([]byte, 31)...)},           // no point
		{forSignatures, "Ed25519", append(bytes.Repeat([]byte{0xff}, 31), 0x7f)},     // y beyond p
		{forKeyExchange, "X25519", make([]byte, 32)},                                 // of low order
		{forKeyExchange, "X25519", append([]byte{1}, make([]byte, 31)...)},           // of low order
		{forSignatures, "ECDSA_P256_SHA256", append([]byte{4}, make([]byte, 64)...)}, // not on the curve
		{forSignatures, "ECDSA_K256_SHA256", append([]byte{2}, bytes.Repeat([]byte{0xff}, 32)...)},
		{forKeyExchange, "ML-KEM-768", bytes.Repeat([]byte{0xff}, 1184)},
	} {
		n, e := g.imported("publickey", c.use, c.name, c.key, 0)
		if e == success {
			e = g.errno("publickey_verify", n)
		}
		if e != invalidKey {
			t.Errorf("%s %x: %v", c.name, c.key[:4], e)
		}
	}
}

// All algorithms sign what they verify, also piece by piece and again with more; nothing else verifies.
func TestSignedIsVerified(t *testing.T) {
	for _, k := range sampleKeys {
		if k.use != forSignatures {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			g := newCaller(t, Config{})
			pair := g.made(k.use, k.name)
			s, v := g.handle("signature_state_open", pair), g.handle("signature_verification_state_open", g.handle("keypair_publickey", pair))
			update := func(text string) {
				at, n := g.text(text)
				g.ok("signature_state_update", s, at, n)
				g.ok("signature_verification_state_update", v, at, n)
			}
			update("a")
			update("b")
			first := g.handle("signature_state_sign", s)
			g.ok("signature_verification_state_verify", v, first)
			update("c")
			g.fails(verificationFailed, "signature_verification_state_verify", v, first)
			second := g.handle("signature_state_sign", s)
			g.ok("signature_verification_state_verify", v, second)
			g.fails(invalidHandle, "signature_state_update", v, 0, 0)
			g.fails(invalidHandle, "signature_verification_state_update", s, 0, 0)
			g.signatureEncodings(k.name, v, second)

			other := g.generated(forSignatures, "ECDSA_P256_SHA256")
			if k.name == "ECDSA_P256_SHA256" {
				other = g.generated(forSignatures, "Ed25519")
			}
			foreign := g.handle("signature_state_sign", g.handle("signature_state_open", other))
			g.fails(invalidSignature, "signature_verification_state_verify", v, foreign)
		})
	}
	g := newCaller(t, Config{})
	g.fails(invalidKey, "signature_state_open", g.generated(forKeyExchange, "P256-SHA256"), firstResult)
}

// signatureEncodings imports a signature that v verifies from each of its encodings.
func (g *caller) signatureEncodings(name string, v, n uint64) {
	g.t.Helper()
	for enc := range uint64(3) {
		e := g.errno("signature_export", n, enc, firstResult)
		if unsupported := enc == 2 || enc == derSignature && name == "Ed25519"; unsupported != (e == unsupportedEncoding) {
			g.t.Errorf("encoding %d: %v", enc, e)
		}
		if e != success {
			continue
		}
		b := g.read(g.result(firstResult))
		text, length := g.text(name)
		at, size := g.data(b)
		g.ok("signature_import", text, length, at, size, enc, firstResult)
		g.ok("signature_verification_state_verify", v, g.result(firstResult))
		g.fails(invalidSignature, "signature_import", text, length, at, size-1, enc, firstResult)
	}
	if raw := g.read(n); len(raw) == 0 { // as an array_output
		g.t.Error("the signature is empty")
	}
	g.fails(invalidHandle, "signature_export", n, 0, firstResult)
}

// Secrets are shared by keys of one algorithm that shares secrets.
func TestExchangesFit(t *testing.T) {
	g := newCaller(t, Config{})
	half := func(u use, name string) (pk, sk uint64) {
		pair := g.generated(u, name)
		return g.handle("keypair_publickey", pair), g.handle("keypair_secretkey", pair)
	}
	xp, xs := half(forKeyExchange, "X25519")
	pp, ps := half(forKeyExchange, "P256-SHA256")
	mp, ms := half(forKeyExchange, "ML-KEM-512")
	sp, ss := half(forSignatures, "ECDSA_P256_SHA256")
	g.ok("kx_dh", xp, xs, firstResult)
	g.fails(incompatibleKeys, "kx_dh", xp, ps, firstResult)
	g.fails(incompatibleKeys, "kx_dh", sp, ps, firstResult)
	g.fails(invalidOperation, "kx_dh", sp, ss, firstResult)
	g.fails(invalidOperation, "kx_dh", mp, ms, firstResult)
	g.fails(invalidOperation, "kx_encapsulate", pp, firstResult, secondResult)
	g.fails(invalidOperation, "kx_decapsulate", xs, 0, 0, firstResult)
	g.fails(verificationFailed, "kx_decapsulate", ms, 0, 767, firstResult)
	g.ok("kx_encapsulate", mp, firstResult, secondResult)
	secret, capsule := g.read(g.result(firstResult)), g.result(secondResult)
	at, n := g.data(g.read(capsule))
	if got := g.read(g.handle("kx_decapsulate", ms, at, n)); !bytes.Equal(got, secret) {
		t.Error("the secrets differ")
	}
	g.fails(invalidOperation, "keypair_generate", uint64(forSymmetric), at, 6, g.none(), firstResult)
}
