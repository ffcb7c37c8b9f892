package crypto

import (
	"strings"
	"sync"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// symmetricState is a state of a symmetric algorithm.
type symmetricState struct {
	counted
	of      *symmetric
	options *options // nil for none
	mu      sync.Mutex
	transformation
}

func (*symmetricState) kind() kind { return symmetricStateKind }

// own makes s an object that has a reference to its options.
func (s *symmetricState) own(h *Host) {
	s.counted.own(h, func() {
		s.options.drop()
		if s.transformation != nil {
			s.transformation.wipe()
		}
	})
}

// symmetricStateOpen is symmetric_state_open.
func (h *Host) symmetricStateOpen(m abi.Memory, name abi.Ptr, length abi.Size, optKey, opt abi.Ptr, handle abi.Ptr32) Errno {
	a, e := symmetricAt(m, name, length)
	if e != success {
		return e
	}
	at, e := place(m, handle)
	if e != success {
		return e
	}
	k, e := optionalObject[*symmetricKey](h, m, optKey)
	if e != success {
		return e
	}
	var raw []byte
	if k != nil {
		defer k.release()
		raw = k.raw
	}
	if e = h.fits(a, k); e != success {
		return e
	}
	s := &symmetricState{of: a}
	s.own(h)
	if s.options, e = h.optionsFor(m, opt, forSymmetric); e == success {
		s.transformation, e = a.open(a, raw, s.options)
	}
	if e != success {
		s.release()
		return e
	}
	return h.add(s, at)
}

// fits is whether a state of a can be opened with k, which may be nil.
func (h *Host) fits(a *symmetric, k *symmetricKey) Errno {
	switch {
	case k == nil && a.keying == keyed:
		return keyRequired
	case k == nil:
		return success
	case a.keying == unkeyed:
		return keyNotSupported
	case k.of != a:
		return invalidKey
	}
	return k.usable(h)
}

// symmetricStateClone is symmetric_state_clone.
func (h *Host) symmetricStateClone(m abi.Memory, n uint32, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return inState(h, n, func(s *symmetricState) (e Errno) {
		c := &symmetricState{of: s.of, options: s.options}
		if c.options != nil {
			c.options.retain()
		}
		c.own(h)
		t, e := s.clone(&c.counted)
		if e != success {
			c.release()
			return e
		}
		c.transformation = t
		return h.add(c, at)
	})
}

// inState calls f with the state of handle n, which nothing else uses meanwhile.
func inState(h *Host, n uint32, f func(*symmetricState) Errno) Errno {
	return with(h, n, func(s *symmetricState) Errno {
		s.mu.Lock()
		defer s.mu.Unlock()
		return f(s)
	})
}

// symmetricStateOptionsGet is symmetric_state_options_get.
func (h *Host) symmetricStateOptionsGet(m abi.Memory, n uint32, name abi.Ptr, length abi.Size, p abi.Ptr, most abi.Size, size abi.Ptr32) Errno {
	text, e := nameAt(m, name, length)
	if e != success {
		return e
	}
	b, ok := m.Bytes(p, most)
	at, e := place(m, size)
	if !ok || e != success {
		return badAddress
	}
	return inState(h, n, func(s *symmetricState) Errno {
		text = strings.ToLower(text)
		if optionNamed(text, forSymmetric) != bytesOption {
			return unsupportedOption
		}
		value := s.options.value(text)
		if a, ok := s.transformation.(*aead); ok && text == "nonce" {
			value = a.nonce
		}
		switch {
		case value == nil:
			return optionNotSet
		case len(value) > len(b):
			return overflow
		}
		abi.Put32(at, uint32(copy(b, value)))
		return success
	})
}

// symmetricStateOptionsGetU64 is symmetric_state_options_get_u64.
func (h *Host) symmetricStateOptionsGetU64(m abi.Memory, n uint32, name abi.Ptr, length abi.Size, value abi.Ptr64) Errno {
	text, e := nameAt(m, name, length)
	if e != success {
		return e
	}
	at, ok := m.U64(value)
	if !ok {
		return badAddress
	}
	return inState(h, n, func(s *symmetricState) Errno {
		text = strings.ToLower(text)
		if optionNamed(text, forSymmetric) != numberOption {
			return unsupportedOption
		}
		v, ok := s.options.number(text)
		if !ok {
			return optionNotSet
		}
		abi.Put64(at, v)
		return success
	})
}

// symmetricStateAbsorb is symmetric_state_absorb.
func (h *Host) symmetricStateAbsorb(m abi.Memory, n uint32, p abi.Ptr, length abi.Size) Errno {
	b, ok := m.Bytes(p, length)
	if !ok {
		return badAddress
	}
	return inState(h, n, func(s *symmetricState) Errno {
		return h.pieces(b, func(piece []byte, first bool) Errno { return s.absorb(&s.counted, piece, first) })
	})
}

// symmetricStateSqueeze is symmetric_state_squeeze.
func (h *Host) symmetricStateSqueeze(m abi.Memory, n uint32, p abi.Ptr, length abi.Size) Errno {
	b, ok := m.Bytes(p, length)
	if !ok {
		return badAddress
	}
	return inState(h, n, func(s *symmetricState) Errno {
		most, e := s.most()
		switch {
		case e != success:
			return e
		case most > 0 && len(b) > most:
			return invalidLength
		}
		return h.pieces(b, s.squeeze)
	})
}

// symmetricStateSqueezeTag is symmetric_state_squeeze_tag.
func (h *Host) symmetricStateSqueezeTag(m abi.Memory, n uint32, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return h.squeezeTag(n, at)
}

// squeezeTag puts the tag of the state of handle n under a handle.
func (h *Host) squeezeTag(n uint32, at []byte) Errno {
	return inState(h, n, func(s *symmetricState) Errno {
		tag, e := s.squeezeTag()
		if e != success {
			return e
		}
		return h.add(h.newTag(tag), at)
	})
}

// symmetricStateSqueezeKey is symmetric_state_squeeze_key.
func (h *Host) symmetricStateSqueezeKey(m abi.Memory, n uint32, name abi.Ptr, length abi.Size, handle abi.Ptr32) Errno {
	target, e := symmetricAt(m, name, length)
	if e != success {
		return e
	}
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return inState(h, n, func(s *symmetricState) Errno {
		raw, e := s.squeezeKey(target)
		if e != success {
			return e
		}
		return h.addSymmetricKey(target, raw, at)
	})
}

// symmetricStateMaxTagLen is symmetric_state_max_tag_len.
func (h *Host) symmetricStateMaxTagLen(m abi.Memory, n uint32, size abi.Ptr32) Errno {
	return h.sized(m, n, size, func(s *symmetricState) (int, Errno) { return s.tagLen() })
}

// symmetricStateRatchet is symmetric_state_ratchet.
func (h *Host) symmetricStateRatchet(_ abi.Memory, n uint32) Errno {
	return inState(h, n, func(s *symmetricState) Errno { return s.ratchet() })
}
