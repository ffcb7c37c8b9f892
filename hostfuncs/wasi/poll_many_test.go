package wasi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// pollAt calls poll_oneoff with its subscriptions and events in place.
func (g *guest) pollAt(in, out ptr, n int, count ptr) Errno {
	return g.invoke(find(ModuleName, "poll_oneoff"), []uint64{uint64(in), uint64(out), uint64(n), uint64(count)})
}

// Any number of subscriptions is looked at, without memory of the host for each.
func TestPollOfManySubscriptions(t *testing.T) {
	const n = 300_000
	g := newGuest(t, Config{}, Environment{})
	g.mem.b = make([]byte, 64+n*(48+32))
	in, out, count := ptr(64), ptr(64+48*n), ptr(0)
	for i := range n {
		b := g.mem.b[64+48*i:]
		abi.Put64(b, uint64(i))
		switch i % 3 {
		case 0:
			b[8] = byte(eventFdWrite)
			abi.Put32(b[16:], uint32(1+i/3%2))
		case 1:
			b[8] = byte(eventFdRead)
			abi.Put32(b[16:], uint32(1000+i)) // no descriptor
		case 2:
			abi.Put64(b[24:], uint64(time.Hour))
		}
	}
	var errno Errno
	allocated := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			errno = g.pollAt(in, out, n, count)
		}
	}).AllocedBytesPerOp()
	if errno != Success || abi.Get32(g.mem.b) != n/3*2 {
		t.Fatalf("%d events, %v; want %d", abi.Get32(g.mem.b), errno, n/3*2)
	}
	if allocated > 64<<10 {
		t.Errorf("%d bytes are allocated", allocated)
	}
	for i := range n / 3 * 2 {
		b := g.mem.b[int(out)+32*i:]
		want := event{userdata: uint64(i/2*3 + i%2), kind: eventFdWrite, nbytes: 1}
		if i%2 == 1 {
			want = event{userdata: want.userdata, kind: eventFdRead, errno: EBADF}
		}
		if got := (event{abi.Get64(b), Errno(abi.Get16(b[8:])), eventtype(b[10]), abi.Get64(b[16:]), abi.Get16(b[24:])}); got != want {
			t.Fatalf("event %d is %+v, want %+v", i, got, want)
		}
	}
	// Events in place of the subscriptions are right as long as they do not
	// overtake them. Where they would, few are copied and many are refused.
	put := func(at ptr, n int) {
		for i := range n {
			b := g.mem.b[int(at)+48*i:][:48]
			clear(b)
			abi.Put64(b, uint64(i))
		}
	}
	for _, c := range []struct {
		in, out ptr
		n       int
		want    Errno
	}{
		{64, 64, n, Success}, {128, 64, n, Success}, {64, 72, maxPollCopy, Success}, {64, 72, maxPollCopy + 1, ENOMEM}, {64, 64 + 48*4999, 5000, ENOMEM},
	} {
		put(c.in, c.n)
		if errno := g.pollAt(c.in, c.out, c.n, count); errno != c.want {
			t.Errorf("%+v: %v", c, errno)
		}
		for i := 0; c.want == Success && i < c.n; i++ {
			if got := abi.Get64(g.mem.b[int(c.out)+32*i:]); got != uint64(i) {
				t.Fatalf("%+v: event %d has user data %d", c, i, got)
			}
		}
	}
}

// A call with many subscriptions ends when the guest is interrupted.
func TestPollOfManySubscriptionsIsInterrupted(t *testing.T) {
	g := newGuestIn(t, abi.GuestConfig{Interruptible: true}, Config{}, Environment{})
	g.h.guest.Interrupt(errors.New("time is up"))
	if errno := g.pollAt(64, 64, 10_000, 0); errno != EINTR {
		t.Errorf("poll_oneoff = %v, want INTR", errno)
	}
}

