//go:build unix

package wasi

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

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

func TestSockCloseWhileWaiting(t *testing.T) {
	g := newSockGuest(t)
	client, server := g.connected()
	g.opened(familyInet4, sockStream)
	p, n := g.iovs("???")
	out := g.alloc(8)
	waits := make(chan Errno)
	go func() { waits <- g.h.sockRecv(abi.MemoryOf(g.mem), client, ptr32(p), n, 0, ptr32(out), ptr16(out+4)) }()
	g.waitParked(1)
	g.must("fd_close", client)
	if fd := g.opened(familyInet4, sockDgram); fd != client {
		t.Errorf("descriptor %d, want the lowest free one, %d", fd, client)
	}
	g.sends(server, "abc")
	if errno := <-waits; errno != Success || abi.Get32(g.bytes(out, 4)) != 3 {
		t.Errorf("recv: %v, %d bytes", errno, abi.Get32(g.bytes(out, 4)))
	}
	if _, errno := g.sends(server, "x"); errno == Success {
		_, errno = g.receives(server, 1, 0)
		if errno != ECONNRESET && errno != Success {
			t.Errorf("the other side is not told: %v", errno)
		}
	}
}

func (g *guest) waitParked(n int) {
	for {
		got := g.h.net.Waiting()
		if got == n {
			return
		}
		runtime.Gosched()
	}
}

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
			g.h.guest.Interrupt(cause)
			if errno := <-ended; errno != EINTR && name != "send" {
				t.Errorf("%v, want INTR", errno)
			}
			if _, errno := g.receives(client, 1, 0); errno != EINTR {
				t.Errorf("after the end: %v, want INTR", errno)
			}
		})
	}
}

func TestSockAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools forget")
	}
	g := newSockGuest(t)
	client, server := g.connected()
	p, n := g.iovs("some", "bytes")
	out := g.alloc(8)
	m := abi.MemoryOf(g.mem)
	if got := testing.AllocsPerRun(100, func() {
		g.h.sockSend(m, client, ptr32(p), n, 0, ptr32(out))
		g.h.sockRecv(m, server, ptr32(p), n, 0, ptr32(out), ptr16(out+4))
		g.h.fdWrite(m, client, ptr32(p), 1, ptr32(out))
		g.h.sockRecv(m, server, ptr32(p), 1, 0, ptr32(out), ptr16(out+4))
	}); got >= 1 {
		t.Errorf("%v allocations", got)
	}
	udp, a := g.opened(familyInet4, sockDgram), g.anyAddress(familyInet4, loopback)
	g.must("sock_bind_v2", udp, a, 0)
	port := uint32(g.port(udp))
	if got := testing.AllocsPerRun(100, func() {
		g.h.sockSendToV2(m, udp, ptr32(p), n, ptr32(a), port, 0, ptr32(out))
		g.h.sockRecvFromV2(m, udp, ptr32(p), n, ptr32(a), 0, ptr16(out), ptr32(out), ptr16(out+4))
	}); got >= 1 {
		t.Errorf("%v allocations with addresses", got)
	}
}
