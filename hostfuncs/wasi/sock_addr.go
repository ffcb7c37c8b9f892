package wasi

import (
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
)

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
func addressAt(m memory, p ptr32, port uint32, second bool) (hostnet.Address, Errno) {
	b, errno := addressBuffer(m, p)
	if errno != Success {
		return hostnet.Address{}, errno
	}
	a := hostnet.Address{Port: uint16(port)}
	switch {
	case len(b) == 4:
		a.Family = hostnet.Inet4
	case len(b) == 16:
		a.Family = hostnet.Inet6
	case len(b) == addressSize && second:
		family := uint8(abi.Get16(b))
		if int(family) >= len(families) {
			return a, EINVAL
		}
		a.Family = families[family]
		b = b[2:]
	default:
		return a, EINVAL
	}
	switch a.Family {
	case hostnet.Inet4:
		copy(a.IP[:4], b)
	case hostnet.Inet6:
		copy(a.IP[:], b)
	case hostnet.Unix:
		copy(a.Path[:], b)
	default:
		return a, EINVAL
	}
	return a, Success
}

// sockGetlocaladdr tells where a socket is: its address, in a buffer of 4 or 16
// bytes, the number 4 or 6 for the kind of the address, and its port.
//
//   - fd: a socket
//   - addr: the place of a buffer of 4 or 16 bytes, as of sockBind
//   - kind: place for the kind of address, u32
//   - port: place for the port, u32
//
// Errors: INVAL for a buffer of another size; NOTSOCK; NOMEM for an address that does not
// fit; NOSYS for one that is none.
//
// Memory: the address, most significant byte first, 4 or 6, and the port.
func (h *Host) sockGetlocaladdr(m memory, fd fdnum, addr, kind, port ptr32) Errno {
	return h.tellAddress(m, fd, addr, kind, port, (*hostnet.Socket).Local)
}

// sockGetpeeraddr is sockGetlocaladdr for the other side.
//
//   - as of sockGetlocaladdr
//
// Errors: as sockGetlocaladdr, and NOTCONN.
//
// Memory: as sockGetlocaladdr.
func (h *Host) sockGetpeeraddr(m memory, fd fdnum, addr, kind, port ptr32) Errno {
	return h.tellAddress(m, fd, addr, kind, port, (*hostnet.Socket).Peer)
}

func (h *Host) tellAddress(m memory, fd fdnum, addr, kind, port ptr32, of func(*hostnet.Socket) (hostnet.Address, error)) Errno {
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
	if len(b) < len(a.Bytes()) {
		return ENOMEM
	}
	copy(b, a.Bytes())
	number := uint32(4)
	if a.Family == hostnet.Inet6 {
		number = 6
	}
	abi.Put32(kindOut, number)
	abi.Put32(portOut, uint32(a.Port))
	return Success
}

// sockGetlocaladdrV2 tells where a socket is: its address, in a buffer of 128
// bytes, and its port.
//
//   - fd: a socket
//   - addr: the place of a buffer of 128 bytes, as of sockBindV2
//   - port: place for the port, u32
//
// Errors: INVAL for a buffer of another size; NOTSOCK; NOSYS for an address that is none.
//
// Memory: family and address, and the port.
func (h *Host) sockGetlocaladdrV2(m memory, fd fdnum, addr, port ptr32) Errno {
	return h.tellAddressV2(m, fd, addr, port, (*hostnet.Socket).Local)
}

// sockGetpeeraddrV2 is sockGetlocaladdrV2 for the other side.
//
//   - as of sockGetlocaladdrV2
//
// Errors: as sockGetlocaladdrV2, and NOTCONN.
//
// Memory: as sockGetlocaladdrV2.
func (h *Host) sockGetpeeraddrV2(m memory, fd fdnum, addr, port ptr32) Errno {
	return h.tellAddressV2(m, fd, addr, port, (*hostnet.Socket).Peer)
}

func (h *Host) tellAddressV2(m memory, fd fdnum, addr, port ptr32, of func(*hostnet.Socket) (hostnet.Address, error)) Errno {
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
	abi.Put16(b, uint16(familyOf(a.Family)))
	copy(b[2:], a.Bytes())
	abi.Put32(portOut, uint32(a.Port))
	return Success
}

func (h *Host) addressOf(fd fdnum, of func(*hostnet.Socket) (hostnet.Address, error)) (hostnet.Address, Errno) {
	d, errno := h.socket(fd, 0)
	if errno != Success {
		return hostnet.Address{}, errno
	}
	defer d.Release()
	a, err := of(d.sock)
	if err == nil && a.Family == hostnet.Unspecified {
		err = ENOSYS
	}
	return a, errnoOf(err)
}
