package wasi

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// guestQuery is what a guest prepares for sock_getaddrinfo.
type guestQuery struct {
	hints, res, count ptr
	max               int
	nodes             []ptr
}

// newQuery has room for max answers.
func newQuery(g *guest, max int) *guestQuery {
	q := &guestQuery{hints: g.alloc(addrinfoSize), res: g.alloc(4), count: g.alloc(4), max: max}
	next := uint32(0)
	for range max {
		p, addr, data, name := g.alloc(addrinfoSize), g.alloc(sockaddrSize), g.alloc(sockaddrInet6), g.alloc(16)
		abi.Put32(g.bytes(p+12, 4), uint32(addr))
		abi.Put32(g.bytes(p+16, 4), uint32(name))
		abi.Put32(g.bytes(p+20, 4), 16)
		abi.Put32(g.bytes(p+24, 4), next)
		abi.Put32(g.bytes(addr+4, 4), 14) // what guests say, whatever they have
		abi.Put32(g.bytes(addr+8, 4), uint32(data))
		next = uint32(p)
		q.nodes = append([]ptr{p}, q.nodes...)
	}
	abi.Put32(g.bytes(q.res, 4), next)
	return q
}

// set sets the hints.
func (q *guestQuery) set(g *guest, flags aiflags, family addressFamily, kind sockType, p protocol) {
	b := g.bytes(q.hints, addrinfoSize)
	abi.Put16(b, uint16(flags))
	b[2], b[3], b[4] = byte(family), byte(kind), byte(p)
}

func (g *guest) resolve(q *guestQuery, node, service string) Errno {
	g.t.Helper()
	return g.call("sock_getaddrinfo", node, service, q.hints, q.res, q.max, q.count)
}

// answers are the answers in the form "TYPE/PROTOCOL ADDRESS:PORT NAME".
func (g *guest) answers(q *guestQuery) string {
	g.t.Helper()
	var list []string
	for i := range abi.Get32(g.bytes(q.count, 4)) {
		b := g.bytes(q.nodes[i], addrinfoSize)
		addr := g.bytes(ptr(abi.Get32(b[12:])), sockaddrSize)
		data := g.bytes(ptr(abi.Get32(addr[8:])), sockaddrInet6)
		var ip netip.Addr
		switch {
		case b[2] == byte(familyInet4) && addr[0] == b[2] && abi.Get32(b[8:]) == 16 && abi.Get32(addr[4:]) == sockaddrInet4:
			ip = netip.AddrFrom4([4]byte(data[2:6]))
		case b[2] == byte(familyInet6) && addr[0] == b[2] && abi.Get32(b[8:]) == 28 && abi.Get32(addr[4:]) == sockaddrInet6:
			ip = netip.AddrFrom16([16]byte(data[6:22]))
		default:
			g.t.Errorf("answer %d is inconsistent: %x, %x", i, b, addr)
		}
		name := string(g.bytes(ptr(abi.Get32(b[16:])), int(abi.Get32(b[20:]))))
		list = append(list, strings.TrimSpace(fmt.Sprintf("%d/%d %s %s", b[3], b[4], netip.AddrPortFrom(ip, uint16(data[0])<<8|uint16(data[1])), name)))
	}
	return strings.Join(list, ", ")
}

