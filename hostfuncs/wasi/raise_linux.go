package wasi

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// raise sends this process the signal of that WASI number, whose values are
// those of Linux but for a few. A signal that ends a process by default ends
// this one, although the Go runtime has handlers of its own for most of them. The
// kernel drops it where this is the first process of a PID namespace, which then
// ends with the status that a shell gives for such a death.
func raise(sig uint32) error {
	s := hostSignals[sig]
	if endsProcess(s) && unix.Getpid() == 1 {
		unix.Exit(128 + int(s))
	}
	if endsProcess(s) {
		// The first word of the kernel's struct sigaction is the handler, and 0
		// there the default.
		var action [4]uintptr
		if _, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0); e != 0 {
			return e
		}
	}
	return unix.Kill(unix.Getpid(), s)
}
