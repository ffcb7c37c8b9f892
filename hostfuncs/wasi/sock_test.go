//go:build unix

package wasi

import (
	"errors"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// newSockGuest is a guest that may use every kind of socket.
func newSockGuest(t testing.TB) *guest {
	return newGuest(t, Config{AllowAFUnix: true, Interruptible: true}, Environment{})
}

// opened is a new socket.
func (g *guest) opened(family addressFamily, kind sockType) fdnum {
	g.t.Helper()
	out := g.alloc(4)
	g.must("sock_open", int(family), int(kind), out)
	return fdnum(get32(g.bytes(out, 4)))
}

// addressOf is an address as the functions take it: the place and length of b.
func (g *guest) addressOf(b string) ptr {
	at, n := g.put(b)
	p := g.alloc(8)
	put32(g.bytes(p, 4), uint32(at))
	put32(g.bytes(p+4, 4), uint32(n))
	return p
}

// anyAddress is an address of 128 bytes.
func (g *guest) anyAddress(family addressFamily, b string) ptr {
	return g.addressOf(string([]byte{byte(family), 0}) + b + strings.Repeat("\x00", addressSize-2-len(b)))
}

// addressBytes is what the buffer of an address holds.
func (g *guest) addressBytes(p ptr) string {
	b := g.bytes(p, 8)
	return string(g.bytes(ptr(get32(b)), int(get32(b[4:]))))
}

// port is where a socket of IPv4 is.
func (g *guest) port(fd fdnum) int {
	g.t.Helper()
	out := g.alloc(4)
	g.must("sock_getlocaladdr", fd, g.addressOf("????"), g.alloc(4), out)
	return int(get32(g.bytes(out, 4)))
}

// listener is a TCP socket that listens on a port of 127.0.0.1.
func (g *guest) listener() (fdnum, int) {
	g.t.Helper()
	fd := g.opened(familyInet4, sockStream)
	g.must("sock_bind", fd, g.addressOf(loopback), 0)
	g.must("sock_listen", fd, 8)
	return fd, g.port(fd)
}

// accepted is the next connection to fd.
func (g *guest) accepted(fd fdnum) fdnum {
	g.t.Helper()
	out := g.alloc(4)
	g.must("sock_accept", fd, out)
	return fdnum(get32(g.bytes(out, 4)))
}

// connected is both ends of a TCP connection.
func (g *guest) connected() (client, server fdnum) {
	g.t.Helper()
	l, port := g.listener()
	client = g.opened(familyInet4, sockStream)
	g.must("sock_connect", client, g.addressOf(loopback), port)
	server = g.accepted(l)
	g.must("fd_close", l)
	return client, server
}

// sends sends s and tells how much of it went.
func (g *guest) sends(fd fdnum, s ...string) (int, Errno) {
	g.t.Helper()
	p, n := g.iovs(s...)
	out := g.alloc(4)
	errno := g.call("sock_send", fd, p, n, 0, out)
	return int(get32(g.bytes(out, 4))), errno
}

// receives receives up to n bytes.
func (g *guest) receives(fd fdnum, n int, flags riflags) (string, Errno) {
	g.t.Helper()
	p, count := g.iovs(strings.Repeat("?", n))
	out, ro := g.alloc(4), g.alloc(2)
	errno := g.call("sock_recv", fd, p, count, int(flags), out, ro)
	if got := get16(g.bytes(ro, 2)); got != 0 {
		g.t.Errorf("roflags %d", got)
	}
	return string(g.bytes(ptr(get32(g.bytes(p, 4))), int(get32(g.bytes(out, 4))))), errno
}

func (g *guest) wantReceived(fd fdnum, n int, flags riflags, want string, wantErrno Errno) {
	g.t.Helper()
	if got, errno := g.receives(fd, n, flags); got != want || errno != wantErrno {
		g.t.Errorf("sock_recv(%d, %d, %d) = %q, %v; want %q, %v", fd, n, flags, got, errno, want, wantErrno)
	}
}

func TestSockOpen(t *testing.T) {
	g := newSockGuest(t)
	out := g.alloc(8)
	for _, tc := range []struct {
		family, kind int
		out          ptr
		want         Errno
	}{
		{1, 1, out, Success}, {1, 2, out, Success}, {3, 1, out, Success}, {3, 2, out, Success},
		{0, 2, out, EINVAL}, {4, 2, out, EINVAL}, {1, 0, out, EINVAL}, {1, 3, out, EINVAL},
		{0, 0, out + 2, EADDRNOTAVAIL}, {1, 2, 1 << 20, EFAULT},
	} {
		for _, name := range []string{"sock_open", "sock_open_v2"} {
			g.want(tc.want, name, tc.family, tc.kind, tc.out)
		}
	}
	g.h.config.AllowAFUnix = false
	g.want(ENOSYS, "sock_open", 3, 2, out)
	g.want(ENOSYS, "sock_open", 3, 9, out)
	g.h.table.limit = g.h.table.used
	g.want(EMFILE, "sock_open", 1, 2, out)
}

func TestSockFdstat(t *testing.T) {
	g := newSockGuest(t)
	client, server := g.connected()
	stat := func(fd fdnum) (kind Filetype, flags fdflags, base, inheriting Rights) {
		p := g.alloc(fdstatSize)
		g.must("fd_fdstat_get", fd, p)
		b := g.bytes(p, fdstatSize)
		return Filetype(b[0]), fdflags(get16(b[2:])), Rights(get64(b[8:])), Rights(get64(b[16:]))
	}
	for fd, rights := range map[fdnum]Rights{client: openedRights, server: acceptedRights, g.opened(familyInet4, sockDgram): openedRights} {
		kind, flags, base, inheriting := stat(fd)
		wantKind := filetypeSocketStream
		if fd != client && fd != server {
			wantKind = filetypeSocketDgram
		}
		if kind != wantKind || flags != 0 || base != rights || inheriting != rights {
			t.Errorf("fdstat of %d: type %d, flags %d, rights %x and %x", fd, kind, flags, base, inheriting)
		}
	}
	g.must("fd_fdstat_set_flags", client, int(fdflagNonblock))
	if _, flags, _, _ := stat(client); flags != fdflagNonblock {
		t.Errorf("flags %d", flags)
	}
	g.wantReceived(client, 1, 0, "", EAGAIN)
	g.want(ENOTCAPABLE, "fd_filestat_get", client, g.alloc(64))
	g.want(ENOTCAPABLE, "fd_seek", client, 0, 0, g.alloc(8))
}

func TestSockRights(t *testing.T) {
	g := newSockGuest(t)
	client, _ := g.connected()
	g.must("fd_fdstat_set_rights", client, RightPollFdReadwrite, 0)
	p, n := g.iovs("x")
	a, out := g.addressOf(loopback), g.alloc(8)
	g.want(ENOTCAPABLE, "sock_bind", client, a, 0)
	g.want(ENOTCAPABLE, "sock_listen", client, 1)
	g.want(ENOTCAPABLE, "sock_accept", client, out)
	g.want(ENOTCAPABLE, "sock_connect", client, a, 80)
	g.want(ENOTCAPABLE, "sock_recv", client, p, n, 0, out, out)
	g.want(ENOTCAPABLE, "sock_recv_from", client, p, n, a, 0, out, out)
	g.want(ENOTCAPABLE, "sock_send", client, p, n, 0, out)
	g.want(ENOTCAPABLE, "sock_send_to", client, p, n, a, 80, 0, out)
	g.want(ENOTCAPABLE, "sock_shutdown", client, 1)
	g.want(ENOTCAPABLE, "fd_read", client, p, n, out)
	g.want(ENOTCAPABLE, "fd_write", client, p, n, out)
}

// Every function refuses descriptors that are not there or no sockets, and flags
// and pointers before it looks at the descriptor.
func TestSockRefusals(t *testing.T) {
	g := newSockGuest(t)
	p, n := g.iovs("x")
	a, out := g.addressOf(loopback), g.alloc(8)
	v2 := g.anyAddress(familyInet4, loopback)
	const outside = ptr(1 << 20)
	four := g.alloc(4)
	put32(g.bytes(four, 4), 4)
	for fd, errno := range map[fdnum]Errno{99: EBADF, 1 << 31: EBADF, 0: ENOTSOCK} {
		g.want(errno, "sock_bind", fd, a, 0)
		g.want(errno, "sock_bind_v2", fd, v2, 0)
		g.want(errno, "sock_listen", fd, 1)
		g.want(errno, "sock_accept", fd, out)
		g.want(errno, "sock_accept_v2", fd, 0, out)
		g.want(errno, "sock_connect", fd, a, 80)
		g.want(errno, "sock_recv", fd, p, n, 0, out, out)
		g.want(errno, "sock_recv_from", fd, p, n, a, 0, out, out)
		g.want(errno, "sock_recv_from_v2", fd, p, n, v2, 0, out, out, out)
		g.want(errno, "sock_send", fd, p, n, 0, out)
		g.want(errno, "sock_send_to", fd, p, n, a, 80, 0, out)
		g.want(errno, "sock_shutdown", fd, 1)
		g.want(errno, "sock_getsockopt", fd, 0, 1, out, four)
		g.want(errno, "sock_setsockopt", fd, 0, 0, out, 4)
		g.want(errno, "sock_getlocaladdr", fd, a, out, out)
		g.want(errno, "sock_getpeeraddr_v2", fd, v2, out)

		g.want(EINVAL, "sock_recv", fd, p, n, 4, out, out)
		g.want(EINVAL, "sock_recv", fd, p, maxIOVs+1, 0, out, out)
		g.want(EFAULT, "sock_recv", fd, outside, n, 0, out, out)
		g.want(EADDRNOTAVAIL, "sock_recv", fd, p, n, 0, out, out+1)
		g.want(EINVAL, "sock_recv_from_v2", fd, p, n, g.addressOf("12345"), 0, out, out, out)
		g.want(EADDRNOTAVAIL, "sock_recv_from_v2", fd, p, n, a, 0, out+1, out, out)
		g.want(EINVAL, "sock_send", fd, p, n, 1, out)
		g.want(EFAULT, "sock_send", fd, p, n, 0, outside)
		g.want(EFAULT, "sock_send_to", fd, p, n, outside, 80, 0, out)
		g.want(EADDRNOTAVAIL, "sock_bind", fd, a+2, 0)
		g.want(EINVAL, "sock_bind", fd, v2, 0) // the first generation does not know these
		g.want(EINVAL, "sock_bind_v2", fd, g.anyAddress(familyUnspec, ""), 0)
		g.want(EINVAL, "sock_bind_v2", fd, g.anyAddress(9, ""), 0)
		g.want(EINVAL, "sock_accept_v2", fd, 32, out)
		g.want(EINVAL, "sock_shutdown", fd, 0)
		g.want(EINVAL, "sock_shutdown", fd, 4)
		g.want(EINVAL, "sock_getsockopt", fd, 1, 1, out, four)
		g.want(EINVAL, "sock_getsockopt", fd, 0, 15, out, four)
		g.want(EINVAL, "sock_setsockopt", fd, 1, 0, out, 4)
		g.want(EFAULT, "sock_setsockopt", fd, 0, 0, outside, 4)
		g.want(EINVAL, "sock_getlocaladdr", fd, v2, out, out)
		g.want(EINVAL, "sock_getlocaladdr_v2", fd, a, out)
	}
}

func TestTCP(t *testing.T) {
	g := newSockGuest(t)
	client, server := g.connected()
	if n, errno := g.sends(client, "hel", "", "lo"); n != 5 || errno != Success {
		t.Errorf("sent %d, %v", n, errno)
	}
	g.wantReceived(server, 3, riflagPeek, "hel", Success)
	g.wantReceived(server, 3, 0, "hel", Success)
	g.wantReceived(server, 9, 0, "lo", Success)

	// Without an address of the sender: a connection has none.
	g.sends(server, "back")
	p, n := g.iovs("??", "????")
	from, port, out := g.anyAddress(familyInet6, "x"), g.alloc(2), g.alloc(8)
	g.must("sock_recv_from_v2", client, p, n, from, 0, port, out, out+4)
	if got := g.addressBytes(from)[:2]; got != "\x00\x00" {
		t.Errorf("family %q", got)
	}
	if n := get32(g.bytes(out, 4)); n != 4 {
		t.Errorf("received %d bytes", n)
	}

	// Reads and writes are the same.
	if n, errno := g.write(client, "file"); n != 4 || errno != Success {
		t.Errorf("fd_write = %d, %v", n, errno)
	}
	if s, errno := g.read(server, 9); s != "file" || errno != Success {
		t.Errorf("fd_read = %q, %v", s, errno)
	}

	// Each side knows the other.
	local, peer := g.port(client), g.alloc(4)
	kind, a := g.alloc(4), g.addressOf("????")
	g.must("sock_getpeeraddr", server, a, kind, peer)
	if got := int(get32(g.bytes(peer, 4))); got != local || g.addressBytes(a) != loopback || get32(g.bytes(kind, 4)) != 4 {
		t.Errorf("peer %q port %d type %d, want port %d", g.addressBytes(a), got, get32(g.bytes(kind, 4)), local)
	}
	a = g.anyAddress(0, "")
	g.must("sock_getpeeraddr_v2", server, a, peer)
	if got := g.addressBytes(a)[:6]; got != "\x01\x00"+loopback {
		t.Errorf("peer %q", got)
	}

	// The end of one direction, and then of the other.
	g.must("sock_shutdown", client, int(sdflagWrite))
	g.wantReceived(server, 9, 0, "", Success)
	g.sends(server, "rest")
	g.must("fd_close", server)
	g.wantReceived(client, 9, 0, "rest", Success)
	g.wantReceived(client, 9, 0, "", Success)
	if _, errno := g.sends(client, "x"); errno != EPIPE {
		t.Errorf("send after shutdown: %v", errno)
	}
}

// WAITALL fills the buffers; a plain call takes what there is.
func TestWaitall(t *testing.T) {
	g := newSockGuest(t)
	client, server := g.connected()
	g.sends(client, "abc")
	done := make(chan string)
	p, n := g.iovs("??", "????")
	out := g.alloc(8)
	go func() {
		g.h.sockRecv(memory{g.mem}, server, p, n, riflagWaitall, out, out+4)
		done <- string(g.bytes(ptr(get32(g.bytes(p, 4))), 2)) + string(g.bytes(ptr(get32(g.bytes(p+8, 4))), 4))
	}()
	g.sends(client, "def")
	if got := <-done; got != "abcdef" {
		t.Errorf("received %q", got)
	}
	g.sends(client, "end")
	g.must("fd_close", client)
	g.wantReceived(server, 9, riflagWaitall, "end", Success)
}

// A call that may wait sends everything, one that may not what there is room for.
func TestSendAll(t *testing.T) {
	g := newSockGuest(t)
	client, server := g.connected()
	block := strings.Repeat("0123456789abcdef", 40_000/16)
	bufs := []string{block, block, block, block, block, block, block, block, block, block}
	g.must("fd_fdstat_set_flags", client, int(fdflagNonblock))
	sent := 0
	for {
		g.next = 8
		n, errno := g.sends(client, bufs...)
		if errno == EAGAIN {
			break
		}
		if errno != Success {
			t.Fatal(errno)
		}
		sent += n
	}
	g.must("fd_fdstat_set_flags", client, 0)
	all := make(chan int)
	go func() {
		n, _ := g.sends(client, bufs...)
		all <- n
	}()
	receiver := &guest{t: t, h: g.h, mem: &testMemory{b: make([]byte, 1<<20)}, next: 8}
	var got strings.Builder
	for got.Len() < sent+10*len(block) {
		receiver.next = 8
		s, errno := receiver.receives(server, 60_000, 0)
		if errno != Success || s == "" {
			t.Fatalf("after %d bytes: %d bytes, %v", got.Len(), len(s), errno)
		}
		got.WriteString(s)
	}
	if got.String()[sent:] != strings.Join(bufs, "") {
		t.Error("what was sent is not what is received")
	}
	if n := <-all; n != 10*len(block) {
		t.Errorf("sent %d bytes, want all %d", n, 10*len(block))
	}
}

func TestConnectErrors(t *testing.T) {
	g := newSockGuest(t)
	l, port := g.listener()
	g.want(EADDRINUSE, "sock_bind", g.opened(familyInet4, sockStream), g.addressOf(loopback), port)
	g.must("fd_close", l)
	a := g.addressOf(loopback)
	fd := g.opened(familyInet4, sockStream)
	g.want(ENOTCONN, "sock_getpeeraddr", fd, g.addressOf("????"), g.alloc(4), g.alloc(4))
	g.want(ENOTCONN, "sock_shutdown", fd, 1)
	g.want(ECONNREFUSED, "sock_connect", fd, a, port)
	g.want(EINVAL, "sock_accept", fd, g.alloc(4))

	// One that does not wait learns of it when the socket is ready.
	fd = g.opened(familyInet4, sockStream)
	g.must("fd_fdstat_set_flags", fd, int(fdflagNonblock))
	switch errno := g.call("sock_connect", fd, a, port); errno {
	case EINPROGRESS:
		if _, errno := g.poll(sub{kind: eventFdWrite, fd: fd}); errno != Success {
			t.Error(errno)
		}
		if got := g.option(fd, optError); Errno(got) != ECONNREFUSED {
			t.Errorf("SO_ERROR %v", Errno(got))
		}
	case ECONNREFUSED:
	default:
		t.Errorf("connect: %v", errno)
	}

	client, server := g.connected()
	g.want(EISCONN, "sock_connect", client, a, port)
	g.sends(client, "unread")
	g.must("fd_close", server)
	if _, errno := g.receives(client, 1, 0); errno != ECONNRESET {
		t.Errorf("recv from a peer that is gone: %v", errno)
	}
}

// option is the value of an option that is a number.
func (g *guest) option(fd fdnum, o sockOption) uint32 {
	g.t.Helper()
	value, n := g.alloc(4), g.alloc(4)
	put32(g.bytes(n, 4), 4)
	g.must("sock_getsockopt", fd, 0, int(o), value, n)
	if got := get32(g.bytes(n, 4)); got != 4 {
		g.t.Errorf("option %d takes %d bytes", o, got)
	}
	return get32(g.bytes(value, 4))
}

func (g *guest) setOption(fd fdnum, o sockOption, words ...uint64) Errno {
	g.t.Helper()
	value := g.alloc(8 * len(words))
	for i, w := range words {
		put64(g.bytes(value+ptr(8*i), 8), w)
	}
	n := 8 * len(words)
	if len(words) == 1 {
		n = 4
		if o == optLinger {
			n = 8
		}
	}
	return g.call("sock_setsockopt", fd, 0, int(o), value, n)
}

func TestSockOptions(t *testing.T) {
	g := newSockGuest(t)
	tcp, udp := g.opened(familyInet4, sockStream), g.opened(familyInet4, sockDgram)
	if s, d := g.option(tcp, optType), g.option(udp, optType); s != uint32(sockStream) || d != uint32(sockDgram) {
		t.Errorf("types %d and %d", s, d)
	}
	if got := g.option(tcp, optError); got != 0 {
		t.Errorf("error %d", got)
	}
	for _, o := range []sockOption{optReuseaddr, optKeepalive, optBroadcast, optOobinline, optDontroute} {
		if got := g.option(tcp, o); got != 0 {
			t.Errorf("option %d is %d", o, got)
		}
		if errno := g.setOption(tcp, o, 1); errno != Success {
			t.Errorf("set option %d: %v", o, errno)
		}
		if g.option(tcp, o) == 0 {
			t.Errorf("option %d is still 0", o)
		}
	}
	if errno := g.setOption(tcp, optRcvbuf, 40_000); errno != Success || g.option(tcp, optRcvbuf) < 40_000 {
		t.Errorf("RCVBUF %v, %d", errno, g.option(tcp, optRcvbuf))
	}
	if errno := g.setOption(tcp, optType, 1); errno != ENOPROTOOPT {
		t.Errorf("set TYPE: %v", errno)
	}
	if errno := g.setOption(tcp, optLinger, 1|5<<32); errno != Success || !g.h.table.slots[tcp].sock.lingers.Load() {
		t.Errorf("LINGER: %v", errno)
	}
	n := g.alloc(4)
	put32(g.bytes(n, 4), 2)
	g.want(EINVAL, "sock_getsockopt", tcp, 0, int(optType), g.alloc(4), n)
	put32(g.bytes(n, 4), 1<<30)
	g.want(EFAULT, "sock_getsockopt", tcp, 0, int(optType), g.alloc(4), n)
	l, _ := g.listener()
	if got := g.option(l, optAcceptconn); got == 0 {
		t.Error("a socket that listens does not accept connections")
	}
}

// A timeout ends a call with AGAIN, and what came before it is not lost.
func TestSockTimeout(t *testing.T) {
	g := newSockGuest(t)
	l, _ := g.listener()
	client, server := g.connected()
	for _, fd := range []fdnum{l, client} {
		if errno := g.setOption(fd, optRcvtimeo, 0, 1000); errno != Success {
			t.Fatal(errno)
		}
	}
	g.want(EAGAIN, "sock_accept", l, g.alloc(4))
	g.wantReceived(client, 5, 0, "", EAGAIN)
	g.sends(server, "abc")
	g.wantReceived(client, 5, riflagWaitall, "abc", Success)
	g.wantReceived(client, 5, 0, "", EAGAIN)
	if errno := g.setOption(client, optRcvtimeo, 0, 0); errno != Success {
		t.Fatal(errno)
	}
	go g.sends(server, "later")
	g.wantReceived(client, 5, 0, "later", Success)
}

func TestUDP(t *testing.T) {
	g := newSockGuest(t)
	a, b := g.opened(familyInet4, sockDgram), g.opened(familyInet4, sockDgram)
	for _, fd := range []fdnum{a, b} {
		g.must("sock_bind_v2", fd, g.anyAddress(familyInet4, loopback), 0)
	}
	p, n := g.iovs("data", "gram")
	out := g.alloc(4)
	g.must("sock_send_to", a, p, n, g.addressOf(loopback), g.port(b), 0, out)
	if got := get32(g.bytes(out, 4)); got != 8 {
		t.Errorf("sent %d bytes", got)
	}
	g.must("sock_send_to_v2", a, p, n, g.anyAddress(familyInet4, loopback), g.port(b), 0, out)
	g.must("sock_send_to", a, p, 0, g.addressOf(loopback), g.port(b), 0, out)

	// The first is cut to the buffer, which is told.
	in, count := g.iovs("?????")
	from, port, ro := g.anyAddress(0, ""), g.alloc(4), g.alloc(2)
	put32(g.bytes(port, 4), 0xffffffff)
	g.must("sock_recv_from_v2", b, in, count, from, 0, port, out, ro)
	if got := g.addressBytes(from)[:6]; got != "\x01\x00"+loopback {
		t.Errorf("sender %q", got)
	}
	be := g.bytes(port, 4)
	if got := int(be[0])<<8 | int(be[1]); got != g.port(a) || be[2] != 0xff || be[3] != 0xff {
		t.Errorf("port %x, want %d with its most significant byte first", be, g.port(a))
	}
	if n, flags := get32(g.bytes(out, 4)), get16(g.bytes(ro, 2)); n != 5 || flags != roflagTruncated {
		t.Errorf("received %d bytes, flags %d", n, flags)
	}
	sender := g.addressOf("????")
	g.must("sock_recv_from", b, in, 1, sender, 0, out, ro)
	if g.addressBytes(sender) != loopback {
		t.Errorf("sender %q", g.addressBytes(sender))
	}
	small := g.addressOf("??")
	g.must("sock_recv_from", b, in, 1, small, 0, out, ro)
	if g.addressBytes(small) != "??" || get32(g.bytes(out, 4)) != 0 {
		t.Errorf("an empty datagram of %d bytes from %q", get32(g.bytes(out, 4)), g.addressBytes(small))
	}

	g.must("sock_connect", a, g.addressOf(loopback), g.port(b))
	g.sends(a, "connected")
	g.wantReceived(b, 20, 0, "connected", Success)
	if _, errno := g.sends(b, "x"); errno != EDESTADDRREQ {
		t.Errorf("send without an address: %v", errno)
	}
	big := g.alloc(8)
	put32(g.bytes(big+4, 4), 70_000)
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
	if errno := g.call("sock_bind", l, g.addressOf(loopback6), 0); errno != Success {
		t.Skip("no IPv6:", errno)
	}
	g.must("sock_listen_v2", l, 1)
	kind, port, a := g.alloc(4), g.alloc(4), g.addressOf(strings.Repeat("?", 16))
	g.must("sock_getlocaladdr", l, a, kind, port)
	if g.addressBytes(a) != loopback6 || get32(g.bytes(kind, 4)) != 6 {
		t.Errorf("address %q of type %d", g.addressBytes(a), get32(g.bytes(kind, 4)))
	}
	g.want(ENOMEM, "sock_getlocaladdr", l, g.addressOf("????"), kind, port)
	client := g.opened(familyInet6, sockStream)
	g.must("sock_connect_v2", client, g.anyAddress(familyInet6, loopback6), int(get32(g.bytes(port, 4))))
	server := g.accepted(l)
	g.sends(client, "six")
	g.wantReceived(server, 9, 0, "six", Success)
	g.want(EAFNOSUPPORT, "sock_connect", g.opened(familyInet4, sockStream), g.addressOf(loopback6), 80)
}

func TestUnixSockets(t *testing.T) {
	g := newSockGuest(t)
	path := filepath.Join(t.TempDir(), "s")
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

// A full queue of a UNIX socket makes a connection wait until there is room.
func TestUnixQueue(t *testing.T) {
	g := newSockGuest(t)
	path := g.anyAddress(familyUnix, filepath.Join(t.TempDir(), "s"))
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
		t.Skip("the queue of this system is not bounded")
	}
	fd := g.opened(familyUnix, sockStream)
	done := make(chan Errno)
	go func() { done <- g.h.sockConnectV2(memory{g.mem}, fd, path, 0) }()
	for range full {
		g.accepted(l)
	}
	g.accepted(l)
	if errno := <-done; errno != Success {
		t.Errorf("connect: %v", errno)
	}
}

func TestSockPoll(t *testing.T) {
	g := newSockGuest(t)
	l, port := g.listener()
	const ms = uint64(time.Millisecond)
	events, errno := g.poll(sub{kind: eventFdRead, fd: l}, sub{kind: eventClock, timeout: ms})
	wantEvents(t, "no connection", events, errno, event{userdata: 2})
	client := g.opened(familyInet4, sockStream)
	g.must("sock_connect", client, g.addressOf(loopback), port)
	events, errno = g.poll(sub{kind: eventFdRead, fd: l}, sub{kind: eventClock, timeout: 1000 * ms})
	wantEvents(t, "a connection", events, errno, event{userdata: 1, kind: eventFdRead, nbytes: 1})
	server := g.accepted(l)

	events, errno = g.poll(sub{kind: eventFdRead, fd: server}, sub{kind: eventClock, timeout: ms})
	wantEvents(t, "nothing sent", events, errno, event{userdata: 2})
	g.sends(client, "12345")
	events, errno = g.poll(sub{kind: eventFdRead, fd: server}, sub{kind: eventClock, timeout: 1000 * ms})
	wantEvents(t, "data", events, errno, event{userdata: 1, kind: eventFdRead, nbytes: 5})
	events, errno = g.poll(sub{kind: eventFdWrite, fd: client})
	if errno != Success || len(events) != 1 || events[0].nbytes < 1000 {
		t.Errorf("room to write: %+v, %v", events, errno)
	}
	g.must("fd_close", server)
	events, errno = g.poll(sub{kind: eventFdRead, fd: client}, sub{kind: eventClock, timeout: 1000 * ms})
	if errno != Success || len(events) != 1 || events[0].userdata != 1 || events[0].flags != eventHangup {
		t.Errorf("a peer that is gone: %+v, %v", events, errno)
	}
}

// A socket that is closed by one thread stays what it is for another that waits
// for it, and its number goes to nobody else meanwhile.
func TestSockCloseWhileWaiting(t *testing.T) {
	g := newSockGuest(t)
	client, server := g.connected()
	g.opened(familyInet4, sockStream)
	p, n := g.iovs("???")
	out := g.alloc(8)
	waits := make(chan Errno)
	go func() { waits <- g.h.sockRecv(memory{g.mem}, client, p, n, 0, out, out+4) }()
	g.waitParked(1)
	g.must("fd_close", client)
	if fd := g.opened(familyInet4, sockDgram); fd != client {
		t.Errorf("descriptor %d, want the lowest free one, %d", fd, client)
	}
	g.sends(server, "abc")
	if errno := <-waits; errno != Success || get32(g.bytes(out, 4)) != 3 {
		t.Errorf("recv: %v, %d bytes", errno, get32(g.bytes(out, 4)))
	}
	if _, errno := g.sends(server, "x"); errno == Success {
		_, errno = g.receives(server, 1, 0)
		if errno != ECONNRESET && errno != Success {
			t.Errorf("the other side is not told: %v", errno)
		}
	}
}

// waitParked waits until n sockets are waited for.
func (g *guest) waitParked(n int) {
	for {
		g.h.parked.mu.Lock()
		got := len(g.h.parked.count)
		g.h.parked.mu.Unlock()
		if got == n {
			return
		}
		runtime.Gosched()
	}
}

// Interrupt ends calls that wait for sockets, and those that are about to.
func TestSockInterrupt(t *testing.T) {
	cause := errors.New("time is up")
	full := strings.Repeat("x", 100_000)
	for name, wait := range map[string]func(g *guest, client, server, l fdnum) Errno{
		"recv":    func(g *guest, client, _, _ fdnum) Errno { _, e := g.receives(client, 1, 0); return e },
		"waitall": func(g *guest, client, _, _ fdnum) Errno { _, e := g.receives(client, 9, riflagWaitall); return e },
		"accept":  func(g *guest, _, _, l fdnum) Errno { return g.call("sock_accept", l, g.alloc(4)) },
		"read":    func(g *guest, client, _, _ fdnum) Errno { _, e := g.read(client, 1); return e },
		"send": func(g *guest, client, _, _ fdnum) Errno {
			for {
				g.next = 8
				if _, errno := g.sends(client, full); errno != Success {
					return errno
				}
			}
		},
		"poll": func(g *guest, client, _, l fdnum) Errno {
			_, errno := g.poll(sub{kind: eventFdRead, fd: client}, sub{kind: eventFdRead, fd: l})
			return errno
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newSockGuest(t)
			l, _ := g.listener()
			client, server := g.connected()
			// A timeout of the socket's own does not hide the interruption.
			g.setOption(client, optRcvtimeo, 3600, 0)
			ended := make(chan Errno)
			go func() { ended <- wait(g, client, server, l) }()
			if name != "poll" {
				g.waitParked(1)
			}
			g.h.Interrupt(cause)
			if errno := <-ended; errno != EINTR && name != "send" {
				t.Errorf("%v, want INTR", errno)
			}
			if _, errno := g.receives(client, 1, 0); errno != EINTR {
				t.Errorf("after the end: %v, want INTR", errno)
			}
		})
	}
}

