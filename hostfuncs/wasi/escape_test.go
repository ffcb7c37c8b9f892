//go:build unix

package wasi

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// insideTree and outsideTree are what the attempts to escape find: a mapped
// directory "in", and beside it "out" that no guest may see or touch. %R is the
// absolute path of the directory that both are in.
var (
	insideTree = []string{
		"file=inside", "dir/file=inside", "dir/sub/", "empty/",
		"up => ..", "upup => ../..", "out => ../out", "secret => ../out/secret",
		"abs => %R/out/secret", "absdir => %R/out", "etc => /etc/passwd", "root => /",
		"new => ../out/new", "absnew => %R/out/new",
		"chain => chain2", "chain2 => dir/up", "dir/up => ../../out/secret",
		"dir/out => ../../out", "dir/back => ../dir", "dir/sub/far => ../../../out",
		"self => .", "loop => loop", "loopa => loopb", "loopb => loopa",
		"dotted => dir/../../out/secret", "slashed => ../out/", "long => dir/sub/../../../out/secret",
		"tofile => file", "todir => dir", "dangling => nothing",
	}
	outsideTree = []string{"secret=secret", "d/file=secret"}
)

// escapes are attempts to reach what is outside: an operation, one or two paths
// (as Go would quote them where they hold a space or worse), and what comes of it.
var escapes = []struct {
	attempt string
	want    Errno
}{
	// Opening by paths that lead outside.
	{`open ..`, EPERM},
	{`open ../`, EPERM},
	{`open ../out/secret`, EPERM},
	{`open ../in/file`, EPERM}, // leaves and comes back
	{`open dir/../../out/secret`, EPERM},
	{`open dir/sub/../../../out/secret`, EPERM},
	{`open ./../out/secret`, EPERM},
	{`open .//..//out/secret`, EPERM},
	{`open dir/./../../out/secret`, EPERM},
	{`open /etc/passwd`, EPERM},
	{`open /`, EPERM},
	{`open //etc/passwd`, EPERM},
	{`open /proc/self/root/etc/passwd`, EPERM},
	{`open %R/out/secret`, EPERM},
	{`open nothing/../../out/secret`, ENOENT},
	{`open file/../../out/secret`, ENOTDIR},

	// Opening by symbolic links that lead outside.
	{`open secret`, EPERM},
	{`open abs`, EPERM},
	{`open etc`, EPERM},
	{`open up/out/secret`, EPERM},
	{`open upup`, EPERM},
	{`open out/secret`, EPERM},
	{`open absdir/secret`, EPERM},
	{`open root/etc/passwd`, EPERM},
	{`open chain`, EPERM},
	{`open dir/out/secret`, EPERM},
	{`open dir/sub/far/secret`, EPERM},
	{`open self/self/self/secret`, EPERM},
	{`open dir/back/up`, EPERM},
	{`open dotted`, EPERM},
	{`open slashed`, EPERM},
	{`open long`, EPERM},
	{`open todir/../../out/secret`, EPERM},
	{`open loop`, ELOOP},
	{`open loopa/secret`, ELOOP},
	{`nofollow secret`, ELOOP},
	{`nofollow abs`, ELOOP},
	{`nofollow out/secret`, EPERM},
	{`nofollow out/`, EPERM}, // the slash follows the link
	{`opendir out`, EPERM},
	{`opendir up`, EPERM},
	{`opendir absdir/d`, EPERM},
	{`opendir ..`, EPERM},

	// Making and cutting files outside.
	{`creat ../out/new`, EPERM},
	{`creat new`, EPERM},
	{`creat absnew`, EPERM},
	{`creat out/new`, EPERM},
	{`creat %R/out/new`, EPERM},
	{`creat dir/sub/far/new`, EPERM},
	{`excl new`, EEXIST},
	{`excl out/new`, EPERM},
	{`trunc secret`, EPERM},
	{`trunc abs`, EPERM},
	{`trunc out/secret`, EPERM},

	// Directories.
	{`mkdir ../new`, EPERM},
	{`mkdir out/new`, EPERM},
	{`mkdir %R/new`, EPERM},
	{`mkdir new`, EEXIST},
	{`mkdir new/`, EEXIST},
	{`mkdir ..`, EPERM},
	{`rmdir ..`, EPERM},
	{`rmdir ../out/d`, EPERM},
	{`rmdir out/d`, EPERM},
	{`rmdir out`, ENOTDIR},
	{`rmdir out/`, ENOTDIR},
	{`rmdir up`, ENOTDIR},

	// Removing.
	{`unlink ../out/secret`, EPERM},
	{`unlink out/secret`, EPERM},
	{`unlink absdir/secret`, EPERM},
	{`unlink %R/out/secret`, EPERM},
	{`unlink dir/../../out/secret`, EPERM},
	{`unlink out/`, ENOTDIR},

	// Looking.
	{`stat ../out/secret`, EPERM},
	{`stat secret`, EPERM},
	{`stat abs`, EPERM},
	{`stat out/secret`, EPERM},
	{`stat ..`, EPERM},
	{`stat out/`, EPERM},
	{`lstat ..`, EPERM},
	{`lstat up/`, EPERM},
	{`lstat out/secret`, EPERM},
	{`lstat up/out/secret`, EPERM},
	{`readlink ../in/up`, EPERM},
	{`readlink out/secret`, EPERM},
	{`readlink up/in/up`, EPERM},

	// Setting times.
	{`times ../out/secret`, EPERM},
	{`times secret`, EPERM},
	{`times out/secret`, EPERM},
	{`ltimes out/secret`, EPERM},
	{`ltimes ..`, EPERM},

	// Linking and renaming, in and out.
	{`link ../out/secret x`, EPERM},
	{`link out/secret x`, EPERM},
	{`link file ../out/x`, EPERM},
	{`link file out/x`, EPERM},
	{`link file absdir/x`, EPERM},
	{`followlink secret x`, EPERM},
	{`followlink abs x`, EPERM},
	{`link out/ x`, EPERM},
	{`rename ../out/secret x`, EPERM},
	{`rename out/secret x`, EPERM},
	{`rename file ../out/x`, EPERM},
	{`rename file out/x`, EPERM},
	{`rename dir ../out/dir`, EPERM},
	{`rename dir up/dir`, EPERM},
	{`rename .. x`, EPERM},

	// Making links that lead outside by themselves, or elsewhere.
	{`symlink /etc/passwd x`, EPERM},
	{`symlink %R/out/secret x`, EPERM},
	{`symlink file ../out/x`, EPERM},
	{`symlink file out/x`, EPERM},
	{`symlink file new`, EEXIST},

	// Names that are none.
	{`open "file\x00"`, EINVAL},
	{`open "\x00"`, EINVAL},
	{`open "file\x00/../../out/secret"`, EINVAL},
	{`mkdir "a\x00b"`, EINVAL},
	{`symlink "a\x00b" x`, EINVAL},
	{`rename file "x\x00"`, EINVAL},
	{`open ""`, ENOENT},
	{`stat ""`, ENOENT},
	{`symlink "" x`, ENOENT},
	{`rename "" x`, ENOENT},
	{`open "\xff\xfe"`, ENOENT},
	{`open %L`, ENAMETOOLONG},
	{`mkdir %L`, ENAMETOOLONG},
	{`symlink %L x`, ENAMETOOLONG},
	{`open %N`, ENAMETOOLONG},
	{`open file/`, ENOTDIR},
	{`open tofile/`, ENOTDIR},
	{`creat fresh/`, EISDIR},
	{`unlink file/`, ENOTDIR},
	{`rename file/ x`, ENOTDIR},
}

