package escape

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// testSystem is what of [Test] takes this system.
func testSystem(t *testing.T, newGuest Maker, o hostfs.Options) {
	t.Run("magic links", func(t *testing.T) { testMagicLinks(t, newGuest, o) })
	t.Run("race", func(t *testing.T) { testRace(t, newGuest, o) })
	t.Run("like the system", func(t *testing.T) {
		for seed := range uint64(40) {
			testLikeTheSystem(t, newGuest, o, seed)
		}
	})
}

// testMagicLinks states that links in /proc are not followed: they lead to open files and not
// by paths, and out of every directory that holds them.
func testMagicLinks(t *testing.T, newGuest Maker, o hostfs.Options) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("no /proc:", err)
	}
	secret, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Close()
	g := newGuest(t, "/proc/self", o)
	for _, path := range []string{
		"fd/" + strconv.Itoa(int(secret.Fd())), "cwd", "cwd/x", "root", "root/etc/passwd", "exe",
	} {
		for _, op := range []string{"open", "stat", "creat", "trunc"} {
			if errno := g.Do(Attempt{op, path, ""}); errno != syscall.EPERM {
				t.Errorf("%s %s = %v, want EPERM", op, path, errno)
			}
		}
	}
}

// testRace states that while a directory turns into a link to the outside and back, and a file
// into a link to a file there, nothing leads outside and nothing is changed there.
func testRace(t *testing.T, newGuest Maker, o hostfs.Options) {
	rounds := 300
	if testing.Short() {
		rounds = 50
	}
	root := t.TempDir()
	in := filepath.Join(root, "in")
	Tree(t, in, "d/secret=inside", "l => ../out", "f=inside", "s => ../out/secret")
	Tree(t, filepath.Join(root, "out"), outsideTree...)
	g := newGuest(t, in, o)
	stop, swapped := make(chan struct{}), make(chan error, 1)
	swap := func(a, b string) error {
		return unix.Renameat2(unix.AT_FDCWD, filepath.Join(in, a), unix.AT_FDCWD, filepath.Join(in, b), unix.RENAME_EXCHANGE)
	}
	go func() {
		for {
			err := cmp.Or(swap("d", "l"), swap("f", "s"))
			select {
			case <-stop:
				swapped <- err
				return
			default:
			}
			if err != nil {
				swapped <- err
				return
			}
			runtime.Gosched()
		}
	}()
	did := map[string]int{}
	missing := func() bool {
		return min(did["d/secret"], did["f"], did["mkdir d/new"], did["creat d/fresh"], did["followlink f linked"]) == 0
	}
	// The race is run when each way has come to the right file at least once.
	for n := 0; n < rounds || missing() && n < 1000*rounds && len(swapped) == 0; n++ {
		for _, path := range []string{"d/secret", "f"} {
			if s, errno := g.Read(path); errno == 0 {
				did[path]++
				if s != "inside" {
					t.Fatalf("%s holds %q", path, s)
				}
			}
		}
		for _, line := range []string{
			"mkdir d/new", "rmdir d/new", "rmdir l/new", "creat d/fresh", "rename d/fresh d/fresher", "unlink d/fresher",
			"link f d/twin", "unlink d/twin", "unlink l/twin", "followlink f linked", "unlink linked", "times f", "symlink x d/link", "unlink d/link", "unlink l/link",
		} {
			if g.Do(Parse(line)) == 0 {
				did[line]++
			}
		}
	}
	close(stop)
	if err := <-swapped; errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		t.Skip("the file system cannot exchange names:", err)
	} else if err != nil {
		t.Fatal(err)
	}
	checkOutside(t, root)
	if missing() {
		t.Errorf("the race was not run: %v", did)
	}
}

// likePaths are paths that stay inside whatever they turn out to lead through.
var likePaths = []string{
	"a", "b", "c", "a/b", "a/c", "b/a", "a/b/c", "b/c/a", "a/", "b/", "a/b/", "c/a/", "a//b", "./a", "a/.", "a/./b", "b/../a", "a/b/..", ".", "c/..",
}

