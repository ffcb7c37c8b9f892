//go:build unix

package wasi

import "golang.org/x/sys/unix"

// endsProcess reports whether s ends a process that does not handle it, in a way
// that can be changed.
func endsProcess(s unix.Signal) bool {
	switch s {
	case unix.SIGCHLD, unix.SIGCONT, unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN,
		unix.SIGTTOU, unix.SIGURG, unix.SIGWINCH, unix.SIGKILL:
		return false
	default:
		return true
	}
}
