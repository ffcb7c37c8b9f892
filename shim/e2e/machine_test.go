//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// insideVariable says, where it is set, that the tests have a machine of their own.
const insideVariable = "WAZEDGE_E2E_INSIDE"

// ownMachine runs the tests again in namespaces of their own, and returns their status: processes, network,
// sockets and state of containerd and runc are no others' then, so that what is left behind is theirs. It reports
// whether the tests have run.
func ownMachine() (status int, ok bool) {
	if os.Geteuid() != 0 || os.Getenv(insideVariable) != "" {
		return 0, false
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), insideVariable+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET, Pdeathsig: unix.SIGKILL}
	runtime.LockOSThread() // of whose end the kernel tells the other process
	if err := cmd.Start(); err != nil {
		return 0, false // the machine is everybody's, then
	}
	_ = cmd.Wait() // the status says it
	if status = cmd.ProcessState.ExitCode(); status == statusBare {
		return 0, false
	}
	return max(status, -status), true
}

// statusBare is the status of tests whose namespaces cannot be furnished; it is none of go test's.
const statusBare = 75

// furnishMachine gives the namespaces of these tests what there is on a machine on which no container has run.
func furnishMachine() error {
	if os.Getenv(insideVariable) == "" {
		return nil
	}
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mounts of our own: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("/proc: %w", err)
	}
	for _, dir := range []string{"/run/containerd", "/run/netns", "/run/runc"} {
		if err := errors.Join(os.MkdirAll(dir, 0o711), unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=711")); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
