package wasi

import "github.com/wazedge/wazedge/hostfuncs/abi"

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

// sockGetsockopt tells the value of an option in the system's own form, but for
// the type and the error of a socket, which it tells in WASI's numbers. At sizep
// is the size of the buffer, and afterwards that of the value.
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
	b, err := d.sock.option(name, b)
	if err != nil {
		return errnoOf(err)
	}
	abi.Put32(n, uint32(len(b)))
	return Success
}

// sockSetsockopt sets an option to a value in the system's own form.
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
	return errnoOf(d.sock.setOption(name, b))
}
