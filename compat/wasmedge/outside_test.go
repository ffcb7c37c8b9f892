package wasmedge_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestProgramOutsideOfTheTree builds, without cgo, and runs a program in a module of its own
// that was written for the SDK.
func TestProgramOutsideOfTheTree(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, from := range map[string]string{"main.go": "testdata/outside/main.go", "guest.wat": "testdata/outside/guest.wat", "go.sum": "../../go.sum", "go.mod": "../../go.mod"} {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.mod" {
			_, requirements, _ := strings.Cut(string(b), "\n")
			b = []byte("module example.org/outside\n" + requirements +
				"\nrequire github.com/wazedge/wazedge v0.0.0\nreplace github.com/wazedge/wazedge => " + root + "\n")
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "run", "-mod=mod", ".", "guest.wat")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if want := "heard: from the guest\nexit code 7\nsum 42\n"; string(out) != want {
		t.Errorf("it says %q, want %q", out, want)
	}
}
