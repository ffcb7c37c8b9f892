package wasi

import (
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/windows"
)

// sysPathMax is how much of a UNIX socket's path an address holds.
const sysPathMax = 108

// sysFamilies are the system's numbers for families.
var sysFamilies = [...]uint16{
	familyUnspec: windows.AF_UNSPEC,
	familyInet4:  windows.AF_INET,
	familyInet6:  windows.AF_INET6,
	familyUnix:   windows.AF_UNIX,
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

// openSocket opens a socket. The caller closes it.
func openSocket(family addressFamily, kind sockType) (*socket, error) {
	if err := startSockets(); err != nil {
		return nil, err
	}
	t := windows.SOCK_STREAM
	if kind == sockDgram {
		t = windows.SOCK_DGRAM
	}
	const flags = windows.WSA_FLAG_OVERLAPPED | windows.WSA_FLAG_NO_HANDLE_INHERIT
	fd, err := windows.WSASocket(int32(sysFamilies[family]), int32(t), 0, nil, 0, flags)
	if err != nil {
		return nil, err
	}
	return newSocket(fd, kind == sockStream)
}

// newSocket takes over fd and makes it not block.
func newSocket(fd windows.Handle, stream bool) (*socket, error) {
	const fionbio = 0x8004667e
	on := uint32(1)
	if r, _, err := wsIoctlsocket.Call(uintptr(fd), fionbio, uintptr(unsafe.Pointer(&on))); r != 0 {
		windows.Closesocket(fd)
		return nil, err
	}
	return &socket{sysSocket: sysSocket{fd: fd}, stream: stream}, nil
}

// close closes s without waiting for what is still to be sent.
func (s *socket) close() error {
	if s.lingers.Load() {
		windows.SetsockoptLinger(s.fd, windows.SOL_SOCKET, windows.SO_LINGER, &windows.Linger{})
	}
	return windows.Closesocket(s.fd)
}

func (s *socket) bind(a *address) error {
	raw, n := a.encode()
	return failed(wsBind.Call(uintptr(s.fd), uintptr(unsafe.Pointer(&raw)), uintptr(n)))
}

// startConnect connects s to a, or begins to, which is INPROGRESS.
func (s *socket) startConnect(a *address) error {
	raw, n := a.encode()
	err := failed(wsConnect.Call(uintptr(s.fd), uintptr(unsafe.Pointer(&raw)), uintptr(n)))
	if errors.Is(err, windows.WSAEWOULDBLOCK) {
		return EINPROGRESS
	}
	return err
}

// endConnect tells how a connection that was begun has ended.
func (s *socket) endConnect(*address) error {
	e, err := windows.GetsockoptInt(s.fd, windows.SOL_SOCKET, soError)
	if err != nil || e == 0 {
		return err
	}
	return windows.Errno(e)
}

// accept takes a connection that waits to be accepted.
func (s *socket) accept() (*socket, error) {
	fd, _, err := wsAccept.Call(uintptr(s.fd), 0, 0)
	if windows.Handle(fd) == windows.InvalidHandle {
		return nil, err
	}
	return newSocket(windows.Handle(fd), s.stream)
}

func (s *socket) listen(backlog int) error { return windows.Listen(s.fd, backlog) }

func (s *socket) shutdown(how sdflags) error {
	return windows.Shutdown(s.fd, [...]int{
		sdflagRead:               windows.SHUT_RD,
		sdflagWrite:              windows.SHUT_WR,
		sdflagRead | sdflagWrite: windows.SHUT_RDWR,
	}[how])
}

func (s *socket) local() (address, error) {
	a, err := s.name(wsGetsockname)
	if errors.Is(err, windows.WSAEINVAL) {
		return address{}, nil // it has not been bound
	}
	return a, err
}

func (s *socket) peer() (address, error) { return s.name(wsGetpeername) }

func (s *socket) name(proc *windows.LazyProc) (address, error) {
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
