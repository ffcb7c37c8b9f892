package cli_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestGoTellsOfItsPanics states that a Go guest that dereferences nil tells of it with file and line
// and ends with Go's status, and that nothing about a trap is told behind that, as there was none.
func TestGoTellsOfItsPanics(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a Go guest")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command")
	}
	dir := t.TempDir()
	guest := filepath.Join(dir, "nil.wasm")
	build := exec.Command(goTool, "build", "-o", guest, "../testdata/traps/nil.go")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	run := exec.Command("wazedge", "--dir", "/:.", guest)
	run.Dir = dir
	run.Env = append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"), "WAZEDGE_TRUST_DIR="+filepath.Join(dir, "trust"))
	var stdout, stderr bytes.Buffer
	run.Stdout, run.Stderr = &stdout, &stderr
	failed, ok := errors.AsType[*exec.ExitError](run.Run())
	if !ok || failed.ExitCode() != 2 {
		t.Errorf("%v, want status 2", failed)
	}
	for _, want := range []string{
		`panic: runtime error: invalid memory address or nil pointer dereference\n`,
		`(?m)^main\.sum\(\.\.\.\)\n\s.*nil\.go:12\n`,
		`(?m)^main\.main\(\)\n\s.*nil\.go:19 `,
	} {
		if !regexp.MustCompile(want).Match(stderr.Bytes()) {
			t.Errorf("%q is not told:\n%s", want, &stderr)
		}
	}
	if stdout.Len() > 0 || bytes.Contains(stderr.Bytes(), []byte("wazedge: ")) {
		t.Errorf("more is told: %s\n%s", &stdout, &stderr)
	}
}
