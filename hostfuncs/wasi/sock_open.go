package wasi

import "github.com/wazedge/wazedge/hostfuncs/abi"

// sockOpen opens a socket and tells its descriptor.
func (h *Host) sockOpen(m memory, family addressFamily, kind sockType, result ptr32) Errno {
	out, ok := m.U32(result)
	if !ok {
		return EFAULT
	}
	if family > familyUnix {
		return EINVAL
	}
	if family == familyUnix && !h.config.AllowAFUnix {
		return ENOSYS
	}
	if family == familyUnspec || kind != sockDgram && kind != sockStream {
		return EINVAL
	}
	if errno := h.table.room(); errno != Success {
		return errno
	}
	s, err := openSocket(family, kind)
	if err != nil {
		return errnoOf(err)
	}
	return h.addSocket(s, openedRights, 0, out)
}

// addSocket gives s a number and writes that to out.
func (h *Host) addSocket(s *socket, r Rights, flags fdflags, out []byte) Errno {
	fd, errno := h.table.add(newSocketDescriptor(s, r, flags))
	if errno == Success {
		abi.Put32(out, uint32(fd))
	}
	return errno
}

// sockBind gives a socket an address and a port.
func (h *Host) sockBind(m memory, fd fdnum, addr ptr32, port uint32) Errno {
	return h.bind(m, fd, addr, port, false)
}

// sockBindV2 is sockBind with addresses of the second generation.
func (h *Host) sockBindV2(m memory, fd fdnum, addr ptr32, port uint32) Errno {
	return h.bind(m, fd, addr, port, true)
}

func (h *Host) bind(m memory, fd fdnum, addr ptr32, port uint32, second bool) Errno {
	a, errno := addressAt(m, addr, port, second)
	if errno != Success {
		return errno
	}
	d, errno := h.socket(fd, RightSockBind)
	if errno != Success {
		return errno
	}
	defer d.Release()
	if errno := h.permit(&a); errno != Success {
		return errno
	}
	if err := d.sock.bind(&a); err != nil {
		return errnoOf(err)
	}
	d.sock.bound.Store(true)
	return Success
}

// sockListen makes a socket wait for connections, of which as many as backlog
// says, or the system thinks enough, may wait to be accepted.
func (h *Host) sockListen(_ memory, fd fdnum, backlog int32) Errno {
	d, errno := h.socket(fd, RightSockBind)
	if errno != Success {
		return errno
	}
	defer d.Release()
	if errno := h.permitListen(d.sock); errno != Success {
		return errno
	}
	return errnoOf(d.sock.listen(int(backlog)))
}

// sockAccept waits for a connection and tells the descriptor of the socket at
// this end of it.
func (h *Host) sockAccept(m memory, fd fdnum, result ptr32) Errno {
	return h.sockAcceptV2(m, fd, 0, result)
}

// sockAcceptV2 is sockAccept with flags for the new descriptor, of which only
// that not to block means something.
func (h *Host) sockAcceptV2(m memory, fd fdnum, flags fdflags, result ptr32) Errno {
	out, ok := m.U32(result)
	if !ok {
		return EFAULT
	}
	if flags&^fdflagsAll != 0 {
		return EINVAL
	}
	d, errno := h.socket(fd, RightSockOpen)
	if errno != Success {
		return errno
	}
	defer d.Release()
	if errno := h.table.room(); errno != Success {
		return errno
	}
	s, errno := h.accept(d.sock)
	if errno != Success {
		return errno
	}
	return h.addSocket(s, acceptedRights, flags, out)
}

// sockConnect connects a socket to an address. One that does not block gives
// INPROGRESS and can be written once it is connected.
func (h *Host) sockConnect(m memory, fd fdnum, addr ptr32, port uint32) Errno {
	return h.connectTo(m, fd, addr, port, false)
}

// sockConnectV2 is sockConnect with addresses of the second generation.
func (h *Host) sockConnectV2(m memory, fd fdnum, addr ptr32, port uint32) Errno {
	return h.connectTo(m, fd, addr, port, true)
}

func (h *Host) connectTo(m memory, fd fdnum, addr ptr32, port uint32, second bool) Errno {
	a, errno := addressAt(m, addr, port, second)
	if errno != Success {
		return errno
	}
	d, errno := h.socket(fd, RightSockOpen)
	if errno != Success {
		return errno
	}
	defer d.Release()
	if errno := h.permit(&a); errno != Success {
		return errno
	}
	return h.connect(d.sock, &a)
}

// sockShutdown ends one or both directions of a connection.
func (h *Host) sockShutdown(_ memory, fd fdnum, how sdflags) Errno {
	if how == 0 || how&^sdflagsAll != 0 {
		return EINVAL
	}
	d, errno := h.socket(fd, RightSockShutdown)
	if errno != Success {
		return errno
	}
	defer d.Release()
	return errnoOf(d.sock.shutdown(how))
}
