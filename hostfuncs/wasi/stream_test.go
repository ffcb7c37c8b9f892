package wasi

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// Standard streams may be any reader and writer. They look like pipes.
func TestStreamsOfReadersAndWriters(t *testing.T) {
	for name, gc := range map[string]abi.GuestConfig{"plain": {}, "interruptible": {Interruptible: true}} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			g := newGuestIn(t, gc, Config{MaxOutput: 100}, Environment{Stdin: strings.NewReader("input"), Stdout: &out})
			if s, errno := g.read(0, 3); s != "inp" || errno != Success {
				t.Errorf("%q, %v", s, errno)
			}
			p, n := g.iovs("?", "????")
			count := g.alloc(4)
			g.must("fd_read", 0, p, n, count)
			if got := abi.Get32(g.bytes(count, 4)); got == 0 || got > 2 {
				t.Errorf("%d bytes", got)
			}
			for range 2 {
				g.must("fd_read", 0, p, n, count)
			}
			if got := abi.Get32(g.bytes(count, 4)); got != 0 {
				t.Errorf("%d bytes behind the end", got)
			}
			p, n = g.iovs("one ", "", "two")
			g.must("fd_write", 1, p, n, count)
			if out.String() != "one two" || abi.Get32(g.bytes(count, 4)) != 7 {
				t.Errorf("written: %q", out.String())
			}
			stat := g.alloc(24)
			g.must("fd_fdstat_get", 1, stat)
			if kind := Filetype(g.bytes(stat, 1)[0]); kind != filetypeUnknown {
				t.Errorf("a stream is of type %d", kind)
			}
			g.want(ENOTCAPABLE, "fd_write", 0, p, n, count)
			g.want(ENOTCAPABLE, "fd_seek", 1, 0, 1, g.alloc(8))
			if due, errno := g.poll(sub{kind: eventFdRead, fd: 0}, sub{kind: eventFdWrite, fd: 1}); len(due) != 2 || errno != Success {
				t.Errorf("%d streams are ready, want both", len(due))
			}
		})
	}
}

// A stream that nobody reads any more is a broken pipe.
func TestWriterThatIsClosed(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	g := newGuest(t, Config{}, Environment{Stdout: w})
	if _, errno := g.write(1, "x"); errno != EPIPE {
		t.Errorf("write = %v, want PIPE", errno)
	}
}

// A read of a reader that gives nothing ends when the guest is interrupted.
func TestReaderIsLeftWhenInterrupted(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	g := newGuestIn(t, abi.GuestConfig{Interruptible: true}, Config{}, Environment{Stdin: r})
	done := make(chan Errno)
	go func() {
		_, errno := g.read(0, 8)
		done <- errno
	}()
	g.h.guest.Interrupt(errors.New("time is up"))
	if errno := <-done; errno != EINTR {
		t.Errorf("read = %v, want INTR", errno)
	}
}

// A closed stream is none, also one of the host that is nil.
func TestNoStreams(t *testing.T) {
	var none *os.File
	h := New(abi.NewGuest(abi.GuestConfig{}), Config{})
	defer h.Close()
	h.Init(Environment{Stdin: none, Stdout: none})
	if n := h.table.Len(); n != 0 {
		t.Errorf("%d descriptors", n)
	}
}

// A tree of files is a directory that can be read and not changed.
func TestPreopenOfFS(t *testing.T) {
	tree := fstest.MapFS{"d/a": {Data: []byte("text")}, "b": {Data: []byte("other")}}
	g := newGuest(t, Config{}, Environment{Preopens: []Preopen{{Guest: "g", FS: tree}}})
	fd := g.mustOpen(3, "d/../d/./a", 0, readRights)
	if s, errno := g.read(fd, 10); s != "text" || errno != Success {
		t.Errorf("%q, %v", s, errno)
	}
	for name, want := range map[string]Errno{"../b": EPERM, "d/../../b": EPERM, "/b": EPERM, "x": ENOENT, "b/x": ENOTDIR, "b/": ENOTDIR, "": ENOENT} {
		if _, errno := g.open(3, name, 0, readRights); errno != want {
			t.Errorf("%q: %v, want %v", name, errno, want)
		}
	}
	d := g.mustOpen(3, "d", oflagDirectory, readRights&^RightFdSeek)
	if _, errno := g.open(d, "../b", 0, 0); errno == Success {
		t.Error("a directory leads to what is above it")
	}
	g.want(ENOTCAPABLE, "path_unlink_file", 3, "b")
	g.want(ENOTCAPABLE, "path_create_directory", 3, "new")
	if _, errno := g.open(3, "new", oflagCreat, RightFdWrite); errno != ENOTCAPABLE {
		t.Errorf("create: %v", errno)
	}
	failed := g.h.Init(Environment{Preopens: []Preopen{{FS: fstest.MapFS{".": {Mode: 0o644}}}, {FS: os.DirFS("nothing")}}})
	if len(failed) != 2 || failed[0].Errno != ENOTDIR || failed[1].Errno != ENOENT {
		t.Errorf("%v", failed)
	}
}
