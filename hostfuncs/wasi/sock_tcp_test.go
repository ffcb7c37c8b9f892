//go:build unix

package wasi

import (
	"strings"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

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
	if n := abi.Get32(g.bytes(out, 4)); n != 4 {
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
	if got := int(abi.Get32(g.bytes(peer, 4))); got != local || g.addressBytes(a) != loopback || abi.Get32(g.bytes(kind, 4)) != 4 {
		t.Errorf("peer %q port %d type %d, want port %d", g.addressBytes(a), got, abi.Get32(g.bytes(kind, 4)), local)
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

func TestWaitall(t *testing.T) {
	g := newSockGuest(t)
	client, server := g.connected()
	g.sends(client, "abc")
	done := make(chan string)
	p, n := g.iovs("??", "????")
	out := g.alloc(8)
	go func() {
		g.h.sockRecv(abi.MemoryOf(g.mem), server, ptr32(p), n, riflagWaitall, ptr32(out), ptr16(out+4))
		done <- string(g.bytes(ptr(abi.Get32(g.bytes(p, 4))), 2)) + string(g.bytes(ptr(abi.Get32(g.bytes(p+8, 4))), 4))
	}()
	g.sends(client, "def")
	if got := <-done; got != "abcdef" {
		t.Errorf("received %q", got)
	}
	g.sends(client, "end")
	g.must("fd_close", client)
	g.wantReceived(server, 9, riflagWaitall, "end", Success)
}

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
