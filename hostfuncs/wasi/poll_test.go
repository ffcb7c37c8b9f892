package wasi

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// pipe is a pipe whose ends are closed at the end of the test.
func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// sub is a subscription of poll_oneoff.
type sub struct {
	kind    eventtype
	fd      fdnum
	clock   clockid
	timeout uint64
	flags   uint16
}

// event is what poll_oneoff tells.
type event struct {
	userdata uint64
	errno    Errno
	kind     eventtype
	nbytes   uint64
	flags    uint16
}

// poll waits for subs, whose user data are their places in the list from 1 on.
func (g *guest) poll(subs ...sub) ([]event, Errno) {
	g.t.Helper()
	in, out, count := g.alloc(48*len(subs)), g.alloc(32*len(subs)), g.alloc(4)
	for i, s := range subs {
		b := g.bytes(in+ptr(48*i), 48)
		abi.Put64(b, uint64(i+1))
		b[8] = byte(s.kind)
		if s.kind == eventClock {
			abi.Put32(b[16:], uint32(s.clock))
			abi.Put64(b[24:], s.timeout)
			abi.Put16(b[40:], s.flags)
		} else {
			abi.Put32(b[16:], uint32(s.fd))
		}
	}
	errno := g.call("poll_oneoff", in, out, len(subs), count)
	var events []event
	for i := range abi.Get32(g.bytes(count, 4)) {
		b := g.bytes(out+ptr(32*i), 32)
		events = append(events, event{abi.Get64(b), Errno(abi.Get16(b[8:])), eventtype(b[10]), abi.Get64(b[16:]), abi.Get16(b[24:])})
	}
	return events, errno
}

func wantEvents(t *testing.T, what string, got []event, errno Errno, want ...event) {
	t.Helper()
	if errno != Success || len(got) != len(want) {
		t.Errorf("%s: %+v, %v; want %+v", what, got, errno, want)
		return
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: event %+v, want %+v", what, got[i], want[i])
		}
	}
}

func TestPoll(t *testing.T) {
	stdin, in := pipe(t)
	out, stdout := pipe(t)
	g := newGuest(t, Config{}, Environment{Stdin: stdin, Stdout: stdout})
	const ms, hour = uint64(time.Millisecond), uint64(time.Hour)

	events, errno := g.poll()
	wantEvents(t, "nothing", events, errno)

	events, errno = g.poll(sub{kind: eventClock, clock: clockMonotonic, timeout: hour}, sub{kind: eventClock, timeout: ms})
	wantEvents(t, "the nearer clock", events, errno, event{userdata: 2})

	events, errno = g.poll(sub{kind: eventFdRead, fd: 0}, sub{kind: eventClock, timeout: ms})
	wantEvents(t, "an empty pipe", events, errno, event{userdata: 2})

	events, errno = g.poll(sub{kind: eventFdRead, fd: 0}, sub{kind: eventFdWrite, fd: 1})
	wantEvents(t, "a pipe to write", events, errno, event{userdata: 2, kind: eventFdWrite, nbytes: 1})

	in.WriteString("12345")
	events, errno = g.poll(sub{kind: eventClock, timeout: hour}, sub{kind: eventFdRead, fd: 0})
	wantEvents(t, "a pipe with input", events, errno, event{userdata: 2, kind: eventFdRead, nbytes: 5})

	in.Close()
	g.read(0, 5)
	events, errno = g.poll(sub{kind: eventFdRead, fd: 0})
	wantEvents(t, "a pipe at its end", events, errno, event{userdata: 1, kind: eventFdRead, flags: eventHangup})

	// What cannot be waited for is due at once, and nothing else is waited for.
	events, errno = g.poll(sub{kind: eventClock, timeout: hour}, sub{kind: eventFdRead, fd: 99},
		sub{kind: 9}, sub{kind: eventClock, clock: 9}, sub{kind: eventClock, flags: 2},
		sub{kind: eventClock, clock: clockProcessCPU, timeout: ms})
	wantEvents(t, "errors", events, errno,
		event{userdata: 2, errno: EBADF, kind: eventFdRead}, event{userdata: 3, errno: EINVAL, kind: 9},
		event{userdata: 4, errno: EINVAL}, event{userdata: 5, errno: EINVAL}, event{userdata: 6, errno: EINVAL})
	out.Close()
}

