//go:build !linux

package cache

// buffer is memory to read to.
type buffer struct{ bytes []byte }

func newBuffer(size int64) buffer { return buffer{make([]byte, size)} }

// move would put the pages of b in the place of those of to; here they are copied.
func (b *buffer) move([]byte) bool { return false }

func (b *buffer) free() { b.bytes = nil }
