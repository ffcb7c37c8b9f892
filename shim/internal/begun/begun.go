//go:build linux

// Package begun waits until wazedge has begun in a container. Until then its first process is the runtime's,
// which ends by a signal with another status than a program does, or the kernel drops the signal, as it does for the first
// process of a PID namespace that has no handler.
package begun

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/shim/internal/cells"
	"github.com/wazedge/wazedge/shim/internal/guest"
)

// Times of waiting: between two looks, and in all.
const (
	interval = time.Millisecond
	most     = 5 * time.Second
)

// Await returns when a signal ends the process pid, the first of a container that has been started, with the
// status that it is to have: when it is wazedge, or has ended, or does not become it within seconds.
func Await(ctx context.Context, pid int, sig unix.Signal) {
	if sig == unix.SIGKILL {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for awaited("/proc/"+strconv.Itoa(pid), sig) {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// awaited reports whether the process whose directory is proc is there and is still to become wazedge, with its handler for sig.
func awaited(proc string, sig unix.Signal) bool {
	exe, err := os.Readlink(filepath.Join(proc, "exe"))
	if err != nil {
		return false // it has ended
	}
	if exe != path.Join(guest.Place, cells.Program) {
		return true
	}
	switch sig {
	case unix.SIGHUP, unix.SIGINT, unix.SIGTERM: // for which there is a handler from the first instruction on
	default:
		return false
	}
	status, err := os.ReadFile(filepath.Join(proc, "status"))
	return err == nil && first(string(status)) && !caught(string(status), sig)
}

// first reports whether a process, by its file status, is the first of its PID namespace.
func first(status string) bool {
	pids := strings.Fields(field(status, "NSpid"))
	return len(pids) > 0 && pids[len(pids)-1] == "1"
}

// caught reports whether a process, by its file status, has a handler for sig, or ignores it.
func caught(status string, sig unix.Signal) bool {
	for _, name := range []string{"SigCgt", "SigIgn"} {
		set, err := strconv.ParseUint(field(status, name), 16, 64)
		if err != nil || set>>(sig-1)&1 != 0 {
			return true
		}
	}
	return false
}

// field is a line of a file like /proc/PID/status.
func field(status, name string) string {
	for line := range strings.Lines(status) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
