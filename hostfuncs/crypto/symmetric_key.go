package crypto

import (
	"crypto/rand"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// symmetricKey is a key for a symmetric algorithm.
type symmetricKey struct {
	counted
	managed
	of  *symmetric
	raw []byte
}

func (*symmetricKey) kind() kind { return symmetricKeyKind }

// newSymmetricKey is the key raw, which it owns, and overwrites where it refuses it.
func (h *Host) newSymmetricKey(a *symmetric, raw []byte) (*symmetricKey, Errno) {
	if a.exact && len(raw) != a.keyLen {
		clear(raw)
		return nil, invalidKey
	}
	k := &symmetricKey{of: a, raw: raw}
	k.own(h, func() { clear(k.raw) })
	if !k.grow(len(raw)) {
		k.release()
		return nil, overflow
	}
	return k, success
}

// addSymmetricKey puts the key raw, which it owns, under a handle.
func (h *Host) addSymmetricKey(a *symmetric, raw, at []byte) Errno {
	k, e := h.newSymmetricKey(a, raw)
	if e != success {
		return e
	}
	return h.add(k, at)
}

// generateSymmetricKey is a key that nobody knows.
func (h *Host) generateSymmetricKey(a *symmetric) (*symmetricKey, Errno) {
	if a.keying == unkeyed || a.imported {
		return nil, unsupportedFeature
	}
	raw := make([]byte, a.keyLen)
	rand.Read(raw)
	return h.newSymmetricKey(a, raw)
}

// symmetricAt is the symmetric algorithm with the name of n bytes at p.
func symmetricAt(m abi.Memory, p abi.Ptr, n abi.Size) (*symmetric, Errno) {
	name, e := nameAt(m, p, n)
	if e != success {
		return nil, e
	}
	return symmetricNamed(name)
}

// symmetricKeyGenerate is symmetric_key_generate.
func (h *Host) symmetricKeyGenerate(m abi.Memory, name abi.Ptr, length abi.Size, opt abi.Ptr, handle abi.Ptr32) Errno {
	return h.symmetricKeyGenerated(m, name, length, opt, handle, h.addPlain)
}

// symmetricKeyGenerated generates a key for the algorithm that is named and hands it to add.
func (h *Host) symmetricKeyGenerated(m abi.Memory, name abi.Ptr, length abi.Size, opt abi.Ptr, handle abi.Ptr32, add adder) Errno {
	a, e := symmetricAt(m, name, length)
	if e != success {
		return e
	}
	at, e := place(m, handle)
	if e != success {
		return e
	}
	o, e := h.optionsFor(m, opt, forSymmetric)
	if e != success {
		return e
	}
	defer o.drop()
	k, e := h.generateSymmetricKey(a)
	if e != success {
		return e
	}
	return add(k, o, at)
}

// symmetricKeyImport is symmetric_key_import.
func (h *Host) symmetricKeyImport(m abi.Memory, name abi.Ptr, length abi.Size, p abi.Ptr, n abi.Size, handle abi.Ptr32) Errno {
	a, e := symmetricAt(m, name, length)
	if e != success {
		return e
	}
	at, e := place(m, handle)
	if e != success {
		return e
	}
	if a.keying == unkeyed {
		return keyNotSupported
	}
	raw, e := copyAt(m, p, n, maxEncoding, invalidKey)
	if e != success {
		return e
	}
	return h.addSymmetricKey(a, raw, at)
}

// symmetricKeyExport is symmetric_key_export.
func (h *Host) symmetricKeyExport(m abi.Memory, n uint32, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, n, func(k *symmetricKey) Errno { return h.put(append([]byte(nil), k.raw...), at) })
}
