//go:build darwin || freebsd || netbsd || openbsd

package wasi

import "golang.org/x/sys/unix"

// hostSignals are the system's signals in the order of WASI's, from none on. For a
// loss of power, which the system has no signal for, it is to end.
var hostSignals = [signals]unix.Signal{
	0, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGILL, unix.SIGTRAP,
	unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGKILL, unix.SIGUSR1,
	unix.SIGSEGV, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM, unix.SIGTERM,
	unix.SIGCHLD, unix.SIGCONT, unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN,
	unix.SIGTTOU, unix.SIGURG, unix.SIGXCPU, unix.SIGXFSZ, unix.SIGVTALRM,
	unix.SIGPROF, unix.SIGWINCH, unix.SIGIO, unix.SIGTERM, unix.SIGSYS,
}
