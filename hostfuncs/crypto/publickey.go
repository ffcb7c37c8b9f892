package crypto

import "github.com/wazedge/wazedge/hostfuncs/abi"

// publickey is a public key.
type publickey struct {
	counted
	of  *asymmetric
	key publicKey
}

func (*publickey) kind() kind { return publickeyKind }

// addPublickey puts a public key under a handle.
func (h *Host) addPublickey(a *asymmetric, key publicKey, at []byte) Errno {
	k := &publickey{of: a, key: key}
	k.own(h, nil)
	if !k.grow(keypairSize) {
		k.release()
		return overflow
	}
	return h.add(k, at)
}

// publickeyImport is publickey_import.
func (h *Host) publickeyImport(m abi.Memory, u uint32, name abi.Ptr, length abi.Size, p abi.Ptr, n abi.Size, enc uint32, handle abi.Ptr32) Errno {
	as, e := encodingOf(enc)
	return h.imported(m, u, name, length, p, n, e, handle, func(a *asymmetric, b, at []byte) Errno {
		key, e := importPublic(a.family, b, as)
		if e != success {
			return e
		}
		return h.addPublickey(a, key, at)
	})
}

// publickeyExport is publickey_export.
func (h *Host) publickeyExport(m abi.Memory, n, enc uint32, handle abi.Ptr32) Errno {
	as, e := encodingOf(enc)
	if e != success {
		return e
	}
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, n, func(k *publickey) Errno {
		b, e := exportPublic(k.of.family, k.key, as)
		if e != success {
			return e
		}
		return h.put(b, at)
	})
}

// publickeyVerify is publickey_verify.
func (h *Host) publickeyVerify(_ abi.Memory, n uint32) Errno {
	return with(h, n, func(k *publickey) Errno { return k.key.verify() })
}

// publickeyFromSecretkey is publickey_from_secretkey.
func (h *Host) publickeyFromSecretkey(m abi.Memory, n uint32, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, n, func(s *secretkey) Errno { return h.addPublickey(s.of, s.key.public(), at) })
}
