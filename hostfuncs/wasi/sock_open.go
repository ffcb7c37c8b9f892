package wasi

import (
	"strings"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
)

// sockOpen opens a socket and tells its descriptor.
//
//   - family: 1 IPv4, 2 IPv6, 3 UNIX
//   - kind: 1 datagrams, 2 stream
//   - result: place for the descriptor, u32
//
// Errors: INVAL for others; NOSYS for UNIX sockets unless they are allowed; MFILE.
//
// Memory: the descriptor.
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
	s, err := hostnet.Open(families[family], sockKinds[kind])
	if err != nil {
		return errnoOf(err)
	}
	return h.addSocket(s, openedRights, 0, out)
}

// addSocket gives s a number and writes that to out.
func (h *Host) addSocket(s *hostnet.Socket, r Rights, flags fdflags, out []byte) Errno {
	fd, errno := h.table.add(newSocketDescriptor(s, r, flags))
	if errno == Success {
		abi.Put32(out, uint32(fd))
	}
	return errno
}

// sockBind gives a socket an address and a port.
//
//   - fd: a socket with SOCK_BIND
//   - addr: the place of a buffer, which has an address of 4 or 16 bytes: address u32,
//     length u32
//   - port: its low 16 bits
//
// Errors: INVAL for a buffer of another size; NOTSOCK; ACCES by the network policy;
// ADDRINUSE, ADDRNOTAVAIL, and INVAL if it has an address.
//
// Memory: nothing.
func (h *Host) sockBind(m memory, fd fdnum, addr ptr32, port uint32) Errno {
	return h.bind(m, fd, addr, port, false)
}

// sockBindV2 is sockBind with addresses of the second generation.
//
//   - fd, port: as of sockBind
//   - addr: the place of a buffer of 4, 16, or 128 bytes, the last of which name their
//     family: u16 at 0, 1 IPv4, 2 IPv6, 3 UNIX, the address at 2
//
// Errors: as sockBind, and INVAL for another family.
//
// Memory: nothing.
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
	if errno := h.refuseClosed(&a); errno != Success {
		return errno
	}
	return errnoOf(h.net.Bind(d.sock, &a))
}

// sockListen makes a socket wait for connections, of which as many as backlog
// says, or the system thinks enough, may wait to be accepted.
//
//   - fd: a socket with SOCK_BIND
//   - backlog: i32
//
// Errors: NOTSOCK; ACCES by the network policy; NOTSUP for datagrams.
//
// Memory: nothing.
func (h *Host) sockListen(_ memory, fd fdnum, backlog int32) Errno {
	d, errno := h.socket(fd, RightSockBind)
	if errno != Success {
		return errno
	}
	defer d.Release()
	return errnoOf(h.net.Listen(d.sock, int(backlog)))
}

// sockAccept waits for a connection and tells the descriptor of the socket at
// this end of it.
//
//   - fd: a listening socket with SOCK_OPEN
//   - result: place for the descriptor, u32
//
// Errors: MFILE when the guest has too many descriptors; AGAIN if nothing is there and the
// socket does not block; INVAL if it does not listen; INTR.
//
// Memory: the descriptor.
func (h *Host) sockAccept(m memory, fd fdnum, result ptr32) Errno {
	return h.sockAcceptV2(m, fd, 0, result)
}

// sockAcceptV2 is sockAccept with flags for the new descriptor, of which only
// that not to block means something.
//
//   - fd, result: as of sockAccept
//   - flags: as of fdFdstatSetFlags
//
// Errors: INVAL for other flags; as sockAccept.
//
// Memory: the descriptor.
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
	s, err := h.net.Accept(d.sock)
	if err != nil {
		return errnoOf(err)
	}
	return h.addSocket(s, acceptedRights, flags, out)
}

// sockConnect connects a socket to an address. One that does not block gives
// INPROGRESS and can be written once it is connected.
//
//   - fd: a socket with SOCK_OPEN
//   - addr, port: as of sockBind
//
// Errors: as sockBind; CONNREFUSED, TIMEDOUT, NETUNREACH, ISCONN, ALREADY; INTR.
//
// Memory: nothing.
func (h *Host) sockConnect(m memory, fd fdnum, addr ptr32, port uint32) Errno {
	return h.connectTo(m, fd, addr, port, false)
}

// sockConnectV2 is sockConnect with addresses of the second generation.
//
//   - fd, port: as of sockConnect
//   - addr: as of sockBindV2
//
// Errors: as sockConnect.
//
// Memory: nothing.
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
	if errno := h.refuseClosed(&a); errno != Success {
		return errno
	}
	return errnoOf(h.net.Connect(d.sock, &a))
}

// sockShutdown ends one or both directions of a connection.
//
//   - fd: a socket with SOCK_SHUTDOWN
//   - how: 1 receiving, 2 sending, 3 both
//
// Errors: INVAL for another how, before fd is looked at; NOTSOCK; NOTCONN.
//
// Memory: nothing.
func (h *Host) sockShutdown(_ memory, fd fdnum, how sdflags) Errno {
	if how == 0 || how&^sdflagsAll != 0 {
		return EINVAL
	}
	d, errno := h.socket(fd, RightSockShutdown)
	if errno != Success {
		return errno
	}
	defer d.Release()
	var ends hostnet.Directions
	if how&sdflagRead != 0 {
		ends |= hostnet.Receiving
	}
	if how&sdflagWrite != 0 {
		ends |= hostnet.Sending
	}
	return errnoOf(d.sock.Shutdown(ends))
}

// refuseClosed is ACCES if a is a UNIX socket in what is closed to guests.
func (h *Host) refuseClosed(a *hostnet.Address) Errno {
	if a.Family != hostnet.Unix {
		return Success
	}
	// The path of a UNIX socket begins where those of the host do. One without is a name
	// without a file.
	path, _, _ := strings.Cut(string(a.Path[:]), "\x00")
	if path == "" || len(h.closed) == 0 {
		return Success
	}
	return errnoOf(hostfs.NewGuard(h.closed, nil).Refuses(path))
}
