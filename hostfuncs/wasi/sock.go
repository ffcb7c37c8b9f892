package wasi

import (
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
)

// The types of WasmEdge's socket functions. Names and values are those of its
// interface; sizes and offsets of structures are given where they are written.

// addressFamily is the kind of addresses that a socket has.
type addressFamily uint8

const (
	familyUnspec addressFamily = iota
	familyInet4
	familyInet6
	familyUnix
)

// sockType is what a socket carries.
type sockType uint8

const (
	sockAny sockType = iota
	sockDgram
	sockStream
)

// riflags say how a message is received.
type riflags uint16

const (
	riflagPeek riflags = 1 << iota
	riflagWaitall

	riflagsAll = riflagPeek | riflagWaitall
)

// roflagTruncated says that a datagram was longer than the buffers for it.
const roflagTruncated uint16 = 1

// siflags say how a message is sent. There are none.
type siflags uint16

// sdflags say which directions sock_shutdown ends.
type sdflags uint8

const (
	sdflagRead sdflags = 1 << iota
	sdflagWrite

	sdflagsAll = sdflagRead | sdflagWrite
)

// What WasmEdge gives to sockets that are accepted, and to those that are opened.
const (
	acceptedRights = RightSockRecv | RightSockRecvFrom | RightSockSend | RightSockSendTo |
		RightSockShutdown | RightPollFdReadwrite | RightFdFdstatSetFlags | RightFdRead | RightFdWrite
	openedRights = acceptedRights | RightSockOpen | RightSockClose | RightSockBind
)

// socketFunctions lists the socket functions, in both of WasmEdge's generations.
// The second has the suffix _v2, and addresses that name their family.
func socketFunctions() []abi.Function {
	return []abi.Function{
		abi.Fn3("sock_open", "family type result.fd", (*Host).sockOpen),
		abi.Fn3("sock_open_v2", "family type result.fd", (*Host).sockOpen),
		abi.Fn3("sock_bind", "fd address port", (*Host).sockBind),
		abi.Fn3("sock_bind_v2", "fd address port", (*Host).sockBindV2),
		abi.Fn3("sock_connect", "fd address port", (*Host).sockConnect),
		abi.Fn3("sock_connect_v2", "fd address port", (*Host).sockConnectV2),
		abi.Fn2("sock_listen", "fd backlog", (*Host).sockListen),
		abi.Fn2("sock_listen_v2", "fd backlog", (*Host).sockListen),
		abi.Fn2("sock_accept", "fd result.fd", (*Host).sockAccept),
		abi.Fn3("sock_accept_v2", "fd bits.flags result.fd", (*Host).sockAcceptV2),
		abi.Fn6("sock_recv", "fd ri_data ri_data_len bits.ri_flags result.ro_datalen ro_flags", (*Host).sockRecv),
		abi.Fn6("sock_recv_v2", "fd ri_data ri_data_len bits.ri_flags result.ro_datalen ro_flags", (*Host).sockRecv),
		abi.Fn7("sock_recv_from", "fd ri_data ri_data_len address bits.ri_flags result.ro_datalen ro_flags", (*Host).sockRecvFrom),
		abi.Fn8("sock_recv_from_v2", "fd ri_data ri_data_len address bits.ri_flags port result.ro_datalen ro_flags", (*Host).sockRecvFromV2),
		abi.Fn5("sock_send", "fd si_data si_data_len bits.si_flags result.so_datalen", (*Host).sockSend),
		abi.Fn5("sock_send_v2", "fd si_data si_data_len bits.si_flags result.so_datalen", (*Host).sockSend),
		abi.Fn7("sock_send_to", "fd si_data si_data_len address port bits.si_flags result.so_datalen", (*Host).sockSendTo),
		abi.Fn7("sock_send_to_v2", "fd si_data si_data_len address port bits.si_flags result.so_datalen", (*Host).sockSendToV2),
		abi.Fn2("sock_shutdown", "fd how", (*Host).sockShutdown),
		abi.Fn5("sock_getsockopt", "fd level name flag flag_size", (*Host).sockGetsockopt),
		abi.Fn5("sock_setsockopt", "fd level name flag flag_size", (*Host).sockSetsockopt),
		abi.Fn4("sock_getlocaladdr", "fd address address_type result.port", (*Host).sockGetlocaladdr),
		abi.Fn3("sock_getlocaladdr_v2", "fd address result.port", (*Host).sockGetlocaladdrV2),
		abi.Fn4("sock_getpeeraddr", "fd address address_type result.port", (*Host).sockGetpeeraddr),
		abi.Fn3("sock_getpeeraddr_v2", "fd address result.port", (*Host).sockGetpeeraddrV2),
		abi.Fn8("sock_getaddrinfo", "text.node node_len text.service service_len hints res max_res result.res_len", (*Host).sockGetaddrinfo),
	}
}

// socket is the descriptor fd if it is a socket with the rights in need. The
// caller releases it. A socket among the standard streams is not one: it belongs
// to whoever started this process, and may not be made one that does not block.
func (h *Host) socket(fd fdnum, need Rights) (*descriptor, Errno) {
	d, errno := h.table.get(fd)
	if errno != Success {
		return nil, errno
	}
	if d.sock == nil {
		errno = ENOTSOCK
	} else {
		errno = d.check(need)
	}
	if errno != Success {
		d.Release()
		return nil, errno
	}
	return d, Success
}

// newSocketDescriptor takes over s.
func newSocketDescriptor(s *hostnet.Socket, r Rights, flags fdflags) *descriptor {
	d := &descriptor{sock: s, kind: hostfs.KindSocketDatagram}
	if s.Stream() {
		d.kind = hostfs.KindSocketStream
	}
	d.file = hostfs.OfSocket(s.Descriptor(), d.kind)
	d.base.Store(uint64(r))
	d.inheriting.Store(uint64(r))
	d.refs.Store(1)
	s.SetNonblock(flags&fdflagNonblock != 0)
	return d
}

// number is the system's number by which d can be waited for, negative if there is none.
func (d *descriptor) number() int {
	if d.sock != nil {
		return d.sock.Descriptor()
	}
	return d.file.Descriptor()
}

// families are hostnet's families of addresses by WASI's.
var families = [...]hostnet.Family{
	familyUnspec: hostnet.Unspecified,
	familyInet4:  hostnet.Inet4,
	familyInet6:  hostnet.Inet6,
	familyUnix:   hostnet.Unix,
}

// familyOf is the family of a socket's address.
func familyOf(f hostnet.Family) addressFamily {
	return [...]addressFamily{
		hostnet.Unspecified: familyUnspec,
		hostnet.Inet4:       familyInet4,
		hostnet.Inet6:       familyInet6,
		hostnet.Unix:        familyUnix,
	}[f]
}

// sockKinds are hostnet's kinds of sockets by WASI's.
var sockKinds = [...]hostnet.Kind{
	sockAny:    hostnet.AnyKind,
	sockDgram:  hostnet.Datagram,
	sockStream: hostnet.Stream,
}

// sockTypeOf is the type of a socket.
func sockTypeOf(k hostnet.Kind) sockType {
	return [...]sockType{hostnet.AnyKind: sockAny, hostnet.Datagram: sockDgram, hostnet.Stream: sockStream}[k]
}
