//go:build linux

package begun

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAwaited states which processes a signal waits for.
func TestAwaited(t *testing.T) {
	const wazedge, runc = "/.wazedge/wazedge", "/usr/sbin/runc"
	const none, terminated, ignored = "0000000000000000", "0000000000004003", "0000000000004000"
	for _, tc := range []struct {
		name, exe, pids, caught, ignored string
		sig                              unix.Signal
		want                             bool
	}{
		{"ended", "", "", "", "", unix.SIGTERM, false},
		{"the runtime", runc, "7\t1", terminated, none, unix.SIGTERM, true},
		{"the runtime and another signal", runc, "7\t1", none, none, unix.SIGUSR1, true},
		{"not a handler yet", wazedge, "7\t1", none, none, unix.SIGTERM, true},
		{"a handler", wazedge, "7\t1", terminated, none, unix.SIGTERM, false},
		{"ignored", wazedge, "7\t1", none, ignored, unix.SIGTERM, false},
		{"a signal without", wazedge, "7\t1", none, none, unix.SIGUSR1, false},
		{"not the first", wazedge, "7", none, none, unix.SIGTERM, false},
		{"a kernel that does not tell", wazedge, "", none, none, unix.SIGTERM, false},
	} {
		proc := t.TempDir()
		if tc.exe != "" {
			status := "Name:\twazedge\nNSpid:\t" + tc.pids + "\nSigIgn:\t" + tc.ignored + "\nSigCgt:\t" + tc.caught + "\n"
			if err := errors.Join(os.Symlink(tc.exe, filepath.Join(proc, "exe")), os.WriteFile(filepath.Join(proc, "status"), []byte(status), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		if got := awaited(proc, tc.sig); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}
