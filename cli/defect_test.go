package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDefect states what a user gets to see of a panic: one line, status 70.
func TestDefect(t *testing.T) {
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	// Running a module looks at the environment, which is missing here.
	p := Process{Args: []string{"wazedge", "m.wasm"}, Stderr: stderr}
	if got := p.Main(); got != statusDefect {
		t.Errorf("status %d, want %d", got, statusDefect)
	}
	text, err := os.ReadFile(stderr.Name())
	if err != nil {
		t.Fatal(err)
	}
	const want = "wazedge: internal error: runtime error: invalid memory address or nil pointer dereference; please report it with the command line and the module to https://github.com/wazedge/wazedge/issues\n"
	if string(text) != want {
		t.Errorf("printed %q, want %q", text, want)
	}
}
