//go:build linux && amd64

package guard

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain has the process do, instead of tests, what is to end it.
func TestMain(m *testing.M) {
	if name := os.Getenv("WAZEDGE_GUARD_TEST"); name != "" {
		if Ready() != nil {
			os.Exit(0)
		}
		endings[name].run()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// ready skips where there are no guards, which on a machine that tests are run on is nowhere.
func ready(t testing.TB) {
	t.Helper()
	if err := Ready(); err != nil {
		t.Fatal(err)
	}
}

// pages are two pages, of which nobody may touch the second.
func pages(t testing.TB) []byte {
	t.Helper()
	b, err := edge()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(b) })
	return b
}

func edge() ([]byte, error) {
	size := unix.Getpagesize()
	b, err := unix.Mmap(-1, 0, 2*size, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err == nil {
		err = unix.Mprotect(b[:size], unix.PROT_READ|unix.PROT_WRITE)
	}
	return b, err
}

// knows has the probe's access be known until the test ends.
func knows(t testing.TB) {
	t.Helper()
	begin, at, to, end := probeAddresses()
	c, err := add(begin, end-begin, []Site{{uint32(at - begin), uint32(to - begin)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Remove)
}

// TestFaultsAmongOthers states that faults of accesses that are known go where they are to, on any number of
// threads, and faults of Go go on to be panics, while the other kind happens and while memory is collected.
func TestFaultsAmongOthers(t *testing.T) {
	ready(t)
	knows(t)
	b := pages(t)
	size := len(b) / 2
	rounds := 20000
	if testing.Short() {
		rounds = 2000
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
			for n := range rounds {
				switch g % 4 {
				case 0, 1:
					if at := n % 7; probe(&b[size-4+at]) != (at == 0) {
						t.Errorf("an access %d bytes beyond the end: %v", at, at != 0)
						return
					}
				case 2:
					if !panics(func() { _ = *(*int)(nil) }) {
						t.Error("nil can be read")
						return
					}
				default:
					if n%16 == 0 {
						runtime.GC()
					}
					if !panics(func() { b[size+n%size]++ }) {
						t.Error("Go writes beyond the end")
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

func panics(f func()) (is bool) {
	defer func() { is = recover() != nil }()
	f()
	return false
}

// TestCodeComesAndGoes states that faults go to the code that is there, while other code comes and goes.
func TestCodeComesAndGoes(t *testing.T) {
	ready(t)
	knows(t)
	b := pages(t)
	size := len(b) / 2
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for g := range 3 {
		wg.Go(func() {
			for n := uintptr(0); ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				c, err := add(1<<60|uintptr(g)<<50|n%64<<12, 4096+n%3<<12, []Site{{1, 2}, {3, 4}})
				if err != nil {
					t.Error(err)
					return
				}
				c.Remove()
				c.Remove()
			}
		})
	}
	for range 50000 {
		if probe(&b[size]) || !probe(&b[0]) {
			t.Fatal("an access goes elsewhere")
		}
	}
	close(stop)
	wg.Wait()
	if n := used.Load(); n > 16 {
		t.Errorf("%d slots are taken by four modules", n)
	}
}

// TestStaleCode states that code in the place of other code, which nobody has taken back, is what counts, and
// that taking that back then leaves it alone.
func TestStaleCode(t *testing.T) {
	ready(t)
	b := pages(t)
	begin, at, to, end := probeAddresses()
	stale, err := add(begin&^4095, 8192, []Site{{uint32(at - begin&^4095), 1}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := add(begin, end-begin, []Site{{uint32(at - begin), uint32(to - begin)}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Remove()
	stale.Remove()
	if probe(&b[len(b)/2]) {
		t.Error("an access beyond the end passes")
	}
}

// TestSites states that sites are found at the end of code that has them, and nothing else is taken for them.
func TestSites(t *testing.T) {
	for n := range 20 {
		code := make([]byte, n)
		with := Append(code, []Site{{1, 2}, {3, 4}})
		if !Marked(with) || Marked(code) || Marked(with[:len(with)-1]) || Marked(with[1:]) && len(with)%8 == 1 {
			t.Errorf("%d bytes of code: what is marked", n)
		}
		for _, wrong := range [][]byte{code, with[1:], append(with[:len(with):len(with)], 0), with[8:]} {
			if c, err := AddMarked(wrong); err == nil {
				c.Remove()
				t.Errorf("%d bytes of code: % x is taken", n, wrong)
			}
		}
		if c, err := AddMarked(Append(code, nil)); c != nil || err != nil {
			t.Errorf("code without sites: %v, %v", c, err)
		}
	}
}

// endings are what ends a process, and what it says.
var endings = map[string]struct {
	run  func()
	says string
}{
	"a fault of Go":                     {func() { b, _ := edge(); _ = b[len(b)/2:][0]; println(b[len(b)/2]) }, "unexpected fault address"},
	"a fault of an access nobody knows": {func() { b, _ := edge(); println(probe(&b[len(b)/2])) }, "unexpected fault address"},
	"nil":                               {func() { println(*(*int)(nil)) }, "nil pointer dereference"},
	"an access of what is not mapped":   {func() { b, _ := edge(); remember(); unix.Munmap(b); println(probe(&b[0])) }, "unexpected fault address"},
	"a signal that somebody sent":       {func() { unix.Kill(unix.Getpid(), unix.SIGSEGV); select {} }, "SIGSEGV"},
}

func remember() {
	begin, at, to, end := probeAddresses()
	add(begin, end-begin, []Site{{uint32(at - begin), uint32(to - begin)}})
}

// TestOtherFaultsEndTheProcess states that whatever is not the fault of an access that is known, of a page that is
// there, ends the process as if there were no guards.
func TestOtherFaultsEndTheProcess(t *testing.T) {
	ready(t)
	for name, want := range endings {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "WAZEDGE_GUARD_TEST="+name)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), want.says) {
			t.Errorf("%s: %v, want %q\n%s", name, err, want.says, out)
		}
	}
}
