package wasi

import (
	"crypto/rand"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// randomGet fills a buffer with random bytes fit for cryptography.
//
//   - buf, n: the buffer
//
// Errors: INTR.
//
// Memory: the bytes.
func (h *Host) randomGet(m memory, buf ptr, n size) Errno {
	b, ok := m.Bytes(buf, n)
	if !ok {
		return EFAULT
	}
	for len(b) > 0 {
		if h.guest.Interrupted() {
			return EINTR
		}
		c := b[:min(len(b), abi.Piece)]
		rand.Read(c) // never fails
		b = b[len(c):]
	}
	return Success
}
