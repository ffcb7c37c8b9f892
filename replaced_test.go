package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplacedEngine builds the command with another wazero than it is made for, which
// here is a copy in all but name, and states what that changes: nothing is kept, and
// nothing else.
func TestReplacedEngine(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the engine")
	}
	dir := t.TempDir()
	mod := filepath.Join(dir, "other.mod")
	for from, to := range map[string]string{"go.mod": mod, "go.sum": filepath.Join(dir, "other.sum")} {
		b, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, b, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const wazero = "github.com/tetratelabs/wazero"
	at := strings.TrimSpace(command(t, "go", "list", "-m", "-f", "{{.Dir}}", wazero))
	command(t, "go", "mod", "edit", "-replace", wazero+"="+at, mod)
	program := filepath.Join(dir, "wazedge")
	command(t, "go", "build", "-modfile", mod, "-o", program, ".")

	cached, guest := filepath.Join(dir, "cache"), filepath.Join("testdata", "guests", "args.wasm")
	for _, run := range []string{"first", "second"} {
		out := command(t, program, "--cache-dir", cached, "--log-level", "debug", guest, "word")
		if !strings.Contains(out, "word") || !strings.Contains(out, "cache: nothing is kept: the engine is replaced by ") {
			t.Errorf("the %s run prints %q", run, out)
		}
	}
	if entries, err := filepath.Glob(filepath.Join(cached, "*", "*")); err != nil || len(entries) > 0 {
		t.Errorf("the cache has %v, %v", entries, err)
	}
	universal := filepath.Join(dir, "universal.wasm")
	if out := command(t, program, "compile", guest, universal); !strings.Contains(out, "the module is written as it is: the engine is replaced by ") {
		t.Errorf("compiling prints %q", out)
	}
	want, _ := os.ReadFile(guest)
	if got, err := os.ReadFile(universal); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the universal module is not the module itself: %d bytes, %v", len(got), err)
	}
}

// command is what the command prints.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}
