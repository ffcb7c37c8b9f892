package crypto

import "github.com/wazedge/wazedge/hostfuncs/abi"

// secretkey is a secret key without its pair.
type secretkey struct {
	counted
	*secret
}

func (*secretkey) kind() kind { return secretkeyKind }
func (k *secretkey) retain()  { k.counted.retain() }
func (k *secretkey) release() { k.counted.release() }

// addSecretkey puts s, whose reference it takes over, under a handle.
func (h *Host) addSecretkey(s *secret, at []byte) Errno {
	k := &secretkey{secret: s}
	k.own(h, func() { k.secret.release() })
	if !k.counted.grow(keypairSize) {
		k.release()
		return overflow
	}
	return h.add(k, at)
}

// secretkeyImport is secretkey_import.
func (h *Host) secretkeyImport(m abi.Memory, u uint32, name abi.Ptr, length abi.Size, p abi.Ptr, n abi.Size, enc uint32, handle abi.Ptr32) Errno {
	as, e := encodingOf(enc)
	return h.imported(m, u, name, length, p, n, e, handle, func(a *asymmetric, b, at []byte) Errno {
		key, e := importSecret(a.family, b, as, false)
		if e != success {
			return e
		}
		return h.addSecretkey(h.newSecret(a, key), at)
	})
}

// secretkeyExport is secretkey_export.
func (h *Host) secretkeyExport(m abi.Memory, n, enc uint32, handle abi.Ptr32) Errno {
	as, e := encodingOf(enc)
	if e != success {
		return e
	}
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, n, func(s *secretkey) Errno {
		b, e := exportSecret(s.of.family, s.key, as, false)
		if e != success {
			return e
		}
		return h.put(b, at)
	})
}
