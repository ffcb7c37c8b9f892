package guests

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/cli"
)

// root is the repository.
const root = "../.."

// patience is how long a command may take before a test gives up on it: much more than any needs.
const patience = 3 * time.Minute

// asCommand in the environment makes the test binary be the command under test. So a change of the command
// is a change of the tests, and their results are not taken from the cache of go test.
const asCommand = "WAZEDGE_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if _, ok := os.LookupEnv("WAZEDGE_OPTIMIZE"); !ok { // what works behind runs would write to directories that tests remove
		os.Setenv("WAZEDGE_OPTIMIZE", "1")
	}
	if os.Getenv(asCommand) != "" {
		debug.SetTraceback("none")
		p := cli.Process{Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Environ: os.Environ}
		os.Exit(p.Main())
	}
	os.Exit(m.Run())
}

// outcome is what a finished command leaves to see.
type outcome struct {
	stdout, stderr string
	status         int
	peak           int64 // bytes of resident memory at most, 0 where the system does not tell
}

// command prepares a run of the command under test, called by a name, with a home and caches of its own.
func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	// Not the test's context, which ends before its cleanups: a server is waited for in one.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Args[0] = name
	home := t.TempDir()
	cmd.Env = []string{asCommand + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CACHE_HOME=" + home, "TMPDIR=" + home,
		"SystemRoot=" + os.Getenv("SystemRoot")}
	if testing.CoverMode() != "" {
		cmd.Env = append(cmd.Env, "GOCOVERDIR="+t.TempDir()) // without it, a test binary complains at its end
	}
	return cmd
}

// run runs wasmedge to its end.
func run(t *testing.T, args ...string) outcome {
	t.Helper()
	return finish(t, command(t, "wasmedge", args...))
}

// finish runs a prepared command to its end. A Go stack trace on either stream fails the test.
func finish(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &stdout
	}
	if cmd.Stderr == nil {
		cmd.Stderr = &stderr
	}
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatalf("%v: %v", cmd.Args[1:], err)
	}
	o := outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), peakMemory(cmd.ProcessState)}
	for _, sign := range []string{"goroutine ", "panic:", "runtime error:"} {
		if strings.Contains(o.stdout+o.stderr, sign) {
			t.Errorf("%v shows a Go stack trace:\n%s%s", cmd.Args[1:], o.stdout, o.stderr)
		}
	}
	return o
}

// want fails the test unless the outcome has this standard output and status.
func (o outcome) want(t *testing.T, stdout string, status int) {
	t.Helper()
	if o.stdout != stdout || o.status != status {
		t.Errorf("stdout %.300q, exit %d; want %.300q, exit %d; stderr %.300q", o.stdout, o.status, stdout, status, o.stderr)
	}
}

// guest is the path of a module in testdata.
func guest(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, "testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// goGuest builds a Go program in testdata for WASI.
func goGuest(t *testing.T, name string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a Go program for WASI, left out by -short")
	}
	out := filepath.Join(t.TempDir(), filepath.Base(name)+".wasm")
	cmd := exec.Command("go", "build", "-o", out, "./testdata/"+name)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", name, err, text)
	}
	return out
}

// writeFile makes a file in a directory of the test and returns its path.
func writeFile(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
