package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// large is a module whose code is kept where it is executed.
const large = `(module (memory (export "memory") 1) (data (i32.const 0) "PADDING")
	(func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 6))))`

// bundled makes a bundle of the module in text and returns its path. Its name is one by
// which a test is the program.
func bundled(t *testing.T, text string, options ...string) string {
	t.Helper()
	dir := t.TempDir()
	module, path := filepath.Join(dir, "app.wat"), filepath.Join(dir, "wazedge")
	if err := os.WriteFile(module, []byte(strings.Replace(text, "PADDING", strings.Repeat("x", 8<<10), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("wazedge", append([]string{"bundle", module, "-o", path}, options...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// execute is what the program prints, on both streams, with an environment of its own.
func execute(t *testing.T, path string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(path, args...)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "WAZEDGE_CACHE_DIR="+filepath.Join(home, "cache"), "WAZEDGE_TRUST_DIR="+filepath.Join(home, "keys"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestBundleBringsItsCode states that the code in a bundle is executed, whoever runs it; that
// it is compiled anew where it is damaged; and that the same bytes are made every time.
func TestBundleBringsItsCode(t *testing.T) {
	t.Parallel()
	path := bundled(t, large, "--reactor", "--log-level=debug")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := os.ReadFile(bundled(t, large, "--reactor", "--log-level=debug"))
	if err != nil || !bytes.Equal(whole, again) {
		t.Errorf("other bytes the second time: %v", err)
	}
	if out, err := execute(t, path, "f", "7"); err != nil || !strings.Contains(out, "42\n") || strings.Contains(out, "cache: compile") {
		t.Errorf("%v: %s", err, out)
	}
	// Code is before the end, behind the module and the head of the entry.
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-300] ^= 1
	if err := os.WriteFile(path, damaged, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := execute(t, path, "f", "7"); err != nil || !strings.Contains(out, "42\n") || !strings.Contains(out, "damaged; compiling") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestBundleThatIsCut states that a bundle without its end says so.
func TestBundleThatIsCut(t *testing.T) {
	t.Parallel()
	path := bundled(t, large, "--reactor")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-1); err != nil {
		t.Fatal(err)
	}
	if out, err := execute(t, path, "f", "7"); err == nil || out != "wazedge: the bundle is damaged: make it anew\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// TestBundleOfAnotherRuntime states that a program of wazedge can be named as the runtime.
func TestBundleOfAnotherRuntime(t *testing.T) {
	t.Parallel()
	self, err := exec.LookPath("wazedge")
	if err != nil {
		t.Fatal(err)
	}
	path := bundled(t, large, "--reactor", "--runtime", self)
	if out, err := execute(t, path, "f", "7"); err != nil || out != "42\n" {
		t.Errorf("%v: %s", err, out)
	}
}
