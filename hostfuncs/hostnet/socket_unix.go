//go:build unix

package hostnet

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
	Unspecified: unix.AF_UNSPEC,
	Inet4:       unix.AF_INET,
	Inet6:       unix.AF_INET6,
	Unix:        unix.AF_UNIX,
}

// sysSocket is the system's part of a socket.
type sysSocket struct {
	fd      int
	lingers atomic.Bool // closing would wait for the peer
	parking sync.Once
	file    *os.File // set by park, then the owner of fd
	conn    syscall.RawConn
}

// Open opens a socket. The caller closes it.
func Open(family Family, kind Kind) (*Socket, error) {
	t := unix.SOCK_STREAM
	if kind == Datagram {
		t = unix.SOCK_DGRAM
	}
	fd, err := systemSocket(int(sysFamilies[family]), t)
	if err != nil {
		return nil, err
	}
	return &Socket{sysSocket: sysSocket{fd: fd}, stream: kind == Stream}, nil
}

// Close closes s without waiting for what is still to be sent.
func (s *Socket) Close() error {
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

func (s *Socket) bind(a *Address) error {
	raw, n := a.encode()
	_, _, e := unix.Syscall(unix.SYS_BIND, uintptr(s.fd), uintptr(unsafe.Pointer(&raw)), uintptr(n))
	if e != 0 {
		return e
	}
	return nil
}

// startConnect connects s to a, or begins to, which is INPROGRESS.
func (s *Socket) startConnect(a *Address) error {
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
func (s *Socket) endConnect(a *Address) error {
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
func (s *Socket) accept() (*Socket, error) {
	for {
		fd, err := systemAccept(s.fd)
		switch err {
		case nil:
			return &Socket{sysSocket: sysSocket{fd: fd}, stream: s.stream}, nil
		case unix.EINTR:
		default:
			return nil, err
		}
	}
}

// listen makes s wait for connections, of which as many as backlog says, or the system
// thinks enough, may wait to be accepted.
func (s *Socket) listen(backlog int) error { return unix.Listen(s.fd, backlog) }

// Shutdown ends directions of a connection.
func (s *Socket) Shutdown(how Directions) error {
	return unix.Shutdown(s.fd, [...]int{
		Receiving:           unix.SHUT_RD,
		Sending:             unix.SHUT_WR,
		Receiving | Sending: unix.SHUT_RDWR,
	}[how])
}

// Local is where s is.
func (s *Socket) Local() (Address, error) { return s.name(unix.SYS_GETSOCKNAME) }

// Peer is what s is connected to.
func (s *Socket) Peer() (Address, error) { return s.name(unix.SYS_GETPEERNAME) }

func (s *Socket) name(call uintptr) (Address, error) {
	var raw sysAddress
	n := uint32(len(raw))
	_, _, e := unix.Syscall(call, uintptr(s.fd), uintptr(unsafe.Pointer(&raw)), uintptr(unsafe.Pointer(&n)))
	if e != 0 {
		return Address{}, e
	}
	return raw.decode(), nil
}
