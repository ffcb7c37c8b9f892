package hostnet

import (
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// sysPathMax is how much of a UNIX socket's path an address holds.
const sysPathMax = 108

// sysFamilies are the system's numbers for families.
var sysFamilies = [...]uint16{
	Unspecified: windows.AF_UNSPEC,
	Inet4:       windows.AF_INET,
	Inet6:       windows.AF_INET6,
	Unix:        windows.AF_UNIX,
}

func (raw *sysAddress) putFamily(f uint16, _ uint32) { binary.LittleEndian.PutUint16(raw[:], f) }

func (raw *sysAddress) family() uint16 { return binary.LittleEndian.Uint16(raw[:]) }

// The functions of Windows' sockets that package windows lacks, or does not have
// for addresses of any family.
var (
	ws2           = windows.NewLazySystemDLL("ws2_32.dll")
	wsAccept      = ws2.NewProc("accept")
	wsBind        = ws2.NewProc("bind")
	wsConnect     = ws2.NewProc("connect")
	wsGetpeername = ws2.NewProc("getpeername")
	wsGetsockname = ws2.NewProc("getsockname")
	wsIoctlsocket = ws2.NewProc("ioctlsocket")
	wsPoll        = ws2.NewProc("WSAPoll")
)

// startSockets prepares the system's sockets for this process.
var startSockets = sync.OnceValue(func() error {
	var data windows.WSAData
	return windows.WSAStartup(0x202, &data)
})

// sysSocket is the system's part of a socket.
type sysSocket struct {
	fd      windows.Handle
	lingers atomic.Bool // closing would wait for the peer, or fail
}

// Open opens a socket. The caller closes it.
func Open(family Family, kind Kind) (*Socket, error) {
	if err := startSockets(); err != nil {
		return nil, err
	}
	t := windows.SOCK_STREAM
	if kind == Datagram {
		t = windows.SOCK_DGRAM
	}
	const flags = windows.WSA_FLAG_OVERLAPPED | windows.WSA_FLAG_NO_HANDLE_INHERIT
	fd, err := windows.WSASocket(int32(sysFamilies[family]), int32(t), 0, nil, 0, flags)
	if err != nil {
		return nil, err
	}
	return newSocket(fd, kind == Stream)
}

// newSocket takes over fd and makes it not block.
func newSocket(fd windows.Handle, stream bool) (*Socket, error) {
	const fionbio = 0x8004667e
	on := uint32(1)
	if r, _, err := wsIoctlsocket.Call(uintptr(fd), fionbio, uintptr(unsafe.Pointer(&on))); r != 0 {
		windows.Closesocket(fd)
		return nil, err
	}
	return &Socket{sysSocket: sysSocket{fd: fd}, stream: stream}, nil
}

// Close closes s without waiting for what is still to be sent.
func (s *Socket) Close() error {
	if s.lingers.Load() {
		windows.SetsockoptLinger(s.fd, windows.SOL_SOCKET, windows.SO_LINGER, &windows.Linger{})
	}
	return windows.Closesocket(s.fd)
}

func (s *Socket) bind(a *Address) error {
	raw, n := a.encode()
	return failed(wsBind.Call(uintptr(s.fd), uintptr(unsafe.Pointer(&raw)), uintptr(n)))
}

// startConnect connects s to a, or begins to, which is INPROGRESS.
func (s *Socket) startConnect(a *Address) error {
	raw, n := a.encode()
	err := failed(wsConnect.Call(uintptr(s.fd), uintptr(unsafe.Pointer(&raw)), uintptr(n)))
	if errors.Is(err, windows.WSAEWOULDBLOCK) {
		return syscall.EINPROGRESS
	}
	return err
}

// endConnect tells how a connection that was begun has ended.
func (s *Socket) endConnect(*Address) error {
	e, err := windows.GetsockoptInt(s.fd, windows.SOL_SOCKET, soError)
	if err != nil || e == 0 {
		return err
	}
	return windows.Errno(e)
}

// accept takes a connection that waits to be accepted.
func (s *Socket) accept() (*Socket, error) {
	fd, _, err := wsAccept.Call(uintptr(s.fd), 0, 0)
	if windows.Handle(fd) == windows.InvalidHandle {
		if errors.Is(err, windows.WSAEWOULDBLOCK) {
			err = syscall.EAGAIN
		}
		return nil, err
	}
	return newSocket(windows.Handle(fd), s.stream)
}

// listen makes s wait for connections, of which as many as backlog says, or the system
// thinks enough, may wait to be accepted.
func (s *Socket) listen(backlog int) error { return windows.Listen(s.fd, backlog) }

// Shutdown ends directions of a connection.
func (s *Socket) Shutdown(how Directions) error {
	return windows.Shutdown(s.fd, [...]int{
		Receiving:           windows.SHUT_RD,
		Sending:             windows.SHUT_WR,
		Receiving | Sending: windows.SHUT_RDWR,
	}[how])
}

// Local is where s is.
func (s *Socket) Local() (Address, error) {
	a, err := s.name(wsGetsockname)
	if errors.Is(err, windows.WSAEINVAL) {
		return Address{}, nil // it has not been bound
	}
	return a, err
}

// Peer is what s is connected to.
func (s *Socket) Peer() (Address, error) { return s.name(wsGetpeername) }

func (s *Socket) name(proc *windows.LazyProc) (Address, error) {
	var raw sysAddress
	n := uint32(len(raw))
	err := failed(proc.Call(uintptr(s.fd), uintptr(unsafe.Pointer(&raw)), uintptr(unsafe.Pointer(&n))))
	return raw.decode(), err
}

// failed is the error of a call whose result is not 0.
func failed(r, _ uintptr, err error) error {
	if r == 0 {
		return nil
	}
	return err
}
