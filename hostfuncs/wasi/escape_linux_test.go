package wasi

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// The links in /proc lead to open files and not by paths; following them would
// leave every mapping that holds them.
func TestMagicLinks(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("no /proc:", err)
	}
	secret, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Close()
	resolvers(t, func(t *testing.T) {
		g := newGuest(t, Config{}, Environment{Preopens: []Preopen{{Guest: "proc", Host: "/proc/self", Mode: ReadOnly}}})
		for _, path := range []string{
			"fd/" + strconv.Itoa(int(secret.Fd())), "cwd", "cwd/escape_test.go", "root", "root/etc/passwd", "exe",
		} {
			if _, errno := g.open(3, path, 0, RightFdRead); errno != EPERM {
				t.Errorf("open %s = %v, want PERM", path, errno)
			}
			if errno := g.call("path_filestat_get", 3, 1, path, g.alloc(64)); errno != EPERM {
				t.Errorf("stat %s = %v, want PERM", path, errno)
			}
		}
	})
}

// While a directory of the mapping turns into a link to the outside and back, no
// open leads outside and nothing is made there.
func TestSwapRace(t *testing.T) {
	swaps := 10_000
	if testing.Short() {
		swaps = 1000
	}
	resolvers(t, func(t *testing.T) {
		root := t.TempDir()
		makeTree(t, filepath.Join(root, "in"), "d/secret=inside", "l => ../out")
		makeTree(t, filepath.Join(root, "out"), outsideTree...)
		g := newGuest(t, Config{}, Environment{Preopens: []Preopen{{Guest: "g", Host: filepath.Join(root, "in")}}})
		done := make(chan error)
		go func() {
			d, l := filepath.Join(root, "in/d"), filepath.Join(root, "in/l")
			var err error
			for range swaps {
				if err = unix.Renameat2(unix.AT_FDCWD, d, unix.AT_FDCWD, l, unix.RENAME_EXCHANGE); err != nil {
					break
				}
				runtime.Gosched()
			}
			done <- err
		}()
		opened, made := 0, 0
		for {
			g.next = 8
			if fd, errno := g.open(3, "d/secret", 0, RightFdRead); errno == Success {
				opened++
				if s, errno := g.read(fd, 10); s != "inside" || errno != Success {
					t.Fatalf("read %q, %v", s, errno)
				}
				g.must("fd_close", fd)
			}
			if errno := g.attempt("mkdir d/new"); errno == Success {
				made++
				g.attempt("rmdir d/new")
				g.attempt("rmdir l/new")
			}
			if fd, errno := g.open(3, "d/fresh", oflagCreat, RightFdWrite); errno == Success {
				made++
				g.must("fd_close", fd)
			}
			g.attempt("rename d/fresh d/fresher")
			g.attempt("unlink d/secret2")
			select {
			case err := <-done:
				if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
					t.Skip("the file system cannot exchange names:", err)
				} else if err != nil {
					t.Fatal(err)
				}
				checkOutside(t, root)
				if opened == 0 || made == 0 {
					t.Errorf("opened %d and made %d in the right directory: the race was not run", opened, made)
				}
				return
			default:
			}
		}
	})
}