// resolvers are the ways of keeping paths beneath a directory that this system has.
func resolvers(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Run("system", f)
	t.Run("walk", func(t *testing.T) {
		walking = true
		defer func() { walking = false }()
		f(t)
	})
}

// Every attempt fails, so that all can be made on one tree.
func TestEscapes(t *testing.T) {
	resolvers(t, func(t *testing.T) {
		root := t.TempDir()
		expand := strings.NewReplacer("%R", root,
			"%L", strings.Repeat("x/", hostfs.MaxPath), "%N", strings.Repeat("n", 256))
		var in []string
		for _, f := range insideTree {
			in = append(in, expand.Replace(f))
		}
		makeTree(t, filepath.Join(root, "in"), in...)
		makeTree(t, filepath.Join(root, "out"), outsideTree...)
		for _, e := range escapes {
			t.Run(strings.ReplaceAll(e.attempt, "/", "|"), func(t *testing.T) {
				g := newGuest(t, Config{}, Environment{Preopens: []Preopen{{Guest: "g", Host: filepath.Join(root, "in")}}})
				if got := g.attempt(expand.Replace(e.attempt)); got != e.want {
					t.Errorf("%s = %v, want %v", e.attempt, got, e.want)
				}
				checkOutside(t, root)
			})
		}
	})
}

