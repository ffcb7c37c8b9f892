package wasi

import (
	"encoding/binary"
	"syscall"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
)

// sockLevelSocket is the one level of options there is.
const sockLevelSocket uint32 = 0

// sockOption is an option of a socket.
type sockOption uint32

const (
	optReuseaddr sockOption = iota
	optType
	optError
	optDontroute
	optBroadcast
	optSndbuf
	optRcvbuf
	optKeepalive
	optOobinline
	optLinger
	optRcvlowat
	optRcvtimeo
	optSndtimeo
	optAcceptconn
	optBindtodevice

	optCount
)

// hostOptions are hostnet's options by WASI's.
var hostOptions = [optCount]hostnet.Option{
	optReuseaddr:    hostnet.ReuseAddr,
	optType:         hostnet.Type,
	optError:        hostnet.Error,
	optDontroute:    hostnet.DontRoute,
	optBroadcast:    hostnet.Broadcast,
	optSndbuf:       hostnet.SndBuf,
	optRcvbuf:       hostnet.RcvBuf,
	optKeepalive:    hostnet.KeepAlive,
	optOobinline:    hostnet.OOBInline,
	optLinger:       hostnet.Linger,
	optRcvlowat:     hostnet.RcvLowat,
	optRcvtimeo:     hostnet.RcvTimeo,
	optSndtimeo:     hostnet.SndTimeo,
	optAcceptconn:   hostnet.AcceptConn,
	optBindtodevice: hostnet.BindToDevice,
}

// sockGetsockopt tells the value of an option in the system's own form, but for
// the type and the error of a socket, which it tells in WASI's numbers. At sizep
// is the size of the buffer, and afterwards that of the value.
//
//   - fd: a socket
//   - level: 0
//   - name: 0 reuse address, 1 type, 2 error, 3 don't route, 4 broadcast, 5 and 6 sizes of
//     the buffers, 7 keep alive, 8 out of band, 9 linger, 10 least to receive, 11 and 12
//     timeouts, 13 listens, 14 device
//   - value: the buffer
//   - sizep: place of its size, u32
//
// Errors: INVAL for another level or option, before memory is looked at, and for a type or
// error that does not fit; NOTSOCK; NOPROTOOPT.
//
// Memory: the value, and its size.
func (h *Host) sockGetsockopt(m memory, fd fdnum, level uint32, name sockOption, value ptr, sizep ptr32) Errno {
	if level != sockLevelSocket || name >= optCount {
		return EINVAL
	}
	n, ok := m.U32(sizep)
	if !ok {
		return EFAULT
	}
	b, ok := m.Bytes(value, size(abi.Get32(n)))
	if !ok {
		return EFAULT
	}
	d, errno := h.socket(fd, 0)
	if errno != Success {
		return errno
	}
	defer d.Release()
	if (name == optType || name == optError) && len(b) < 4 {
		return EINVAL
	}
	b, err := d.sock.Option(hostOptions[name], b)
	if err != nil {
		return errnoOf(err)
	}
	if len(b) >= 4 {
		translateOption(d.sock, name, b)
	}
	abi.Put32(n, uint32(len(b)))
	return Success
}

// translateOption puts WASI's numbers in the place of the system's.
func translateOption(s *hostnet.Socket, name sockOption, b []byte) {
	switch {
	case name == optError:
		abi.Put32(b, uint32(errnoOf(syscall.Errno(binary.NativeEndian.Uint32(b)))))
	case name == optType && s.Stream():
		abi.Put32(b, uint32(sockStream))
	case name == optType:
		abi.Put32(b, uint32(sockDgram))
	}
}

// sockSetsockopt sets an option to a value in the system's own form.
//
//   - fd: a socket
//   - level, name: as of sockGetsockopt
//   - value, n: the value, of n bytes
//
// Errors: INVAL for another level or option, before memory is looked at, and for a value of
// another size; NOTSOCK; NOPROTOOPT.
//
// Memory: nothing.
func (h *Host) sockSetsockopt(m memory, fd fdnum, level uint32, name sockOption, value ptr, n size) Errno {
	if level != sockLevelSocket || name >= optCount {
		return EINVAL
	}
	b, ok := m.Bytes(value, n)
	if !ok {
		return EFAULT
	}
	d, errno := h.socket(fd, 0)
	if errno != Success {
		return errno
	}
	defer d.Release()
	return errnoOf(d.sock.SetOption(hostOptions[name], b))
}