// No call that moves bytes allocates.
func TestSockAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools forget")
	}
	g := newSockGuest(t)
	client, server := g.connected()
	p, n := g.iovs("some", "bytes")
	out := g.alloc(8)
	m := memory{g.mem}
	if got := testing.AllocsPerRun(100, func() {
		g.h.sockSend(m, client, p, n, 0, out)
		g.h.sockRecv(m, server, p, n, 0, out, out+4)
		g.h.fdWrite(m, client, p, 1, out)
		g.h.sockRecv(m, server, p, 1, 0, out, out+4)
	}); got >= 1 {
		t.Errorf("%v allocations", got)
	}
	udp, a := g.opened(familyInet4, sockDgram), g.anyAddress(familyInet4, loopback)
	g.must("sock_bind_v2", udp, a, 0)
	port := uint32(g.port(udp))
	if got := testing.AllocsPerRun(100, func() {
		g.h.sockSendToV2(m, udp, p, n, a, port, 0, out)
		g.h.sockRecvFromV2(m, udp, p, n, a, 0, out, out, out+4)
	}); got >= 1 {
		t.Errorf("%v allocations with addresses", got)
	}
}

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
	g.want(ENOENT, "sock_connect_v2", u, g.anyAddress(familyUnix, "/nonexistent/s"), 0)
}
