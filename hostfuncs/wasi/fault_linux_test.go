package wasi

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"

	"github.com/wazedge/wazedge/hostfuncs/hostfs/escape"
)

// The system's errors reach the guest as what they are.

func TestNoSpaceOnDevice(t *testing.T) {
	if _, err := os.Stat("/dev/full"); errors.Is(err, os.ErrNotExist) {
		t.Skip("this system has no full device")
	}
	g := newGuest(t, Config{}, Environment{Preopens: []Preopen{{Guest: "dev", Host: "/dev"}}})
	fd := g.mustOpen(3, "full", 0, RightFdWrite)
	if _, errno := g.write(fd, "x"); errno != ENOSPC {
		t.Errorf("write = %v, want NOSPC", errno)
	}
	p, n := g.iovs("x", "y")
	g.want(ENOSPC, "fd_write", fd, p, n, g.alloc(4))
}

func TestFullFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", 0, "size=64k"); err == unix.EPERM {
		t.Skip("may not mount a small file system")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	g := newGuest(t, Config{}, Environment{Preopens: []Preopen{{Guest: "g", Host: dir}}})
	fd := g.mustOpen(3, "f", oflagCreat, fileRights)
	block := strings.Repeat("x", 10_000)
	var errno Errno
	total := 0
	for errno == Success && total < 1<<20 {
		g.next = 8
		var n int
		n, errno = g.write(fd, block)
		total += n
	}
	if errno != ENOSPC || total > 64<<10 {
		t.Errorf("wrote %d bytes, then %v; want NOSPC", total, errno)
	}
	g.want(ENOSPC, "fd_allocate", fd, 0, 1<<20)
	g.must("path_unlink_file", 3, "f")
	g.must("fd_close", fd)
}

func TestReadError(t *testing.T) {
	if f, err := os.Open("/proc/self/mem"); err != nil {
		t.Skip("nobody can open it here:", err)
	} else {
		f.Close()
	}
	g := newGuest(t, Config{}, Environment{Preopens: []Preopen{{Guest: "proc", Host: "/proc/self"}}})
	fd := g.mustOpen(3, "mem", 0, RightFdRead)
	if _, errno := g.read(fd, 1); errno != EIO {
		t.Errorf("read of an unmapped page = %v, want IO", errno)
	}
}

func TestClosedPeer(t *testing.T) {
	stdin, in := pipe(t)
	out, stdout := pipe(t)
	g := newGuest(t, Config{}, Environment{Stdin: stdin, Stdout: stdout})
	in.WriteString("last")
	in.Close()
	out.Close()
	for _, want := range []string{"la", "st", "", ""} {
		if got, errno := g.read(0, 2); got != want || errno != Success {
			t.Errorf("read = %q, %v; want %q", got, errno, want)
		}
	}
	if _, errno := g.write(1, "x"); errno != EPIPE {
		t.Errorf("write = %v, want PIPE", errno)
	}
}

func TestShortReadsAndWrites(t *testing.T) {
	stdin, in := pipe(t)
	_, stdout := pipe(t)
	g := newGuest(t, Config{}, Environment{Stdin: stdin, Stdout: stdout})
	if err := g.descriptor(1).file.SetFlags(hostfs.FlagNonblock); err != nil {
		t.Fatal(err)
	}
	in.WriteString("abc")
	p, n := g.iovs("??", "????????")
	out := g.alloc(4)
	g.must("fd_read", 0, p, n, out)
	if got := abi.Get32(g.bytes(out, 4)); got != 3 {
		t.Errorf("read %d bytes, want 3", got)
	}
	n1, errno := g.write(1, strings.Repeat("x", 200_000))
	if n1 <= 0 || n1 >= 200_000 || errno != Success {
		t.Errorf("write to a pipe of less room = %d, %v", n1, errno)
	}
	if _, errno := g.write(1, "x"); errno != EAGAIN {
		t.Errorf("write to a full pipe = %v, want AGAIN", errno)
	}
}

