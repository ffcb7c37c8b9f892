package hostnet

import (
	"encoding/binary"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
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
var systemOptions = [Options]int32{
	ReuseAddr:    windows.SO_REUSEADDR,
	Type:         soType,
	Error:        soError,
	DontRoute:    windows.SO_DONTROUTE,
	Broadcast:    windows.SO_BROADCAST,
	SndBuf:       windows.SO_SNDBUF,
	RcvBuf:       windows.SO_RCVBUF,
	KeepAlive:    windows.SO_KEEPALIVE,
	OOBInline:    soOobinline,
	Linger:       windows.SO_LINGER,
	RcvLowat:     -1,
	RcvTimeo:     windows.SO_RCVTIMEO,
	SndTimeo:     soSndtimeo,
	AcceptConn:   soAcceptconn,
	BindToDevice: -1,
}

// Option writes the value of an option to b and returns what of b it takes.
func (s *Socket) Option(o Option, b []byte) ([]byte, error) {
	if systemOptions[o] < 0 || len(b) == 0 {
		return nil, syscall.ENOPROTOOPT
	}
	n := int32(min(len(b), 1<<16))
	if err := windows.Getsockopt(s.fd, windows.SOL_SOCKET, systemOptions[o], &b[0], &n); err != nil {
		return nil, err
	}
	return b[:min(int(n), len(b))], nil
}

// SetOption sets an option. What the system does for sockets that block, this
// package does for those that are to wait. Timeouts are in
// milliseconds here, u32.
func (s *Socket) SetOption(o Option, b []byte) error {
	if systemOptions[o] < 0 || len(b) == 0 {
		return syscall.ENOPROTOOPT
	}
	if err := windows.Setsockopt(s.fd, windows.SOL_SOCKET, systemOptions[o], &b[0], int32(min(len(b), 1<<16))); err != nil {
		return err
	}
	if len(b) < 4 {
		return nil
	}
	ms := time.Duration(binary.LittleEndian.Uint32(b)) * time.Millisecond
	switch o {
	case Linger: // two u16: whether, and how many seconds
		s.lingers.Store(binary.LittleEndian.Uint16(b) != 0 && binary.LittleEndian.Uint16(b[2:]) != 0)
	case RcvTimeo:
		s.timeout[ToRead].Store(int64(ms))
	case SndTimeo:
		s.timeout[ToWrite].Store(int64(ms))
	}
	return nil
}
