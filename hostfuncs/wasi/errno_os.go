package wasi

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
)

// errnoOf is the error number that a guest sees for err, a Go error of any
// kind: the only place where one becomes the other. What nothing is known of
// is EIO.
func errnoOf(err error) Errno {
	switch e := err.(type) {
	case nil:
		return Success
	case Errno:
		return e
	case syscall.Errno:
		return errnoOfSyscall(e)
	case hostnet.LookupError:
		return lookupErrnos[e]
	}
	if e, ok := errors.AsType[Errno](err); ok {
		return e
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		return errnoOfSyscall(e)
	}
	for _, k := range portable {
		if errors.Is(err, k.err) {
			return k.errno
		}
	}
	return EIO
}

// portable are Go's errors that carry no system error number.
var portable = [...]struct {
	err   error
	errno Errno
}{
	{io.EOF, Success},
	{fs.ErrNotExist, ENOENT},
	{fs.ErrExist, EEXIST},
	{fs.ErrPermission, EACCES},
	{fs.ErrInvalid, EINVAL},
	{fs.ErrClosed, EBADF},
	{io.ErrClosedPipe, EPIPE},
	{os.ErrDeadlineExceeded, EAGAIN},
	{context.Canceled, EINTR},
	{context.DeadlineExceeded, EINTR},
	{errors.ErrUnsupported, ENOTSUP},
	{abi.ErrInterrupted, EINTR},
}
