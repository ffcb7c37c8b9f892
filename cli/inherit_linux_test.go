//go:build linux && (amd64 || arm64)

package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// release is the program as it is released, without cgo. What a process is born
// with cannot be seen in a test binary.
var release = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "wazedge")
	if err != nil {
		return "", err
	}
	atEnd = append(atEnd, func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "wasmedge")
	build := exec.Command("go", "build", "-o", path, "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, os.Chmod(dir, 0o755) // other users run it too
})

func released(t *testing.T) string {
	t.Helper()
	path, err := release()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// spin is a guest that writes a dot and then computes for ever.
const spin = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\01\00\00\00.")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
    (loop br 0)))`

// guest writes the text of a module to a file that everyone may read.
func guest(t *testing.T, text string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "guest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "guest.wat")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// spinning starts spin by a line of the shell that ends with exec "$@", and
// waits for its dot. The function that is returned waits for its end and returns
// how it ended and what else it wrote.
func spinning(t *testing.T, shell string) (*os.Process, func() (syscall.WaitStatus, string)) {
	t.Helper()
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, unix.SIGHUP, unix.SIGINT) // or the shell would find them ignored if who runs the tests ignores them
	defer signal.Stop(handled)
	cmd := exec.Command("sh", "-c", shell, "sh", released(t), "--time-limit", "60000", guest(t, spin))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // or the keyboard's signals may stop nothing
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	if _, err := io.ReadFull(stdout, make([]byte, 1)); err != nil {
		t.Fatalf("no output: %v, %s", err, &stderr)
	}
	return cmd.Process, func() (syscall.WaitStatus, string) {
		rest, _ := io.ReadAll(stdout)
		cmd.Wait()
		return cmd.ProcessState.Sys().(syscall.WaitStatus), string(rest) + stderr.String()
	}
}

// deadly are the signals that end a C program, some of which the Go runtime
// takes no notice of and some of which it answers with a dump.
var deadly = []syscall.Signal{
	unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE,
	unix.SIGUSR1, unix.SIGSEGV, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM, unix.SIGTERM, unix.SIGSTKFLT,
	unix.SIGXCPU, unix.SIGXFSZ, unix.SIGVTALRM, unix.SIGPROF, unix.SIGIO, unix.SIGPWR, unix.SIGSYS, 34, 50, 64,
}

// harmless are the signals that change nothing.
var harmless = []syscall.Signal{unix.SIGCHLD, unix.SIGCONT, unix.SIGURG, unix.SIGWINCH}

// TestDeadlySignals states that a signal which ends a C program ends this one, as
// its wait status says, without a word.
func TestDeadlySignals(t *testing.T) {
	t.Parallel()
	for _, sig := range deadly {
		t.Run(sig.String(), func(t *testing.T) {
			p, wait := spinning(t, `ulimit -c 0; exec "$@"`)
			for _, s := range append(harmless, sig) {
				if err := p.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			if status, text := wait(); !status.Signaled() || status.Signal() != sig || text != "" {
				t.Errorf("ended with %#x and wrote %q", status, text)
			}
		})
	}
}

// TestFirstProcess states that a signal which ends a C program also ends the first
// process of a PID namespace, as a container has one, with status 128 and the signal's
// number: there the kernel drops what a signal does by default.
func TestFirstProcess(t *testing.T) {
	t.Parallel()
	for _, sig := range deadly {
		if sig == 34 {
			continue // the C library's, for which the runtime has no handler
		}
		t.Run(sig.String(), func(t *testing.T) {
			// What is handled here has its default there, whatever the tests are started with.
			handled := make(chan os.Signal, 1)
			signal.Notify(handled, sig)
			defer signal.Stop(handled)
			cmd := exec.Command(released(t), "--time-limit", "60000", guest(t, spin))
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
			if os.Getuid() != 0 {
				cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
			}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) {
				t.Skipf("not run: this system gives no PID namespace: %v", err)
			} else if err != nil {
				t.Fatal(err)
			}
			defer cmd.Process.Kill()
			if _, err := io.ReadFull(stdout, make([]byte, 1)); err != nil {
				t.Fatalf("no output: %v, %s", err, &stderr)
			}
			for _, s := range append(harmless, sig) {
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			io.Copy(io.Discard, stdout)
			cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != 128+int(sig) || stderr.Len() > 0 {
				t.Errorf("status %d, want %d; wrote %q", got, 128+int(sig), &stderr)
			}
		})
	}
}

// TestFirstProcessEarly states that such a process ends by a signal with the same status while it begins, from
// where the kernel does not drop it any more, for there is a handler.
func TestFirstProcessEarly(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			handled := make(chan os.Signal, 1)
			signal.Notify(handled, sig)
			defer signal.Stop(handled)
			for range 10 {
				cmd := exec.Command(released(t), "--time-limit", "60000", guest(t, spin))
				cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
				if os.Getuid() != 0 {
					cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
				}
				if err := cmd.Start(); errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) {
					t.Skipf("not run: this system gives no PID namespace: %v", err)
				} else if err != nil {
					t.Fatal(err)
				}
				for !catches(t, cmd.Process.Pid, sig) {
				}
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				cmd.Wait()
				if got := cmd.ProcessState.ExitCode(); got != 128+int(sig) {
					t.Errorf("status %d, want %d", got, 128+int(sig))
				}
			}
		})
	}
}

// catches reports whether a process, one that has not been waited for, has a handler for sig.
func catches(t *testing.T, pid int, sig syscall.Signal) bool {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\nSigCgt:\t")
	line, _, _ := strings.Cut(rest, "\n")
	set, err := strconv.ParseUint(line, 16, 64)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return set>>(sig-1)&1 != 0
}

// TestIgnoredSignals states that what the parent ignored stays ignored.
func TestIgnoredSignals(t *testing.T) {
	var trap strings.Builder
	for _, sig := range deadly {
		fmt.Fprintf(&trap, "trap '' %d; ", sig)
	}
	p, wait := spinning(t, trap.String()+`exec "$@"`)
	for _, sig := range deadly {
		if err := p.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	p.Kill()
	if status, text := wait(); status.Signal() != syscall.SIGKILL || text != "" {
		t.Errorf("ended with %#x and wrote %q", status, text)
	}
}

// TestStops states that job control works.
func TestStops(t *testing.T) {
	for _, sig := range []syscall.Signal{unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGSTOP} {
		p, wait := spinning(t, `exec "$@"`)
		if err := p.Signal(sig); err != nil {
			t.Fatal(err)
		}
		var status syscall.WaitStatus // its end, where it does not stop and the limit of time comes
		if _, err := syscall.Wait4(p.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
			t.Errorf("%v: %#x, %v", sig, status, err)
		}
		p.Signal(unix.SIGCONT)
		p.Signal(unix.SIGTERM)
		if status, _ := wait(); status.Signal() != syscall.SIGTERM {
			t.Errorf("%v: then ended with %#x", sig, status)
		}
	}
}

// TestProcessorTime states that a limit of the shell ends the process.
func TestProcessorTime(t *testing.T) {
	t.Parallel()
	_, wait := spinning(t, `ulimit -St 1; exec "$@"`)
	if status, text := wait(); status.Signal() != unix.SIGXCPU || text != "" {
		t.Errorf("ended with %#x and wrote %q", status, text)
	}
}

// TestOpenFiles states that the soft limit of open files stays what it was.
func TestOpenFiles(t *testing.T) {
	p, wait := spinning(t, `ulimit -Sn 100; exec "$@"`)
	limits, err := os.ReadFile("/proc/" + strconv.Itoa(p.Pid) + "/limits")
	if err != nil {
		t.Fatal(err)
	}
	p.Kill()
	wait()
	for line := range strings.Lines(string(limits)) {
		if f := strings.Fields(line); strings.HasPrefix(line, "Max open files") && f[3] != "100" {
			t.Error(line)
		}
	}
}

// TestSmallLimits states that a process which gets too little to start says so in
// a few lines, with status 1, or runs: never does it print the runtime's stacks.
func TestSmallLimits(t *testing.T) {
	t.Parallel()
	const answer = `(module (memory 1) (func (export "f") (result i32) i32.const 42))`
	path := guest(t, answer)
	limits := []string{"-v 100000", "-v 300000", "-v 600000", "-v 700000", "-v 900000", "-d 50000"}
	for n := 4; n < 12; n++ {
		limits = append(limits, fmt.Sprint("-n ", n))
	}
	for n := 1; n < 8; n++ {
		limits = append(limits, fmt.Sprint("-u ", n))
	}
	for _, limit := range limits {
		t.Run(limit, func(t *testing.T) {
			cmd := exec.Command("bash", "-c", "ulimit "+limit+` || exit; exec "$@"`, "bash", released(t), "--reactor", path, "f")
			if os.Getuid() == 0 && strings.HasPrefix(limit, "-u") {
				const nobody = 65534 // the limit is none to root
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
				cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
			}
			out, err := cmd.CombinedOutput()
			switch status := cmd.ProcessState.ExitCode(); {
			case status == 0 && string(out) == "42\n":
			case status == 1 && bytes.Count(out, []byte("\n")) <= 3 && len(out) > 0 && !bytes.Contains(out, []byte("goroutine")):
			default:
				t.Errorf("%v:\n%.500s", err, out)
			}
		})
	}
}
