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

// sysFamilies are the system's numbers for families.
var sysFamilies = [...]uint16{
	familyUnspec: unix.AF_UNSPEC,
	familyInet4:  unix.AF_INET,
	familyInet6:  unix.AF_INET6,
	familyUnix:   unix.AF_UNIX,
}

// sysSocket is the system's part of a socket.
type sysSocket struct {
	fd      int
	lingers atomic.Bool // closing would wait for the peer
	parking sync.Once
	file    *os.File // set by park, then the owner of fd
	conn    syscall.RawConn
}

// openSocket opens a socket. The caller closes it.
func openSocket(family addressFamily, kind sockType) (*socket, error) {
	t := unix.SOCK_STREAM
	if kind == sockDgram {
		t = unix.SOCK_DGRAM
	}
	fd, err := systemSocket(int(sysFamilies[family]), t)
	if err != nil {
		return nil, err
	}
	return &socket{sysSocket: sysSocket{fd: fd}, stream: kind == sockStream}, nil
}

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

// endConnect tells how a connection to a that was begun has ended. Linux takes
// it for under way until that is asked for by a second call.
func (s *socket) endConnect(a *address) error {
	e, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return err
	}
	if e != 0 {
		return unix.Errno(e)
	}
	if err := s.startConnect(a); err != unix.EISCONN {
		return err
	}
	return nil
}

// accept takes a connection that waits to be accepted.
func (s *socket) accept() (*socket, error) {
	for {
		fd, err := systemAccept(s.fd)
		switch err {
		case nil:
			return &socket{sysSocket: sysSocket{fd: fd}, stream: s.stream}, nil
		case unix.EINTR:
		default:
			return nil, err
		}
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
	var raw sysAddress
	n := uint32(len(raw))
	_, _, e := unix.Syscall(call, uintptr(s.fd), uintptr(unsafe.Pointer(&raw)), uintptr(unsafe.Pointer(&n)))
	if e != 0 {
		return address{}, e
	}
	return raw.decode(), nil
}
