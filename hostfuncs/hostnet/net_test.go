package hostnet

import (
	"context"
	"errors"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

// open opens a socket that is closed with the test.
func open(t *testing.T, k Kind) *Socket {
	t.Helper()
	s, err := Open(Inet4, k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var loopback = Address{Family: Inet4, IP: [16]byte{127, 0, 0, 1}}

// connection is both ends of a connection.
func connection(t *testing.T, n *Net) (client, server *Socket) {
	t.Helper()
	l, client := open(t, Stream), open(t, Stream)
	if err := errors.Join(n.Bind(l, &loopback), n.Listen(l, 1)); err != nil {
		t.Fatal(err)
	}
	at, err := l.Local()
	if err != nil {
		t.Fatal(err)
	}
	connected := make(chan error)
	go func() { connected <- n.Connect(client, &at) }()
	server, err = n.Accept(l)
	if err := errors.Join(err, <-connected); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return client, server
}

func exchange(n *Net, s *Socket, d Direction, b []byte) (int, error) {
	m := NewMessage()
	defer m.Free()
	m.Add(b)
	if d == ToWrite {
		return n.Send(s, m, nil)
	}
	m.Receive(s, false, false, false)
	return n.Exchange(s, m)
}

// What one end sends the other receives, waiting for it if it is to.
func TestExchange(t *testing.T) {
	n := &Net{}
	client, server := connection(t, n)
	b := make([]byte, 8)
	server.SetNonblock(true)
	if _, err := exchange(n, server, ToRead, b); err != syscall.EAGAIN {
		t.Errorf("nothing there: %v, want EAGAIN", err)
	}
	server.SetNonblock(false)
	received := make(chan int)
	go func() {
		got, _ := exchange(n, server, ToRead, b)
		received <- got
	}()
	if sent, err := exchange(n, client, ToWrite, []byte("hello")); sent != 5 || err != nil {
		t.Errorf("sent %d, %v", sent, err)
	}
	if got := <-received; string(b[:got]) != "hello" {
		t.Errorf("received %q", b[:got])
	}
	if err := client.Shutdown(Sending); err != nil {
		t.Error(err)
	}
	if got, err := exchange(n, server, ToRead, b); got != 0 || err != nil {
		t.Errorf("at the end: %d, %v", got, err)
	}
}

// What waits gives up when it is stopped and woken, and so does what comes later.
func TestWaitingEnds(t *testing.T) {
	n := &Net{}
	client, server := connection(t, n)
	ended := make(chan error)
	go func() {
		_, err := exchange(n, server, ToRead, make([]byte, 1))
		ended <- err
	}()
	n.Stop()
	if err := <-ended; err != syscall.EINTR {
		t.Errorf("%v, want EINTR", err)
	}
	if _, err := exchange(n, server, ToRead, make([]byte, 1)); err != syscall.EINTR {
		t.Errorf("afterwards: %v, want EINTR", err)
	}
	n.Resume()
	go exchange(n, client, ToWrite, []byte("x"))
	if got, err := exchange(n, server, ToRead, make([]byte, 1)); got != 1 || err != nil {
		t.Errorf("after it has been resumed: %d, %v", got, err)
	}
}

// A list of descriptors is waited for until one is ready, the time has passed, or a
// waker wakes. What has no descriptor is ready at once.
func TestPoller(t *testing.T) {
	var p Poller
	n := &Net{}
	client, server := connection(t, n)
	list := []Polled{{Descriptor: server.Descriptor(), Asked: [2]bool{ToRead: true}}, {Descriptor: client.Descriptor(), Asked: [2]bool{ToRead: true}}}
	wait := func(d time.Duration, w *Waker) {
		t.Helper()
		if err := p.Wait(list, w, time.Now(), d); err != nil {
			t.Fatal(err)
		}
	}
	wait(time.Millisecond, nil)
	if list[0].Ready[ToRead] || list[1].Ready[ToRead] {
		t.Error("something is ready that is not")
	}
	exchange(n, client, ToWrite, []byte("x"))
	wait(-1, nil)
	if !list[0].Ready[ToRead] || list[1].Ready[ToRead] {
		t.Errorf("ready: %+v", list)
	}
	list = append(list[1:], Polled{Descriptor: -1, Asked: [2]bool{ToWrite: true}})
	wait(-1, nil)
	if list[0].Ready[ToRead] || !list[1].Ready[ToWrite] {
		t.Errorf("ready: %+v", list)
	}
	var w Waker
	defer w.Close()
	list = list[:1]
	done := make(chan error)
	go func() { done <- p.Wait(list, &w, time.Now(), -1) }()
	w.Stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	w.Resume()
	start := time.Now()
	if err := p.Wait(list, &w, start, time.Millisecond); err != nil || time.Since(start) < time.Millisecond {
		t.Errorf("after it has been resumed: waited %v, %v", time.Since(start), err)
	}
}

// A policy is asked for addresses, and for names that have led to them.
func TestPolicy(t *testing.T) {
	n := &Net{Policy: func(name string, at netip.AddrPort) bool { return name == "localhost" }}
	if err := n.permit(&loopback); err != syscall.EACCES {
		t.Errorf("%v, want EACCES", err)
	}
	if _, _, err := n.Resolve(context.Background(), Query{Node: "elsewhere.example.org"}); err != syscall.EACCES {
		t.Errorf("resolving another name: %v, want EACCES", err)
	}
	answers, _, err := n.Resolve(context.Background(), Query{Node: "localhost", Service: "80", Kind: Stream})
	if err != nil || len(answers) == 0 || answers[0].Port != 80 || answers[0].Protocol != TCP {
		t.Fatalf("%+v, %v", answers, err)
	}
	if err := n.permit(&loopback); err != nil {
		t.Errorf("after the name was resolved: %v", err)
	}
}

func TestResolveFails(t *testing.T) {
	var n Net
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for want, q := range map[LookupError]Query{
		NoAddressesOfFamily: {Node: "127.0.0.1", Family: Inet6},
		NoName:              {Node: "localhost", NumericHost: true},
		NoKind:              {Node: "127.0.0.1", Kind: Stream, Protocol: UDP},
	} {
		if _, _, err := n.Resolve(context.Background(), q); err != want {
			t.Errorf("%+v: %v, want %v", q, err, want)
		}
	}
	if _, _, err := n.Resolve(ended, Query{Node: "nothing.invalid"}); err != syscall.EINTR {
		t.Errorf("when the context has ended: %v, want EINTR", err)
	}
}
