//go:build unix

package wasi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

func TestUDP(t *testing.T) {
	g := newSockGuest(t)
	a, b := g.opened(familyInet4, sockDgram), g.opened(familyInet4, sockDgram)
	for _, fd := range []fdnum{a, b} {
		g.must("sock_bind_v2", fd, g.anyAddress(familyInet4, loopback), 0)
	}
	p, n := g.iovs("data", "gram")
	out := g.alloc(4)
	g.must("sock_send_to", a, p, n, g.addressOf(loopback), g.port(b), 0, out)
	if got := abi.Get32(g.bytes(out, 4)); got != 8 {
		t.Errorf("sent %d bytes", got)
	}
	g.must("sock_send_to_v2", a, p, n, g.anyAddress(familyInet4, loopback), g.port(b), 0, out)
	g.must("sock_send_to", a, p, 0, g.addressOf(loopback), g.port(b), 0, out)

	// The first is cut to the buffer, which is told.
	in, count := g.iovs("?????")
	from, port, ro := g.anyAddress(0, ""), g.alloc(4), g.alloc(2)
	abi.Put32(g.bytes(port, 4), 0xffffffff)
	g.must("sock_recv_from_v2", b, in, count, from, 0, port, out, ro)
	if got := g.addressBytes(from)[:6]; got != "\x01\x00"+loopback {
		t.Errorf("sender %q", got)
	}
	be := g.bytes(port, 4)
	if got := int(be[0])<<8 | int(be[1]); got != g.port(a) || be[2] != 0xff || be[3] != 0xff {
		t.Errorf("port %x, want %d with its most significant byte first", be, g.port(a))
	}
	if n, flags := abi.Get32(g.bytes(out, 4)), abi.Get16(g.bytes(ro, 2)); n != 5 || flags != roflagTruncated {
		t.Errorf("received %d bytes, flags %d", n, flags)
	}
	sender := g.addressOf("????")
	g.must("sock_recv_from", b, in, 1, sender, 0, out, ro)
	if g.addressBytes(sender) != loopback {
		t.Errorf("sender %q", g.addressBytes(sender))
	}
	small := g.addressOf("??")
	g.must("sock_recv_from", b, in, 1, small, 0, out, ro)
	if g.addressBytes(small) != "??" || abi.Get32(g.bytes(out, 4)) != 0 {
		t.Errorf("an empty datagram of %d bytes from %q", abi.Get32(g.bytes(out, 4)), g.addressBytes(small))
	}

	g.must("sock_connect", a, g.addressOf(loopback), g.port(b))
	g.sends(a, "connected")
	g.wantReceived(b, 20, 0, "connected", Success)
	if _, errno := g.sends(b, "x"); errno != EDESTADDRREQ {
		t.Errorf("send without an address: %v", errno)
	}
	big := g.alloc(8)
	abi.Put32(g.bytes(big+4, 4), 70_000)
	g.want(EMSGSIZE, "sock_send", a, big, 1, 0, out)
	g.must("fd_close", b)
	g.sends(a, "nobody")
	if _, errno := g.receives(a, 1, 0); errno != ECONNREFUSED {
		t.Errorf("recv when nobody is there: %v", errno)
	}
}

func TestIPv6(t *testing.T) {
	g := newSockGuest(t)
	l := g.opened(familyInet6, sockStream)
	loopback6 := strings.Repeat("\x00", 15) + "\x01"
	if errno := g.call("sock_bind", l, g.addressOf(loopback6), 0); errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL {
		t.Skip("no IPv6:", errno)
	} else if errno != Success {
		t.Fatal(errno)
	}
	g.must("sock_listen_v2", l, 1)
	kind, port, a := g.alloc(4), g.alloc(4), g.addressOf(strings.Repeat("?", 16))
	g.must("sock_getlocaladdr", l, a, kind, port)
	if g.addressBytes(a) != loopback6 || abi.Get32(g.bytes(kind, 4)) != 6 {
		t.Errorf("address %q of type %d", g.addressBytes(a), abi.Get32(g.bytes(kind, 4)))
	}
	g.want(ENOMEM, "sock_getlocaladdr", l, g.addressOf("????"), kind, port)
	client := g.opened(familyInet6, sockStream)
	g.must("sock_connect_v2", client, g.anyAddress(familyInet6, loopback6), int(abi.Get32(g.bytes(port, 4))))
	server := g.accepted(l)
	g.sends(client, "six")
	g.wantReceived(server, 9, 0, "six", Success)
	g.want(EAFNOSUPPORT, "sock_connect", g.opened(familyInet4, sockStream), g.addressOf(loopback6), 80)
}

