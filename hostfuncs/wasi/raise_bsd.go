//go:build darwin || freebsd || netbsd || openbsd

package wasi

import (
	"os/signal"

	"golang.org/x/sys/unix"
)

// raise sends this process the signal of that WASI number.
func raise(sig uint32) error {
	s := hostSignals[sig]
	if endsProcess(s) {
		signal.Reset(s)
	}
	return unix.Kill(unix.Getpid(), s)
}
