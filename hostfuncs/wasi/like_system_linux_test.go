package wasi

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// likePaths are paths that stay inside whatever they turn out to lead through.
var likePaths = []string{
	"a", "b", "c", "a/b", "a/c", "b/a", "a/b/c", "b/c/a", "a/", "b/", "a/b/", "c/a/", "a//b", "./a", "a/.", "a/./b", "b/../a", "a/b/..", ".", "c/..",
}

// likeTargets are what symbolic links say.
var likeTargets = []string{"a", "b", "c", "a/b", "./b", "b/", "nothing"}

// systemCall does what attempt does, with the system's calls and in dir.
func systemCall(dir, op, path, second string) error {
	at := func(p string) string { return dir + "/" + p }
	switch op {
	case "open", "nofollow", "opendir", "creat", "excl":
		flags := map[string]int{
			"open": unix.O_RDONLY, "nofollow": unix.O_RDONLY | unix.O_NOFOLLOW, "opendir": unix.O_RDONLY | unix.O_DIRECTORY,
			"creat": unix.O_WRONLY | unix.O_CREAT, "excl": unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL,
		}[op]
		fd, err := unix.Open(at(path), flags|unix.O_CLOEXEC, 0o644)
		if err == nil {
			unix.Close(fd)
		}
		return err
	case "mkdir":
		return unix.Mkdir(at(path), 0o755)
	case "rmdir":
		return unix.Rmdir(at(path))
	case "unlink":
		return unix.Unlink(at(path))
	case "stat":
		return unix.Stat(at(path), new(unix.Stat_t))
	case "lstat":
		return unix.Lstat(at(path), new(unix.Stat_t))
	case "readlink":
		_, err := unix.Readlink(at(path), make([]byte, 64))
		return err
	case "times", "ltimes":
		flags := 0
		if op == "ltimes" {
			flags = unix.AT_SYMLINK_NOFOLLOW
		}
		ts := []unix.Timespec{{Nsec: 1}, {Nsec: 1}}
		return unix.UtimesNanoAt(unix.AT_FDCWD, at(path), ts, flags)
	case "link":
		return unix.Linkat(unix.AT_FDCWD, at(path), unix.AT_FDCWD, at(second), 0)
	case "followlink":
		return unix.Linkat(unix.AT_FDCWD, at(path), unix.AT_FDCWD, at(second), unix.AT_SYMLINK_FOLLOW)
	case "rename":
		return unix.Rename(at(path), at(second))
	case "symlink":
		return unix.Symlink(path, at(second))
	}
	return fmt.Errorf("no operation %q", op)
}

// A guest's random sequence of operations does to its directory what the same
// operations of the system do to another, and gives the same errors.
func TestLikeTheSystem(t *testing.T) {
	ops := []string{"open", "nofollow", "opendir", "creat", "excl", "mkdir", "mkdir", "rmdir", "unlink", "stat",
		"lstat", "readlink", "times", "ltimes", "link", "followlink", "rename", "rename", "symlink", "symlink"}
	resolvers(t, func(t *testing.T) {
		for seed := range uint64(40) {
			r := rand.New(rand.NewPCG(seed, 0))
			pick := func(list []string) string { return list[r.IntN(len(list))] }
			g, dir := newDirGuest(t, ReadWrite)
			other := t.TempDir()
			var done []string
			for range 200 {
				op, path, second := pick(ops), pick(likePaths), pick(likePaths)
				if op == "symlink" {
					path = pick(likeTargets)
				}
				if op == "rmdir" && strings.HasSuffix(path, "..") {
					continue // INVAL, as in WasmEdge, where Linux says NOTEMPTY
				}
				line := op + " " + path + " " + second
				done = append(done, line)
				g.next = 8
				got, want := g.attempt(line), errnoOf(systemCall(other, op, path, second))
				for fd := range fdnum(2) {
					g.call("fd_close", 4+fd)
				}
				if got != want {
					t.Fatalf("seed %d: %s = %v, the system says %v; after\n%s", seed, line, got, want, strings.Join(done, "\n"))
				}
			}
			if got, want := tree(t, dir), tree(t, other); got != want {
				t.Errorf("seed %d: tree\n%s\nwant\n%s", seed, got, want)
			}
		}
	})
}

// tree is a listing of dir: names, types, what links say.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		target, _ := os.Readlink(path)
		fmt.Fprintln(&out, rel, d.Type(), target)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