// socketDir is an empty directory with a short path, as addresses of sockets are short.
func socketDir(t *testing.T) string {
	t.Helper()
	parent := os.TempDir()
	if len(parent) > 40 {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestUnixSockets(t *testing.T) {
	g := newSockGuest(t)
	path := filepath.Join(socketDir(t), "s")
	l := g.opened(familyUnix, sockStream)
	g.must("sock_bind_v2", l, g.anyAddress(familyUnix, path), 0)
	g.must("sock_listen_v2", l, 0)
	g.want(EADDRINUSE, "sock_bind_v2", g.opened(familyUnix, sockStream), g.anyAddress(familyUnix, path), 0)
	a := g.anyAddress(0, "")
	g.must("sock_getlocaladdr_v2", l, a, g.alloc(4))
	if got, want := g.addressBytes(a), "\x03\x00"+path+"\x00"; !strings.HasPrefix(got, want) {
		t.Errorf("address %q, want %q", got, want)
	}
	g.want(ENOMEM, "sock_getlocaladdr", l, g.addressOf("????"), g.alloc(4), g.alloc(4))
	client := g.opened(familyUnix, sockStream)
	g.must("sock_connect_v2", client, g.anyAddress(familyUnix, path), 0)
	server := g.accepted(l)
	g.sends(client, "by path")
	g.wantReceived(server, 20, 0, "by path", Success)
	g.want(ENOENT, "sock_connect_v2", g.opened(familyUnix, sockStream), g.anyAddress(familyUnix, path+"9"), 0)

	// Datagrams tell where they come from, if that has a name.
	one, two := g.opened(familyUnix, sockDgram), g.opened(familyUnix, sockDgram)
	g.must("sock_bind_v2", one, g.anyAddress(familyUnix, path+"1"), 0)
	p, n := g.iovs("datagram")
	out := g.alloc(4)
	send := func() { g.must("sock_send_to_v2", two, p, n, g.anyAddress(familyUnix, path+"1"), 0, 0, out) }
	receive := func() string {
		a := g.anyAddress(9, "?")
		g.must("sock_recv_from_v2", one, p, n, a, 0, out, out, g.alloc(2))
		return g.addressBytes(a)
	}
	send()
	if got := receive(); !strings.HasPrefix(got, "\x00\x00") {
		t.Errorf("sender without a name: %q", got)
	}
	g.must("sock_bind_v2", two, g.anyAddress(familyUnix, path+"2"), 0)
	send()
	if got := receive(); !strings.HasPrefix(got, "\x03\x00"+path+"2\x00") {
		t.Errorf("sender %q", got)
	}
	send()
	g.want(EINVAL, "sock_recv_from", one, p, n, g.addressOf("????"), 0, out, g.alloc(2))
}

func TestUnixQueue(t *testing.T) {
	g := newSockGuest(t)
	path := g.anyAddress(familyUnix, filepath.Join(socketDir(t), "s"))
	l := g.opened(familyUnix, sockStream)
	g.must("sock_bind_v2", l, path, 0)
	g.must("sock_listen", l, 0)
	full := 0
	for ; full < 100; full++ {
		fd := g.opened(familyUnix, sockStream)
		g.must("fd_fdstat_set_flags", fd, int(fdflagNonblock))
		if errno := g.call("sock_connect_v2", fd, path, 0); errno != Success {
			break
		}
	}
	if full == 100 {
		t.Fatal("the queue of connections does not fill up")
	}
	fd := g.opened(familyUnix, sockStream)
	done := make(chan Errno)
	go func() { done <- g.h.sockConnectV2(abi.MemoryOf(g.mem), fd, ptr32(path), 0) }()
	for range full {
		g.accepted(l)
	}
	g.accepted(l)
	if errno := <-done; errno != Success {
		t.Errorf("connect: %v", errno)
	}
}
