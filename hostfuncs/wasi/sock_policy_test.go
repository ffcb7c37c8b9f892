//go:build unix

package wasi

import (
	"net/netip"
	"strings"
	"testing"
)

func TestSockPolicy(t *testing.T) {
	port := uint16(0) // the one that is allowed
	g := newGuest(t, Config{AllowAFUnix: true, Net: func(name string, at netip.AddrPort) bool {
		if !at.IsValid() {
			return name == "localhost"
		}
		ip := at.Addr().Unmap()
		return ip.IsLoopback() && (at.Port() == port || name == "localhost")
	}}, Environment{})
	a, any := g.addressOf(loopback), g.addressOf("\x00\x00\x00\x00")
	l := g.opened(familyInet4, sockStream)
	g.want(EACCES, "sock_listen", l, 1)
	g.want(EACCES, "sock_bind", l, any, 0)
	g.want(EACCES, "sock_bind", l, a, 4321)
	g.must("sock_bind", l, a, 0)
	g.must("sock_listen", l, 1)
	listening := g.port(l)
	client := g.opened(familyInet4, sockStream)
	g.want(EACCES, "sock_connect", client, a, listening)
	g.want(EACCES, "sock_connect", client, g.addressOf("\x01\x02\x03\x04"), 80)
	mapped := strings.Repeat("\x00", 10) + "\xff\xff\x01\x02\x03\x04"
	g.want(EACCES, "sock_connect", g.opened(familyInet6, sockStream), g.addressOf(mapped), 80)
	p, n := g.iovs("x")
	out := g.alloc(4)
	udp := g.opened(familyInet4, sockDgram)
	g.want(EACCES, "sock_send_to", udp, p, n, a, listening, 0, out)

	// What may be reached by name is reached after it has been resolved.
	q := newQuery(g, 4)
	if errno := g.resolve(q, "secret.example.org", ""); errno != EACCES {
		t.Errorf("another name: %v", errno)
	}
	if errno := g.resolve(q, "localhost", ""); errno != Success {
		t.Fatal(errno)
	}
	g.must("sock_connect", client, a, listening)
	g.must("sock_send_to", udp, p, n, a, listening, 0, out)

	// UNIX sockets are none of its business.
	u := g.opened(familyUnix, sockStream)
	g.want(ENOENT, "sock_connect_v2", u, g.anyAddress(familyUnix, "no directory/s"), 0)
}
