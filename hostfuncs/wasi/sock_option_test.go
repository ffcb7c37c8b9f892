//go:build unix

package wasi

import (
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

func (g *guest) option(fd fdnum, o sockOption) uint32 {
	g.t.Helper()
	value, n := g.alloc(4), g.alloc(4)
	abi.Put32(g.bytes(n, 4), 4)
	g.must("sock_getsockopt", fd, 0, int(o), value, n)
	if got := abi.Get32(g.bytes(n, 4)); got != 4 {
		g.t.Errorf("option %d takes %d bytes", o, got)
	}
	return abi.Get32(g.bytes(value, 4))
}

func (g *guest) setOption(fd fdnum, o sockOption, words ...uint64) Errno {
	g.t.Helper()
	value := g.alloc(8 * len(words))
	for i, w := range words {
		abi.Put64(g.bytes(value+ptr(8*i), 8), w)
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
	if errno := g.setOption(tcp, optLinger, 1|5<<32); errno != Success || !g.descriptor(tcp).sock.Lingers() {
		t.Errorf("LINGER: %v", errno)
	}
	n := g.alloc(4)
	abi.Put32(g.bytes(n, 4), 2)
	g.want(EINVAL, "sock_getsockopt", tcp, 0, int(optType), g.alloc(4), n)
	abi.Put32(g.bytes(n, 4), 1<<30)
	g.want(EFAULT, "sock_getsockopt", tcp, 0, int(optType), g.alloc(4), n)
	l, _ := g.listener()
	if got := g.option(l, optAcceptconn); got == 0 {
		t.Error("a socket that listens does not accept connections")
	}
}

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
