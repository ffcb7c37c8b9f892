package wasi

import (
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
)

// sockRecv receives from a connected socket into a list of buffers.
//
//   - fd: a socket with SOCK_RECV
//   - data, n: a list of buffers, as of fdRead
//   - flags: 1 leave it there, 2 wait until the buffers are full
//   - count: place for the number of bytes, u32
//   - roflags: place for flags, u16
//
// Errors: INVAL for other flags or a list of more than 1,024 buffers, before fd is looked
// at; NOTSOCK; NOTCONN, CONNRESET; AGAIN; INTR.
//
// Memory: the bytes, their number, and the flag 1 if a datagram was longer.
func (h *Host) sockRecv(m memory, fd fdnum, data ptr32, n size, flags riflags, count ptr32, roflags ptr16) Errno {
	return h.receive(m, fd, RightSockRecv, &receiving{data, n, flags, count, roflags, nil})
}

// sockRecvFrom is sockRecv that tells the sender's address. A buffer that is too
// small for that is left alone.
//
//   - fd: a socket with SOCK_RECV_FROM
//   - addr: the place of a buffer, as of sockBind
//   - the others: as of sockRecv
//
// Errors: as sockRecv.
//
// Memory: as sockRecv, and the address if the buffer is large enough.
func (h *Host) sockRecvFrom(m memory, fd fdnum, data ptr32, n size, addr ptr32, flags riflags, count ptr32, roflags ptr16) Errno {
	b, errno := addressBuffer(m, addr)
	if errno != Success {
		return errno
	}
	return h.receive(m, fd, RightSockRecvFrom, &receiving{data, n, flags, count, roflags, &sender{address: b}})
}

// sockRecvFromV2 is sockRecvFrom that takes buffers of 4, 16 and 128 bytes and
// tells the sender's port, whose u16 has the most significant byte first.
//
//   - addr: the place of a buffer, as of sockBindV2
//   - port: place for the port, u16
//   - the others: as of sockRecvFrom
//
// Errors: as sockRecv, and INVAL for a buffer of another size.
//
// Memory: as sockRecv, and family, address and port.
func (h *Host) sockRecvFromV2(m memory, fd fdnum, data ptr32, n size, addr ptr32, flags riflags, port ptr16, count ptr32, roflags ptr16) Errno {
	b, errno := addressBuffer(m, addr)
	if errno != Success {
		return errno
	}
	from := sender{address: b}
	switch len(b) {
	case 4, 16:
	case addressSize:
		from.family, from.address = b[:2], b[2:]
	default:
		return EINVAL
	}
	var ok bool
	if from.port, ok = m.U16(port); !ok {
		return EFAULT
	}
	return h.receive(m, fd, RightSockRecvFrom, &receiving{data, n, flags, count, roflags, &from})
}

// receiving are the arguments of a call that receives.
type receiving struct {
	data    ptr32
	n       size
	flags   riflags
	count   ptr32
	roflags ptr16
	from    *sender // nil if the guest does not ask
}

// sender is where the sender's address goes.
type sender struct {
	address      []byte
	family, port []byte // of 2 bytes, or nil
}

func (h *Host) receive(m memory, fd fdnum, need Rights, r *receiving) Errno {
	if r.flags&^riflagsAll != 0 {
		return EINVAL
	}
	list, errno := checkVector(m, r.data, r.n)
	if errno != Success {
		return errno
	}
	count, ok := m.U32(r.count)
	if !ok {
		return EFAULT
	}
	roflags, ok := m.U16(r.roflags)
	if !ok {
		return EFAULT
	}
	msg := hostnet.NewMessage()
	defer msg.Free()
	if errno := gather(m, abi.ToGuest, msg, list); errno != Success {
		return errno
	}
	moved := 0
	defer func() { m.Moved(moved, 0) }()
	d, errno := h.socket(fd, need)
	if errno != Success {
		return errno
	}
	defer d.Release()
	msg.Receive(d.sock, r.flags&riflagPeek != 0, r.flags&riflagWaitall != 0, r.from != nil)
	n, err := h.net.Exchange(d.sock, msg)
	if err != nil {
		return errnoOf(err)
	}
	moved = n
	abi.Put32(count, uint32(n))
	if r.from != nil {
		if errno := r.from.put(msg.Sender()); errno != Success {
			return errno
		}
	}
	told := uint16(0)
	if msg.Truncated() {
		told = roflagTruncated
	}
	abi.Put16(roflags, told)
	return Success
}

