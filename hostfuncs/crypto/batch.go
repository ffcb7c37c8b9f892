package crypto

import "github.com/wazedge/wazedge/hostfuncs/abi"

// A batch is a list of operations, each as its parameters follow one another in 4 bytes each, and a
// place for as many results: an errno of 2 bytes, or a number of 4 and an errno at 4. The interface
// leaves open where the list of results is; here the guest says so.
const (
	errnoSize  = 2
	resultSize = 8
)

// operation is a function that works on a batch.
type operation struct {
	h     *Host
	m     abi.Memory
	words abi.Size // parameters of an operation
	// algorithm is that of the object of a handle, which all operations are to share.
	algorithm func(h *Host, n uint32) any
	// numbered is whether a result has a number, which do writes.
	numbered bool
	do       func(words []uint32, number []byte) Errno
}

// run does all operations of the n at p, with results at q.
func (o *operation) run(p abi.Ptr32, n abi.Size, q abi.Ptr32) Errno {
	size := abi.Size(errnoSize)
	if o.numbered {
		size = resultSize
	}
	list, ok := o.m.Array(abi.Ptr(p), n, 4*o.words)
	results, has := o.m.Array(abi.Ptr(q), n, size)
	if !ok || !has {
		return badAddress
	}
	if !o.uniform(list) {
		return unsupportedFeature
	}
	var words [7]uint32
	for ; len(results) > 0 && !o.h.guest.Interrupted(); results = results[size:] {
		for i := range words[:o.words] {
			words[i] = abi.Get32(list[4*i:])
		}
		list = list[4*o.words:]
		e := o.do(words[:o.words], results[:size])
		abi.Put16(results[size/8*4:], uint16(e)) // at 4 if there are 8 bytes
	}
	return success
}

// uniform reports whether all objects of a batch that there are have the same algorithm.
func (o *operation) uniform(list []byte) bool {
	var first any
	for ; len(list) > 0 && !o.h.guest.Interrupted(); list = list[4*o.words:] {
		a := o.algorithm(o.h, abi.Get32(list))
		if a != nil && first != nil && a != first {
			return false
		}
		if a != nil {
			first = a
		}
	}
	return true
}

func stateAlgorithm(h *Host, n uint32) any {
	if s, e := get[*symmetricState](h, n); e == success {
		defer s.release()
		return s.of.name
	}
	return nil
}

func signingAlgorithm(h *Host, n uint32) any {
	if s, e := get[*signing](h, n); e == success {
		defer s.release()
		return s.secret.of.name
	}
	return nil
}

func verificationAlgorithm(h *Host, n uint32) any {
	if v, e := get[*verification](h, n); e == success {
		defer v.release()
		return v.of.name
	}
	return nil
}

// batchSignatureStateSign is batch_signature_state_sign.
func (h *Host) batchSignatureStateSign(m abi.Memory, p abi.Ptr32, n abi.Size, q abi.Ptr32) Errno {
	o := operation{h, m, 1, signingAlgorithm, true, func(w []uint32, number []byte) Errno {
		return with(h, w[0], func(s *signing) Errno { return h.sign(s, number) })
	}}
	return o.run(p, n, q)
}

// batchSignatureStateVerify is batch_signature_state_verify.
func (h *Host) batchSignatureStateVerify(m abi.Memory, p abi.Ptr32, n abi.Size, q abi.Ptr32) Errno {
	o := operation{h, m, 2, verificationAlgorithm, false, func(w []uint32, _ []byte) Errno {
		return h.signatureVerificationStateVerify(m, w[0], w[1])
	}}
	return o.run(p, n, q)
}

// batchSymmetricStateSqueeze is batch_symmetric_state_squeeze.
func (h *Host) batchSymmetricStateSqueeze(m abi.Memory, p abi.Ptr32, n abi.Size, q abi.Ptr32) Errno {
	o := operation{h, m, 3, stateAlgorithm, false, func(w []uint32, _ []byte) Errno {
		return h.symmetricStateSqueeze(m, w[0], abi.Ptr(w[1]), abi.Size(w[2]))
	}}
	return o.run(p, n, q)
}

// batchSymmetricStateSqueezeTag is batch_symmetric_state_squeeze_tag.
func (h *Host) batchSymmetricStateSqueezeTag(m abi.Memory, p abi.Ptr32, n abi.Size, q abi.Ptr32) Errno {
	o := operation{h, m, 1, stateAlgorithm, true, func(w []uint32, number []byte) Errno {
		return h.squeezeTag(w[0], number)
	}}
	return o.run(p, n, q)
}

// onMessages is a batch of operations on messages: a state, the place of what comes out, that of
// the data and, if tagged, that of the tag. do writes the number of the result.
func (h *Host) onMessages(m abi.Memory, p abi.Ptr32, n abi.Size, q abi.Ptr32, tagged bool, do func(s *symmetricState, x message, number []byte) Errno) Errno {
	o := operation{h, m, 5, stateAlgorithm, true, func(w []uint32, number []byte) Errno {
		x, e := messageAt(m, abi.Ptr(w[1]), abi.Size(w[2]), abi.Ptr(w[3]), abi.Size(w[4]))
		if e != success {
			return e
		}
		if tagged {
			var ok bool
			if x.tag, ok = m.Bytes(abi.Ptr(w[5]), abi.Size(w[6])); !ok {
				return badAddress
			}
		}
		return inState(h, w[0], func(s *symmetricState) Errno { return do(s, x, number) })
	}}
	if tagged {
		o.words = 7
	}
	return o.run(p, n, q)
}

// batchSymmetricStateEncrypt is batch_symmetric_state_encrypt.
func (h *Host) batchSymmetricStateEncrypt(m abi.Memory, p abi.Ptr32, n abi.Size, q abi.Ptr32) Errno {
	return h.onMessages(m, p, n, q, false, func(s *symmetricState, x message, number []byte) Errno {
		size, e := h.encrypt(s, x)
		return putSize(number, size, e)
	})
}

// batchSymmetricStateEncryptDetached is batch_symmetric_state_encrypt_detached.
func (h *Host) batchSymmetricStateEncryptDetached(m abi.Memory, p abi.Ptr32, n abi.Size, q abi.Ptr32) Errno {
	return h.onMessages(m, p, n, q, false, h.encryptDetached)
}

// batchSymmetricStateDecrypt is batch_symmetric_state_decrypt.
func (h *Host) batchSymmetricStateDecrypt(m abi.Memory, p abi.Ptr32, n abi.Size, q abi.Ptr32) Errno {
	return h.onMessages(m, p, n, q, false, func(s *symmetricState, x message, number []byte) Errno {
		size, e := h.decrypt(s, x)
		return putSize(number, size, e)
	})
}

// batchSymmetricStateDecryptDetached is batch_symmetric_state_decrypt_detached.
func (h *Host) batchSymmetricStateDecryptDetached(m abi.Memory, p abi.Ptr32, n abi.Size, q abi.Ptr32) Errno {
	return h.onMessages(m, p, n, q, true, func(s *symmetricState, x message, number []byte) Errno {
		size, e := h.decryptDetached(s, x)
		return putSize(number, size, e)
	})
}
