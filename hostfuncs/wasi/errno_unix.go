//go:build unix

package wasi

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// errnoOfSyscall translates an error number of the system. What preview 1 has
// no number for is EIO.
func errnoOfSyscall(e syscall.Errno) Errno {
	switch e {
	case 0:
		return Success
	case unix.EWOULDBLOCK:
		return EAGAIN
	case unix.EOPNOTSUPP:
		return ENOTSUP
	}
	for _, list := range [...][]systemErrno{systemErrnos, rareErrnos} {
		for _, s := range list {
			if s.sys == e {
				return s.errno
			}
		}
	}
	return EIO
}

// systemErrno pairs an error number of the system with that of WASI.
type systemErrno struct {
	sys   syscall.Errno
	errno Errno
}

// systemErrnos lists the errors that all systems share, commonest first.
var systemErrnos = []systemErrno{
	{unix.ENOENT, ENOENT}, {unix.EAGAIN, EAGAIN}, {unix.EEXIST, EEXIST},
	{unix.ENOTDIR, ENOTDIR}, {unix.EISDIR, EISDIR}, {unix.EBADF, EBADF},
	{unix.EINVAL, EINVAL}, {unix.EACCES, EACCES}, {unix.EPERM, EPERM},
	{unix.ELOOP, ELOOP}, {unix.ENOTEMPTY, ENOTEMPTY}, {unix.EINTR, EINTR},
	{unix.EPIPE, EPIPE}, {unix.ESPIPE, ESPIPE}, {unix.E2BIG, E2BIG},
	{unix.EADDRINUSE, EADDRINUSE}, {unix.EADDRNOTAVAIL, EADDRNOTAVAIL},
	{unix.EAFNOSUPPORT, EAFNOSUPPORT}, {unix.EALREADY, EALREADY},
	{unix.EBADMSG, EBADMSG}, {unix.EBUSY, EBUSY}, {unix.ECANCELED, ECANCELED},
	{unix.ECHILD, ECHILD}, {unix.ECONNABORTED, ECONNABORTED},
	{unix.ECONNREFUSED, ECONNREFUSED}, {unix.ECONNRESET, ECONNRESET},
	{unix.EDEADLK, EDEADLK}, {unix.EDESTADDRREQ, EDESTADDRREQ}, {unix.EDOM, EDOM},
	{unix.EDQUOT, EDQUOT}, {unix.EFAULT, EFAULT}, {unix.EFBIG, EFBIG},
	{unix.EHOSTUNREACH, EHOSTUNREACH}, {unix.EIDRM, EIDRM}, {unix.EILSEQ, EILSEQ},
	{unix.EINPROGRESS, EINPROGRESS}, {unix.EIO, EIO}, {unix.EISCONN, EISCONN},
	{unix.EMFILE, EMFILE}, {unix.EMLINK, EMLINK}, {unix.EMSGSIZE, EMSGSIZE},
	{unix.ENAMETOOLONG, ENAMETOOLONG},
	{unix.ENETDOWN, ENETDOWN}, {unix.ENETRESET, ENETRESET},
	{unix.ENETUNREACH, ENETUNREACH}, {unix.ENFILE, ENFILE}, {unix.ENOBUFS, ENOBUFS},
	{unix.ENODEV, ENODEV}, {unix.ENOEXEC, ENOEXEC}, {unix.ENOLCK, ENOLCK},
	{unix.ENOMEM, ENOMEM}, {unix.ENOMSG, ENOMSG},
	{unix.ENOPROTOOPT, ENOPROTOOPT}, {unix.ENOSPC, ENOSPC}, {unix.ENOSYS, ENOSYS},
	{unix.ENOTCONN, ENOTCONN},
	{unix.ENOTSOCK, ENOTSOCK}, {unix.ENOTSUP, ENOTSUP}, {unix.ENOTTY, ENOTTY},
	{unix.ENXIO, ENXIO}, {unix.EOVERFLOW, EOVERFLOW},
	{unix.EPROTO, EPROTO}, {unix.EPROTONOSUPPORT, EPROTONOSUPPORT},
	{unix.EPROTOTYPE, EPROTOTYPE}, {unix.ERANGE, ERANGE}, {unix.EROFS, EROFS},
	{unix.ESRCH, ESRCH}, {unix.ESTALE, ESTALE}, {unix.ETIMEDOUT, ETIMEDOUT},
	{unix.ETXTBSY, ETXTBSY}, {unix.EXDEV, EXDEV},
}