func TestPollAbsoluteTime(t *testing.T) {
	g := newGuest(t, Config{}, Environment{})
	for _, clock := range []clockid{clockRealtime, clockMonotonic} {
		now, _ := g.h.now(clock)
		for _, at := range []uint64{0, 1, now, now + uint64(time.Millisecond)} {
			events, errno := g.poll(sub{kind: eventClock, clock: clock, timeout: at, flags: subclockAbstime})
			wantEvents(t, "a point in time", events, errno, event{userdata: 1})
		}
		if after, _ := g.h.now(clock); after < now+uint64(time.Millisecond) {
			t.Errorf("clock %d: woke up too early", clock)
		}
	}
}

func TestPollFile(t *testing.T) {
	g, _ := newDirGuest(t, ReadWrite, "f=text")
	fd := g.mustOpen(3, "f", 0, fileRights)
	events, errno := g.poll(sub{kind: eventFdRead, fd: fd}, sub{kind: eventFdWrite, fd: fd})
	wantEvents(t, "a file", events, errno,
		event{userdata: 1, kind: eventFdRead, nbytes: 4}, event{userdata: 2, kind: eventFdWrite, nbytes: 1})
	g.must("fd_fdstat_set_rights", fd, RightFdRead, 0)
	events, errno = g.poll(sub{kind: eventFdRead, fd: fd}, sub{kind: eventFdWrite, fd: fd})
	wantEvents(t, "with the right to read", events, errno,
		event{userdata: 1, kind: eventFdRead, nbytes: 4}, event{userdata: 2, errno: ENOTCAPABLE, kind: eventFdWrite})
	g.must("fd_fdstat_set_rights", fd, 0, 0)
	events, errno = g.poll(sub{kind: eventFdRead, fd: fd})
	wantEvents(t, "without a right", events, errno, event{userdata: 1, errno: ENOTCAPABLE, kind: eventFdRead})
}

// A guest that waits is woken by Interrupt, however it waits.
func TestInterrupt(t *testing.T) {
	cause := errors.New("time is up")
	for name, wait := range map[string]func(g *guest){
		"sleep":            func(g *guest) { g.poll(sub{kind: eventClock, timeout: uint64(time.Hour)}) },
		"poll":             func(g *guest) { g.poll(sub{kind: eventFdRead}, sub{kind: eventClock, timeout: uint64(time.Hour)}) },
		"read":             func(g *guest) { g.read(0, 1) },
		"readv":            func(g *guest) { p, n := g.iovs("a", "b"); g.call("fd_read", 0, p, n, g.alloc(4)) },
		"write":            func(g *guest) { g.fill(1) },
		"open a pipe":      func(g *guest) { fd, _ := g.open(3, "fifo", 0, RightFdRead); g.read(fd, 1) },
		"open for writing": func(g *guest) { g.open(3, "fifo", 0, RightFdWrite) },
	} {
		t.Run(name, func(t *testing.T) {
			stdin, _ := pipe(t)
			_, stdout := pipe(t)
			dir := t.TempDir()
			makeFifo(t, dir+"/fifo")
			g := newGuestIn(t, abi.GuestConfig{Interruptible: true}, Config{}, Environment{Stdin: stdin, Stdout: stdout, Preopens: []Preopen{{Host: dir}}})
			started, ended := make(chan bool), make(chan bool)
			go func() {
				close(started)
				wait(g)
				close(ended)
			}()
			<-started
			g.h.guest.Interrupt(cause)
			g.h.guest.Interrupt(errors.New("another"))
			<-ended
			if got := g.h.guest.Cause(); got != cause {
				t.Errorf("cause %v", got)
			}
		})
	}
}

// fill writes to fd until that fails.
func (g *guest) fill(fd fdnum) {
	p, n := g.iovs(string(make([]byte, 64<<10)))
	out := g.alloc(4)
	for g.call("fd_write", fd, p, n, out) == Success {
	}
}
