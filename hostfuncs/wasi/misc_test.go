package wasi

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/sys"

	"github.com/wazedge/wazedge/hostfuncs/abi"

	"github.com/wazedge/wazedge/hostfuncs/hostfs/escape"
)

func TestArgsAndEnvironment(t *testing.T) {
	list := []string{"prog.wasm", "", "a b", "ü", "A=1"}
	g := newGuest(t, Config{}, Environment{Args: list, Env: slices.Clone(list[1:])})
	for _, c := range []struct {
		get  string
		want []string
	}{{"args", list}, {"environ", list[1:]}} {
		count, size := g.alloc(4), g.alloc(4)
		g.must(c.get+"_sizes_get", count, size)
		if got, want := abi.Get32(g.bytes(size, 4)), len(strings.Join(c.want, " "))+1; int(got) != want {
			t.Errorf("%s take %d bytes, want %d", c.get, got, want)
		}
		array, buf := g.alloc(4*len(c.want)), g.alloc(int(abi.Get32(g.bytes(size, 4))))
		g.must(c.get+"_get", array, buf)
		for i, want := range c.want {
			at := abi.Get32(g.bytes(array+ptr(4*i), 4))
			text, _, _ := bytes.Cut(g.mem.b[at:], []byte{0})
			if string(text) != want {
				t.Errorf("%s %d is %q, want %q", c.get, i, text, want)
			}
		}
	}
}

// Before Init there is nothing.
func TestBeforeInit(t *testing.T) {
	h := New(abi.NewGuest(abi.GuestConfig{}), Config{})
	defer h.Close()
	g := &guest{t: t, h: h, mem: &testMemory{b: make([]byte, 1024)}, next: 8}
	count, size := g.alloc(4), g.alloc(4)
	g.must("args_sizes_get", count, size)
	if got := abi.Get32(g.bytes(count, 4)); got != 0 {
		t.Errorf("%d arguments", got)
	}
	if _, errno := g.write(1, "x"); errno != EBADF {
		t.Errorf("write = %v, want BADF", errno)
	}
}

func TestClocks(t *testing.T) {
	g := newGuest(t, Config{}, Environment{})
	p := g.alloc(8)
	for id := range 4 {
		g.must("clock_res_get", id, p)
		if got := abi.Get64(g.bytes(p, 8)); got != 1 {
			t.Errorf("clock %d: resolution %d", id, got)
		}
		last := uint64(0)
		for range 3 {
			g.must("clock_time_get", id, 0, p)
			now := abi.Get64(g.bytes(p, 8))
			if now < last || now == 0 {
				t.Errorf("clock %d: %d after %d", id, now, last)
			}
			last = now
		}
	}
	g.must("clock_time_get", int(clockRealtime), 0, p)
	if got := time.Unix(0, int64(abi.Get64(g.bytes(p, 8)))); time.Since(got).Abs() > time.Minute {
		t.Errorf("the time is %v", got)
	}
	g.want(EINVAL, "clock_time_get", 4, 0, p)
	g.want(EINVAL, "clock_res_get", 4, p)
}

func TestRandom(t *testing.T) {
	g := newGuest(t, Config{}, Environment{})
	a, b := g.alloc(32), g.alloc(32)
	g.must("random_get", a, 32)
	g.must("random_get", b, 32)
	g.must("random_get", b, 0)
	if bytes.Equal(g.bytes(a, 32), g.bytes(b, 32)) || bytes.Equal(g.bytes(a, 32), make([]byte, 32)) {
		t.Error("random bytes are not")
	}
}

func TestPrestat(t *testing.T) {
	g := newGuest(t, Config{}, Environment{Preopens: []Preopen{{Guest: "/a/b", Host: t.TempDir()}}})
	p := g.alloc(8)
	g.must("fd_prestat_get", 3, p)
	if got := abi.Get64(g.bytes(p, 8)); got != 3<<32 {
		t.Errorf("prestat %#x, want a directory with a name of 3 bytes", got)
	}
	buf := g.alloc(8)
	copy(g.bytes(buf, 8), "????????")
	g.must("fd_prestat_dir_name", 3, buf, 5)
	if got := string(g.bytes(buf, 8)); got != "a/b?????" {
		t.Errorf("name %q", got)
	}
	g.want(ENAMETOOLONG, "fd_prestat_dir_name", 3, buf, 2)
	g.want(EINVAL, "fd_prestat_get", 1, p)
	g.want(EBADF, "fd_prestat_get", 4, p)
	g.want(EBADF, "fd_prestat_dir_name", 4, buf, 5)
}

