//go:build unix

package wasi2

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/hostfuncs/hostfs/escape"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// TestEscapes states that the directories of mappings are left by nothing, as for preview 1.
func TestEscapes(t *testing.T) {
	escape.Test(t, func(t *testing.T, dir string, o hostfs.Options) escape.Guest {
		w := newCaller(t, Config{Preopens: []Preopen{{Guest: "g", Directory: opened(t, dir, o)}}})
		return escaping{w, w.directories()[0]}
	})
}

// opened is the directory at path.
func opened(t testing.TB, path string, o hostfs.Options) hostfs.Directory {
	d, err := hostfs.OpenDirectory(path, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// directories are the handles of the directories that w finds.
func (w *caller) directories() []exec.Value {
	v, err := w.call("filesystem/preopens#get-directories")
	if err != nil {
		w.Fatal(err)
	}
	var list []exec.Value
	for _, pair := range v.List {
		list = append(list, pair.List[0])
	}
	return list
}

// onPath calls a method of a descriptor.
func onPath(name string) string { return "filesystem/types#[method]descriptor." + name }

// escaping is a component with the directory dir.
type escaping struct {
	*caller
	dir exec.Value
}

func (g escaping) open(path string, follow int, how, flags int) (exec.Value, syscall.Errno) {
	v, err := g.call(onPath("open-at"), g.dir, follow, path, how, flags)
	if err != nil {
		g.Fatal(err)
	}
	if v.Bits != 0 {
		return exec.Value{}, fileErrors[v.List[0].Bits].errno
	}
	return v.List[0], 0
}

func (g escaping) In(path string) escape.Guest {
	dir, errno := g.open(path, 1, openDirectory, flagRead|flagMutate)
	if errno != 0 {
		g.Fatal(errno)
	}
	return escaping{g.caller, dir}
}

// Read reads by a stream, and states that it reads the same at a place.
func (g escaping) Read(path string) (string, syscall.Errno) {
	f, errno := g.open(path, 1, 0, flagRead)
	if errno != 0 {
		return "", errno
	}
	at := g.must(onPath("read"), f, 64, 0).List[0].Bytes
	in := g.must(onPath("read-via-stream"), f, 0)
	g.drop(f)
	b := g.must("io/streams#[method]input-stream.blocking-read", in, 64).Bytes
	g.drop(in)
	if string(at) != string(b) {
		g.Errorf("%s holds %q, and %q by a stream", path, at, b)
	}
	return string(b), 0
}

func (g escaping) Do(a escape.Attempt) syscall.Errno {
	g.Helper()
	open := func(follow int, how, flags int) syscall.Errno {
		f, errno := g.open(a.Path, follow, how, flags)
		if errno == 0 {
			g.drop(f)
		}
		return errno
	}
	now := Variant(2, List(Number(0), Number(1)))
	call := func(name string, args ...any) syscall.Errno {
		v, err := g.call(onPath(name), append([]any{g.dir}, args...)...)
		if err != nil {
			g.Fatal(err)
		}
		if v.Bits != 0 {
			return fileErrors[v.List[0].Bits].errno
		}
		return 0
	}
	attempts := map[string]func() syscall.Errno{
		"open":       func() syscall.Errno { return open(1, 0, flagRead) },
		"nofollow":   func() syscall.Errno { return open(0, 0, flagRead) },
		"opendir":    func() syscall.Errno { return open(1, openDirectory, flagRead) },
		"creat":      func() syscall.Errno { return open(1, openCreate, flagWrite) },
		"excl":       func() syscall.Errno { return open(1, openCreate|openExclusive, flagWrite) },
		"trunc":      func() syscall.Errno { return open(1, openTruncate, flagWrite) },
		"mkdir":      func() syscall.Errno { return call("create-directory-at", a.Path) },
		"rmdir":      func() syscall.Errno { return call("remove-directory-at", a.Path) },
		"unlink":     func() syscall.Errno { return call("unlink-file-at", a.Path) },
		"stat":       func() syscall.Errno { return max(call("stat-at", 1, a.Path), call("metadata-hash-at", 1, a.Path)) },
		"lstat":      func() syscall.Errno { return max(call("stat-at", 0, a.Path), call("metadata-hash-at", 0, a.Path)) },
		"readlink":   func() syscall.Errno { return call("readlink-at", a.Path) },
		"times":      func() syscall.Errno { return call("set-times-at", 1, a.Path, now, now) },
		"ltimes":     func() syscall.Errno { return call("set-times-at", 0, a.Path, now, now) },
		"link":       func() syscall.Errno { return call("link-at", 0, a.Path, g.dir, a.Second) },
		"followlink": func() syscall.Errno { return call("link-at", 1, a.Path, g.dir, a.Second) },
		"rename":     func() syscall.Errno { return call("rename-at", a.Path, g.dir, a.Second) },
		"symlink":    func() syscall.Errno { return call("symlink-at", a.Path, a.Second) },
	}
	f := attempts[a.Op]
	if f == nil {
		g.Fatalf("no operation %q", a.Op)
	}
	return f()
}

// TestMappingsKeepTheirModes states that nothing in a directory that is for reading only can be
// changed, that nothing in one for writing only can be read, and that files stay in theirs.
func TestMappingsKeepTheirModes(t *testing.T) {
	dirs := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	for _, dir := range dirs {
		escape.Tree(t, dir, "f=text", "d/f=text", "d/e/", "l => f")
	}
	w := newCaller(t, Config{Preopens: []Preopen{
		{Guest: "rw", Directory: opened(t, dirs[0], hostfs.Options{})},
		{Guest: "ro", Directory: opened(t, dirs[1], hostfs.Options{}), ReadOnly: true},
		{Guest: "wo", Directory: opened(t, dirs[2], hostfs.Options{}), WriteOnly: true},
	}})
	list := w.directories()
	rw, ro, wo := list[0], list[1], list[2]
	d := w.must(onPath("open-at"), ro, 1, "d", openDirectory, flagRead)
	now := Number(1)
	for _, dir := range []exec.Value{ro, d} {
		f := w.must(onPath("open-at"), dir, 1, "f", 0, flagRead)
		for _, c := range []struct {
			want string
			name string
			args []any
		}{
			{"read-only", "open-at", []any{dir, 1, "f", 0, flagWrite}},
			{"read-only", "open-at", []any{dir, 1, "f", openTruncate, flagRead}},
			{"read-only", "open-at", []any{dir, 1, "n", openCreate, flagRead}},
			{"read-only", "open-at", []any{dir, 1, "e", openDirectory, flagMutate}},
			{"read-only", "create-directory-at", []any{dir, "n"}},
			{"read-only", "remove-directory-at", []any{dir, "e"}},
			{"read-only", "unlink-file-at", []any{dir, "f"}},
			{"read-only", "symlink-at", []any{dir, "f", "n"}},
			{"read-only", "rename-at", []any{dir, "f", dir, "n"}},
			{"read-only", "rename-at", []any{dir, "f", rw, "n"}},
			{"read-only", "rename-at", []any{rw, "f", dir, "n"}},
			{"read-only", "link-at", []any{dir, 0, "f", rw, "n"}},
			{"read-only", "link-at", []any{rw, 0, "f", dir, "n"}},
			{"read-only", "set-times-at", []any{dir, 1, "f", now, now}},
			{"read-only", "set-times", []any{f, now, now}},
			{"bad-descriptor", "set-size", []any{f, 0}},
			{"bad-descriptor", "write", []any{f, []byte("x"), 0}},
			{"bad-descriptor", "write-via-stream", []any{f, 0}},
			{"bad-descriptor", "append-via-stream", []any{f}},
			{"ok", "read", []any{f, 9, 0}},
		} {
			if got := w.failing(onPath(c.name), c.args...); got != c.want {
				t.Errorf("read only: %s%v = %s, want %s", c.name, c.args, got, c.want)
			}
		}
	}
	d = w.must(onPath("open-at"), wo, 1, "d", openDirectory, 0)
	for _, dir := range []exec.Value{wo, d} {
		f := w.must(onPath("open-at"), dir, 1, "f", 0, flagWrite)
		for _, c := range []struct {
			want string
			name string
			args []any
		}{
			{"access", "open-at", []any{dir, 1, "f", 0, flagRead}},
			{"access", "open-at", []any{dir, 1, "f", 0, flagRead | flagWrite}},
			{"access", "read-directory", []any{dir}},
			{"access", "readlink-at", []any{dir, "l"}},
			{"access", "rename-at", []any{dir, "f", rw, "n"}},
			{"access", "rename-at", []any{rw, "f", dir, "n"}},
			{"access", "link-at", []any{dir, 0, "f", rw, "n"}},
			{"bad-descriptor", "read", []any{f, 9, 0}},
			{"bad-descriptor", "read-via-stream", []any{f, 0}},
			{"ok", "write", []any{f, []byte("new"), 0}},
			{"ok", "rename-at", []any{dir, "f", dir, "g"}},
		} {
			if got := w.failing(onPath(c.name), c.args...); got != c.want {
				t.Errorf("write only: %s%v = %s, want %s", c.name, c.args, got, c.want)
			}
		}
	}
	var all []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if b, failed := os.ReadFile(path); failed == nil && d.Type().IsRegular() {
				all = append(all, strings.TrimPrefix(path, dir)+"="+string(b))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, want := strings.Join(all, " "), "/d/f=text /f=text /d/f=text /f=text /d/g=newt /g=newt"; got != want {
		t.Errorf("there is %s, want %s", got, want)
	}
}
