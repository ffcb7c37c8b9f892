package cache

import (
	"crypto/ed25519"
	"crypto/subtle"
	"errors"

	"github.com/wazedge/wazedge/internal/blake3"
)

// Behind an entry's head, which has the hashes of everything else, is its seal: a keyed
// hash by the secret of the user who has made it, and a signature with its public key,
// either of which may be zeros.
const (
	signatureAt = hashSize + ed25519.PublicKeySize
	sealSize    = signatureAt + ed25519.SignatureSize
)

// ErrUntrusted is the error of an entry that nobody vouches for whom the user trusts.
var ErrUntrusted = errors.New("neither made by this user nor signed by a key that is trusted")

// Sealer makes entries that others can tell to be genuine.
type Sealer struct {
	Keyring *Keyring // of the user who will use them; nil for nobody
	Signer  Signer   // nil for no signature
}

// seal is the seal of head.
func (s Sealer) seal(head []byte) ([]byte, error) {
	seal := make([]byte, sealSize)
	if s.Keyring != nil {
		secret, err := s.Keyring.make()
		if err != nil {
			return nil, err
		}
		mac := macOf(secret, head)
		copy(seal, mac[:])
	}
	if s.Signer != nil {
		copy(seal[hashSize:], s.Signer.Public().(ed25519.PublicKey))
		copy(seal[signatureAt:], ed25519.Sign(s.Signer, signed(head)))
	}
	return seal, nil
}

// signed is what is signed of head: nothing else that anybody signs looks like that.
func signed(head []byte) []byte {
	digest := blake3.Sum256(head)
	return append([]byte("wazedge 2026 signature of a cache entry\x00"), digest[:]...)
}

// Vouch finds out whether the user of k has made e, or somebody he trusts. The error is
// ErrUntrusted. Before it has succeeded nothing but the
// manifest can be had of e.
func (e *Entry) Vouch(k *Keyring) error {
	if e.vouched {
		return nil
	}
	secret, err := k.known()
	if err == nil {
		mac := macOf(secret, e.sealed)
		if subtle.ConstantTimeCompare(mac[:], e.seal[:hashSize]) == 1 {
			e.vouched, e.voucher = true, "this user"
			return nil
		}
	}
	public := e.SignedBy()
	if public == nil {
		return ErrUntrusted
	}
	name, trusted := k.trusts(public)
	if trusted && ed25519.Verify(public, signed(e.sealed), e.seal[signatureAt:]) {
		e.vouched, e.voucher = true, name
		return nil
	}
	return ErrUntrusted
}

// Voucher is who vouches for e, for people; empty before [Entry.Vouch].
func (e *Entry) Voucher() string { return e.voucher }

// SignedBy is the public key that e claims to be signed by, or nil.
func (e *Entry) SignedBy() ed25519.PublicKey {
	public := ed25519.PublicKey(e.seal[hashSize:signatureAt])
	if subtle.ConstantTimeCompare(public, make([]byte, len(public))) == 1 {
		return nil
	}
	return public
}
