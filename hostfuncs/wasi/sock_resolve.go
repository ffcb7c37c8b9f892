package wasi

import (
	"strings"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
)

// aiflags say how a name is resolved.
type aiflags uint16

const (
	aiPassive aiflags = 1 << iota
	aiCanonname
	aiNumerichost
	aiNumericserv
	aiV4mapped
	aiAll
	aiAddrconfig

	aiflagsAll = aiPassive | aiCanonname | aiNumerichost | aiNumericserv | aiV4mapped | aiAll | aiAddrconfig
)

// protocol is what a socket speaks. A hint of protocolIP stands for any.
type protocol uint8

const (
	protocolIP protocol = iota
	protocolTCP
	protocolUDP
)

// addrinfoSize is the size of the structure addrinfo: flags u16 at 0, family u8
// at 2, type of socket u8 at 3, protocol u8 at 4, length of the address u32 at 8,
// its place u32 at 12, that of the name u32 at 16, the name's length u32 at 20,
// place of the next u32 at 24.
const addrinfoSize = 28

// sockaddrSize is the size of the structure sockaddr: family u8 at 0, length of
// the data u32 at 4, its place u32 at 8. The data are a port, most significant
// byte first, and an address, as in the system's own structure of that name.
const (
	sockaddrSize  = 12
	sockaddrInet4 = 14 // port, 4 bytes of address, 8 that are zero
	sockaddrInet6 = 26 // port, 4 bytes of flow, 16 of address, 4 of scope
)

// query is what a guest wants to know.
type query struct {
	node, service string
	flags         aiflags
	family        addressFamily
	kind          sockType
	protocol      protocol
}

// protocols are hostnet's protocols by WASI's.
var protocols = [...]hostnet.Protocol{
	protocolIP:  hostnet.AnyProtocol,
	protocolTCP: hostnet.TCP,
	protocolUDP: hostnet.UDP,
}

// host is q as hostnet has it, once it has been checked.
func (q *query) host() hostnet.Query {
	return hostnet.Query{
		Node: q.node, Service: q.service,
		Family: families[q.family], Kind: sockKinds[q.kind], Protocol: protocols[q.protocol],
		Passive:        q.flags&aiPassive != 0,
		CanonicalName:  q.flags&aiCanonname != 0,
		NumericHost:    q.flags&aiNumerichost != 0,
		NumericService: q.flags&aiNumericserv != 0,
		V4Mapped:       q.flags&aiV4mapped != 0,
		All:            q.flags&aiAll != 0,
		AddrConfig:     q.flags&aiAddrconfig != 0,
	}
}

// lookupErrnos are the error numbers of what may go wrong.
var lookupErrnos = [...]Errno{
	hostnet.NoAddressesOfFamily: EAIADDRFAMILY,
	hostnet.TryAgain:            EAIAGAIN,
	hostnet.LookupFailed:        EAIFAIL,
	hostnet.NoAddresses:         EAINODATA,
	hostnet.NoName:              EAINONAME,
	hostnet.NoService:           EAISERVICE,
	hostnet.NoKind:              EAISOCKTYPE,
	hostnet.NoResolver:          EAISYSTEM,
}

// sockGetaddrinfo finds the addresses of a host and a service by their names or
// numbers. At res is the place of the first of maxRes structures addrinfo, which
// the guest has linked to one another and given places for what they refer to.
//
//   - node, nodeLen: the host's name or number, to its first NUL; empty for this host
//   - service, serviceLen: the service's name or number, likewise
//   - hints: an addrinfo whose flags, family, type and protocol narrow the answers
//   - res: the place of the address of the first addrinfo for answers
//   - maxRes: how many there are
//   - resLen: place for the number of answers, u32
//
// Errors: AINONAME if both names are empty; AIMEMORY for maxRes 0; AIBADFLAG, AIFAMILY,
// NOSYS for hints that do not exist; ACCES by the network policy; AISOCKTYPE, AISERVICE,
// AINONAME, AINODATA, AIADDRFAMILY, AIAGAIN, AIFAIL; INTR.
//
// Memory: the number of answers, and each answer in an addrinfo and what that refers to;
// see addrinfoSize and sockaddrSize. The name goes to the first only.
func (h *Host) sockGetaddrinfo(m memory, node ptr, nodeLen size, service ptr, serviceLen size, hints, res ptr32, maxRes size, resLen ptr32) Errno {
	q, errno := readQuery(m, node, nodeLen, service, serviceLen, hints)
	if errno != Success {
		return errno
	}
	first, ok := m.U32(res)
	if !ok {
		return EFAULT
	}
	count, ok := m.U32(resLen)
	if !ok {
		return EFAULT
	}
	if q.node == "" && q.service == "" {
		return EAINONAME
	}
	if maxRes == 0 {
		return EAIMEMORY
	}
	if errno := q.check(); errno != Success {
		return errno
	}
	ctx, cancel := h.guest.Context()
	defer cancel()
	answers, name, err := h.net.Resolve(ctx, q.host())
	if err != nil {
		return errnoOf(err)
	}
	answers = answers[:min(len(answers), int(maxRes))]
	at := ptr(abi.Get32(first))
	for _, a := range answers {
		if at, errno = putAnswer(m, at, &q, &a, name); errno != Success {
			return errno
		}
		name = "" // only the first is told
	}
	abi.Put32(count, uint32(len(answers)))
	return Success
}

