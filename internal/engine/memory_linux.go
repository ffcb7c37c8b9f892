package engine

import "golang.org/x/sys/unix"

// clearPages makes b, pages of a private mapping, zero again and gives them back to the
// system. It reports whether that could be done.
func clearPages(b []byte) bool {
	return len(b) == 0 || unix.Madvise(b, unix.MADV_DONTNEED) == nil
}