func TestGetaddrinfo(t *testing.T) {
	g := newGuest(t, Config{}, Environment{})
	for _, tc := range []struct {
		node, service string
		flags         aiflags
		family        addressFamily
		kind          sockType
		protocol      protocol
		want          string
		errno         Errno
	}{
		{node: "127.0.0.1", service: "80", kind: sockStream, want: "2/1 127.0.0.1:80"},
		{node: "127.0.0.1\x00", service: "80\x00", kind: sockDgram, want: "1/2 127.0.0.1:80"},
		{node: "127.0.0.1", service: "", want: "2/1 127.0.0.1:0, 1/2 127.0.0.1:0"},
		{node: "127.0.0.1", service: "http", protocol: protocolTCP, want: "2/1 127.0.0.1:80"},
		{node: "127.0.0.1", service: "http", flags: aiNumericserv, errno: EAINONAME},
		{node: "127.0.0.1", service: "no such service", errno: EAISERVICE},
		{node: "127.0.0.1", service: "65536", errno: EAISERVICE},
		{node: "127.0.0.1", kind: sockStream, protocol: protocolUDP, errno: EAISOCKTYPE},
		{node: "127.0.0.1", family: familyInet6, errno: EAIADDRFAMILY},
		{node: "127.0.0.1", service: "1", family: familyInet6, kind: sockStream, flags: aiV4mapped, want: "2/1 [::ffff:127.0.0.1]:1"},
		{node: "127.0.0.1", kind: sockStream, flags: aiCanonname, want: "2/1 127.0.0.1:0 127.0.0.1"},
		{node: "::1", service: "1", kind: sockStream, want: "2/1 [::1]:1"},
		{node: "::1", family: familyInet4, errno: EAIADDRFAMILY},
		{node: "", service: "1", kind: sockStream, want: "2/1 [::1]:1, 2/1 127.0.0.1:1"},
		{node: "", service: "1", kind: sockStream, flags: aiPassive, want: "2/1 0.0.0.0:1, 2/1 [::]:1"},
		{node: "", service: "1", kind: sockStream, family: familyInet4, want: "2/1 127.0.0.1:1"},
		{node: "", service: "", errno: EAINONAME},
		{node: "\x00", service: "\x00", errno: EAINONAME},
		{node: "localhost", flags: aiNumerichost, errno: EAINONAME},
		{node: "localhost", flags: 1 << 7, errno: EAIBADFLAG},
		{node: "", service: "1", flags: aiCanonname, errno: EAIBADFLAG},
		{node: "localhost", family: familyUnix, errno: EAIFAMILY},
		{node: "localhost", protocol: 3, errno: ENOSYS},
		{node: "localhost", kind: 3, errno: ENOSYS},
	} {
		g.next = 8
		q := newQuery(g, 4)
		q.set(g, tc.flags, tc.family, tc.kind, tc.protocol)
		errno := g.resolve(q, tc.node, tc.service)
		if got := g.answers(q); got != tc.want || errno != tc.errno {
			t.Errorf("%+v: %q, %v", tc, got, errno)
		}
	}
}

func TestGetaddrinfoLocalhost(t *testing.T) {
	g := newGuest(t, Config{}, Environment{})
	q := newQuery(g, 8)
	q.set(g, aiCanonname, familyUnspec, sockStream, 0)
	if errno := g.resolve(q, "localhost", "7"); errno != Success {
		t.Fatal(errno)
	}
	got := g.answers(q)
	if !strings.Contains(got, "127.0.0.1:7") && !strings.Contains(got, "[::1]:7") || !strings.Contains(got, "localhost") {
		t.Errorf("localhost is %s", got)
	}
}

// The guest's list bounds the answers; what it says about the place of names is
// kept to, and every place is checked.
func TestGetaddrinfoMemory(t *testing.T) {
	g := newGuest(t, Config{}, Environment{})
	q := newQuery(g, 1)
	q.set(g, 0, 0, 0, 0)
	if errno := g.resolve(q, "127.0.0.1", "1"); errno != Success || g.answers(q) != "2/1 127.0.0.1:1" {
		t.Errorf("%v, %q", errno, g.answers(q))
	}
	info := g.bytes(q.nodes[0], addrinfoSize)
	abi.Put32(info[20:], 5)
	q.set(g, aiCanonname, 0, 0, 0)
	if errno := g.resolve(q, "127.0.0.1", ""); errno != Success || g.answers(q) != "2/1 127.0.0.1:0 127." {
		t.Errorf("%v, %q", errno, g.answers(q))
	}
	abi.Put32(info[20:], 0)
	if errno := g.resolve(q, "127.0.0.1", ""); errno != Success || g.answers(q) != "2/1 127.0.0.1:0" {
		t.Errorf("%v, %q", errno, g.answers(q))
	}
	for _, tc := range []struct {
		at    int
		value uint32
		want  Errno
	}{{12, 1 << 20, EFAULT}, {12, 2, EADDRNOTAVAIL}, {16, 1 << 20, Success}} {
		old := abi.Get32(info[tc.at:])
		abi.Put32(info[tc.at:], tc.value)
		if errno := g.resolve(q, "127.0.0.1", ""); errno != tc.want {
			t.Errorf("%d at %d: %v, want %v", tc.value, tc.at, errno, tc.want)
		}
		abi.Put32(info[tc.at:], old)
	}
	q.max = 0
	if errno := g.resolve(q, "127.0.0.1", ""); errno != EAIMEMORY {
		t.Errorf("no room: %v", errno)
	}
	q.max = 1 << 30
	abi.Put32(g.bytes(q.res, 4), 1<<20)
	if errno := g.resolve(q, "127.0.0.1", ""); errno != EFAULT {
		t.Errorf("a list that is nowhere: %v", errno)
	}
}