// likeTargets are what symbolic links say.
var likeTargets = []string{"a", "b", "c", "a/b", "./b", "b/", "nothing"}

// systemCall does a with the system's calls, in dir.
func systemCall(dir string, a Attempt) error {
	at := func(p string) string { return dir + "/" + p }
	switch a.Op {
	case "open", "nofollow", "opendir", "creat", "excl":
		flags := map[string]int{
			"open": unix.O_RDONLY, "nofollow": unix.O_RDONLY | unix.O_NOFOLLOW, "opendir": unix.O_RDONLY | unix.O_DIRECTORY,
			"creat": unix.O_WRONLY | unix.O_CREAT, "excl": unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL,
		}[a.Op]
		fd, err := unix.Open(at(a.Path), flags|unix.O_CLOEXEC, 0o644)
		if err == nil {
			unix.Close(fd)
		}
		return err
	case "mkdir":
		return unix.Mkdir(at(a.Path), 0o755)
	case "rmdir":
		return unix.Rmdir(at(a.Path))
	case "unlink":
		return unix.Unlink(at(a.Path))
	case "stat":
		return unix.Stat(at(a.Path), new(unix.Stat_t))
	case "lstat":
		return unix.Lstat(at(a.Path), new(unix.Stat_t))
	case "readlink":
		_, err := unix.Readlink(at(a.Path), make([]byte, 64))
		return err
	case "times", "ltimes":
		flags := 0
		if a.Op == "ltimes" {
			flags = unix.AT_SYMLINK_NOFOLLOW
		}
		ts := []unix.Timespec{{Nsec: 1}, {Nsec: 1}}
		return unix.UtimesNanoAt(unix.AT_FDCWD, at(a.Path), ts, flags)
	case "link":
		return unix.Linkat(unix.AT_FDCWD, at(a.Path), unix.AT_FDCWD, at(a.Second), 0)
	case "followlink":
		return unix.Linkat(unix.AT_FDCWD, at(a.Path), unix.AT_FDCWD, at(a.Second), unix.AT_SYMLINK_FOLLOW)
	case "rename":
		return unix.Rename(at(a.Path), at(a.Second))
	case "symlink":
		return unix.Symlink(a.Path, at(a.Second))
	}
	return fmt.Errorf("no operation %q", a.Op)
}

// testLikeTheSystem states that a guest's random sequence of operations does to its directory
// what the same operations of the system do to another, and gives the same errors.
func testLikeTheSystem(t *testing.T, newGuest Maker, o hostfs.Options, seed uint64) {
	ops := []string{"open", "nofollow", "opendir", "creat", "excl", "mkdir", "mkdir", "rmdir", "unlink", "stat",
		"lstat", "readlink", "times", "ltimes", "link", "followlink", "rename", "rename", "symlink", "symlink"}
	r := rand.New(rand.NewPCG(seed, 0))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	dir, other := t.TempDir(), t.TempDir()
	g := newGuest(t, dir, o)
	var done []Attempt
	for range 200 {
		a := Attempt{pick(ops), pick(likePaths), pick(likePaths)}
		if a.Op == "symlink" {
			a.Path = pick(likeTargets)
		}
		if a.Op == "rmdir" && strings.HasSuffix(a.Path, "..") {
			continue // EINVAL, as in WasmEdge, where Linux says ENOTEMPTY
		}
		done = append(done, a)
		var want syscall.Errno
		if err := systemCall(other, a); err != nil && !errors.As(err, &want) {
			t.Fatal(err)
		}
		if got := g.Do(a); got != want {
			t.Fatalf("seed %d: %v = %v, the system says %v; after\n%v", seed, a, got, want, done)
		}
	}
	if got, want := listing(t, dir), listing(t, other); got != want {
		t.Errorf("seed %d: tree\n%s\nwant\n%s", seed, got, want)
	}
}

// listing is what is in dir: names, types, what links say.
func listing(t *testing.T, dir string) string {
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
