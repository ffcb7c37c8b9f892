package wasi2

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/wazedge/wazedge/internal/component/exec"
)

// fileErrors are the names of error-code of wasi:filesystem, in their order, with the
// system's numbers that have them.
var fileErrors = []struct {
	name  string
	errno syscall.Errno
}{
	{"access", syscall.EACCES}, {"would-block", syscall.EAGAIN}, {"already", syscall.EALREADY},
	{"bad-descriptor", syscall.EBADF}, {"busy", syscall.EBUSY}, {"deadlock", syscall.EDEADLK}, {"quota", syscall.EDQUOT},
	{"exist", syscall.EEXIST}, {"file-too-large", syscall.EFBIG}, {"illegal-byte-sequence", syscall.EILSEQ},
	{"in-progress", syscall.EINPROGRESS}, {"interrupted", syscall.EINTR}, {"invalid", syscall.EINVAL}, {"io", syscall.EIO},
	{"is-directory", syscall.EISDIR}, {"loop", syscall.ELOOP}, {"too-many-links", syscall.EMLINK},
	{"message-size", syscall.EMSGSIZE}, {"name-too-long", syscall.ENAMETOOLONG}, {"no-device", syscall.ENODEV},
	{"no-entry", syscall.ENOENT}, {"no-lock", syscall.ENOLCK}, {"insufficient-memory", syscall.ENOMEM},
	{"insufficient-space", syscall.ENOSPC}, {"not-directory", syscall.ENOTDIR}, {"not-empty", syscall.ENOTEMPTY},
	{"not-recoverable", 0}, {"unsupported", syscall.ENOTSUP}, {"no-tty", syscall.ENOTTY}, {"no-such-device", syscall.ENXIO},
	{"overflow", syscall.EOVERFLOW}, {"not-permitted", syscall.EPERM}, {"pipe", syscall.EPIPE}, {"read-only", syscall.EROFS},
	{"invalid-seek", syscall.ESPIPE}, {"text-file-busy", syscall.ETXTBSY}, {"cross-device", syscall.EXDEV},
}

// fileError is err as an error-code.
func fileError(err error) exec.Value {
	var no syscall.Errno
	switch {
	case errors.As(err, &no):
	case errors.Is(err, fs.ErrNotExist):
		no = syscall.ENOENT
	case errors.Is(err, fs.ErrExist):
		no = syscall.EEXIST
	case errors.Is(err, fs.ErrPermission):
		no = syscall.EACCES
	case errors.Is(err, fs.ErrInvalid):
		no = syscall.EINVAL
	}
	other := 0
	for n, e := range fileErrors {
		switch {
		case no != 0 && e.errno == no:
			return Number(n)
		case e.name == "io":
			other = n
		}
	}
	return Number(other)
}

// fileResult is a result without a value, or err as its error.
func fileResult(err error) (exec.Value, error) {
	if err != nil {
		return Failed(fileError(err)), nil
	}
	return Done, nil
}
