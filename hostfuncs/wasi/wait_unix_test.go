//go:build unix

package wasi

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// ends of a pipe, socket pair or terminal-like stream, and how to make it.
var streams = map[string]func(t *testing.T) (r, w *os.File){
	"pipe": pipe,
	"socket": func(t *testing.T) (r, w *os.File) {
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		r, w = os.NewFile(uintptr(fds[0]), "r"), os.NewFile(uintptr(fds[1]), "w")
		t.Cleanup(func() { r.Close(); w.Close() })
		return r, w
	},
}

// A write to a stream is whole, whatever its length and whether or not the guest
// can be interrupted, with one buffer or many.
func TestWritesAreWhole(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 20_000)
	for name, stream := range streams {
		for _, interruptible := range []bool{false, true} {
			for _, pieces := range []int{1, 7, 500} {
				r, w := stream(t)
				fd := int(w.Fd()) // blocks from now on
				got := make(chan []byte)
				go func() {
					b, _ := io.ReadAll(r)
					got <- b
				}()
				g := newGuestIn(t, abi.GuestConfig{Interruptible: interruptible}, Config{}, Environment{Stdout: w})
				var bufs []string
				for i := range pieces {
					bufs = append(bufs, text[i*len(text)/pieces:(i+1)*len(text)/pieces])
				}
				p, n := g.iovs(bufs...)
				out := g.alloc(4)
				g.must("fd_write", 1, p, n, out)
				if got := abi.Get32(g.bytes(out, 4)); int(got) != len(text) {
					t.Errorf("%s, interruptible %t, %d buffers: wrote %d of %d", name, interruptible, pieces, got, len(text))
				}
				if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK != 0 {
					t.Errorf("%s: the flags that others share are now %#x, %v", name, flags, err)
				}
				w.Close()
				if b := <-got; !bytes.Equal(b, []byte(text)) {
					t.Errorf("%s, interruptible %t, %d buffers: %d bytes arrive, or not those", name, interruptible, pieces, len(b))
				}
			}
		}
	}
}

// A guest that asks a stream not to wait is told how much went.
func TestNonblockingWrite(t *testing.T) {
	for _, interruptible := range []bool{false, true} {
		_, w := pipe(t)
		g := newGuestIn(t, abi.GuestConfig{Interruptible: interruptible}, Config{}, Environment{Stdout: w})
		g.descriptor(1).base.Store(uint64(stdoutRights | RightFdFdstatSetFlags))
		g.must("fd_fdstat_set_flags", 1, int(fdflagNonblock))
		if n, errno := g.write(1, strings.Repeat("x", 200_000)); n <= 0 || n >= 200_000 || errno != Success {
			t.Errorf("interruptible %t: %d, %v", interruptible, n, errno)
		}
		if _, errno := g.write(1, "x"); errno != EAGAIN {
			t.Errorf("interruptible %t: then %v", interruptible, errno)
		}
	}
}

// A standard stream that others share and have told not to wait does so for the
// guest, which has not asked for that.
func TestInheritedNonblockingStream(t *testing.T) {
	for name, stream := range streams {
		for _, interruptible := range []bool{false, true} {
			r, w := stream(t)
			r, w = inherited(t, r), inherited(t, w)
			fds := [2]int{int(r.Fd()), int(w.Fd())}
			out := newGuestIn(t, abi.GuestConfig{Interruptible: interruptible}, Config{}, Environment{Stdout: w})
			in := newGuestIn(t, abi.GuestConfig{Interruptible: interruptible}, Config{}, Environment{Stdin: r})
			text := strings.Repeat("x", 300_000)
			wrote := make(chan int)
			go func() {
				n, _ := out.write(1, text)
				wrote <- n
			}()
			read := 0
			for read < len(text) {
				in.next = 8
				s, errno := in.read(0, 50_000)
				if errno != Success {
					t.Fatalf("%s, interruptible %t: read = %v", name, interruptible, errno)
				}
				read += len(s)
			}
			if n := <-wrote; n != len(text) {
				t.Errorf("%s, interruptible %t: wrote %d", name, interruptible, n)
			}
			for _, fd := range fds {
				if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK == 0 {
					t.Errorf("%s: the flags that others share are now %#x, %v", name, flags, err)
				}
			}
		}
	}
}

// inherited is f as a process that is started finds it, told not to wait.
func inherited(t *testing.T, f *os.File) *os.File {
	t.Helper()
	fd, err := unix.Dup(int(f.Fd()))
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	f = os.NewFile(uintptr(fd), f.Name())
	t.Cleanup(func() { f.Close() })
	return f
}

// waits expects call to wait until it is told to go on, or the guest is interrupted.
func waits(t *testing.T, g *guest, call func() Errno, end func()) {
	t.Helper()
	done := make(chan Errno, 1)
	go func() { done <- call() }()
	for range 1000 { // turns for what does not wait to show
		select {
		case errno := <-done:
			t.Fatalf("does not wait: %v", errno)
		default:
			runtime.Gosched()
		}
	}
	want := Success
	if end == nil {
		want = EINTR
		end = func() { g.h.guest.Interrupt(errors.New("time is up")) }
	}
	end()
	select {
	case errno := <-done:
		if errno != want {
			t.Errorf("ends with %v, want %v", errno, want)
		}
	case <-time.After(time.Minute):
		t.Error("does not end")
	}
}

