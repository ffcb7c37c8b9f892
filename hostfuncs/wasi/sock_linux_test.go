package wasi

import (
	"path/filepath"
	"testing"
)

// Neither calls that work nor calls that fail leave sockets behind.
func TestNoSocketLeaks(t *testing.T) {
	pipe(t) // makes what Go waits for files with, which stays
	before := openFiles(t)
	h := New(Config{AllowAFUnix: true, MaxOpenFiles: 20})
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
