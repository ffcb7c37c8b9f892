package crypto

import (
	"crypto/cipher"
	"crypto/rand"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// externalSecret is the record of a secret that guests keep: n bytes at p.
func externalSecret(m abi.Memory, p abi.Ptr, n abi.Size, expires uint64) (record, Errno) {
	b, e := copyAt(m, p, n, maxEncoding, overflow)
	return record{Sort: secretRecord, Secret: b, Expires: max(expires, 1)}, e
}

// externalSecretStore is external_secret_store.
func (h *Host) externalSecretStore(m abi.Memory, sm uint32, p abi.Ptr, n abi.Size, expires uint64, idAt abi.Ptr, most abi.Size) Errno {
	return h.managing(sm, func() Errno {
		b, e := identifierRoom(m, idAt, most)
		if e != success {
			return e
		}
		r, e := externalSecret(m, p, n, expires)
		if e != success {
			return e
		}
		defer clear(r.Secret)
		id, e := h.store(r)
		if e == success {
			copy(b, id[:])
		}
		return e
	})
}

// externalSecretReplace is external_secret_replace. One that has expired can be replaced.
func (h *Host) externalSecretReplace(m abi.Memory, sm uint32, p abi.Ptr, n abi.Size, expires uint64, idAt abi.Ptr, length abi.Size, number abi.Ptr64) Errno {
	at, ok := m.U64(number)
	if !ok {
		return badAddress
	}
	return h.managing(sm, func() Errno {
		id, e := identifierAt(m, idAt, length)
		if e != success {
			return e
		}
		r, e := externalSecret(m, p, n, expires)
		if e != success {
			return e
		}
		defer clear(r.Secret)
		v, e := h.replace(id, r)
		if e == success {
			abi.Put64(at, v)
		}
		return e
	})
}

// externalSecretFromID is external_secret_from_id.
func (h *Host) externalSecretFromID(m abi.Memory, sm uint32, p abi.Ptr, length abi.Size, n uint64, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return h.managing(sm, func() Errno {
		id, e := identifierAt(m, p, length)
		if e != success {
			return e
		}
		r, _, e := h.load(id, n, secretRecord)
		if e != success {
			clear(r.Secret)
			return e
		}
		return h.put(r.Secret, at)
	})
}

// sealOf is what external secrets are encrypted with.
func (h *Host) sealOf() (cipher.AEAD, Errno) {
	fresh := make([]byte, chacha20poly1305.KeySize)
	rand.Read(fresh)
	defer clear(fresh)
	key, e := h.vault.key(fresh)
	if e != success {
		return nil, e
	}
	defer clear(key)
	c, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, internalError
	}
	return c, success
}

// capsuleName is authenticated with all that is encapsulated.
const capsuleName = "wasi-crypto external secret 1"

// externalSecretEncapsulate is external_secret_encapsulate: a nonce, and encrypted the time when the
// secret expires, in 8 bytes, and the secret.
func (h *Host) externalSecretEncapsulate(m abi.Memory, sm uint32, p abi.Ptr, n abi.Size, expires uint64, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return h.managing(sm, func() Errno {
		r, e := externalSecret(m, p, n, expires)
		if e != success {
			return e
		}
		defer clear(r.Secret)
		c, e := h.sealOf()
		if e != success {
			return e
		}
		plain := make([]byte, 8+len(r.Secret))
		defer clear(plain)
		abi.Put64(plain, r.Expires)
		copy(plain[8:], r.Secret)
		nonce := make([]byte, chacha20poly1305.NonceSizeX)
		rand.Read(nonce)
		return h.put(c.Seal(nonce, nonce, plain, []byte(capsuleName)), at)
	})
}

// externalSecretDecapsulate is external_secret_decapsulate.
func (h *Host) externalSecretDecapsulate(m abi.Memory, sm uint32, p abi.Ptr, n abi.Size, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return h.managing(sm, func() Errno {
		b, e := copyAt(m, p, n, 2*maxEncoding, verificationFailed)
		if e != success {
			return e
		}
		c, e := h.sealOf()
		if e != success {
			return e
		}
		if len(b) < chacha20poly1305.NonceSizeX {
			return verificationFailed
		}
		plain, err := c.Open(nil, b[:chacha20poly1305.NonceSizeX], b[chacha20poly1305.NonceSizeX:], []byte(capsuleName))
		if err != nil || len(plain) < 8 {
			return verificationFailed
		}
		defer clear(plain)
		if h.past(abi.Get64(plain)) {
			return expired
		}
		return h.put(append([]byte(nil), plain[8:]...), at)
	})
}
