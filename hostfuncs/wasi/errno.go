package wasi

import "strconv"

// Errno is the result of a WASI function: 0 to 76 are those of preview 1, the
// others WasmEdge's own for sock_getaddrinfo.
type Errno uint32

// The error numbers. E2BIG's name is spelled with its leading E, as a Go name
// cannot begin with a digit.
const (
	Success Errno = iota
	E2BIG
	EACCES
	EADDRINUSE
	EADDRNOTAVAIL
	EAFNOSUPPORT
	EAGAIN
	EALREADY
	EBADF
	EBADMSG
	EBUSY
	ECANCELED
	ECHILD
	ECONNABORTED
	ECONNREFUSED
	ECONNRESET
	EDEADLK
	EDESTADDRREQ
	EDOM
	EDQUOT
	EEXIST
	EFAULT
	EFBIG
	EHOSTUNREACH
	EIDRM
	EILSEQ
	EINPROGRESS
	EINTR
	EINVAL
	EIO
	EISCONN
	EISDIR
	ELOOP
	EMFILE
	EMLINK
	EMSGSIZE
	EMULTIHOP
	ENAMETOOLONG
	ENETDOWN
	ENETRESET
	ENETUNREACH
	ENFILE
	ENOBUFS
	ENODEV
	ENOENT
	ENOEXEC
	ENOLCK
	ENOLINK
	ENOMEM
	ENOMSG
	ENOPROTOOPT
	ENOSPC
	ENOSYS
	ENOTCONN
	ENOTDIR
	ENOTEMPTY
	ENOTRECOVERABLE
	ENOTSOCK
	ENOTSUP
	ENOTTY
	ENXIO
	EOVERFLOW
	EOWNERDEAD
	EPERM
	EPIPE
	EPROTO
	EPROTONOSUPPORT
	EPROTOTYPE
	ERANGE
	EROFS
	ESPIPE
	ESRCH
	ESTALE
	ETIMEDOUT
	ETXTBSY
	EXDEV
	ENOTCAPABLE
	EAIADDRFAMILY
	EAIAGAIN
	EAIBADFLAG
	EAIFAIL
	EAIFAMILY
	EAIMEMORY
	EAINODATA
	EAINONAME
	EAISERVICE
	EAISOCKTYPE
	EAISYSTEM
)

