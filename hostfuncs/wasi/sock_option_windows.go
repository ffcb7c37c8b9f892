package wasi

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/windows"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// The options that package windows does not name.
const (
	soAcceptconn = 0x2
	soOobinline  = 0x100
	soSndtimeo   = 0x1005
	soError      = 0x1007
	soType       = 0x1008
)

// systemOptions are the system's numbers for options, by ours; -1 for what it
// does not have.
var systemOptions = [optCount]int32{
	optReuseaddr:    windows.SO_REUSEADDR,
	optType:         soType,
	optError:        soError,
	optDontroute:    windows.SO_DONTROUTE,
	optBroadcast:    windows.SO_BROADCAST,
	optSndbuf:       windows.SO_SNDBUF,
	optRcvbuf:       windows.SO_RCVBUF,
	optKeepalive:    windows.SO_KEEPALIVE,
	optOobinline:    soOobinline,
	optLinger:       windows.SO_LINGER,
	optRcvlowat:     -1,
	optRcvtimeo:     windows.SO_RCVTIMEO,
	optSndtimeo:     soSndtimeo,
	optAcceptconn:   soAcceptconn,
	optBindtodevice: -1,
}

// option writes the value of an option to b and returns what of b it takes.
func (s *socket) option(o sockOption, b []byte) ([]byte, error) {
	if systemOptions[o] < 0 || len(b) == 0 {
		return nil, ENOPROTOOPT
	}
	n := int32(min(len(b), 1<<16))
	if err := windows.Getsockopt(s.fd, windows.SOL_SOCKET, systemOptions[o], &b[0], &n); err != nil {
		return nil, err
	}
	b = b[:min(int(n), len(b))]
	switch {
	case len(b) < 4:
	case o == optType && abi.Get32(b) == windows.SOCK_DGRAM:
		abi.Put32(b, uint32(sockDgram))
	case o == optType:
		abi.Put32(b, uint32(sockStream))
	case o == optError:
		abi.Put32(b, uint32(errnoOfSyscall(windows.Errno(abi.Get32(b)))))
	}
	return b, nil
}

// setOption sets an option. What the system does for sockets that block, this
// package does for those that the guest wants to block. Timeouts are in
// milliseconds here, u32.
func (s *socket) setOption(o sockOption, b []byte) error {
	if systemOptions[o] < 0 || len(b) == 0 {
		return ENOPROTOOPT
	}
	if err := windows.Setsockopt(s.fd, windows.SOL_SOCKET, systemOptions[o], &b[0], int32(min(len(b), 1<<16))); err != nil {
		return err
	}
	if len(b) < 4 {
		return nil
	}
	ms := time.Duration(binary.LittleEndian.Uint32(b)) * time.Millisecond
	switch o {
	case optLinger: // two u16: whether, and how many seconds
		s.lingers.Store(abi.Get16(b) != 0 && abi.Get16(b[2:]) != 0)
	case optRcvtimeo:
		s.timeout[toRead].Store(int64(ms))
	case optSndtimeo:
		s.timeout[toWrite].Store(int64(ms))
	}
	return nil
}
