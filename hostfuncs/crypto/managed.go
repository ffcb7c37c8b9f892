package crypto

import (
	"sync"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// managed is what makes a key a managed one.
type managed struct {
	mu      sync.Mutex
	id      identifier
	version uint64 // 0 if it is not managed
	expires uint64
}

// become makes the key version n of id.
func (k *managed) become(id identifier, n, expires uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.id, k.version, k.expires = id, n, expires
}

// known is what the key is known by, and false if it is not managed.
func (k *managed) known() (id identifier, n uint64, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.id, k.version, k.version != 0
}

// usable is whether the key has not expired.
func (k *managed) usable(h *Host) Errno {
	k.mu.Lock()
	defer k.mu.Unlock()
	if h.past(k.expires) {
		return expired
	}
	return success
}

// manageable is a key that a vault can keep.
type manageable interface {
	object
	// record is what a vault keeps of it.
	record() (record, Errno)
	become(id identifier, n, expires uint64)
	known() (id identifier, n uint64, ok bool)
	// like reports whether the other is of the same algorithm.
	like(other manageable) bool
}

func (k *keypair) record() (record, Errno) {
	b, e := exportSecret(k.of.family, k.key, localEncoding, true)
	return record{Sort: keypairRecord, Use: k.of.use, Algorithm: k.of.name, Expires: k.expires, Secret: b}, e
}

func (k *keypair) like(other manageable) bool { return k.of.same(other.(*keypair).of) }

func (k *symmetricKey) record() (record, Errno) {
	return record{Sort: symmetricRecord, Algorithm: k.of.name, Expires: k.expires, Secret: append([]byte(nil), k.raw...)}, success
}

func (k *symmetricKey) like(other manageable) bool { return k.of == other.(*symmetricKey).of }

// keypairOf is the pair in r.
func (h *Host) keypairOf(r record) (*keypair, Errno) {
	a, e := asymmetricNamed(r.Use, r.Algorithm)
	if e != success {
		return nil, internalError
	}
	key, e := importSecret(a.family, r.Secret, localEncoding, true)
	if e != success {
		return nil, internalError
	}
	return h.newKeypair(h.newSecret(a, key))
}

// symmetricKeyOf is the key in r.
func (h *Host) symmetricKeyOf(r record) (*symmetricKey, Errno) {
	a, e := symmetricNamed(r.Algorithm)
	if e != success {
		return nil, internalError
	}
	return h.newSymmetricKey(a, append([]byte(nil), r.Secret...))
}

// keep stores k as a new managed key.
func (h *Host) keep(k manageable, expires uint64) Errno {
	r, e := k.record()
	if e != success {
		return e
	}
	defer clear(r.Secret)
	r.Expires = expires
	id, e := h.store(r)
	if e == success {
		k.become(id, firstVersion, expires)
	}
	return e
}

// adder puts a new key, whose reference it takes over, under a handle whose place is at.
type adder func(k manageable, o *options, at []byte) Errno

// addPlain is the [adder] of keys that nothing manages.
func (h *Host) addPlain(k manageable, _ *options, at []byte) Errno { return h.add(k, at) }

// addKept is the [adder] of managed keys: it stores k as one that expires as o says before it puts
// it under a handle.
func (h *Host) addKept(k manageable, o *options, at []byte) Errno {
	expires, _ := o.number(expirationOption)
	if e := h.keep(k, expires); e != success {
		k.release()
		return e
	}
	return h.add(k, at)
}

// keypairGenerateManaged is keypair_generate_managed.
func (h *Host) keypairGenerateManaged(m abi.Memory, sm, u uint32, name abi.Ptr, length abi.Size, opt abi.Ptr, handle abi.Ptr32) Errno {
	return h.managing(sm, func() Errno { return h.keypairGenerated(m, u, name, length, opt, handle, h.addKept) })
}

// symmetricKeyGenerateManaged is symmetric_key_generate_managed.
func (h *Host) symmetricKeyGenerateManaged(m abi.Memory, sm uint32, name abi.Ptr, length abi.Size, opt abi.Ptr, handle abi.Ptr32) Errno {
	return h.managing(sm, func() Errno { return h.symmetricKeyGenerated(m, name, length, opt, handle, h.addKept) })
}

// storeManaged is keypair_store_managed and symmetric_key_store_managed.
func storeManaged[T manageable](h *Host, m abi.Memory, sm, n uint32, p abi.Ptr, most abi.Size) Errno {
	return h.managing(sm, func() Errno {
		b, e := identifierRoom(m, p, most)
		if e != success {
			return e
		}
		return with(h, n, func(k T) Errno {
			if e := h.keep(k, 0); e != success {
				return e
			}
			id, _, _ := k.known()
			copy(b, id[:])
			return success
		})
	})
}

// replaceManaged is keypair_replace_managed and symmetric_key_replace_managed.
func replaceManaged[T manageable](h *Host, m abi.Memory, sm, old, fresh uint32, number abi.Ptr64) Errno {
	at, ok := m.U64(number)
	if !ok {
		return badAddress
	}
	return h.managing(sm, func() Errno {
		return with(h, old, func(from T) Errno {
			return with(h, fresh, func(to T) Errno {
				n, e := h.supersede(from, to)
				if e != success {
					return e
				}
				abi.Put64(at, n)
				if old != fresh {
					return shut[T](h, m, old)
				}
				return success
			})
		})
	})
}

// supersede makes to the next version of from.
func (h *Host) supersede(from, to manageable) (uint64, Errno) {
	id, _, ok := from.known()
	switch {
	case !ok:
		return 0, unsupportedFeature
	case !from.like(to):
		return 0, incompatibleKeys
	}
	r, e := to.record()
	if e != success {
		return 0, e
	}
	defer clear(r.Secret)
	n, e := h.replace(id, r)
	if e == success {
		to.become(id, n, r.Expires)
	}
	return n, e
}

// managedID is keypair_id and symmetric_key_id.
func managedID[T manageable](h *Host, m abi.Memory, n uint32, p abi.Ptr, most abi.Size, size abi.Ptr32, number abi.Ptr64) Errno {
	b, ok := m.Bytes(p, most)
	at, e := place(m, size)
	versionAt, has := m.U64(number)
	if !ok || !has || e != success {
		return badAddress
	}
	return with(h, n, func(k T) Errno {
		id, v, ok := k.known()
		switch {
		case !ok:
			return unsupportedFeature
		case len(b) < len(id):
			return overflow
		}
		abi.Put32(at, uint32(copy(b, id[:])))
		abi.Put64(versionAt, v)
		return success
	})
}

// managedFrom is keypair_from_id and symmetric_key_from_id, for what make makes of a record.
func managedFrom[T manageable](h *Host, m abi.Memory, sm uint32, p abi.Ptr, length abi.Size, n uint64, handle abi.Ptr32, sort string, make func(record) (T, Errno)) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return h.managing(sm, func() Errno {
		id, e := identifierAt(m, p, length)
		if e != success {
			return e
		}
		r, v, e := h.load(id, n, sort)
		defer clear(r.Secret)
		if e != success {
			return e
		}
		k, e := make(r)
		if e != success {
			return e
		}
		k.become(id, v, r.Expires)
		return h.add(k, at)
	})
}

// keypairFromID is keypair_from_id.
func (h *Host) keypairFromID(m abi.Memory, sm uint32, p abi.Ptr, length abi.Size, n uint64, handle abi.Ptr32) Errno {
	return managedFrom(h, m, sm, p, length, n, handle, keypairRecord, h.keypairOf)
}

// symmetricKeyFromID is symmetric_key_from_id.
func (h *Host) symmetricKeyFromID(m abi.Memory, sm uint32, p abi.Ptr, length abi.Size, n uint64, handle abi.Ptr32) Errno {
	return managedFrom(h, m, sm, p, length, n, handle, symmetricRecord, h.symmetricKeyOf)
}
