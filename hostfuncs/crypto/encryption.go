package crypto

import "github.com/wazedge/wazedge/hostfuncs/abi"

// message is what a call encrypts or decrypts: its places in the guest's memory, which may overlap.
type message struct{ out, data, tag []byte }

// messageAt is the message with its places at p and q.
func messageAt(m abi.Memory, p abi.Ptr, n abi.Size, q abi.Ptr, length abi.Size) (message, Errno) {
	out, ok := m.Bytes(p, n)
	data, has := m.Bytes(q, length)
	if !ok || !has {
		return message{}, badAddress
	}
	return message{out: out, data: data}, success
}

// room is whether there are exactly want bytes for what a call writes.
func room(have, want int) Errno {
	switch {
	case have < want:
		return overflow
	case have > want:
		return invalidLength
	}
	return success
}

// onCopy calls f with a copy of parts in a buffer of n bytes.
func (h *Host) onCopy(n int, f func(buf []byte) Errno, parts ...[]byte) Errno {
	if !h.take(int64(n)) {
		return overflow
	}
	defer h.give(int64(n))
	buf := make([]byte, n)
	rest := buf
	for _, p := range parts {
		rest = rest[copy(rest, p):]
	}
	return f(buf)
}

// seal encrypts x.data in s. It calls f with what comes out: the data, and behind it the tag.
func (h *Host) seal(s *symmetricState, x message, tagLen int, f func(sealed []byte) Errno) Errno {
	return h.onCopy(len(x.data)+tagLen, func(buf []byte) Errno {
		var e Errno
		if !h.work(s, len(buf)*s.of.pace(), func() { e = s.transformation.seal(buf) }) {
			return inProgress
		}
		if e == success {
			e = f(buf)
		}
		clear(buf)
		return e
	}, x.data)
}

// unseal decrypts x.data and x.tag in s to x.out.
func (h *Host) unseal(s *symmetricState, x message) Errno {
	n := len(x.data)
	return h.onCopy(n+len(x.tag), func(buf []byte) Errno {
		var e Errno
		if !h.work(s, len(buf)*s.of.pace(), func() { e = s.transformation.unseal(buf) }) {
			return inProgress
		}
		if e == success {
			copy(x.out, buf[:n])
		} else {
			clear(x.out)
		}
		clear(buf)
		return e
	}, x.data, x.tag)
}

// encrypt is symmetric_state_encrypt for a message.
func (h *Host) encrypt(s *symmetricState, x message) (n int, e Errno) {
	tagLen, e := s.overhead()
	if e != success {
		return 0, e
	}
	n = len(x.data) + tagLen
	if e = room(len(x.out), n); e != success {
		return 0, e
	}
	return n, h.seal(s, x, tagLen, func(sealed []byte) Errno {
		copy(x.out, sealed)
		return success
	})
}

// encryptDetached is symmetric_state_encrypt_detached for a message.
func (h *Host) encryptDetached(s *symmetricState, x message, handle []byte) Errno {
	tagLen, e := s.overhead()
	if e != success {
		return e
	}
	if e = room(len(x.out), len(x.data)); e != success {
		return e
	}
	return h.seal(s, x, tagLen, func(sealed []byte) Errno {
		n := copy(x.out, sealed[:len(x.data)])
		return h.add(h.newTag(append([]byte(nil), sealed[n:]...)), handle)
	})
}

// decrypt is symmetric_state_decrypt for a message.
func (h *Host) decrypt(s *symmetricState, x message) (n int, e Errno) {
	tagLen, e := s.overhead()
	if e != success {
		return 0, e
	}
	n = len(x.data) - tagLen
	if n < 0 {
		return 0, invalidTag
	}
	if e = room(len(x.out), n); e != success {
		return 0, e
	}
	x.data, x.tag = x.data[:n], x.data[n:]
	return n, h.unseal(s, x)
}

// decryptDetached is symmetric_state_decrypt_detached for a message.
func (h *Host) decryptDetached(s *symmetricState, x message) (n int, e Errno) {
	tagLen, e := s.overhead()
	if e != success {
		return 0, e
	}
	if len(x.tag) != tagLen {
		return 0, invalidTag
	}
	if e = room(len(x.out), len(x.data)); e != success {
		return 0, e
	}
	return len(x.data), h.unseal(s, x)
}

// putSize writes n, if there is no errno.
func putSize(at []byte, n int, e Errno) Errno {
	if e == success {
		abi.Put32(at, uint32(n))
	}
	return e
}

// sized calls f with the state of handle n, and writes the size that it gives to size.
func (h *Host) sized(m abi.Memory, n uint32, size abi.Ptr32, f func(s *symmetricState) (int, Errno)) Errno {
	at, e := place(m, size)
	if e != success {
		return e
	}
	return inState(h, n, func(s *symmetricState) Errno {
		length, e := f(s)
		return putSize(at, length, e)
	})
}

// symmetricStateEncrypt is symmetric_state_encrypt.
func (h *Host) symmetricStateEncrypt(m abi.Memory, n uint32, p abi.Ptr, outLen abi.Size, q abi.Ptr, length abi.Size, size abi.Ptr32) Errno {
	x, e := messageAt(m, p, outLen, q, length)
	if e != success {
		return e
	}
	return h.sized(m, n, size, func(s *symmetricState) (int, Errno) { return h.encrypt(s, x) })
}

// symmetricStateEncryptDetached is symmetric_state_encrypt_detached.
func (h *Host) symmetricStateEncryptDetached(m abi.Memory, n uint32, p abi.Ptr, outLen abi.Size, q abi.Ptr, length abi.Size, handle abi.Ptr32) Errno {
	x, e := messageAt(m, p, outLen, q, length)
	if e != success {
		return e
	}
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return inState(h, n, func(s *symmetricState) Errno { return h.encryptDetached(s, x, at) })
}

// symmetricStateDecrypt is symmetric_state_decrypt.
func (h *Host) symmetricStateDecrypt(m abi.Memory, n uint32, p abi.Ptr, outLen abi.Size, q abi.Ptr, length abi.Size, size abi.Ptr32) Errno {
	x, e := messageAt(m, p, outLen, q, length)
	if e != success {
		return e
	}
	return h.sized(m, n, size, func(s *symmetricState) (int, Errno) { return h.decrypt(s, x) })
}

// symmetricStateDecryptDetached is symmetric_state_decrypt_detached.
func (h *Host) symmetricStateDecryptDetached(m abi.Memory, n uint32, p abi.Ptr, outLen abi.Size, q abi.Ptr, length abi.Size, tag abi.Ptr, tagLen abi.Size, size abi.Ptr32) Errno {
	x, e := messageAt(m, p, outLen, q, length)
	if e != success {
		return e
	}
	var ok bool
	if x.tag, ok = m.Bytes(tag, tagLen); !ok {
		return badAddress
	}
	return h.sized(m, n, size, func(s *symmetricState) (int, Errno) { return h.decryptDetached(s, x) })
}
