//go:build unix

package cli

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// detach keeps signals to this process's group from cmd.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// yield gives this process the lowest priority, as a favour only. On Linux each thread has one, which the threads that
// it starts inherit.
func yield() {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = unix.Setpriority(unix.PRIO_PROCESS, id, 19)
		}
	}
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, 19)
}
