package wasi

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

func TestFileReadWriteSeek(t *testing.T) {
	g, dir := newDirGuest(t, ReadWrite)
	fd := g.mustOpen(3, "f", oflagCreat, fileRights)
	if fd != 4 {
		t.Errorf("first descriptor %d, want 4", fd)
	}
	if n, errno := g.write(fd, "hello world"); n != 11 || errno != Success {
		t.Fatalf("write = %d, %v", n, errno)
	}
	at := g.alloc(8)
	for _, c := range []struct {
		offset int
		whence whence
		want   uint64
		errno  Errno
	}{
		{6, whenceSet, 6, Success},
		{-2, whenceCur, 4, Success},
		{-5, whenceEnd, 6, Success},
		{-1, whenceSet, 6, EINVAL},
		{0, 3, 6, EINVAL},
	} {
		abi.Put64(g.bytes(at, 8), c.want)
		g.want(c.errno, "fd_seek", fd, c.offset, int(c.whence), at)
		if got := abi.Get64(g.bytes(at, 8)); got != c.want {
			t.Errorf("seek %d from %d: at %d, want %d", c.offset, c.whence, got, c.want)
		}
	}
	if s, errno := g.read(fd, 100); s != "world" || errno != Success {
		t.Errorf("read = %q, %v", s, errno)
	}
	g.must("fd_tell", fd, at)
	if got := abi.Get64(g.bytes(at, 8)); got != 11 {
		t.Errorf("tell = %d, want 11", got)
	}
	g.must("fd_close", fd)
	g.want(EBADF, "fd_close", fd)
	if b, err := os.ReadFile(filepath.Join(dir, "f")); err != nil || string(b) != "hello world" {
		t.Errorf("file is %q, %v", b, err)
	}
}

func TestVectors(t *testing.T) {
	g, _ := newDirGuest(t, ReadWrite)
	fd := g.mustOpen(3, "f", oflagCreat, fileRights)
	out := g.alloc(4)
	p, n := g.iovs("one ", "", "two ", "three")
	g.must("fd_write", fd, p, n, out)
	if got := abi.Get32(g.bytes(out, 4)); got != 13 {
		t.Errorf("wrote %d, want 13", got)
	}
	p, n = g.iovs("??", "??", "??????????????")
	g.must("fd_pread", fd, p, n, 4, out)
	if got := abi.Get32(g.bytes(out, 4)); got != 9 {
		t.Errorf("read %d, want 9", got)
	}
	var text string
	for i := range 3 {
		io := g.bytes(p+ptr(8*i), 8)
		text += string(g.bytes(ptr(abi.Get32(io)), int(abi.Get32(io[4:]))))
	}
	if want := "two three?????????"; text != want {
		t.Errorf("buffers hold %q, want %q", text, want)
	}
	p, n = g.iovs("XX", "YY")
	g.must("fd_pwrite", fd, p, n, 0, out)
	g.must("fd_write", fd, 0, 0, out)
	if got := abi.Get32(g.bytes(out, 4)); got != 0 {
		t.Errorf("an empty list wrote %d", got)
	}
	g.want(EINVAL, "fd_write", fd, p, maxIOVs+1, out)
	g.want(EINVAL, "fd_pwrite", fd, p, n, uint64(1)<<63, out)
}

func TestAppend(t *testing.T) {
	g, dir := newDirGuest(t, ReadWrite, "f=abc")
	fd, errno := g.openWith(3, 0, "f", 0, fileRights, 0, fdflagAppend)
	if errno != Success {
		t.Fatal(errno)
	}
	if _, errno := g.write(fd, "def"); errno != Success {
		t.Fatal(errno)
	}
	stat := g.alloc(24)
	g.must("fd_fdstat_get", fd, stat)
	if got := abi.Get16(g.bytes(stat+2, 2)); fdflags(got) != fdflagAppend {
		t.Errorf("flags %#x, want append", got)
	}
	g.must("fd_fdstat_set_flags", fd, 0)
	at := g.alloc(8)
	g.must("fd_seek", fd, 0, int(whenceSet), at)
	if _, errno := g.write(fd, "A"); errno != Success {
		t.Fatal(errno)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "f")); string(b) != "Abcdef" {
		t.Errorf("file is %q", b)
	}
}

func TestDescriptorsAreLowestFree(t *testing.T) {
	g, _ := newDirGuest(t, ReadWrite, "a", "b", "c")
	open := func(name string) fdnum { return g.mustOpen(3, name, 0, readRights) }
	a, b := open("a"), open("b")
	g.must("fd_close", a)
	c := open("c")
	if a != 4 || b != 5 || c != 4 {
		t.Errorf("descriptors %d %d %d, want 4 5 4", a, b, c)
	}
	g.want(EBADF, "fd_renumber", b, 9)
	g.want(EBADF, "fd_renumber", 9, b)
	g.must("fd_renumber", b, b)
	g.must("fd_renumber", b, c)
	g.want(EBADF, "fd_close", b)
	if next := open("a"); next != 5 {
		t.Errorf("descriptor %d after renumbering, want 5", next)
	}
	g.want(EBADF, "fd_close", -1)
	g.want(EBADF, "fd_close", 1<<31)
}

func TestOpenFileLimit(t *testing.T) {
	dir := t.TempDir()
	g := newGuest(t, Config{MaxOpenFiles: 6}, Environment{Preopens: []Preopen{{Guest: "g", Host: dir}}})
	for range 2 {
		g.mustOpen(3, "f", oflagCreat, fileRights)
	}
	if _, errno := g.open(3, "new", oflagCreat, fileRights); errno != EMFILE {
		t.Errorf("open beyond the limit = %v, want MFILE", errno)
	}
	if _, err := os.Lstat(filepath.Join(dir, "new")); err == nil {
		t.Error("the refused open made the file")
	}
	g.must("fd_close", 4)
	g.mustOpen(3, "new", oflagCreat, fileRights)
}
