package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// hostReader is a guest that prints what it has read of a file, and opens a socket.
const hostReader = `(module
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_open" (func $socket (param i32 i32 i32) (result i32)))
  (memory 1)
  (data (i32.const 0) "seen.txt")
  (func (export "_start")
    (call $must (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))
    (i32.store (i32.const 16) (i32.const 256)) (i32.store (i32.const 20) (i32.const 100))
    (call $must (call $read (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 24)))
    (call $must (call $socket (i32.const 1) (i32.const 1) (i32.const 28)))
    (i32.store (i32.const 20) (i32.load (i32.const 24)))
    (call $must (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24))))
  (func $must (param i32) (if (local.get 0) (then unreachable))))`

// TestReplayTouchesNoHost states by the system calls of a process that a replay, in an empty directory and
// without --dir, asks for none of the guest's files and for no socket, of which the recorded run has had both.
func TestReplayTouchesNoHost(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("no strace command")
	}
	dir := t.TempDir()
	there, empty := filepath.Join(dir, "there"), filepath.Join(dir, "empty")
	for _, path := range []string{filepath.Join(there, "files"), empty} {
		if err := os.MkdirAll(path, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"guest.wat": hostReader, "files/seen.txt": "what the file has\n"} {
		if err := os.WriteFile(filepath.Join(there, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	touches := regexp.MustCompile(`seen\.txt|guest\.wat|there/files|(socket|connect|bind)\(`)
	// traced runs the command in a directory and returns what it prints and what of the host it touches.
	traced := func(in string, args ...string) (out []byte, touched []string) {
		t.Helper()
		calls := filepath.Join(dir, "calls")
		cmd := exec.Command(strace, append([]string{"-f", "-o", calls, "-e", "trace=openat,openat2,socket,connect,bind", "wazedge"}, args...)...)
		cmd.Dir = in
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"), "WAZEDGE_TRUST_DIR="+filepath.Join(dir, "trust"))
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if bytes.Contains(stderr.Bytes(), []byte("ptrace")) {
			t.Skipf("no process may be traced here: %s", &stderr)
		}
		if err != nil {
			t.Fatalf("%v: %v: %s", args, err, &stderr)
		}
		text, err := os.ReadFile(calls)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range bytes.Split(text, []byte("\n")) {
			if touches.Match(l) {
				touched = append(touched, string(l))
			}
		}
		return out, touched
	}
	record := filepath.Join(dir, "record")
	first, touched := traced(there, "record", "--output", record, "--allow-net", "127.0.0.1:*", "--dir", ".:files", "guest.wat")
	if all := strings.Join(touched, "\n"); string(first) != "what the file has\n" || !strings.Contains(all, "seen.txt") || !strings.Contains(all, "socket(") {
		t.Fatalf("the recorded run prints %q, and touches\n%s", first, all)
	}
	if err := os.RemoveAll(there); err != nil {
		t.Fatal(err)
	}
	second, touched := traced(empty, "replay", record)
	if !bytes.Equal(first, second) {
		t.Errorf("the replay prints %q, the recorded run %q", second, first)
	}
	if len(touched) > 0 {
		t.Errorf("the replay touches the host:\n%s", strings.Join(touched, "\n"))
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("the replay leaves %v, %v", left, err)
	}
}