// attempt runs one line of the table on descriptor 3.
func (g *guest) attempt(line string) Errno {
	g.t.Helper()
	var words []string
	for _, w := range strings.Fields(line) {
		words = append(words, unquote(w))
	}
	op, path := words[0], words[1]
	second := ""
	if len(words) > 2 {
		second = words[2]
	}
	out := g.alloc(64)
	open := func(follow int, flags oflags, base Rights) Errno {
		_, errno := g.openWith(3, follow, path, flags, base, 0, 0)
		return errno
	}
	switch op {
	case "open":
		return open(1, 0, RightFdRead)
	case "nofollow":
		return open(0, 0, RightFdRead)
	case "opendir":
		return open(1, oflagDirectory, RightFdReaddir)
	case "creat":
		return open(1, oflagCreat, RightFdWrite)
	case "excl":
		return open(1, oflagCreat|oflagExcl, RightFdWrite)
	case "trunc":
		return open(1, oflagTrunc, RightFdWrite)
	case "mkdir":
		return g.call("path_create_directory", 3, path)
	case "rmdir":
		return g.call("path_remove_directory", 3, path)
	case "unlink":
		return g.call("path_unlink_file", 3, path)
	case "stat":
		return g.call("path_filestat_get", 3, 1, path, out)
	case "lstat":
		return g.call("path_filestat_get", 3, 0, path, out)
	case "readlink":
		return g.call("path_readlink", 3, path, out, 64, g.alloc(4))
	case "times":
		return g.call("path_filestat_set_times", 3, 1, path, 1, 1, int(fstflagAtim|fstflagMtim))
	case "ltimes":
		return g.call("path_filestat_set_times", 3, 0, path, 1, 1, int(fstflagAtim|fstflagMtim))
	case "link":
		return g.call("path_link", 3, 0, path, 3, second)
	case "followlink":
		return g.call("path_link", 3, 1, path, 3, second)
	case "rename":
		return g.call("path_rename", 3, path, 3, second)
	case "symlink":
		return g.call("path_symlink", path, 3, second)
	}
	g.t.Fatalf("no operation %q", op)
	return 0
}

// unquote is w without quotes, if it is quoted as in Go.
func unquote(w string) string {
	if s, err := strconv.Unquote(w); err == nil {
		return s
	}
	return w
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

// Links that stay inside are followed.
func TestLinksInside(t *testing.T) {
	resolvers(t, func(t *testing.T) {
		g, _ := newDirGuest(t, ReadWrite, "dir/file=text", "file=text", "dir/sub/",
			"todir => dir", "tofile => file", "dir/up => ../file", "dir/sub/upup => ../../todir/up",
			"self => .", "chain1 => chain2", "chain2 => ./dir/../tofile", "slash => dir/")
		for _, path := range []string{
			"file", "./file", "dir/../file", "todir/file", "tofile", "dir/up", "dir/sub/upup",
			"self/self/self/file", "chain1", "slash/file", "todir/../file", "dir//sub/.././file",
		} {
			fd, errno := g.open(3, path, 0, RightFdRead)
			if errno != Success {
				t.Errorf("open %s = %v", path, errno)
				continue
			}
			if s, errno := g.read(fd, 10); s != "text" || errno != Success {
				t.Errorf("%s holds %q, %v", path, s, errno)
			}
			g.must("fd_close", fd)
		}
	})
}

// A directory opened in a mapping is as closed as the mapping itself.
func TestEscapeFromSubdirectory(t *testing.T) {
	resolvers(t, func(t *testing.T) {
		g, _ := newDirGuest(t, ReadWrite, "file=text", "dir/in=text", "dir/up => ../file")
		dir := g.mustOpen(3, "dir", oflagDirectory, dirRights&^RightFdReaddir)
		for _, path := range []string{"../file", "up", "..", "/file"} {
			if _, errno := g.openWith(dir, 1, path, 0, 0, 0, 0); errno != EPERM {
				t.Errorf("open %s from dir = %v, want PERM", path, errno)
			}
		}
		if _, errno := g.openWith(dir, 1, "in", 0, 0, 0, 0); errno != Success {
			t.Errorf("open in from dir = %v", errno)
		}
	})
}

// A symbolic link may lead wherever its text stays beneath the directory that its
// path starts from, as deep as it really is.
func TestSymlinksThatLeadOutside(t *testing.T) {
	for i, c := range []struct {
		says, at string
		want     Errno
	}{
		{"..", "x", EPERM},
		{"../x", "x", EPERM},
		{"f/../../x", "x", EPERM},
		{"./..", "./x", EPERM},
		{"../f", "d/x", Success},
		{"../../f", "d/x", EPERM},
		{"../../f", "d/e/x", Success},
		{"../e/../../f", "d/e/x", Success},
		{"../e/../../../f", "d/e/x", EPERM},
		{"../f", "deep/x", Success}, // a link to d/e
		{"../../f", "deep/x", Success},
		{"../../../f", "deep/x", EPERM},
		{"../f", "d/../x", EPERM},
		{"..f", "x", Success},
		{"a..b/..c", "x", Success},
		{"../x", "none/x", ENOENT},
		{"../x", "f/x", ENOTDIR},
	} {
		resolvers(t, func(t *testing.T) {
			g, _ := newDirGuest(t, ReadWrite, "f", "d/e/", "deep => d/e")
			if got := g.call("path_symlink", c.says, 3, c.at); got != c.want {
				t.Errorf("%d: a link %s that says %s: %v, want %v", i, c.at, c.says, got, c.want)
			}
		})
	}
}
