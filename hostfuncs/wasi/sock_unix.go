//go:build unix

package wasi

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// socket is a socket of the system. There it never blocks: a call that the guest
// wants to wait parks its goroutine until Go's own poller says that the socket is
// ready, and holds no thread of the system meanwhile.
type socket struct {
	fd       int
	stream   bool
	nonblock atomic.Bool     // whether the guest wants calls not to wait
	lingers  atomic.Bool     // closing would wait for the peer
	timeout  [2]atomic.Int64 // how long to wait, in nanoseconds, by direction; 0 for as long as it takes

	parking sync.Once
	file    *os.File // set by park, then the owner of fd
	conn    syscall.RawConn
}

// openSocket opens a socket. The caller closes it.
func openSocket(family addressFamily, kind sockType) (*socket, error) {
	domain := [...]int{familyInet4: unix.AF_INET, familyInet6: unix.AF_INET6, familyUnix: unix.AF_UNIX}[family]
	t := unix.SOCK_STREAM
	if kind == sockDgram {
		t = unix.SOCK_DGRAM
	}
	fd, err := systemSocket(domain, t)
	if err != nil {
		return nil, err
	}
	return &socket{fd: fd, stream: kind == sockStream}, nil
}

func (s *socket) handle() handle { return handle(s.fd) }

// close closes s without waiting for what is still to be sent.
func (s *socket) close() error {
	if s.lingers.Load() {
		off := unix.Linger{}
		unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &off)
	}
	// Nobody waits for s any more, so it is not about to be parked.
	if s.file != nil {
		return s.file.Close()
	}
	return unix.Close(s.fd)
}

func (s *socket) bind(a *address) error {
	raw, n := a.encode()
	_, _, e := unix.Syscall(unix.SYS_BIND, uintptr(s.fd), uintptr(unsafe.Pointer(&raw)), uintptr(n))
	if e != 0 {
		return e
	}
	return nil
}

// startConnect connects s to a, or begins to, which is INPROGRESS.
func (s *socket) startConnect(a *address) error {
	raw, n := a.encode()
	_, _, e := unix.Syscall(unix.SYS_CONNECT, uintptr(s.fd), uintptr(unsafe.Pointer(&raw)), uintptr(n))
	switch e {
	case 0:
		return nil
	case unix.EINTR: // it goes on all the same
		return unix.EINPROGRESS
	default:
		return e
	}
}

func (s *socket) listen(backlog int) error { return unix.Listen(s.fd, backlog) }

func (s *socket) shutdown(how sdflags) error {
	return unix.Shutdown(s.fd, [...]int{
		sdflagRead:               unix.SHUT_RD,
		sdflagWrite:              unix.SHUT_WR,
		sdflagRead | sdflagWrite: unix.SHUT_RDWR,
	}[how])
}

func (s *socket) local() (address, error) { return s.name(unix.SYS_GETSOCKNAME) }
func (s *socket) peer() (address, error)  { return s.name(unix.SYS_GETPEERNAME) }

func (s *socket) name(call uintptr) (address, error) {
	var raw unix.RawSockaddrAny
	n := uint32(unsafe.Sizeof(raw))
	_, _, e := unix.Syscall(call, uintptr(s.fd), uintptr(unsafe.Pointer(&raw)), uintptr(unsafe.Pointer(&n)))
	if e != 0 {
		return address{}, e
	}
	return decodeAddress(&raw), nil
}

// encode is a as the system takes it, and its length.
func (a *address) encode() (raw unix.RawSockaddrAny, n uint32) {
	p := unsafe.Pointer(&raw)
	switch a.family {
	case familyInet4:
		in := (*unix.RawSockaddrInet4)(p)
		in.Family, n = unix.AF_INET, unix.SizeofSockaddrInet4
		in.Addr = [4]byte(a.ip[:4])
		putPort(&in.Port, a.port)
	case familyInet6:
		in := (*unix.RawSockaddrInet6)(p)
		in.Family, n = unix.AF_INET6, unix.SizeofSockaddrInet6
		in.Addr = a.ip
		putPort(&in.Port, a.port)
	case familyUnix:
		un := (*unix.RawSockaddrUnix)(p)
		un.Family, n = unix.AF_UNIX, unix.SizeofSockaddrUnix
		copy(pathBytes(un), a.path[:])
	}
	setAddressLength(&raw, n)
	return raw, n
}

// decodeAddress is raw as the guest sees it. What is no address of a family that
// it knows is of none.
func decodeAddress(raw *unix.RawSockaddrAny) (a address) {
	p := unsafe.Pointer(raw)
	switch raw.Addr.Family {
	case unix.AF_INET:
		in := (*unix.RawSockaddrInet4)(p)
		a.family, a.port = familyInet4, getPort(&in.Port)
		copy(a.ip[:], in.Addr[:])
	case unix.AF_INET6:
		in := (*unix.RawSockaddrInet6)(p)
		a.family, a.port = familyInet6, getPort(&in.Port)
		a.ip = in.Addr
	case unix.AF_UNIX:
		a.family = familyUnix
		copy(a.path[:], pathBytes((*unix.RawSockaddrUnix)(p)))
	}
	return a
}

// pathBytes is the path of a UNIX socket's address, whose type differs between
// processors.
func pathBytes(un *unix.RawSockaddrUnix) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&un.Path)), len(un.Path))
}

// The ports of the system's addresses have their most significant byte first.
func putPort(p *uint16, port uint16) {
	b := (*[2]byte)(unsafe.Pointer(p))
	b[0], b[1] = byte(port>>8), byte(port)
}

func getPort(p *uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(p))
	return uint16(b[0])<<8 | uint16(b[1])
}

// flags are the flags of s for the guest.
func (s *socket) flags() fdflags {
	if s.nonblock.Load() {
		return fdflagNonblock
	}
	return 0
}

// setFlags changes the flags of s. The others mean nothing to a socket.
func (s *socket) setFlags(flags fdflags) { s.nonblock.Store(flags&fdflagNonblock != 0) }
