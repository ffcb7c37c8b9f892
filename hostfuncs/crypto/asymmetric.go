package crypto

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strconv"
	"strings"

	"github.com/cloudflare/circl/kem/kyber/kyber768"
	"github.com/cloudflare/circl/kem/mlkem/mlkem1024"
	"github.com/cloudflare/circl/kem/mlkem/mlkem512"
	"github.com/cloudflare/circl/kem/mlkem/mlkem768"
	"github.com/cloudflare/circl/kem/xwing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// asymmetric is an algorithm with public and secret keys.
type asymmetric struct {
	name string
	use  use
	family

	// Of what signs: how messages are hashed, nil if they are not, how long signatures are, and
	// of RSA the hash by number and whether the padding is PSS.
	hash      func() hash.Hash
	signature int
	id        crypto.Hash
	pss       bool
}

// asymmetricNamed is the algorithm for u with a name, which is in capitals.
func asymmetricNamed(u use, name string) (*asymmetric, Errno) {
	a := &asymmetric{name: name, use: u}
	switch u {
	case forSignatures:
		a.signs()
	case forKeyExchange:
		a.exchanges()
	default:
		return nil, invalidOperation
	}
	if a.family == nil {
		return nil, unsupportedAlgorithm
	}
	return a, success
}

// signs makes a what its name says, if it signs.
func (a *asymmetric) signs() {
	switch a.name {
	case "ED25519":
		a.family, a.signature = edwards{}, 64
	case "ECDSA_P256_SHA256":
		a.family, a.hash, a.signature = ec{p256()}, sha256.New, 64
	case "ECDSA_P384_SHA384":
		a.family, a.hash, a.signature = ec{p384()}, sha512.New384, 96
	case "ECDSA_K256_SHA256":
		a.family, a.hash, a.signature = ec{koblitz{}}, sha256.New, 64
	default:
		a.signsRSA()
	}
}

// signsRSA reads names such as RSA_PSS_3072_SHA384. The hash has at least the strength that the
// interface pairs with the modulus.
func (a *asymmetric) signsRSA() {
	rest, ok := strings.CutPrefix(a.name, "RSA_")
	padding, rest, _ := strings.Cut(rest, "_")
	bits, digest, _ := strings.Cut(rest, "_")
	if !ok || padding != "PKCS1" && padding != "PSS" {
		return
	}
	switch bits + "_" + digest {
	case "2048_SHA256":
		a.hash, a.id = sha256.New, crypto.SHA256
	case "2048_SHA384", "3072_SHA384":
		a.hash, a.id = sha512.New384, crypto.SHA384
	case "2048_SHA512", "3072_SHA512", "4096_SHA512":
		a.hash, a.id = sha512.New, crypto.SHA512
	default:
		return
	}
	n, _ := strconv.Atoi(bits)
	a.family, a.signature, a.pss = rsaKeys(n), n/8, padding == "PSS"
}

// exchanges makes a what its name says, if it exchanges keys.
func (a *asymmetric) exchanges() {
	switch a.name {
	case "X25519":
		a.family = montgomery{}
	case "P256-SHA256":
		a.family = ec{p256()}
	case "P384-SHA384":
		a.family = ec{p384()}
	case "ML-KEM-512":
		a.family = capsules{mlkem512.Scheme()}
	case "ML-KEM-768":
		a.family = capsules{mlkem768.Scheme()}
	case "ML-KEM-1024":
		a.family = capsules{mlkem1024.Scheme()}
	case "X-WING":
		a.family = capsules{xwing.Scheme()}
	case "KYBER768":
		a.family = capsules{kyber768.Scheme()}
	}
}

// same reports whether a and b are one algorithm.
func (a *asymmetric) same(b *asymmetric) bool { return a.use == b.use && a.name == b.name }

// asymmetricAt is the algorithm of the use with number u and the name of n bytes at p.
func asymmetricAt(m abi.Memory, u uint32, p abi.Ptr, n abi.Size) (*asymmetric, Errno) {
	as, e := useOf(u)
	if e != success {
		return nil, e
	}
	name, e := nameAt(m, p, n)
	if e != success {
		return nil, e
	}
	return asymmetricNamed(as, name)
}