// Signals that this process handles do not show in a guest's calls.
func TestSignalsDoNotShow(t *testing.T) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	defer signal.Stop(c)
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				unix.Kill(unix.Getpid(), unix.SIGUSR1)
			}
		}
	}()
	stdin, in := pipe(t)
	g := newGuest(t, Config{}, Environment{Stdin: stdin})
	for range 20 {
		events, errno := g.poll(sub{kind: eventFdRead}, sub{kind: eventClock, timeout: uint64(5 * time.Millisecond)})
		wantEvents(t, "poll", events, errno, event{userdata: 2})
	}
	go func() {
		for range 50 { // of which some come while the read waits
			<-c
		}
		in.WriteString("x")
	}()
	if s, errno := g.read(0, 1); s != "x" || errno != Success {
		t.Errorf("read = %q, %v", s, errno)
	}
	close(stop)
	<-stopped
}

// openFiles is how many descriptors this process has.
func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(list)
}

// Neither calls that work nor calls that fail leave descriptors behind.
func TestNoDescriptorLeaks(t *testing.T) {
	escape.Resolvers(t, func(t *testing.T, o hostfs.Options) {
		dir := t.TempDir()
		escape.Tree(t, dir, escape.InsideTree...)
		g := newGuestIn(t, abi.GuestConfig{Interruptible: true}, Config{}, Environment{})
		guest := mapping(g, dir, o)
		g.poll(sub{kind: eventFdRead, fd: 3}) // makes what is kept to be woken by
		before := openFiles(t)
		for range 3 {
			for _, a := range escape.Attempts {
				guest.Do(escape.Parse(strings.NewReplacer("%R", "/r", "%L", "long", "%N", "name").Replace(a.Line)))
			}
			for _, op := range []string{"mkdir dir/n", "rename dir/n dir/sub/n", "rmdir dir/sub/n", "symlink ../file dir/l",
				"readlink dir/l", "stat dir/l", "times dir/l", "ltimes dir/l", "link dir/l dir/l2", "followlink dir/l dir/l3",
				"unlink dir/l", "unlink dir/l2", "unlink dir/l3", "stat dir/sub/../../self/dir/"} {
				if errno := guest.Do(escape.Parse(op)); errno != 0 {
					t.Errorf("%s = %v", op, errno)
				}
			}
			g.next = 8
			if fd := g.mustOpen(3, "dir/sub", oflagDirectory, readRights); fd != 4 {
				t.Fatalf("descriptor %d is the next one", fd)
			}
			g.list(4, 4096, 0, true)
			g.must("fd_renumber", 4, g.mustOpen(3, "file", 0, readRights))
			g.must("fd_close", 5)
		}
		if after := openFiles(t); after != before {
			t.Errorf("%d descriptors before, %d after", before, after)
		}
	})
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	escape.Tree(t, filepath.Dir(file), "file")
	before := openFiles(t)
	h := New(abi.NewGuest(abi.GuestConfig{Interruptible: true}), Config{MaxOpenFiles: 10})
	errs := h.Init(Environment{Preopens: []Preopen{{Host: dir}, {Host: dir + "/nothing"}, {Host: file}}})
	if len(errs) != 2 || errs[0].Errno != ENOENT || errs[1].Errno != ENOTDIR {
		t.Errorf("errors %v", errs)
	}
	h.guest.Interrupt(errors.New("end"))
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors before a host, %d after", before, after)
	}
}

// A descriptor that is closed by one thread while another uses it stays what it is
// until the other is done.
func TestCloseWhileReading(t *testing.T) {
	stdin, in := pipe(t)
	g := newGuest(t, Config{}, Environment{})
	dup, err := unix.Dup(int(stdin.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	fd, errno := g.h.table.add(newDescriptor(hostfs.OfSocket(dup, hostfs.KindUnknown), stdinRights, 0, ReadWrite))
	if errno != Success {
		t.Fatal(errno)
	}
	d, _ := g.h.table.get(fd) // as a read under way does
	g.must("fd_close", fd)
	g.want(EBADF, "fd_close", fd)
	in.WriteString("x")
	if n, err := d.file.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("read = %d, %v", n, err)
	}
	if err := d.Release(); err != nil {
		t.Error(err)
	}
	if _, err := d.file.Flags(); err != unix.EBADF {
		t.Errorf("after the last use: %v", err)
	}
}
