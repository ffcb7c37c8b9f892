// Package hostnet is the network for guests: sockets, the resolution of names, what a
// policy allows, and waiting until something can be read or written. It knows neither
// guests nor what a version of WASI calls things.
//
// A [Socket] never blocks in the system. A call of [Net] that waits parks its goroutine
// until the socket is ready, and holds no thread meanwhile; it ends with
// [syscall.EINTR] when [Net.Stop] is called.
//
// Errors are those of packages syscall and net, or wrap them; those of resolution are
// [LookupError]. On every system, what this package finds wrong itself, and what calls
// that would have to wait say, are syscall's numbers with the names of POSIX.
package hostnet

import (
	"net/netip"
	"sync/atomic"
)

// Family is the kind of addresses that a socket has.
type Family uint8

// The families of addresses.
const (
	Unspecified Family = iota
	Inet4
	Inet6
	Unix
)

// Kind is what a socket carries.
type Kind uint8

// The kinds of sockets.
const (
	AnyKind Kind = iota
	Datagram
	Stream
)

// Direction is what a call waits for.
type Direction int

// The directions.
const (
	ToRead Direction = iota
	ToWrite
)

// PathMax is how much of a UNIX socket's path an address holds, as on Linux.
const PathMax = 108

// Address is where a socket is or what it is connected to.
type Address struct {
	Family Family
	Port   uint16
	IP     [16]byte // 4 bytes of which are used by IPv4
	Path   [PathMax]byte
}

// AddrPort is an address of the network in Go's form.
func (a *Address) AddrPort() netip.AddrPort {
	if a.Family == Inet4 {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(a.IP[:4])), a.Port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(a.IP), a.Port)
}

// Bytes is the address without its family and port.
func (a *Address) Bytes() []byte {
	switch a.Family {
	case Inet4:
		return a.IP[:4]
	case Inet6:
		return a.IP[:]
	case Unix:
		return a.Path[:]
	default:
		return nil
	}
}

// Socket is a socket of the system.
type Socket struct {
	sysSocket
	stream   bool
	nonblock atomic.Bool // whether calls are not to wait
	bound    atomic.Bool // to an address of the caller's choice
	// By direction:
	timeout [2]atomic.Int64          // how long to wait, in nanoseconds; 0 for as long as it takes
	late    [2]atomic.Pointer[error] // by which a call ended that had moved something
}

// Stream reports whether s carries a stream, else datagrams.
func (s *Socket) Stream() bool { return s.stream }

// Nonblock reports whether calls do not wait.
func (s *Socket) Nonblock() bool { return s.nonblock.Load() }

// SetNonblock has calls not wait, or wait.
func (s *Socket) SetNonblock(on bool) { s.nonblock.Store(on) }

// Lingers reports whether the system would wait for the peer when s is closed.
func (s *Socket) Lingers() bool { return s.lingers.Load() }

// Descriptor is the system's number of s.
func (s *Socket) Descriptor() int { return int(s.fd) }

// Directions are those that an end of a connection has.
type Directions uint8

// The directions that [Socket.Shutdown] ends.
const (
	Receiving Directions = 1 << iota
	Sending
)

// Option is an option of a socket.
type Option uint8

// The options of sockets, whose values are in the system's own form.
const (
	ReuseAddr Option = iota
	Type
	Error
	DontRoute
	Broadcast
	SndBuf
	RcvBuf
	KeepAlive
	OOBInline
	Linger
	RcvLowat
	RcvTimeo
	SndTimeo
	AcceptConn
	BindToDevice

	Options // is how many there are
)