func TestCanonicalGuest(t *testing.T) {
	for in, want := range map[string]string{
		"/c": "c", "b": "b", "./x/../y/": "./y", ".": ".", "d3/": "d3", "/../q//r/": "q/r", "": "/", "/": "/",
		"a/.git": "a", "./.x": ".", "..": "/", "a/b/.c": "a/b/.c", "a/../..": "/", "//": "/", "./": ".",
	} {
		if got := CanonicalGuest(in); got != want {
			t.Errorf("CanonicalGuest(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSymlinkAndReadlink(t *testing.T) {
	g, dir := newDirGuest(t, ReadWrite, "d/")
	g.must("path_symlink", "d/target", 3, "l")
	if got, err := os.Readlink(filepath.Join(dir, "l")); err != nil || got != "d/target" {
		t.Errorf("the link says %q, %v", got, err)
	}
	buf, n := g.alloc(16), g.alloc(4)
	for _, c := range []struct {
		size int
		want string
	}{{16, "d/target"}, {8, "d/target"}, {3, "d/t"}} {
		g.must("path_readlink", 3, "l", buf, c.size, n)
		if got := string(g.bytes(buf, int(abi.Get32(g.bytes(n, 4))))); got != c.want {
			t.Errorf("%d bytes of the link say %q, want %q", c.size, got, c.want)
		}
	}
	g.want(EINVAL, "path_readlink", 3, "l", buf, 0, n)
	g.want(EINVAL, "path_readlink", 3, "none", buf, 0, n)
	g.want(ENOENT, "path_readlink", 3, "none/l", buf, 0, n)
	g.want(EINVAL, "path_readlink", 3, "d", buf, 16, n)
	g.want(EINVAL, "path_readlink", 3, "d/", buf, 16, n)
	g.want(ENOENT, "path_readlink", 3, "none", buf, 16, n)
	g.want(EEXIST, "path_symlink", "x", 3, "l")
	g.want(ENOENT, "path_symlink", "x", 3, "new/")
}

// A rename goes from one mapping to another.
func TestRenameAcrossMappings(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	escape.Tree(t, a, "f=text")
	g := newGuest(t, Config{}, Environment{Preopens: []Preopen{{Guest: "a", Host: a}, {Guest: "b", Host: b}}})
	g.must("path_rename", 3, "f", 4, "g")
	if text, err := os.ReadFile(filepath.Join(b, "g")); err != nil || string(text) != "text" {
		t.Errorf("moved file is %q, %v", text, err)
	}
	g.must("path_link", 4, 0, "g", 3, "h")
	g.want(ENOENT, "path_rename", 3, "f", 4, "g")
	g.must("path_create_directory", 3, "d")
	g.want(EISDIR, "path_rename", 3, "h", 3, "d")
	g.want(ENOTDIR, "path_rename", 3, "d", 3, "h")
	g.want(EINVAL, "path_rename", 3, "d", 3, "d/sub")
	g.must("path_rename", 3, "d/", 3, "e/")
	g.want(EPERM, "path_link", 3, 0, "e", 3, "l")
}

func TestProcExit(t *testing.T) {
	g := newGuest(t, Config{}, Environment{})
	defer func() {
		if e, ok := recover().(*sys.ExitError); !ok || e.ExitCode() != 1<<32-1 {
			t.Errorf("exit is %v", e)
		}
	}()
	g.call("proc_exit", uint64(1<<32-1))
}

func TestProcRaise(t *testing.T) {
	g := newGuest(t, Config{}, Environment{})
	g.must("proc_raise", 0)
	g.want(EINVAL, "proc_raise", 31)
	g.want(EINVAL, "proc_raise", uint64(1<<32-1))
	g.must("sched_yield")
}

func TestOutputLimit(t *testing.T) {
	out, stdout := pipe(t)
	g := newGuest(t, Config{MaxOutput: 10}, Environment{Stdout: stdout, Stderr: stdout})
	for _, c := range []struct {
		fd   fdnum
		text string
		n    int
	}{{1, "12345", 5}, {2, "678", 3}, {2, "", 0}, {1, "90abc", 2}} {
		if cause := g.h.guest.Cause(); cause != nil {
			t.Errorf("the guest is ended by %v before %q", cause, c.text)
		}
		if n, errno := g.write(c.fd, c.text); n != c.n || errno != Success {
			t.Errorf("write %q = %d, %v; want %d", c.text, n, errno, c.n)
		}
	}
	if !errors.Is(g.h.guest.Cause(), ErrOutputLimit) {
		t.Errorf("a guest of whose output the end was cut is ended by %v", g.h.guest.Cause())
	}
	if _, errno := g.write(2, ""); errno != Success {
		t.Errorf("writing nothing = %v", errno)
	}
	if g.write(1, "x"); !errors.Is(g.h.guest.Cause(), ErrOutputLimit) {
		t.Errorf("the guest is ended by %v", g.h.guest.Cause())
	}
	stdout.Close()
	b := make([]byte, 20)
	if n, _ := out.Read(b); string(b[:n]) != "1234567890" {
		t.Errorf("output %q", b[:n])
	}
}

// Functions of snapshot 0 have its structures and constants.
func TestUnstable(t *testing.T) {
	g, _ := newDirGuest(t, ReadWrite, "f=12345")
	fd := g.mustOpen(3, "f", 0, fileRights)
	at := g.alloc(8)
	for _, c := range []struct{ offset, whence, want int }{{2, 2, 2}, {1, 0, 3}, {-1, 1, 4}} {
		if errno := g.callIn(UnstableModuleName, "fd_seek", fd, c.offset, c.whence, at); errno != Success {
			t.Fatal(errno)
		}
		if got := abi.Get64(g.bytes(at, 8)); got != uint64(c.want) {
			t.Errorf("seek %d from %d: at %d, want %d", c.offset, c.whence, got, c.want)
		}
	}
	stat := g.alloc(64)
	abi.Put64(g.bytes(stat+56, 8), 77)
	for _, call := range [][]any{{"fd_filestat_get", fd, stat}, {"path_filestat_get", 3, 0, "f", stat}} {
		if errno := g.callIn(UnstableModuleName, call[0].(string), call[1:]...); errno != Success {
			t.Fatal(errno)
		}
		b := g.bytes(stat, 64)
		if b[16] != byte(filetypeRegularFile) || abi.Get32(b[20:]) != 1 || abi.Get64(b[24:]) != 5 || abi.Get64(b[56:]) != 77 {
			t.Errorf("%s wrote %x", call[0], b)
		}
	}
	in, out, n := g.alloc(56*2), g.alloc(64), g.alloc(4)
	b := g.bytes(in, 112)
	abi.Put64(b, 1)
	abi.Put64(b[32:], uint64(time.Hour))
	abi.Put64(b[56:], 2)
	b[56+8] = byte(eventFdRead)
	abi.Put32(b[56+16:], uint32(fd))
	if errno := g.callIn(UnstableModuleName, "poll_oneoff", in, out, 2, n); errno != Success || abi.Get32(g.bytes(n, 4)) != 1 || abi.Get64(g.bytes(out, 8)) != 2 {
		t.Errorf("poll: %v, %d events, %x", errno, abi.Get32(g.bytes(n, 4)), g.bytes(out, 32))
	}
	for name, want := range map[string]bool{"epoll_oneoff": false, "sock_accept": false, "sock_open": false, "sock_recv": true, "proc_exit": true} {
		if ok := find(UnstableModuleName, name) != nil; ok != want {
			t.Errorf("snapshot 0 has %s: %v", name, ok)
		}
	}
}
