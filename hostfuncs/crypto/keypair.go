package crypto

import (
	"bytes"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// secret is a secret key that objects share: key pairs, secret keys, states that sign.
type secret struct {
	counted
	of  *asymmetric
	key secretKey
}

// kind implements [object]: no handle is for a secret itself.
func (*secret) kind() kind { return kinds }

func (h *Host) newSecret(a *asymmetric, key secretKey) *secret {
	s := &secret{of: a, key: key}
	s.own(h, func() { s.key.wipe() })
	return s
}

// keypair is a key pair.
type keypair struct {
	counted
	managed
	*secret
}

func (*keypair) kind() kind { return keypairKind }
func (k *keypair) retain()  { k.counted.retain() }
func (k *keypair) release() { k.counted.release() }

// keypairSize is about what a key pair and its like take.
const keypairSize = 1 << 10

// newKeypair is the pair that s makes, whose reference it takes over.
func (h *Host) newKeypair(s *secret) (*keypair, Errno) {
	k := &keypair{secret: s}
	k.own(h, func() { k.secret.release() })
	if !k.counted.grow(keypairSize) {
		k.release()
		return nil, overflow
	}
	return k, success
}

// addKeypair puts the pair of a key under a handle.
func (h *Host) addKeypair(a *asymmetric, key secretKey, at []byte) Errno {
	k, e := h.newKeypair(h.newSecret(a, key))
	if e != success {
		return e
	}
	return h.add(k, at)
}

// generateKey is a new key of a. It takes seconds where primes are looked for.
func (h *Host) generateKey(a *asymmetric) (secretKey, Errno) {
	var key secretKey
	var err error
	make := func() { key, err = a.generate() }
	if _, slow := a.family.(rsaKeys); !slow {
		make()
	} else if h.guest.Patiently(func() error { make(); return nil }) != nil {
		return nil, inProgress
	}
	if err != nil {
		return nil, rngError
	}
	return key, success
}

// keypairGenerate is keypair_generate.
func (h *Host) keypairGenerate(m abi.Memory, u uint32, name abi.Ptr, length abi.Size, opt abi.Ptr, handle abi.Ptr32) Errno {
	return h.keypairGenerated(m, u, name, length, opt, handle, h.addPlain)
}

// keypairGenerated generates a pair for the algorithm that is named and hands it to add.
func (h *Host) keypairGenerated(m abi.Memory, u uint32, name abi.Ptr, length abi.Size, opt abi.Ptr, handle abi.Ptr32, add adder) Errno {
	a, e := asymmetricAt(m, u, name, length)
	if e != success {
		return e
	}
	at, e := place(m, handle)
	if e != success {
		return e
	}
	o, e := h.optionsFor(m, opt, a.use)
	if e != success {
		return e
	}
	defer o.drop()
	key, e := h.generateKey(a)
	if e != success {
		return e
	}
	k, e := h.newKeypair(h.newSecret(a, key))
	if e != success {
		return e
	}
	return add(k, o, at)
}

// keypairImport is keypair_import.
func (h *Host) keypairImport(m abi.Memory, u uint32, name abi.Ptr, length abi.Size, p abi.Ptr, n abi.Size, enc uint32, handle abi.Ptr32) Errno {
	as, e := pairEncodingOf(enc)
	return h.imported(m, u, name, length, p, n, e, handle, func(a *asymmetric, b, at []byte) Errno {
		key, e := importSecret(a.family, b, as, true)
		if e != success {
			return e
		}
		return h.addKeypair(a, key, at)
	})
}

// imported calls f with the operands of a function that imports a key, unless there is something
// wrong with them or, as bad says, with the encoding. What is to be imported is overwritten.
func (h *Host) imported(m abi.Memory, u uint32, name abi.Ptr, length abi.Size, p abi.Ptr, n abi.Size, bad Errno, handle abi.Ptr32, f func(a *asymmetric, b, at []byte) Errno) Errno {
	a, e := asymmetricAt(m, u, name, length)
	if e != success {
		return e
	}
	if bad != success {
		return bad
	}
	b, e := copyAt(m, p, n, maxEncoding, invalidKey)
	if e != success {
		return e
	}
	defer clear(b)
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return f(a, b, at)
}

// keypairExport is keypair_export.
func (h *Host) keypairExport(m abi.Memory, n, enc uint32, handle abi.Ptr32) Errno {
	as, e := pairEncodingOf(enc)
	if e != success {
		return e
	}
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, n, func(k *keypair) Errno {
		b, e := exportSecret(k.of.family, k.key, as, true)
		if e != success {
			return e
		}
		return h.put(b, at)
	})
}

// keypairPublickey is keypair_publickey.
func (h *Host) keypairPublickey(m abi.Memory, n uint32, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, n, func(k *keypair) Errno { return h.addPublickey(k.of, k.key.public(), at) })
}

// keypairSecretkey is keypair_secretkey.
func (h *Host) keypairSecretkey(m abi.Memory, n uint32, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, n, func(k *keypair) Errno {
		k.secret.retain()
		return h.addSecretkey(k.secret, at)
	})
}

// keypairFromPkAndSk is keypair_from_pk_and_sk. Keys that do not belong together are incompatible.
func (h *Host) keypairFromPkAndSk(m abi.Memory, pk, sk uint32, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, pk, func(public *publickey) Errno {
		return with(h, sk, func(s *secretkey) Errno {
			if !public.of.same(s.of) || !samePublic(public.key, s.key.public()) {
				return incompatibleKeys
			}
			s.secret.retain()
			k, e := h.newKeypair(s.secret)
			if e != success {
				return e
			}
			return h.add(k, at)
		})
	})
}

// samePublic reports whether a and b are the same key.
func samePublic(a, b publicKey) bool {
	x, e := a.in(localForm)
	y, f := b.in(localForm)
	return e == success && f == success && bytes.Equal(x, y)
}
