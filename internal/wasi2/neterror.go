package wasi2

import (
	"errors"
	"slices"
	"strings"
	"syscall"

	"github.com/wazedge/wazedge/hostfuncs/hostnet"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// netErrors are the names of error-code of wasi:sockets, in their order, with the
// system's numbers that have them.
var netErrors = []struct {
	name   string
	errnos []syscall.Errno
}{
	{"unknown", nil}, {"access-denied", []syscall.Errno{syscall.EACCES, syscall.EPERM}},
	{"not-supported", []syscall.Errno{syscall.EOPNOTSUPP, syscall.ENOTSUP, syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT}},
	{"invalid-argument", []syscall.Errno{syscall.EINVAL, syscall.EFAULT}},
	{"out-of-memory", []syscall.Errno{syscall.ENOMEM, syscall.ENOBUFS}}, {"timeout", []syscall.Errno{syscall.ETIMEDOUT}},
	{"concurrency-conflict", nil}, {"not-in-progress", nil},
	{"would-block", []syscall.Errno{syscall.EAGAIN, syscall.EINPROGRESS, syscall.EALREADY}},
	{"invalid-state", []syscall.Errno{syscall.EISCONN, syscall.ENOTCONN, syscall.EDESTADDRREQ}},
	{"new-socket-limit", []syscall.Errno{syscall.EMFILE, syscall.ENFILE}},
	{"address-not-bindable", []syscall.Errno{syscall.EADDRNOTAVAIL}}, {"address-in-use", []syscall.Errno{syscall.EADDRINUSE}},
	{"remote-unreachable", []syscall.Errno{syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENETDOWN, syscall.EHOSTDOWN}},
	{"connection-refused", []syscall.Errno{syscall.ECONNREFUSED}}, {"connection-reset", []syscall.Errno{syscall.ECONNRESET, syscall.EPIPE}},
	{"connection-aborted", []syscall.Errno{syscall.ECONNABORTED}}, {"datagram-too-large", []syscall.Errno{syscall.EMSGSIZE}},
	{"name-unresolvable", nil}, {"temporary-resolver-failure", nil}, {"permanent-resolver-failure", nil},
}

func netErrorNames() string {
	names := make([]string, len(netErrors))
	for n, e := range netErrors {
		names[n] = e.name
	}
	return strings.Join(names, ", ")
}

// netCode is the error-code of that name.
type netCode string

func (c netCode) Error() string { return string(c) }

// netError is err as an error-code.
func netError(err error) exec.Value {
	name := "unknown"
	if code, ok := errors.AsType[netCode](err); ok {
		name = string(code)
	} else if l, ok := errors.AsType[hostnet.LookupError](err); ok {
		name = lookupFailure(l)
	} else if errno, ok := errors.AsType[syscall.Errno](err); ok {
		for _, e := range netErrors {
			if slices.Contains(e.errnos, errno) {
				name = e.name
			}
		}
	}
	for n, e := range netErrors {
		if e.name == name {
			return Number(n)
		}
	}
	return Number(0)
}

// lookupFailure is the name of error-code for why a name has no addresses.
func lookupFailure(l hostnet.LookupError) string {
	switch l {
	case hostnet.TryAgain:
		return "temporary-resolver-failure"
	case hostnet.LookupFailed, hostnet.NoResolver:
		return "permanent-resolver-failure"
	}
	return "name-unresolvable"
}

// netResult is v, or err as an error-code. What ends the component is not for it to see.
func netResult(v exec.Value, err error) (exec.Value, error) {
	switch {
	case err == nil:
		return OK(v), nil
	case errors.As(err, new(*exec.Trap)), errors.As(err, new(*endsComponent)):
		return exec.Value{}, err
	}
	return Failed(netError(err)), nil
}
