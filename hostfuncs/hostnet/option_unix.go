//go:build unix

package hostnet

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// systemOptions are the system's numbers for options, by ours; -1 for what it
// does not have.
var systemOptions = [Options]int{
	ReuseAddr:    unix.SO_REUSEADDR,
	Type:         unix.SO_TYPE,
	Error:        unix.SO_ERROR,
	DontRoute:    unix.SO_DONTROUTE,
	Broadcast:    unix.SO_BROADCAST,
	SndBuf:       unix.SO_SNDBUF,
	RcvBuf:       unix.SO_RCVBUF,
	KeepAlive:    unix.SO_KEEPALIVE,
	OOBInline:    unix.SO_OOBINLINE,
	Linger:       unix.SO_LINGER,
	RcvLowat:     unix.SO_RCVLOWAT,
	RcvTimeo:     unix.SO_RCVTIMEO,
	SndTimeo:     unix.SO_SNDTIMEO,
	AcceptConn:   unix.SO_ACCEPTCONN,
	BindToDevice: soBindtodevice,
}

// Option writes the value of an option to b and returns what of b it takes.
func (s *Socket) Option(o Option, b []byte) ([]byte, error) {
	if systemOptions[o] < 0 {
		return nil, syscall.ENOPROTOOPT
	}
	n := uint32(min(len(b), 1<<16))
	_, _, e := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(s.fd), unix.SOL_SOCKET, uintptr(systemOptions[o]),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(unsafe.Pointer(&n)), 0)
	if e != 0 {
		return nil, e
	}
	return b[:min(int(n), len(b))], nil
}

// SetOption sets an option. What the system does for sockets that block, this
// package does for those that are to wait.
func (s *Socket) SetOption(o Option, b []byte) error {
	if systemOptions[o] < 0 {
		return syscall.ENOPROTOOPT
	}
	_, _, e := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(s.fd), unix.SOL_SOCKET, uintptr(systemOptions[o]),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(min(len(b), 1<<16)), 0)
	if e != 0 {
		return e
	}
	switch o {
	case RcvTimeo:
		s.keepTimeout(ToRead, unix.SO_RCVTIMEO)
	case SndTimeo:
		s.keepTimeout(ToWrite, unix.SO_SNDTIMEO)
	case Linger:
		l, err := unix.GetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER)
		s.lingers.Store(err == nil && l.Onoff != 0 && l.Linger != 0)
	}
	return nil
}

// keepTimeout takes over a timeout that the system has checked.
func (s *Socket) keepTimeout(d Direction, option int) {
	tv, err := unix.GetsockoptTimeval(s.fd, unix.SOL_SOCKET, option)
	if err != nil {
		return
	}
	const longest = 1 << 31 // seconds
	sec := min(int64(tv.Sec), longest)
	s.timeout[d].Store(int64(time.Duration(sec)*time.Second + time.Duration(tv.Usec)*time.Microsecond))
}
