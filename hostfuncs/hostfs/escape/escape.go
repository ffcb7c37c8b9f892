// Package escape is what guests try in order to leave the directory that they have, or to make
// it say what is not so: for the tests of whatever gives guests directories.
package escape

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// Guest is a guest that has a directory.
type Guest interface {
	// Do does what a says in the directory, closes what that has opened, and is the error
	// number that the guest is told, or 0.
	Do(a Attempt) syscall.Errno
	// Read is what the file at path holds, once it has been opened.
	Read(path string) (string, syscall.Errno)
	// In is the guest with the directory at path in place of the one that it has.
	In(path string) Guest
}

// Maker makes a guest of an implementation, which has the directory dir of the host, opened
// with the options o.
type Maker func(t *testing.T, dir string, o hostfs.Options) Guest

// Attempt is an operation: open, nofollow (open, but no link), opendir, creat, excl, trunc,
// mkdir, rmdir, unlink, stat, lstat, readlink, times, ltimes, link, followlink, rename or
// symlink. The last four have two paths.
type Attempt struct{ Op, Path, Second string }

// Parse is the attempt that line says: words, quoted as in Go where they hold what is none.
func Parse(line string) Attempt {
	words := append(strings.Fields(line), "", "")
	for n, w := range words {
		if s, err := strconv.Unquote(w); err == nil {
			words[n] = s
		}
	}
	return Attempt{words[0], words[1], words[2]}
}

// Tree makes files in dir: "d/" is a directory, "a => b" a symbolic link that says b,
// "f=text" a file of that text, and "f" an empty one. Directories on the way are made.
func Tree(t testing.TB, dir string, files ...string) {
	t.Helper()
	for _, f := range files {
		name, target, link := strings.Cut(f, " => ")
		name, text, _ := strings.Cut(name, "=")
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		switch {
		case err != nil:
		case link:
			err = os.Symlink(target, path)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Resolvers runs f for each way of keeping paths beneath a directory that this system has.
func Resolvers(t *testing.T, f func(t *testing.T, o hostfs.Options)) {
	t.Helper()
	t.Run("system", func(t *testing.T) { f(t, hostfs.Options{}) })
	t.Run("walk", func(t *testing.T) { f(t, hostfs.Options{Walk: true}) })
}

// Test states of the guests that are made that whatever they do, they are told of nothing and
// change nothing but what is in their directory.
func Test(t *testing.T, newGuest Maker) {
	Resolvers(t, func(t *testing.T, o hostfs.Options) {
		made := func(t *testing.T, files ...string) Guest {
			dir := t.TempDir()
			Tree(t, dir, files...)
			return newGuest(t, dir, o)
		}
		t.Run("attempts", func(t *testing.T) { testAttempts(t, newGuest, o) })
		t.Run("links inside", func(t *testing.T) {
			testLinksInside(t, made(t, "dir/file=text", "file=text", "dir/sub/",
				"todir => dir", "tofile => file", "dir/up => ../file", "dir/sub/upup => ../../todir/up",
				"self => .", "chain1 => chain2", "chain2 => ./dir/../tofile", "slash => dir/"))
		})
		t.Run("subdirectory", func(t *testing.T) {
			testSubdirectory(t, made(t, "file=text", "dir/in=text", "dir/up => ../file").In("dir"))
		})
		t.Run("symbolic links", func(t *testing.T) {
			for _, l := range leading {
				g := made(t, "f", "d/e/", "deep => d/e")
				if got := g.Do(Attempt{"symlink", l.says, l.at}); got != l.want {
					t.Errorf("a link %s that says %s: %v, want %v", l.at, l.says, got, l.want)
				}
			}
		})
		t.Run("closed", func(t *testing.T) { testClosed(t, newGuest, o) })
		testSystem(t, newGuest, o)
	})
}

// testAttempts makes every attempt on one tree, as all of them fail.
func testAttempts(t *testing.T, newGuest Maker, o hostfs.Options) {
	root := t.TempDir()
	expand := strings.NewReplacer("%R", root, "%L", strings.Repeat("x/", hostfs.MaxPath), "%N", strings.Repeat("n", 256))
	for _, f := range InsideTree {
		Tree(t, filepath.Join(root, "in"), expand.Replace(f))
	}
	Tree(t, filepath.Join(root, "out"), outsideTree...)
	for _, a := range Attempts {
		g := newGuest(t, filepath.Join(root, "in"), o)
		if got := g.Do(Parse(expand.Replace(a.Line))); got != a.Want {
			t.Errorf("%s: %v, want %v", a.Line, got, a.Want)
		}
		checkOutside(t, root)
	}
}

// checkOutside fails the test if "out" is not as it was made, or something is beside it.
func checkOutside(t *testing.T, root string) {
	t.Helper()
	var names []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, path)
		if rel == "in" {
			return filepath.SkipDir
		}
		names = append(names, rel)
		return err
	})
	if got, want := strings.Join(names, " "), ". out out/d out/d/file out/secret"; err != nil || got != want {
		t.Errorf("outside is now %q (%v), want %q", got, err, want)
	}
	path := filepath.Join(root, "out", "secret")
	if b, err := os.ReadFile(path); err != nil || string(b) != "secret" {
		t.Errorf("the secret is now %q, %v", b, err)
	}
	if i, err := os.Stat(path); err != nil || i.ModTime().Unix() < 1000 {
		t.Errorf("the secret's time has changed: %v", err)
	}
}

