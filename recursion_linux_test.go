package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestRecursionBeforeCompiling states that calls of a guest that is interpreted until it is compiled may be as
// deep as if it were compiled, and that those without end take no more memory for it than a stack of 128 MiB comes to.
func TestRecursionBeforeCompiling(t *testing.T) {
	program, guest := built(t), filepath.Join(t.TempDir(), "deep.wat")
	const text = `(module (memory 1)
		(func $deep (export "deep") (param i32) (result i32)
			(if (result i32) (local.get 0)
				(then (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
				(else (i32.const 0)))))`
	if err := os.WriteFile(guest, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(n string) (*exec.Cmd, string, error) {
		cmd := exec.CommandContext(t.Context(), program, "--no-cache", "--cold-start", "lazy", guest, "deep", n)
		out, err := cmd.CombinedOutput()
		return cmd, string(out), err
	}
	if _, out, err := run("300000"); err != nil || out != "300000\n" {
		t.Errorf("300,000 calls deep: %q, %v", out, err)
	}
	cmd, out, err := run("-1")
	if err == nil || !strings.Contains(out, "The call stack is exhausted") {
		t.Errorf("without end: %q, %v", out, err)
	}
	const most = 1 << 20 // KiB
	if peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss; peak > most {
		t.Errorf("without end: %d KiB of memory, at most %d", peak, most)
	}
}
