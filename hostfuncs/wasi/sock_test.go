//go:build unix

package wasi

import (
	"strings"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// newSockGuest is a guest that may use every kind of socket.

func newSockGuest(t testing.TB) *guest {
	return newGuestIn(t, abi.GuestConfig{Interruptible: true}, Config{AllowAFUnix: true}, Environment{})
}

// opened is a new socket.

func (g *guest) opened(family addressFamily, kind sockType) fdnum {
	g.t.Helper()
	out := g.alloc(4)
	g.must("sock_open", int(family), int(kind), out)
	return fdnum(abi.Get32(g.bytes(out, 4)))
}

// addressOf is an address as the functions take it: the place and length of b.

func (g *guest) addressOf(b string) ptr {
	at, n := g.put(b)
	p := g.alloc(8)
	abi.Put32(g.bytes(p, 4), uint32(at))
	abi.Put32(g.bytes(p+4, 4), uint32(n))
	return p
}

// anyAddress is an address of 128 bytes.

func (g *guest) anyAddress(family addressFamily, b string) ptr {
	return g.addressOf(string([]byte{byte(family), 0}) + b + strings.Repeat("\x00", addressSize-2-len(b)))
}

// addressBytes is what the buffer of an address holds.

func (g *guest) addressBytes(p ptr) string {
	b := g.bytes(p, 8)
	return string(g.bytes(ptr(abi.Get32(b)), int(abi.Get32(b[4:]))))
}

// port is where a socket of IPv4 is.

func (g *guest) port(fd fdnum) int {
	g.t.Helper()
	out := g.alloc(4)
	g.must("sock_getlocaladdr", fd, g.addressOf("????"), g.alloc(4), out)
	return int(abi.Get32(g.bytes(out, 4)))
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
	return fdnum(abi.Get32(g.bytes(out, 4)))
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
	return int(abi.Get32(g.bytes(out, 4))), errno
}

// receives receives up to n bytes.

func (g *guest) receives(fd fdnum, n int, flags riflags) (string, Errno) {
	g.t.Helper()
	p, count := g.iovs(strings.Repeat("?", n))
	out, ro := g.alloc(4), g.alloc(2)
	errno := g.call("sock_recv", fd, p, count, int(flags), out, ro)
	if got := abi.Get16(g.bytes(ro, 2)); got != 0 {
		g.t.Errorf("roflags %d", got)
	}
	return string(g.bytes(ptr(abi.Get32(g.bytes(p, 4))), int(abi.Get32(g.bytes(out, 4))))), errno
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
	g.h.table.Limit = g.h.table.Len()
	g.want(EMFILE, "sock_open", 1, 2, out)
}

func TestSockFdstat(t *testing.T) {
	g := newSockGuest(t)
	client, server := g.connected()
	stat := func(fd fdnum) (kind Filetype, flags fdflags, base, inheriting Rights) {
		p := g.alloc(fdstatSize)
		g.must("fd_fdstat_get", fd, p)
		b := g.bytes(p, fdstatSize)
		return Filetype(b[0]), fdflags(abi.Get16(b[2:])), Rights(abi.Get64(b[8:])), Rights(abi.Get64(b[16:]))
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
	abi.Put32(g.bytes(four, 4), 4)
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

// WAITALL fills the buffers; a plain call takes what there is.

// A call that may wait sends everything, one that may not what there is room for.

// option is the value of an option that is a number.

// A timeout ends a call with AGAIN, and what came before it is not lost.

// A full queue of a UNIX socket makes a connection wait until there is room.

// A socket that is closed by one thread stays what it is for another that waits

// for it, and its number goes to nobody else meanwhile.

// waitParked waits until n sockets are waited for.

// Interrupt ends calls that wait for sockets, and those that are about to.

// No call that moves bytes allocates.
