package hostfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"testing/fstest"
)

// impatient waits for nothing.
type impatient struct{}

func (impatient) Interruptible() bool            { return false }
func (impatient) Stopped() <-chan struct{}       { return nil }
func (impatient) Patiently(f func() error) error { return f() }

// directories are a directory of the host and a tree of files with the same contents.
func directories(t *testing.T) map[string]Directory {
	t.Helper()
	files := map[string]string{"a": "text", "d/b": "deep", "d/e/c": ""}
	home, tree := t.TempDir(), fstest.MapFS{}
	for name, text := range files {
		path := filepath.Join(home, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	host, err := OpenDirectory(home, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Close() })
	root, err := FS(tree)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]Directory{"host": host, "tree": root}
}

// Both kinds of directories find the same, and fail of the same.
func TestDirectoriesAreAlike(t *testing.T) {
	for name, d := range directories(t) {
		t.Run(name, func(t *testing.T) {
			for path, want := range map[string]error{
				"a": nil, "./a": nil, "d/b": nil, "d/": nil, "d/../a": nil, "d/e/../../a": nil, ".": nil, "d/e/..": nil,
				"x": fs.ErrNotExist, "x/../a": fs.ErrNotExist, "a/": syscall.ENOTDIR, "a/b": syscall.ENOTDIR,
				"..": syscall.EPERM, "../a": syscall.EPERM, "d/../../a": syscall.EPERM, "d/../..": syscall.EPERM,
			} {
				_, err := d.StatAt(path, true)
				f, openErr := d.Open(path, Opening{Read: true, Follow: true}, impatient{})
				if openErr == nil {
					f.Close()
				}
				for what, err := range map[string]error{"stat": err, "open": openErr} {
					if !errors.Is(err, want) || (err == nil) != (want == nil) {
						t.Errorf("%s of %q: %v, want %v", what, path, err, want)
					}
				}
			}
			if err := errors.Join(d.Lookup("d/x"), d.Lookup("x")); err != nil {
				t.Error(err)
			}
			if err := d.Lookup("a/x"); !errors.Is(err, syscall.ENOTDIR) {
				t.Errorf("beneath a file: %v", err)
			}
		})
	}
}

func TestDirectoriesAreListedAlike(t *testing.T) {
	for name, d := range directories(t) {
		var names []string
		l := d.List()
		if err := l.Seek(0); err != nil {
			t.Fatal(err)
		}
		var second uint64
		for {
			e, ok, err := l.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			if len(names) == 0 {
				second = e.Next
			}
			names = append(names, string(e.Name))
			if want := map[string]Kind{".": KindDirectory, "..": KindDirectory, "a": KindRegular, "d": KindDirectory}[string(e.Name)]; e.Kind != want {
				t.Errorf("%s: %q is of kind %d, want %d", name, e.Name, e.Kind, want)
			}
		}
		if err := l.Seek(second); err != nil {
			t.Fatal(err)
		}
		if e, ok, err := l.Next(); !ok || err != nil || string(e.Name) != names[1] {
			t.Errorf("%s: again from the second: %q, %v, %v", name, e.Name, ok, err)
		}
		slices.Sort(names)
		if want := []string{".", "..", "a", "d"}; !slices.Equal(names, want) {
			t.Errorf("%s: %q, want %q", name, names, want)
		}
	}
}

// Files are read alike, at their offset and elsewhere.
func TestFilesAreReadAlike(t *testing.T) {
	for name, d := range directories(t) {
		f, err := d.Open("a", Opening{Read: true}, impatient{})
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 3)
		for _, step := range []struct {
			want string
			read func() (int, error)
		}{
			{"tex", func() (int, error) { return f.Read(b) }},
			{"ext", func() (int, error) { return f.ReadAt(b, 1) }},
			{"t", func() (int, error) { return f.Read(b) }},
			{"", func() (int, error) { return f.Read(b) }},
			{"", func() (int, error) { return f.ReadAt(b, 9) }},
			{"xt", func() (int, error) {
				if at, err := f.Seek(-2, 2); at != 2 || err != nil {
					t.Errorf("%s: seek to %d, %v", name, at, err)
				}
				return f.ReadVector(&Vector{Bufs: [][]byte{b[:1], nil, b[1:]}})
			}},
			{"tex", func() (int, error) { return f.ReadVectorAt(&Vector{Bufs: [][]byte{b[:2], b[2:]}}, 0) }},
		} {
			if n, err := step.read(); err != nil || string(b[:n]) != step.want {
				t.Errorf("%s: %q, %v; want %q", name, b[:max(n, 0)], err, step.want)
			}
		}
		s, err := f.Stat()
		at, atErr := d.StatAt("a", true)
		if err != nil || atErr != nil || s != at || s.Size != 4 || s.Kind != KindRegular {
			t.Errorf("%s: %+v, %v; by its path %+v, %v", name, s, err, at, atErr)
		}
		if _, err := f.Write(b); !errors.Is(err, syscall.EBADF) && err == nil {
			t.Errorf("%s: a file is written that was opened for reading: %v", name, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Nothing in a tree of files can be changed, whatever is tried.
func TestTreeIsNotChanged(t *testing.T) {
	d := directories(t)["tree"]
	open := func(how Opening, path string) error { _, err := d.Open(path, how, impatient{}); return err }
	for what, err := range map[string]error{
		"mkdir":    d.Mkdir("new"),
		"rmdir":    d.Rmdir("d"),
		"unlink":   d.Unlink("a"),
		"symlink":  d.Symlink("a", "new"),
		"rename":   d.Rename("a", d, "new"),
		"link":     d.Link("a", false, d, "new"),
		"times":    d.SetTimesAt("a", true, Times{}),
		"write":    open(Opening{Write: true}, "a"),
		"create":   open(Opening{Create: true, Write: true}, "new"),
		"truncate": open(Opening{Truncate: true, Write: true}, "a"),
	} {
		if !errors.Is(err, syscall.EROFS) {
			t.Errorf("%s: %v, want EROFS", what, err)
		}
	}
	if err := open(Opening{Create: true, Exclusive: true}, "a"); !errors.Is(err, syscall.EEXIST) {
		t.Errorf("exclusive creation of what is there: %v", err)
	}
}
