package wasi

import (
	"net/netip"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// unixPathMax is how much of a UNIX socket's path an address holds, as on Linux.
const unixPathMax = 108

// address is where a socket is or what it is connected to.
type address struct {
	family addressFamily
	port   uint16
	ip     [16]byte // 4 bytes of which are used by IPv4
	path   [unixPathMax]byte
}

// addressSize is the size of the buffers for addresses of all families: family
// u16 at 0, the address itself at 2.
const addressSize = 128

// addressBuffer is the buffer that the structure at p names: address u32 at 0,
// length u32 at 4.
func addressBuffer(m memory, p ptr32) ([]byte, Errno) {
	b, ok := m.Bytes(ptr(p), 8)
	if !ok {
		return nil, EFAULT
	}
	if b, ok = m.Bytes(ptr(abi.Get32(b)), size(abi.Get32(b[4:]))); !ok {
		return nil, EFAULT
	}
	return b, Success
}

// addressAt reads the address at p: 4 bytes of IPv4 or 16 of IPv6, or, in the
// second generation, the 128 bytes of any family. Anything else is INVAL.
func addressAt(m memory, p ptr32, port uint32, second bool) (address, Errno) {
	b, errno := addressBuffer(m, p)
	if errno != Success {
		return address{}, errno
	}
	a := address{port: uint16(port)}
	switch {
	case len(b) == 4:
		a.family = familyInet4
	case len(b) == 16:
		a.family = familyInet6
	case len(b) == addressSize && second:
		a.family = addressFamily(abi.Get16(b))
		b = b[2:]
	default:
		return a, EINVAL
	}
	switch a.family {
	case familyInet4:
		copy(a.ip[:4], b)
	case familyInet6:
		copy(a.ip[:], b)
	case familyUnix:
		copy(a.path[:], b)
	default:
		return a, EINVAL
	}
	return a, Success
}

// addrPort is an address of the network in Go's form.
func (a *address) addrPort() netip.AddrPort {
	if a.family == familyInet4 {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(a.ip[:4])), a.port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(a.ip), a.port)
}

// bytes is the address without its family and port.
func (a *address) bytes() []byte {
	switch a.family {
	case familyInet4:
		return a.ip[:4]
	case familyInet6:
		return a.ip[:]
	case familyUnix:
		return a.path[:]
	default:
		return nil
	}
}

// sockGetlocaladdr tells where a socket is: its address, in a buffer of 4 or 16
// bytes, the number 4 or 6 for the kind of the address, and its port.
func (h *Host) sockGetlocaladdr(m memory, fd fdnum, addr, kind, port ptr32) Errno {
	return h.tellAddress(m, fd, addr, kind, port, (*socket).local)
}

// sockGetpeeraddr is sockGetlocaladdr for the other side.
func (h *Host) sockGetpeeraddr(m memory, fd fdnum, addr, kind, port ptr32) Errno {
	return h.tellAddress(m, fd, addr, kind, port, (*socket).peer)
}

func (h *Host) tellAddress(m memory, fd fdnum, addr, kind, port ptr32, of func(*socket) (address, error)) Errno {
	b, errno := addressBuffer(m, addr)
	if errno != Success {
		return errno
	}
	if len(b) != 4 && len(b) != 16 {
		return EINVAL
	}
	kindOut, ok := m.U32(kind)
	if !ok {
		return EFAULT
	}
	portOut, ok := m.U32(port)
	if !ok {
		return EFAULT
	}
	a, errno := h.addressOf(fd, of)
	if errno != Success {
		return errno
	}
	if len(b) < len(a.bytes()) {
		return ENOMEM
	}
	copy(b, a.bytes())
	number := uint32(4)
	if a.family == familyInet6 {
		number = 6
	}
	abi.Put32(kindOut, number)
	abi.Put32(portOut, uint32(a.port))
	return Success
}

// sockGetlocaladdrV2 tells where a socket is: its address, in a buffer of 128
// bytes, and its port.
func (h *Host) sockGetlocaladdrV2(m memory, fd fdnum, addr, port ptr32) Errno {
	return h.tellAddressV2(m, fd, addr, port, (*socket).local)
}

// sockGetpeeraddrV2 is sockGetlocaladdrV2 for the other side.
func (h *Host) sockGetpeeraddrV2(m memory, fd fdnum, addr, port ptr32) Errno {
	return h.tellAddressV2(m, fd, addr, port, (*socket).peer)
}

func (h *Host) tellAddressV2(m memory, fd fdnum, addr, port ptr32, of func(*socket) (address, error)) Errno {
	b, errno := addressBuffer(m, addr)
	if errno != Success {
		return errno
	}
	portOut, ok := m.U32(port)
	if !ok {
		return EFAULT
	}
	if len(b) != addressSize {
		return EINVAL
	}
	a, errno := h.addressOf(fd, of)
	if errno != Success {
		return errno
	}
	abi.Put16(b, uint16(a.family))
	copy(b[2:], a.bytes())
	abi.Put32(portOut, uint32(a.port))
	return Success
}

func (h *Host) addressOf(fd fdnum, of func(*socket) (address, error)) (address, Errno) {
	d, errno := h.socket(fd, 0)
	if errno != Success {
		return address{}, errno
	}
	defer d.Release()
	a, err := of(d.sock)
	if err == nil && a.family == familyUnspec {
		err = ENOSYS
	}
	return a, errnoOf(err)
}
