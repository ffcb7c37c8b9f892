//go:build unix

package guests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A call of WASI ends with the guest's time, however long its operands would make
// it, and takes no memory of the host for them.
func TestHostileCallsAreInterrupted(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "many"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		writeFile(t, filepath.Join(dir, "many"), fmt.Sprint(i), nil)
	}
	for _, call := range []string{"poll", "pollfd", "random", "write", "writeone", "writefile", "readhole", "read", "readdir",
		"allocate", "sync", "fifo", "fifowrite", "paths", "renumber", "accept", "receive"} {
		t.Run(call, func(t *testing.T) {
			silent, hold := pipe(t)
			_, full := pipe(t)
			cmd := command(t, "wazedge", "--time-limit", "100", "--dir", ".:"+dir, "--reactor", guest(t, "hostile/wasi.wasm"), call)
			cmd.Stdin, cmd.Stderr = silent, full
			began := time.Now()
			o := finish(t, cmd)
			hold.Close()
			// Much more than a call may go on, for machines that are busy.
			if took := time.Since(began); took > time.Minute {
				t.Errorf("took %v", took)
			}
			if o.status != 134 || !strings.Contains(o.stdout, "execution interrupted") {
				t.Errorf("status %d, %.300q; want 134 and an interruption", o.status, o.stdout)
			}
			const most = 256 << 20
			if o.peak > most {
				t.Errorf("%d MiB resident, want at most %d", o.peak>>20, most>>20)
			}
			if err := os.Remove(filepath.Join(dir, "file")); err != nil && !os.IsNotExist(err) {
				t.Error(err)
			}
		})
	}
}

// pipe is a pipe whose ends are closed at the end of the test.
func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}