// put writes where a message came from. A connection does not tell.
func (s *sender) put(a hostnet.Address) Errno {
	if s.family != nil {
		abi.Put16(s.family, uint16(familyOf(a.Family)))
	}
	b := a.Bytes()
	if len(s.address) >= len(b) {
		copy(s.address, b)
	} else if a.Family == hostnet.Unix {
		return EINVAL
	}
	if s.port != nil && (a.Family == hostnet.Inet4 || a.Family == hostnet.Inet6) {
		s.port[0], s.port[1] = byte(a.Port>>8), byte(a.Port)
	}
	return Success
}

// sockSend sends a list of buffers over a connected socket.
//
//   - fd: a socket with SOCK_SEND
//   - data, n: a list of buffers, as of fdRead
//   - flags: 0
//   - count: place for the number of bytes, u32
//
// Errors: INVAL for flags or a list of more than 1,024 buffers, before fd is looked at;
// NOTSOCK; NOTCONN, PIPE, MSGSIZE; AGAIN; INTR.
//
// Memory: the number of bytes: all, unless the socket does not block.
func (h *Host) sockSend(m memory, fd fdnum, data ptr32, n size, flags siflags, count ptr32) Errno {
	return h.send(m, fd, RightSockSend, data, n, flags, count, nil)
}

// sockSendTo sends a list of buffers to an address.
//
//   - fd: a socket with SOCK_SEND_TO
//   - addr, port: as of sockBind
//   - the others: as of sockSend
//
// Errors: as sockSend; INVAL for an address of another size; ACCES by the network policy.
//
// Memory: as sockSend.
func (h *Host) sockSendTo(m memory, fd fdnum, data ptr32, n size, addr ptr32, port uint32, flags siflags, count ptr32) Errno {
	return h.sendTo(m, fd, data, n, addr, port, flags, count, false)
}

// sockSendToV2 is sockSendTo with addresses of the second generation.
//
//   - addr: as of sockBindV2
//   - the others: as of sockSendTo
//
// Errors: as sockSendTo.
//
// Memory: as sockSend.
func (h *Host) sockSendToV2(m memory, fd fdnum, data ptr32, n size, addr ptr32, port uint32, flags siflags, count ptr32) Errno {
	return h.sendTo(m, fd, data, n, addr, port, flags, count, true)
}

func (h *Host) sendTo(m memory, fd fdnum, data ptr32, n size, addr ptr32, port uint32, flags siflags, count ptr32, second bool) Errno {
	to, errno := addressAt(m, addr, port, second)
	if errno != Success {
		return errno
	}
	return h.send(m, fd, RightSockSendTo, data, n, flags, count, &to)
}

func (h *Host) send(m memory, fd fdnum, need Rights, data ptr32, n size, flags siflags, count ptr32, to *hostnet.Address) Errno {
	if flags != 0 {
		return EINVAL
	}
	list, errno := checkVector(m, data, n)
	if errno != Success {
		return errno
	}
	out, ok := m.U32(count)
	if !ok {
		return EFAULT
	}
	msg := hostnet.NewMessage()
	defer msg.Free()
	if errno := gather(m, abi.FromGuest, msg, list); errno != Success {
		return errno
	}
	d, errno := h.socket(fd, need)
	if errno != Success {
		return errno
	}
	defer d.Release()
	if to != nil {
		if errno := h.refuseClosed(to); errno != Success {
			return errno
		}
	}
	sent, err := h.net.Send(d.sock, msg, to)
	if err != nil {
		return errnoOf(err)
	}
	abi.Put32(out, uint32(sent))
	return Success
}

// gather adds the buffers that the array iovs lists to msg.
func gather(m memory, d abi.Direction, msg *hostnet.Message, iovs []byte) Errno {
	v, errno := vectorOf(m, d, iovs)
	if errno != Success {
		return errno
	}
	defer v.Free()
	for _, b := range v.Bufs {
		msg.Add(b)
	}
	return Success
}

// transferSocket is fd_read and fd_write for a socket, which has no offset. The
// caller has checked neither rights nor anything else.
func (h *Host) transferSocket(d *descriptor, kind transferKind, bufs [][]byte) (int, Errno) {
	if errno := d.check(transferRights[kind]); errno != Success {
		return 0, errno
	}
	msg := hostnet.NewMessage()
	defer msg.Free()
	for _, b := range bufs {
		msg.Add(b)
	}
	switch kind {
	case reading:
		msg.Receive(d.sock, false, false, false)
		n, err := h.net.Exchange(d.sock, msg)
		return n, errnoOf(err)
	case writing:
		n, err := h.net.Send(d.sock, msg, nil)
		return n, errnoOf(err)
	}
	return 0, ESPIPE
}