// errnos holds what is known of each error number: its name in the WASI
// documents, and the text WasmEdge prints for it.
var errnos = [...]struct{ name, text string }{
	Success:         {"SUCCESS", "No error occurred. System call completed successfully."},
	E2BIG:           {"2BIG", "Argument list too long."},
	EACCES:          {"ACCES", "Permission denied."},
	EADDRINUSE:      {"ADDRINUSE", "Address in use."},
	EADDRNOTAVAIL:   {"ADDRNOTAVAIL", "Address not available."},
	EAFNOSUPPORT:    {"AFNOSUPPORT", "Address family not supported."},
	EAGAIN:          {"AGAIN", "Resource unavailable, or operation would block."},
	EALREADY:        {"ALREADY", "Connection already in progress."},
	EBADF:           {"BADF", "Bad file descriptor."},
	EBADMSG:         {"BADMSG", "Bad message."},
	EBUSY:           {"BUSY", "Device or resource busy."},
	ECANCELED:       {"CANCELED", "Operation canceled."},
	ECHILD:          {"CHILD", "No child processes."},
	ECONNABORTED:    {"CONNABORTED", "Connection aborted."},
	ECONNREFUSED:    {"CONNREFUSED", "Connection refused."},
	ECONNRESET:      {"CONNRESET", "Connection reset."},
	EDEADLK:         {"DEADLK", "Resource deadlock would occur."},
	EDESTADDRREQ:    {"DESTADDRREQ", "Destination address required."},
	EDOM:            {"DOM", "Mathematics argument out of domain of function."},
	EDQUOT:          {"DQUOT", "Reserved."},
	EEXIST:          {"EXIST", "File exists."},
	EFAULT:          {"FAULT", "Bad address."},
	EFBIG:           {"FBIG", "File too large."},
	EHOSTUNREACH:    {"HOSTUNREACH", "Host is unreachable."},
	EIDRM:           {"IDRM", "Identifier removed."},
	EILSEQ:          {"ILSEQ", "Illegal byte sequence."},
	EINPROGRESS:     {"INPROGRESS", "Operation in progress."},
	EINTR:           {"INTR", "Interrupted function."},
	EINVAL:          {"INVAL", "Invalid argument."},
	EIO:             {"IO", "I/O error."},
	EISCONN:         {"ISCONN", "Socket is connected."},
	EISDIR:          {"ISDIR", "Is a directory."},
	ELOOP:           {"LOOP", "Too many levels of symbolic links."},
	EMFILE:          {"MFILE", "File descriptor value too large."},
	EMLINK:          {"MLINK", "Too many links."},
	EMSGSIZE:        {"MSGSIZE", "Message too large."},
	EMULTIHOP:       {"MULTIHOP", "Reserved."},
	ENAMETOOLONG:    {"NAMETOOLONG", "Filename too long."},
	ENETDOWN:        {"NETDOWN", "Network is down."},
	ENETRESET:       {"NETRESET", "Connection aborted by network."},
	ENETUNREACH:     {"NETUNREACH", "Network unreachable."},
	ENFILE:          {"NFILE", "Too many files open in system."},
	ENOBUFS:         {"NOBUFS", "No buffer space available."},
	ENODEV:          {"NODEV", "No such device."},
	ENOENT:          {"NOENT", "No such file or directory."},
	ENOEXEC:         {"NOEXEC", "Executable file format error."},
	ENOLCK:          {"NOLCK", "No locks available."},
	ENOLINK:         {"NOLINK", "Reserved."},
	ENOMEM:          {"NOMEM", "Not enough space."},
	ENOMSG:          {"NOMSG", "No message of the desired type."},
	ENOPROTOOPT:     {"NOPROTOOPT", "Protocol not available."},
	ENOSPC:          {"NOSPC", "No space left on device."},
	ENOSYS:          {"NOSYS", "Function not supported."},
	ENOTCONN:        {"NOTCONN", "The socket is not connected."},
	ENOTDIR:         {"NOTDIR", "Not a directory or a symbolic link to a directory."},
	ENOTEMPTY:       {"NOTEMPTY", "Directory not empty."},
	ENOTRECOVERABLE: {"NOTRECOVERABLE", "State not recoverable."},
	ENOTSOCK:        {"NOTSOCK", "Not a socket."},
	ENOTSUP:         {"NOTSUP", "Not supported, or operation not supported on socket."},
	ENOTTY:          {"NOTTY", "Inappropriate I/O control operation."},
	ENXIO:           {"NXIO", "No such device or address."},
	EOVERFLOW:       {"OVERFLOW", "Value too large to be stored in data type."},
	EOWNERDEAD:      {"OWNERDEAD", "Previous owner died."},
	EPERM:           {"PERM", "Operation not permitted."},
	EPIPE:           {"PIPE", "Broken pipe."},
	EPROTO:          {"PROTO", "Protocol error."},
	EPROTONOSUPPORT: {"PROTONOSUPPORT", "Protocol not supported."},
	EPROTOTYPE:      {"PROTOTYPE", "Protocol wrong type for socket."},
	ERANGE:          {"RANGE", "Result too large."},
	EROFS:           {"ROFS", "Read-only file system."},
	ESPIPE:          {"SPIPE", "Invalid seek."},
	ESRCH:           {"SRCH", "No such process."},
	ESTALE:          {"STALE", "Reserved."},
	ETIMEDOUT:       {"TIMEDOUT", "Connection timed out."},
	ETXTBSY:         {"TXTBSY", "Text file busy."},
	EXDEV:           {"XDEV", "Cross-device link."},
	ENOTCAPABLE:     {"NOTCAPABLE", "Extension: Capabilities insufficient."},
	EAIADDRFAMILY:   {"AIADDRFAMILY", "The specified network host does not have any network addresses in the requested address family."},
	EAIAGAIN:        {"AIAGAIN", "The name server returned a temporary failure indication."},
	EAIBADFLAG:      {"AIBADFLAG", "Hints.ai_flags contains invalid flags."},
	EAIFAIL:         {"AIFAIL", "The name server returned a permanent failure indication."},
	EAIFAMILY:       {"AIFAMILY", "The requested address family is not supported."},
	EAIMEMORY:       {"AIMEMORY", "Out of memory."},
	EAINODATA:       {"AINODATA", "The specified network host exists, but does not have any network addresses defined."},
	EAINONAME:       {"AINONAME", "The node or service is not known."},
	EAISERVICE:      {"AISERVICE", "The requested service is not available for the requested socket type."},
	EAISOCKTYPE:     {"AISOCKTYPE", "The requested socket type is not supported."},
	EAISYSTEM:       {"AISYSTEM", "Other system error."},
}

// String is the name of e in the WASI documents, such as NOENT.
func (e Errno) String() string {
	if int(e) < len(errnos) {
		return errnos[e].name
	}
	return "errno " + strconv.Itoa(int(e))
}

// Error is the sentence WasmEdge prints for e, with its full stop.
func (e Errno) Error() string {
	if int(e) < len(errnos) {
		return errnos[e].text
	}
	return "errno " + strconv.Itoa(int(e))
}
