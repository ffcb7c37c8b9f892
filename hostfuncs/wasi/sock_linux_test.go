package wasi

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// Neither calls that work nor calls that fail leave sockets behind.
func TestNoSocketLeaks(t *testing.T) {
	pipe(t) // makes what Go waits for files with, which stays
	before := openFiles(t)
	h := New(abi.NewGuest(abi.GuestConfig{}), Config{AllowAFUnix: true, MaxOpenFiles: 20})
	g := &guest{t: t, h: h, mem: &testMemory{b: make([]byte, 1<<20)}, next: 8}
	dir := t.TempDir()
	for range 3 {
		client, server := g.connected()
		g.setOption(client, optRcvtimeo, 0, 1000)
		g.setOption(client, optLinger, 1|3600<<32)
		g.receives(client, 1, 0)      // waits, so that Go's poller has it
		g.sends(client, "never read") // closing would wait for the peer
		g.must("fd_close", client)
		g.sends(server, "x")
		u := g.opened(familyUnix, sockStream)
		g.call("sock_bind_v2", u, g.anyAddress(familyUnix, filepath.Join(dir, "s")), 0)
		g.call("sock_connect_v2", u, g.anyAddress(familyUnix, filepath.Join(dir, "none")), 0)
		l, _ := g.listener()
		g.setOption(l, optRcvtimeo, 0, 1000)
		g.want(EAGAIN, "sock_accept", l, g.alloc(4))
		g.must("fd_renumber", l, u)
		q := newQuery(g, 4)
		if errno := g.resolve(q, "localhost", "80"); errno != Success {
			t.Error(errno)
		}
	}
	// A connection that finds the table full is not taken from the queue.
	l, port := g.listener()
	g.must("sock_connect", g.opened(familyInet4, sockStream), g.addressOf(loopback), port)
	for g.call("sock_open", 1, 2, g.alloc(4)) == Success {
	}
	g.want(EMFILE, "sock_accept", l, g.alloc(4))
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// A connection that breaks while a call waits for more does not look as if it had
// ended in order.
func TestWaitallBroken(t *testing.T) {
	g := newSockGuest(t)
	client, server := g.connected()
	g.setOption(client, optLinger, 1) // closing resets the connection
	g.sends(client, "abc")
	g.must("fd_close", client)
	g.wantReceived(server, 9, riflagWaitall, "abc", Success)
	g.wantReceived(server, 9, 0, "", ECONNRESET)
	g.wantReceived(server, 9, 0, "", Success)
}

// Calls that wait for sockets hold no threads of the system.
func TestWaitingHoldsNoThreads(t *testing.T) {
	threads := func() int {
		list, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Skip(err)
		}
		return len(list)
	}
	g := newSockGuest(t)
	const waiting = 100
	var clients, servers []fdnum
	for range waiting {
		client, server := g.connected()
		clients, servers = append(clients, client), append(servers, server)
	}
	before := threads()
	var wg sync.WaitGroup
	for _, fd := range servers {
		other := g.beside()
		wg.Go(func() { other.wantReceived(fd, 9, 0, "x", Success) })
	}
	g.waitParked(waiting)
	if after := threads(); after > before+waiting/4 {
		t.Errorf("%d threads before, %d while %d calls wait", before, after, waiting)
	}
	for _, fd := range clients {
		g.sends(fd, "x")
	}
	wg.Wait()
}

// beside is a guest with the descriptors of g and a memory of its own, as threads
// of one guest might be called from.
func (g *guest) beside() *guest {
	return &guest{t: g.t, h: g.h, mem: &testMemory{b: make([]byte, 1<<14)}, next: 8}
}

// Threads that open, use, wait for and close the same descriptors all the time do
// each other no harm, are all woken by an interruption, and leave nothing open.
func TestSockConcurrency(t *testing.T) {
	pipe(t) // makes what Go waits for files with, which stays
	before := openFiles(t)
	h := New(abi.NewGuest(abi.GuestConfig{Interruptible: true}), Config{})
	l := &guest{t: t, h: h, mem: &testMemory{b: make([]byte, 1<<14)}, next: 8}
	listener, port := l.listener()
	l.must("fd_fdstat_set_flags", listener, int(fdflagNonblock)) // so that accepting does not wait
	first := listener + 1                                        // of those that are fought for
	var wg sync.WaitGroup
	for seed := range uint64(8) {
		g := l.beside()
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, 1))
			out, a := g.alloc(8), g.addressOf(loopback)
			p, n := g.iovs(strings.Repeat("x", 100))
			reset := g.next
			kinds := 9
			if seed == 0 {
				kinds = 6 // and never waits
			}
			for i := 0; !h.guest.Interrupted(); i++ {
				if seed == 0 && i == 5000 {
					h.guest.Interrupt(errors.New("the end"))
				}
				g.next = reset
				fd := first + fdnum(random.IntN(8))
				switch random.IntN(kinds) {
				case 0, 1:
					g.call("sock_open", 1, 2, out)
				case 2:
					g.call("sock_accept", listener, out)
				case 3:
					g.poll(sub{kind: eventFdRead, fd: fd}, sub{kind: eventFdWrite, fd: fd + 1}, sub{kind: eventClock})
				case 4:
					g.call("fd_renumber", fd, fd+1)
				case 5:
					g.call("fd_close", fd)
				case 6:
					g.call("sock_connect", fd, a, port)
				case 7:
					g.call("sock_send", fd, p, n, 0, out)
				case 8:
					g.call("sock_recv", fd, p, n, 0, out, out+4)
				}
			}
		})
	}
	wg.Wait()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}