func protocolOf(p hostnet.Protocol) protocol {
	return [...]protocol{hostnet.AnyProtocol: protocolIP, hostnet.TCP: protocolTCP, hostnet.UDP: protocolUDP}[p]
}

// nameAt is the text of the n bytes at p, which ends at its first NUL. One that is
// longer than any name may be is cut.
func nameAt(m memory, p ptr, n size) (string, Errno) {
	b, ok := m.Bytes(p, n)
	if !ok {
		return "", EFAULT
	}
	text, _, _ := strings.Cut(cutPath(b), "\x00")
	return text, Success
}

// readQuery reads what the guest asks for.
func readQuery(m memory, node ptr, nodeLen size, service ptr, serviceLen size, hints ptr32) (q query, errno Errno) {
	if q.node, errno = nameAt(m, node, nodeLen); errno != Success {
		return q, errno
	}
	if q.service, errno = nameAt(m, service, serviceLen); errno != Success {
		return q, errno
	}
	b, ok := m.Bytes(ptr(hints), addrinfoSize)
	if !ok {
		return q, EFAULT
	}
	q.flags, q.family = aiflags(abi.Get16(b)), addressFamily(b[2])
	q.kind, q.protocol = sockType(b[3]), protocol(b[4])
	return q, Success
}

func (q *query) check() Errno {
	switch {
	case q.flags&^aiflagsAll != 0, q.flags&aiCanonname != 0 && q.node == "":
		return EAIBADFLAG
	case q.family > familyInet6:
		return EAIFAMILY
	case q.protocol > protocolUDP, q.kind > sockStream:
		return ENOSYS
	}
	return Success
}

// alignedBytes is the n bytes at p, an address that the guest's memory holds.
func alignedBytes(m memory, p ptr, n size, alignment ptr) ([]byte, Errno) {
	if !p.Aligned(alignment) {
		return nil, EADDRNOTAVAIL
	}
	b, ok := m.Bytes(p, n)
	if !ok {
		return nil, EFAULT
	}
	return b, Success
}

// putAnswer writes an answer to the addrinfo at p and tells the place of the
// next. The length that the guest gives for the data of an address means nothing
// to WasmEdge, and guests give a wrong one; that of a name bounds the name.
func putAnswer(m memory, p ptr, q *query, a *hostnet.Answer, name string) (next ptr, errno Errno) {
	info, errno := alignedBytes(m, p, addrinfoSize, 4)
	if errno != Success {
		return 0, errno
	}
	addr, errno := alignedBytes(m, ptr(abi.Get32(info[12:])), sockaddrSize, 4)
	if errno != Success {
		return 0, errno
	}
	family, n, length := familyInet4, sockaddrInet4, uint32(16)
	if !a.IP.Is4() {
		family, n, length = familyInet6, sockaddrInet6, 28
	}
	data, ok := m.Bytes(ptr(abi.Get32(addr[8:])), size(n))
	if !ok {
		return 0, EFAULT
	}
	nameLen := uint32(0)
	if name != "" {
		b, ok := m.Bytes(ptr(abi.Get32(info[16:])), size(abi.Get32(info[20:])))
		if !ok {
			return 0, EFAULT
		}
		nameLen = uint32(putName(b, name))
	}
	next = ptr(abi.Get32(info[24:]))
	putSockaddr(data, a)
	addr[0] = byte(family)
	abi.Put32(addr[4:], uint32(n))
	abi.Put16(info, uint16(q.flags))
	info[2], info[3], info[4] = byte(family), byte(sockTypeOf(a.Kind)), byte(protocolOf(a.Protocol))
	abi.Put32(info[8:], length)
	abi.Put32(info[20:], nameLen)
	return next, Success
}

// putName writes as much of name as b has room for with a NUL after it, and tells
// how many bytes those are without the NUL.
func putName(b []byte, name string) int {
	if len(b) == 0 {
		return 0
	}
	n := copy(b[:len(b)-1], name)
	b[n] = 0
	return n
}

// putSockaddr writes the data of a sockaddr.
func putSockaddr(b []byte, a *hostnet.Answer) {
	clear(b)
	b[0], b[1] = byte(a.Port>>8), byte(a.Port)
	if a.IP.Is4() {
		ip := a.IP.As4()
		copy(b[2:], ip[:])
		return
	}
	ip := a.IP.As16()
	copy(b[6:], ip[:])
	abi.Put32(b[22:], hostnet.ScopeOf(a.IP.Zone()))
}
