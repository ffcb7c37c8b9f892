//go:build unix

package cli

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// detach keeps signals to this process's group from cmd.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// yield gives this process the lowest priority.
func yield() { _ = unix.Setpriority(unix.PRIO_PROCESS, 0, 19) } // it is a favour only
