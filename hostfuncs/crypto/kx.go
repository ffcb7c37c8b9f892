package crypto

import "github.com/wazedge/wazedge/hostfuncs/abi"

// agreeing is a secret key that has a secret in common with a public key of its family.
type agreeing interface {
	shared(other publicKey) (secret []byte, ok bool)
}

// kxDh is kx_dh.
func (h *Host) kxDh(m abi.Memory, pk, sk uint32, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, pk, func(public *publickey) Errno {
		return with(h, sk, func(s *secretkey) Errno {
			if !public.of.same(s.of) {
				return incompatibleKeys
			}
			key, ok := s.key.(agreeing)
			if !ok || s.of.use != forKeyExchange {
				return invalidOperation
			}
			shared, ok := key.shared(public.key)
			if !ok {
				return invalidKey
			}
			return h.put(shared, at)
		})
	})
}

// kxEncapsulate is kx_encapsulate.
func (h *Host) kxEncapsulate(m abi.Memory, pk uint32, secretHandle, capsuleHandle abi.Ptr32) Errno {
	first, e := place(m, secretHandle)
	if e != success {
		return e
	}
	second, e := place(m, capsuleHandle)
	if e != success {
		return e
	}
	return with(h, pk, func(public *publickey) Errno {
		key, ok := public.key.(capsulePublic)
		if !ok {
			return invalidOperation
		}
		shared, capsule, err := key.encapsulate()
		if err != nil {
			return rngError
		}
		if e := h.put(shared, first); e != success {
			return e
		}
		if e := h.put(capsule, second); e != success {
			shut[*output](h, m, abi.Get32(first))
			return e
		}
		return success
	})
}

// kxDecapsulate is kx_decapsulate.
func (h *Host) kxDecapsulate(m abi.Memory, sk uint32, p abi.Ptr, n abi.Size, handle abi.Ptr32) Errno {
	capsule, e := copyAt(m, p, n, maxEncoding, verificationFailed)
	if e != success {
		return e
	}
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, sk, func(s *secretkey) Errno {
		key, ok := s.key.(*capsuleSecret)
		if !ok {
			return invalidOperation
		}
		shared, ok := key.decapsulate(capsule)
		if !ok {
			return verificationFailed
		}
		return h.put(shared, at)
	})
}
