package crypto

import (
	"hash"
	"sync"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// transcript is the message of a state that signs or verifies: its hash, or where the algorithm
// reads it twice, the message.
type transcript struct {
	mu      sync.Mutex
	hash    hash.Hash
	message []byte
}

func newTranscript(a *asymmetric) transcript {
	if a.hash == nil {
		return transcript{}
	}
	return transcript{hash: a.hash()}
}

// update appends b, which the object of c then holds.
func (t *transcript) update(h *Host, c *counted, b []byte) Errno {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hash != nil {
		return h.pieces(b, func(piece []byte, _ bool) Errno {
			t.hash.Write(piece)
			return success
		})
	}
	if len(b) > maxMessage-len(t.message) || !c.grow(len(b)) {
		return overflow
	}
	t.message = append(t.message, b...)
	return success
}

// signed is what the algorithm signs: good until the next update.
func (t *transcript) signed() []byte {
	if t.hash != nil {
		return t.hash.Sum(nil)
	}
	return t.message
}

// signer is a secret key that signs a message or its digest.
type signer interface {
	sign(a *asymmetric, message []byte) ([]byte, error)
}

// verifier is a public key that verifies signatures, of the length of those of a.
type verifier interface {
	verifies(a *asymmetric, message, signature []byte) bool
}

// signing is a signature_state.
type signing struct {
	counted
	transcript
	secret *secret
}

func (*signing) kind() kind { return signingKind }

// signatureStateOpen is signature_state_open.
func (h *Host) signatureStateOpen(m abi.Memory, n uint32, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, n, func(k *keypair) Errno {
		if _, ok := k.key.(signer); !ok || k.of.use != forSignatures {
			return invalidKey
		}
		if e := k.usable(h); e != success {
			return e
		}
		s := &signing{transcript: newTranscript(k.of), secret: k.secret}
		s.secret.retain()
		s.own(h, func() { s.secret.release() })
		return h.add(s, at)
	})
}

// signatureStateUpdate is signature_state_update.
func (h *Host) signatureStateUpdate(m abi.Memory, n uint32, p abi.Ptr, length abi.Size) Errno {
	b, ok := m.Bytes(p, length)
	if !ok {
		return badAddress
	}
	return with(h, n, func(s *signing) Errno { return s.update(h, &s.counted, b) })
}

// signatureStateSign is signature_state_sign.
func (h *Host) signatureStateSign(m abi.Memory, n uint32, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, n, func(s *signing) Errno { return h.sign(s, at) })
}

// sign puts the signature of what s has been updated with under a handle.
func (h *Host) sign(s *signing, at []byte) Errno {
	s.mu.Lock()
	defer s.mu.Unlock()
	var raw []byte
	var err error
	message := s.signed()
	if !h.work(s, len(message), func() { raw, err = s.secret.key.(signer).sign(s.secret.of, message) }) {
		return inProgress
	}
	if err != nil {
		return algorithmFailure
	}
	return h.addSignature(s.secret.of, raw, at)
}

// verification is a signature_verification_state.
type verification struct {
	counted
	transcript
	of  *asymmetric
	key verifier
}

func (*verification) kind() kind { return verificationKind }

// signatureVerificationStateOpen is signature_verification_state_open.
func (h *Host) signatureVerificationStateOpen(m abi.Memory, n uint32, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, n, func(k *publickey) Errno {
		key, ok := k.key.(verifier)
		if !ok || k.of.use != forSignatures {
			return invalidKey
		}
		v := &verification{transcript: newTranscript(k.of), of: k.of, key: key}
		v.own(h, nil)
		return h.add(v, at)
	})
}

// signatureVerificationStateUpdate is signature_verification_state_update.
func (h *Host) signatureVerificationStateUpdate(m abi.Memory, n uint32, p abi.Ptr, length abi.Size) Errno {
	b, ok := m.Bytes(p, length)
	if !ok {
		return badAddress
	}
	return with(h, n, func(v *verification) Errno { return v.update(h, &v.counted, b) })
}

// signatureVerificationStateVerify is signature_verification_state_verify.
func (h *Host) signatureVerificationStateVerify(_ abi.Memory, n, signatureHandle uint32) Errno {
	return with(h, n, func(v *verification) Errno {
		return with(h, signatureHandle, func(s *signature) Errno { return h.verify(v, s) })
	})
}

// verify is whether s is a signature of what v has been updated with.
func (h *Host) verify(v *verification, s *signature) Errno {
	if !v.of.same(s.of) {
		return invalidSignature
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	var good bool
	message := v.signed()
	if !h.work(v, len(message), func() { good = v.key.verifies(v.of, message, s.data) }) {
		return inProgress
	}
	if !good {
		return verificationFailed
	}
	return success
}