// testLinksInside states that links which stay inside are followed.
func testLinksInside(t *testing.T, g Guest) {
	for _, path := range []string{
		"file", "./file", "dir/../file", "todir/file", "tofile", "dir/up", "dir/sub/upup",
		"self/self/self/file", "chain1", "slash/file", "todir/../file", "dir//sub/.././file",
	} {
		if s, errno := g.Read(path); s != "text" || errno != 0 {
			t.Errorf("%s holds %q, %v", path, s, errno)
		}
	}
}

// testSubdirectory states that a directory opened in another is as closed as that itself.
func testSubdirectory(t *testing.T, g Guest) {
	for _, line := range []string{"open ../file", "open up", "open ..", "open /file", "stat ..", "unlink ../file", "rename in ../in", "link in ../in", "symlink ../file x"} {
		if got := g.Do(Parse(line)); got != syscall.EPERM {
			t.Errorf("%s from dir: %v, want EPERM", line, got)
		}
	}
	if s, errno := g.Read("in"); s != "text" || errno != 0 {
		t.Errorf("in holds %q, %v", s, errno)
	}
}

// testClosed states that directories and files that are closed to guests are so by all their
// names, for every operation.
func testClosed(t *testing.T, newGuest Maker, o hostfs.Options) {
	home := t.TempDir()
	Tree(t, home, ".cache/wazedge/a.entry", ".cache/wazedge/deep/deeper/b", "dot/config/wazedge/key=key",
		".config => dot/config", "alias => .cache/wazedge", "entry => .cache/wazedge/a.entry", "other/", "file")
	key := filepath.Join(home, ".config/wazedge/key")
	if err := os.Link(key, filepath.Join(home, "twin")); err != nil {
		t.Fatal(err)
	}
	o.Guard = hostfs.NewGuard([]string{filepath.Join(home, ".config/wazedge"), filepath.Join(home, ".cache/wazedge"), filepath.Join(home, "none")}, []string{key})
	g := newGuest(t, home, o)
	for _, path := range []string{
		".cache/wazedge", ".cache/wazedge/", ".cache/wazedge/.", ".cache/wazedge/a.entry", ".cache/wazedge/../wazedge/a.entry", "alias/a.entry", "entry",
		".cache/wazedge/deep/new", ".cache/wazedge/deep/deeper/b", "alias/deep/deeper/b",
		"other/../.cache/wazedge/a.entry", ".config/wazedge/key", "dot/config/wazedge/key", "dot/config/wazedge", "twin",
	} {
		for _, op := range []string{"open", "opendir", "creat", "excl", "trunc", "stat", "times", "followlink", "unlink", "rmdir", "mkdir", "rename"} {
			if path == "entry" && (op == "unlink" || op == "rename") {
				continue // the link is the guest's own
			}
			if errno := g.Do(Attempt{op, path, "other/new"}); errno == 0 {
				t.Errorf("%s %s is allowed", op, path)
			}
		}
		for _, op := range []string{"rename", "link"} {
			if errno := g.Do(Attempt{op, "file", path}); errno == 0 && path != "entry" {
				t.Errorf("%s to %s is allowed", op, path)
			}
			Tree(t, home, "file")
		}
	}
	for _, path := range []string{".cache", ".config", "dot", "dot/config"} {
		for _, op := range []string{"rename", "unlink", "rmdir"} {
			if errno := g.Do(Attempt{op, path, "moved"}); errno == 0 {
				t.Errorf("%s of %s, on the way to what is closed, is allowed", op, path)
			}
		}
	}
	for path, want := range map[string]string{".cache/wazedge/a.entry": "", key[len(home):]: "key", "twin": "key"} {
		if b, err := os.ReadFile(filepath.Join(home, path)); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
	for _, line := range []string{"creat file", "opendir .cache", "creat .cache/other", "creat dot/config/app", "creat other/x", "creat wazedge"} {
		if errno := g.Do(Parse(line)); errno != 0 {
			t.Errorf("%s, beside what is closed: %v", line, errno)
		}
	}
}
