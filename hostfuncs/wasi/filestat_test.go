package wasi

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// stat is the structure that path_filestat_get writes.
func (g *guest) stat(path string, follow int) ([]byte, Errno) {
	g.t.Helper()
	p := g.alloc(filestatSize)
	errno := g.call("path_filestat_get", 3, follow, path, p)
	return g.bytes(p, filestatSize), errno
}

func TestFilestat(t *testing.T) {
	g, dir := newDirGuest(t, ReadWrite, "f=12345", "l => f", "d/")
	at := time.Unix(1234, 5678)
	if err := os.Chtimes(filepath.Join(dir, "f"), at, at.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	g.must("path_link", 3, 0, "f", 3, "f2")
	b, errno := g.stat("f", 0)
	if errno != Success {
		t.Fatal(errno)
	}
	for _, c := range []struct {
		name string
		at   int
		want uint64
	}{
		{"nlink", 24, 2}, {"size", 32, 5}, {"atim", 40, uint64(at.UnixNano())}, {"mtim", 48, uint64(at.Add(time.Second).UnixNano())},
	} {
		if got := abi.Get64(b[c.at:]); got != c.want {
			t.Errorf("%s = %d, want %d", c.name, got, c.want)
		}
	}
	for _, c := range []struct {
		path   string
		follow int
		want   Filetype
	}{
		{"f", 0, filetypeRegularFile}, {"d", 0, filetypeDirectory}, {".", 0, filetypeDirectory}, {"d/", 0, filetypeDirectory},
		{"l", 0, filetypeSymbolicLink}, {"l", 1, filetypeRegularFile},
	} {
		if b, errno := g.stat(c.path, c.follow); errno != Success || Filetype(b[16]) != c.want {
			t.Errorf("type of %s (follow %d) is %d, %v; want %d", c.path, c.follow, b[16], errno, c.want)
		}
	}
	// The same file has the same numbers, however it is asked for.
	fd := g.mustOpen(3, "f2", 0, readRights)
	p := g.alloc(filestatSize)
	g.must("fd_filestat_get", fd, p)
	if got := g.bytes(p, filestatSize); string(got[:40]) != string(b[:40]) {
		t.Errorf("fd_filestat_get = %x, path_filestat_get = %x", got, b)
	}
}

// Nothing but the type is told of a standard stream.
func TestFilestatOfStandardStream(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g := newGuest(t, Config{}, Environment{Stdout: f})
	p := g.alloc(filestatSize)
	g.must("fd_filestat_get", 1, p)
	want := make([]byte, filestatSize)
	want[16] = byte(filetypeRegularFile)
	if got := g.bytes(p, filestatSize); string(got) != string(want) {
		t.Errorf("filestat %x, want only the type", got)
	}
}

func TestSetTimes(t *testing.T) {
	g, dir := newDirGuest(t, ReadWrite, "f", "l => f")
	fd := g.mustOpen(3, "f", 0, fileRights)
	young, err := os.Stat(filepath.Join(dir, "f")) // by the clock of the file system, which a test may not have
	if err != nil {
		t.Fatal(err)
	}
	before := uint64(young.ModTime().Add(-time.Minute).UnixNano())
	const old = 1_000_000_007
	for _, c := range []struct {
		name       string
		flags      fstflags
		atim, mtim uint64 // 0 for now
	}{
		{"both", fstflagAtim | fstflagMtim, 2_000_000_003, 3_000_000_004},
		{"access", fstflagAtim, 2_000_000_003, old},
		{"modification", fstflagMtim, old, 3_000_000_004},
		{"neither", 0, old, old},
		{"now and a time", fstflagAtimNow | fstflagMtim, 0, 3_000_000_004},
		{"now", fstflagAtimNow | fstflagMtimNow, 0, 0},
	} {
		for _, byPath := range []bool{false, true} {
			g.must("path_filestat_set_times", 3, 0, "f", old, old, int(fstflagAtim|fstflagMtim))
			if byPath {
				g.must("path_filestat_set_times", 3, 1, "l", 2_000_000_003, 3_000_000_004, int(c.flags))
			} else {
				g.must("fd_filestat_set_times", fd, 2_000_000_003, 3_000_000_004, int(c.flags))
			}
			b, _ := g.stat("f", 0)
			for _, x := range []struct{ got, want uint64 }{{abi.Get64(b[40:]), c.atim}, {abi.Get64(b[48:]), c.mtim}} {
				if x.want != 0 && x.got != x.want || x.want == 0 && x.got < before {
					t.Errorf("%s: time %d, want %d", c.name, x.got, x.want)
				}
			}
		}
	}
	for _, flags := range []fstflags{fstflagAtim | fstflagAtimNow, fstflagMtim | fstflagMtimNow, 16} {
		g.want(EINVAL, "fd_filestat_set_times", fd, 1, 1, int(flags))
		g.want(EINVAL, "path_filestat_set_times", 3, 0, "f", 1, 1, int(flags))
	}
	// A link has times of its own.
	g.must("path_filestat_set_times", 3, 0, "l", 42, 43, int(fstflagAtim|fstflagMtim))
	if b, _ := g.stat("l", 0); abi.Get64(b[48:]) != 43 {
		t.Errorf("the link's time is %d, want 43", abi.Get64(b[48:]))
	}
}

func TestSizes(t *testing.T) {
	g, dir := newDirGuest(t, ReadWrite, "f=12345")
	fd := g.mustOpen(3, "f", 0, fileRights)
	size := func() int64 {
		i, err := os.Stat(filepath.Join(dir, "f"))
		if err != nil {
			t.Fatal(err)
		}
		return i.Size()
	}
	for _, c := range []struct {
		call string
		args []any
		want Errno
		size int64
	}{
		{"fd_filestat_set_size", []any{3}, Success, 3},
		{"fd_filestat_set_size", []any{100}, Success, 100},
		{"fd_filestat_set_size", []any{uint64(1) << 63}, EINVAL, 100},
		{"fd_allocate", []any{0, 50}, Success, 100},
		{"fd_allocate", []any{90, 50}, Success, 140},
		{"fd_allocate", []any{0, 0}, EINVAL, 140},
		{"fd_allocate", []any{uint64(1) << 63, 1}, EINVAL, 140},
		{"fd_allocate", []any{uint64(1)<<63 - 1, uint64(1)<<63 - 1}, EFBIG, 140},
		{"fd_advise", []any{0, 0, int(adviceWillneed)}, Success, 140},
		{"fd_advise", []any{0, 0, int(adviceNoreuse) + 1}, EINVAL, 140},
		{"fd_sync", nil, Success, 140},
		{"fd_datasync", nil, Success, 140},
	} {
		g.want(c.want, c.call, append([]any{fd}, c.args...)...)
		if got := size(); got != c.size {
			t.Errorf("after %s%v: %d bytes, want %d", c.call, c.args, got, c.size)
		}
	}
}
