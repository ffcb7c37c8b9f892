package wasi

import (
	"os"
	"testing"
)

// TestMemoryOfProcessesIsRefused maps the whole file system: a guest reads what
// everybody may of processes, and neither reads nor writes memory.
func TestMemoryOfProcessesIsRefused(t *testing.T) {
	if _, err := os.Stat("/proc/self/mem"); err != nil {
		t.Skip("no file system of processes")
	}
	for _, at := range []string{"/", "/proc", "/proc/self"} {
		prefix := map[string]string{"/": "proc/self/", "/proc": "self/", "/proc/self": ""}[at]
		g := newGuest(t, Config{}, Environment{Preopens: []Preopen{{Guest: "/", Host: at}}, Closed: []string{t.TempDir()}})
		for _, path := range []string{"mem", "task/../mem", "environ", "fd/0", "root/etc", "cwd"} {
			for _, rights := range []Rights{RightFdRead, RightFdWrite, RightFdRead | RightFdWrite} {
				if _, errno := g.open(3, prefix+path, 0, rights); errno == Success {
					t.Errorf("/ at %s: %s%s can be opened with rights %x", at, prefix, path, rights)
				}
			}
		}
		if _, errno := g.open(3, prefix+"comm", 0, RightFdWrite); errno == Success {
			t.Errorf("/ at %s: comm can be written", at)
		}
		if _, errno := g.open(3, prefix+"status", 0, readRights); errno != Success {
			t.Errorf("/ at %s: status: %v", at, errno)
		}
	}
}
