package engine

import "golang.org/x/sys/unix"

// preferHugePages asks for b to be backed by large pages. The system may not have any.
func preferHugePages(b []byte) { _ = unix.Madvise(b, unix.MADV_HUGEPAGE) }
