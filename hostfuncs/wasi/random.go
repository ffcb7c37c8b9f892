package wasi

import "crypto/rand"

// randomGet fills a buffer with random bytes fit for cryptography.
func (h *Host) randomGet(m memory, buf ptr, n size) Errno {
	b, errno := m.bytes(buf, n)
	if errno != Success {
		return errno
	}
	for len(b) > 0 {
		if h.interrupted() {
			return EINTR
		}
		c := b[:min(len(b), memoryPiece)]
		rand.Read(c) // never fails
		b = b[len(c):]
	}
	return Success
}