// Opening a pipe waits for its other end, in a guest that can be interrupted, too.
func TestOpenFifoWaits(t *testing.T) {
	for name, c := range map[string]struct {
		rights Rights
		other  int
	}{"to read": {RightFdRead, os.O_WRONLY}, "to write": {RightFdWrite, os.O_RDONLY}} {
		for _, interrupted := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				dir := t.TempDir()
				makeFifo(t, dir+"/fifo")
				g := newGuestIn(t, abi.GuestConfig{Interruptible: true}, Config{}, Environment{Preopens: []Preopen{{Host: dir}}})
				end := func() {
					f, err := os.OpenFile(dir+"/fifo", c.other, 0)
					if err != nil {
						t.Error(err)
						return
					}
					f.Close()
				}
				if interrupted {
					end = nil
				}
				waits(t, g, func() Errno { _, errno := g.open(3, "fifo", 0, c.rights); return errno }, end)
				if interrupted { // let go of what still waits
					f, err := os.OpenFile(dir+"/fifo", os.O_RDWR, 0)
					if err != nil {
						t.Fatal(err)
					}
					f.Close()
				}
			})
		}
	}
}

// A write that the system cannot be asked not to make wait is left to itself.
func TestPolledWriteIsInterrupted(t *testing.T) {
	r, w := pipe(t)
	w.Fd()
	g := newGuestIn(t, abi.GuestConfig{Interruptible: true}, Config{}, Environment{Stdout: w})
	d, _ := g.h.table.get(1)
	v := &hostfs.Vector{Bufs: [][]byte{bytes.Repeat([]byte("x"), 3000), []byte("yz")}}
	if n, err := g.h.polledStep(d, writing, v); n != 3002 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	waits(t, g, func() Errno {
		for {
			if err := g.h.patiently(d, func() error { _, err := d.file.Write(v.Bufs[0]); return err }); err != nil {
				return errnoOf(err)
			}
		}
	}, nil)
	go io.Copy(io.Discard, r)
}

// What moves files in pieces moves all, wherever the pieces end.
func TestFilesInPieces(t *testing.T) {
	const n = filePiece + filePiece/2 + 3
	dir := t.TempDir()
	g := newGuestIn(t, abi.GuestConfig{Interruptible: true}, Config{}, Environment{Preopens: []Preopen{{Host: dir}}})
	g.mem.b = make([]byte, 2*n+4096)
	fd := g.mustOpen(3, "f", oflagCreat, fileRights)
	for i := range n {
		g.mem.b[4096+i] = byte(i * i >> 7)
	}
	iovs := func(base uint32) {
		for i, part := range [][2]uint32{{0, 5}, {5, filePiece}, {5 + filePiece, n - filePiece - 5}} {
			abi.Put32(g.mem.b[2048+8*i:], base+part[0])
			abi.Put32(g.mem.b[2052+8*i:], part[1])
		}
	}
	count := func(what string, want int) {
		t.Helper()
		if got := abi.Get32(g.mem.b[2000:]); int(got) != want {
			t.Errorf("%s: %d bytes, want %d", what, got, want)
		}
	}
	iovs(4096)
	g.must("fd_write", fd, 2048, 3, 2000)
	count("write", n)
	g.must("fd_pwrite", fd, 2048, 3, n, 2000)
	count("pwrite", n)
	iovs(4096 + n)
	g.must("fd_pread", fd, 2048, 3, n, 2000)
	count("pread", n)
	if !bytes.Equal(g.mem.b[4096:4096+n], g.mem.b[4096+n:]) {
		t.Error("what is read is not what was written")
	}
	g.must("fd_pread", fd, 2048, 3, 2*n-filePiece-1, 2000)
	count("the end", filePiece+1)
	g.must("fd_pread", fd, 2048, 3, 2*n, 2000)
	count("beyond the end", 0)
}

// A guest that is called again after it was interrupted waits as before.
func TestWaitingAfterResume(t *testing.T) {
	r, w := pipe(t)
	g := newGuestIn(t, abi.GuestConfig{Interruptible: true}, Config{}, Environment{Stdin: r})
	g.poll(sub{kind: eventFdRead, fd: 0}, sub{kind: eventClock, timeout: 1}) // makes what is kept to be woken by
	g.h.guest.Interrupt(errors.New("time is up"))
	if _, errno := g.read(0, 1); errno != EINTR {
		t.Errorf("read = %v, want INTR", errno)
	}
	g.h.guest.Resume()
	if due, errno := g.poll(sub{kind: eventFdRead, fd: 0}, sub{kind: eventClock, timeout: 1}); len(due) != 1 || errno != Success {
		t.Errorf("%d events, %v; want the clock's", len(due), errno)
	}
	done := make(chan string)
	go func() {
		s, errno := g.read(0, 1)
		done <- s + " " + errno.String()
	}()
	w.WriteString("x")
	if got := <-done; got != "x SUCCESS" {
		t.Errorf("read: %s", got)
	}
}
