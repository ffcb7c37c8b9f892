//go:build linux && (amd64 || arm64)

package inherit

import (
	"reflect"

	"golang.org/x/sys/unix"
)

// installHandlers puts a handler before the runtime's for the signals that it
// turns into panics, and in place of it for SIGPIPE, which it takes no notice of
// when another process has sent it.
func installHandlers() {
	for _, sig := range []unix.Signal{unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE} {
		if a, ok := get(sig); ok && a.handler > ign {
			runtimeHandler = a.handler
			a.handler = reflect.ValueOf(onFault).Pointer()
			set(sig, &a)
		}
	}
	if a, ok := get(unix.SIGPIPE); ok && a.handler > ign && !isIgnored(unix.SIGPIPE) {
		a.handler = reflect.ValueOf(onPipe).Pointer()
		set(unix.SIGPIPE, &a)
	}
}

// endBy has sig end the process with status 128 and its number, and reports whether it
// does. The handler has the flags of the runtime's, which is in its place: it must not
// need the stack of what it interrupts.
func endBy(sig unix.Signal) bool {
	a, ok := get(sig)
	if !ok || a.handler <= ign {
		return false
	}
	a.handler = reflect.ValueOf(onEnd).Pointer()
	set(sig, &a)
	return true
}

// runtimeHandler is the handler of the runtime, one for all signals.
//
//lint:ignore U1000 the handlers, which are not in Go, jump to it
var runtimeHandler uintptr

// onFault passes a fault on to the runtime, and dies of a signal that was sent.
func onFault()

// onPipe takes no notice of a failed write of this process, unless it is the
// runtime's dump, and dies of a signal that was sent.
func onPipe()

// onEnd ends the process with status 128 and the signal's number.
func onEnd()

// begin notes what the process was given. It runs before the runtime, and without
// a stack that can grow.
//
//lint:ignore U1000 the entry, which is not in Go, calls it
func begin()