// FuzzPoll polls lists of subscriptions of all kinds, in memory that may overlap
// the events, and compares the events with what a straightforward model says.
func FuzzPoll(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 1, 2, 0, 2, 1, 1, 9, 9}, uint16(64), uint16(2000), true)
	f.Add([]byte{1, 0, 0, 2, 0, 0, 1, 0, 3, 3, 2, 1}, uint16(64), uint16(64), true)
	f.Add([]byte{0, 1, 1, 0, 2, 3, 0, 3, 1, 1, 4, 0, 2, 5, 0}, uint16(64), uint16(72), false)
	f.Add(bytes.Repeat([]byte{0, 0, 3, 2, 1, 0}, 30), uint16(640), uint16(64), false)
	f.Fuzz(func(t *testing.T, data []byte, in, out uint16, sooner bool) {
		stdin, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer stdin.Close()
		w.WriteString("xyz")
		w.Close()
		g := newGuestIn(t, abi.GuestConfig{Interruptible: true}, Config{}, Environment{Stdin: stdin, Preopens: []Preopen{{Host: t.TempDir()}}})
		g.must("fd_fdstat_set_rights", 2, 0, 0)
		in, out = in&^7, out&^7
		n := min(len(data)/3, 200)
		g.mem.b = make([]byte, 96<<10)
		wants := pollModel(g, data[:3*n], int(in), sooner)
		count := ptr(90 << 10)
		if errno := g.pollAt(ptr(in), ptr(out), n, count); errno != Success {
			t.Fatalf("poll_oneoff = %v", errno)
		}
		var got []event
		for i := range int(abi.Get32(g.mem.b[count:])) {
			b := g.mem.b[int(out)+32*i:]
			got = append(got, event{abi.Get64(b), Errno(abi.Get16(b[8:])), eventtype(b[10]), abi.Get64(b[16:]), abi.Get16(b[24:])})
		}
		if !slices.Equal(got, wants) {
			t.Fatalf("in %d, out %d: events %+v, want %+v", in, out, got, wants)
		}
	})
}

// pollModel writes a subscription for every three bytes of data and is the events
// that are to come of them. One that is due at once is among them, so that nothing
// waits: sooner puts it first, else it is last.
func pollModel(g *guest, data []byte, in int, sooner bool) []event {
	var wants []event
	n := len(data) / 3
	for i := range n {
		b := g.mem.b[in+48*i:][:48]
		userdata := binary.LittleEndian.Uint64(append(data[3*i:3*i+3:3*i+3], byte(i), 0, 0, 0, 0))
		abi.Put64(b, userdata)
		kind, x, y := data[3*i]%4, data[3*i+1], data[3*i+2]
		if i == 0 && sooner || i == n-1 && !sooner {
			kind, x, y = 0, 0, 0
		}
		b[8] = kind
		want := event{userdata: userdata, kind: eventtype(kind)}
		due := true
		switch eventtype(kind) {
		case eventClock:
			abi.Put32(b[16:], uint32(x%4))
			abi.Put64(b[24:], uint64(y%2)*uint64(time.Hour))
			abi.Put16(b[40:], uint16(y/2%3))
			switch {
			case y/2%3 > 1 || x%4 > 1:
				want.errno = EINVAL
			default:
				due = y%2 == 0 || y/2%3 == 1 // an hour after 1970, or since the system's start
				if y%2 == 1 && y/2%3 == 1 && x%4 == 1 {
					now, _ := g.h.now(clockMonotonic)
					due = now >= uint64(time.Hour)
				}
			}
		case eventFdRead, eventFdWrite:
			fd := uint32(x % 6)
			abi.Put32(b[16:], fd)
			want, due = fdModelEvent(want, fd)
		default:
			want.errno = EINVAL
		}
		if due {
			wants = append(wants, want)
		}
	}
	return wants
}

// fdModelEvent is the event of a subscription of fd: 0 is a pipe at whose end three
// bytes wait, 1 the null device, 2 has no rights, 3 is a directory.
func fdModelEvent(want event, fd uint32) (event, bool) {
	read := want.kind == eventFdRead
	switch fd {
	case 0:
		want.flags = eventHangup // the other end is closed
		want.nbytes = 3
		if !read {
			want.nbytes = 1
		}
	case 1:
		want.nbytes = 1
	case 2, 3:
		want.errno = ENOTCAPABLE
	default:
		want.errno = EBADF
	}
	return want, true
}
