package wasi

import (
	"errors"
	"io/fs"
	"syscall"

	"golang.org/x/sys/windows"
)

// errnoOfSyscall translates an error number of the system, which is one of
// Windows' own or one of those that package syscall invents for it.
func errnoOfSyscall(e syscall.Errno) Errno {
	switch e {
	case 0:
		return Success
	case syscall.EPERM:
		return EPERM
	case syscall.ENOENT:
		return ENOENT
	case syscall.EEXIST:
		return EEXIST
	case syscall.EACCES:
		return EACCES
	case syscall.EBADF:
		return EBADF
	case syscall.EINTR:
		return EINTR
	case syscall.EAGAIN:
		return EAGAIN
	case syscall.EXDEV:
		return EXDEV
	case syscall.ENOTSUP:
		return ENOTSUP
	case syscall.EINPROGRESS:
		return EINPROGRESS
	case syscall.ENOPROTOOPT:
		return ENOPROTOOPT
	case syscall.ESPIPE:
		return ESPIPE
	case syscall.EROFS:
		return EROFS
	case syscall.ENAMETOOLONG:
		return ENAMETOOLONG
	case syscall.ENOTDIR, syscall.Errno(267): // ERROR_DIRECTORY
		return ENOTDIR
	case syscall.EISDIR:
		return EISDIR
	case syscall.EINVAL, syscall.Errno(87), syscall.Errno(123): // INVALID_PARAMETER, INVALID_NAME
		return EINVAL
	case syscall.ENOTEMPTY, syscall.ERROR_DIR_NOT_EMPTY:
		return ENOTEMPTY
	case syscall.ELOOP:
		return ELOOP
	case syscall.ERROR_BROKEN_PIPE, syscall.EPIPE:
		return EPIPE
	case syscall.Errno(112): // ERROR_DISK_FULL
		return ENOSPC
	case syscall.ENOSYS:
		return ENOSYS
	case syscall.Errno(6): // ERROR_INVALID_HANDLE
		return EBADF
	case syscall.ERROR_PRIVILEGE_NOT_HELD:
		return EPERM
	}
	for _, w := range socketErrnos {
		if w.sys == e {
			return w.errno
		}
	}
	switch {
	case errors.Is(e, fs.ErrNotExist):
		return ENOENT
	case errors.Is(e, fs.ErrExist):
		return EEXIST
	case errors.Is(e, fs.ErrPermission):
		return EACCES
	case errors.Is(e, errors.ErrUnsupported):
		return ENOTSUP
	}
	return EIO
}

// socketErrnos lists the errors of Windows' sockets.
var socketErrnos = [...]struct {
	sys   syscall.Errno
	errno Errno
}{
	{windows.WSAEWOULDBLOCK, EAGAIN}, {windows.WSAEINTR, EINTR}, {windows.WSAEBADF, EBADF},
	{windows.WSAEACCES, EACCES}, {windows.WSAEFAULT, EFAULT}, {windows.WSAEINVAL, EINVAL},
	{windows.WSAEMFILE, EMFILE}, {windows.WSAEINPROGRESS, EINPROGRESS}, {windows.WSAEALREADY, EALREADY},
	{windows.WSAENOTSOCK, ENOTSOCK}, {windows.WSAEDESTADDRREQ, EDESTADDRREQ}, {windows.WSAEMSGSIZE, EMSGSIZE},
	{windows.WSAEPROTOTYPE, EPROTOTYPE}, {windows.WSAENOPROTOOPT, ENOPROTOOPT},
	{windows.WSAEPROTONOSUPPORT, EPROTONOSUPPORT}, {windows.WSAESOCKTNOSUPPORT, EPROTOTYPE},
	{windows.WSAEOPNOTSUPP, ENOTSUP}, {windows.WSAEPFNOSUPPORT, EAFNOSUPPORT},
	{windows.WSAEAFNOSUPPORT, EAFNOSUPPORT}, {windows.WSAEADDRINUSE, EADDRINUSE},
	{windows.WSAEADDRNOTAVAIL, EADDRNOTAVAIL}, {windows.WSAENETDOWN, ENETDOWN},
	{windows.WSAENETUNREACH, ENETUNREACH}, {windows.WSAENETRESET, ENETRESET},
	{windows.WSAECONNABORTED, ECONNABORTED}, {windows.WSAECONNRESET, ECONNRESET},
	{windows.WSAENOBUFS, ENOBUFS}, {windows.WSAEISCONN, EISCONN}, {windows.WSAENOTCONN, ENOTCONN},
	{windows.WSAESHUTDOWN, EPIPE}, {windows.WSAETIMEDOUT, ETIMEDOUT},
	{windows.WSAECONNREFUSED, ECONNREFUSED}, {windows.WSAEHOSTUNREACH, EHOSTUNREACH},
	{windows.WSAEHOSTDOWN, EHOSTUNREACH},
}
