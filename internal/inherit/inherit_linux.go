package inherit

import (
	"os"
	"os/signal"
	"unsafe"

	"golang.org/x/sys/unix"
)

// action is the kernel's struct sigaction. All of its fields are words where
// handlers of our own are installed; elsewhere it is only ever the default.
type action struct {
	handler, flags, restorer, mask uintptr
}

const (
	dfl uintptr = iota
	ign
)

// Restore gives every signal the effect that it had when the process was
// started, except for those that the runtime needs, and the soft limit of open
// files its value. It is for the main function of a program, which must not use
// os/signal for the signals that end a process.
//
// The first process of a PID namespace, as a container has one, does not die of
// what signals do by default: the kernel drops them. There a handler ends the
// process with the status that a shell gives for such a death, 128 and the
// signal, whatever the process is doing.
func Restore() {
	first = os.Getpid() == 1
	for sig := unix.Signal(1); sig <= lastSignal; sig++ {
		switch {
		case runtimes(sig), !entered && ignoredNow(sig):
		case isIgnored(sig):
			set(sig, &action{handler: ign})
		case first && endBy(sig):
		default:
			set(sig, &action{handler: dfl})
		}
	}
	if isIgnored(unix.SIGPIPE) {
		signal.Ignore(unix.SIGPIPE) // or a write to a standard stream that nobody reads ends the process
	}
	installHandlers()
	if openFiles[1] != 0 {
		limit := unix.Rlimit{Cur: openFiles[0], Max: openFiles[1]}
		_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &limit) // as it is then, it is higher
	}
}

const lastSignal = 64

// runtimes reports whether sig stays with the runtime: because it needs it, because
// it installs nothing for it, or because a handler of ours leads to its own.
func runtimes(sig unix.Signal) bool {
	const firstC, lastC = 32, 34 // the C library's own; the runtime uses one of them
	switch sig {
	case unix.SIGKILL, unix.SIGSTOP,
		unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGCONT, unix.SIGCHLD, unix.SIGWINCH,
		unix.SIGURG,
		unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGPIPE:
		return true
	}
	return sig >= firstC && sig <= lastC
}

// ignoredNow reports whether sig is one of those that the runtime leaves ignored.
func ignoredNow(sig unix.Signal) bool {
	if sig != unix.SIGHUP && sig != unix.SIGINT {
		return false
	}
	a, ok := get(sig)
	return ok && a.handler == ign
}

// isIgnored reports whether the parent of this process had it ignore sig.
func isIgnored(sig unix.Signal) bool { return ignored>>(sig-1)&1 != 0 }

// IgnoresPipe reports whether the parent of this process had it ignore SIGPIPE.
func IgnoresPipe() bool { return isIgnored(unix.SIGPIPE) }

// LimitsFileSize reports whether a write may end this process by SIGXFSZ.
func LimitsFileSize() bool {
	var limit unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit)
	return err == nil && limit.Cur != unix.RLIM_INFINITY
}

// Stderr is the standard error that the process was given.
func Stderr() *os.File {
	if stderr == 0 {
		return os.Stderr
	}
	return os.NewFile(uintptr(stderr), "/dev/stderr")
}

// set makes a the action of sig. A system that refuses keeps what it has.
func set(sig unix.Signal, a *action) {
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(a)), 0, 8, 0, 0)
}

// get is the action of sig.
func get(sig unix.Signal) (a action, ok bool) {
	_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), 0, uintptr(unsafe.Pointer(&a)), 8, 0, 0)
	return a, e == 0
}

// What begin finds, before there is a runtime.
var (
	entered   bool      // begin was called
	ignored   uint64    // signal n is bit n-1
	openFiles [2]uint64 // the soft limit and the hard one; 0 if not known
	stderr    int32     // the descriptor that standard error was moved to, or 0
	first     bool      // this is the first process of its namespace; found by Restore
)
