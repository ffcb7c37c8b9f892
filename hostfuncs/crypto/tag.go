package crypto

import (
	"crypto/subtle"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// tag is an authentication tag.
type tag struct {
	counted
	raw []byte
}

func (*tag) kind() kind { return tagKind }

// newTag is the tag raw, which it owns.
func (h *Host) newTag(raw []byte) *tag {
	t := &tag{raw: raw}
	t.own(h, func() { clear(t.raw) })
	return t
}

// symmetricTagLen is symmetric_tag_len.
func (h *Host) symmetricTagLen(m abi.Memory, n uint32, size abi.Ptr32) Errno {
	at, e := place(m, size)
	if e != success {
		return e
	}
	return with(h, n, func(t *tag) Errno {
		abi.Put32(at, uint32(len(t.raw)))
		return success
	})
}

// symmetricTagPull is symmetric_tag_pull. The handle is closed.
func (h *Host) symmetricTagPull(m abi.Memory, n uint32, p abi.Ptr, length abi.Size, size abi.Ptr32) Errno {
	b, ok := m.Bytes(p, length)
	at, e := place(m, size)
	if !ok || e != success {
		return badAddress
	}
	return with(h, n, func(t *tag) Errno {
		if len(b) < len(t.raw) {
			return overflow
		}
		abi.Put32(at, uint32(copy(b, t.raw)))
		return shut[*tag](h, m, n)
	})
}

// symmetricTagVerify is symmetric_tag_verify.
func (h *Host) symmetricTagVerify(m abi.Memory, n uint32, p abi.Ptr, length abi.Size) Errno {
	b, ok := m.Bytes(p, length)
	if !ok {
		return badAddress
	}
	return with(h, n, func(t *tag) Errno {
		if subtle.ConstantTimeCompare(b, t.raw) != 1 {
			return invalidTag
		}
		return success
	})
}
