//go:build unix

package wasi

import (
	"encoding/binary"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// systemOptions are the system's numbers for options, by ours; -1 for what it
// does not have.
var systemOptions = [optCount]int{
	optReuseaddr:    unix.SO_REUSEADDR,
	optType:         unix.SO_TYPE,
	optError:        unix.SO_ERROR,
	optDontroute:    unix.SO_DONTROUTE,
	optBroadcast:    unix.SO_BROADCAST,
	optSndbuf:       unix.SO_SNDBUF,
	optRcvbuf:       unix.SO_RCVBUF,
	optKeepalive:    unix.SO_KEEPALIVE,
	optOobinline:    unix.SO_OOBINLINE,
	optLinger:       unix.SO_LINGER,
	optRcvlowat:     unix.SO_RCVLOWAT,
	optRcvtimeo:     unix.SO_RCVTIMEO,
	optSndtimeo:     unix.SO_SNDTIMEO,
	optAcceptconn:   unix.SO_ACCEPTCONN,
	optBindtodevice: soBindtodevice,
}

// option writes the value of an option to b and returns what of b it takes.
func (s *socket) option(o sockOption, b []byte) ([]byte, error) {
	if systemOptions[o] < 0 {
		return nil, ENOPROTOOPT
	}
	n := uint32(min(len(b), 1<<16))
	_, _, e := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(s.fd), unix.SOL_SOCKET, uintptr(systemOptions[o]),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(unsafe.Pointer(&n)), 0)
	if e != 0 {
		return nil, e
	}
	b = b[:min(int(n), len(b))]
	if len(b) < 4 {
		return b, nil
	}
	switch o {
	case optType:
		if binary.NativeEndian.Uint32(b) == unix.SOCK_DGRAM {
			abi.Put32(b, uint32(sockDgram))
		} else {
			abi.Put32(b, uint32(sockStream))
		}
	case optError:
		abi.Put32(b, uint32(errnoOfSyscall(unix.Errno(binary.NativeEndian.Uint32(b)))))
	}
	return b, nil
}

// setOption sets an option. What the system does for sockets that block, this
// package does for those that the guest wants to block.
func (s *socket) setOption(o sockOption, b []byte) error {
	if systemOptions[o] < 0 {
		return ENOPROTOOPT
	}
	_, _, e := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(s.fd), unix.SOL_SOCKET, uintptr(systemOptions[o]),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(min(len(b), 1<<16)), 0)
	if e != 0 {
		return e
	}
	switch o {
	case optRcvtimeo:
		s.keepTimeout(toRead, unix.SO_RCVTIMEO)
	case optSndtimeo:
		s.keepTimeout(toWrite, unix.SO_SNDTIMEO)
	case optLinger:
		l, err := unix.GetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER)
		s.lingers.Store(err == nil && l.Onoff != 0 && l.Linger != 0)
	}
	return nil
}

// keepTimeout takes over a timeout that the system has checked.
func (s *socket) keepTimeout(d direction, option int) {
	tv, err := unix.GetsockoptTimeval(s.fd, unix.SOL_SOCKET, option)
	if err != nil {
		return
	}
	const longest = 1 << 31 // seconds
	sec := min(int64(tv.Sec), longest)
	s.timeout[d].Store(int64(time.Duration(sec)*time.Second + time.Duration(tv.Usec)*time.Microsecond))
}
