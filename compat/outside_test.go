package compat_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAnotherModuleUsesTheLibrary builds and runs a program in a module of its own, outside
// of the tree, that names all types that it uses: with the race detector, where there is a
// C compiler for it.
func TestAnotherModuleUsesTheLibrary(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the library anew")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, from := range map[string]string{"main.go": "testdata/outside/main.go", "go.sum": "../go.sum", "go.mod": "../go.mod"} {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.mod" {
			b = outside(string(b), root)
		}
		writeFile(t, filepath.Join(dir, name), b)
	}
	data, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "-mod=mod"}
	cgo, err := exec.Command("go", "env", "CGO_ENABLED").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(cgo)) == "1" {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, ".", filepath.Join(data, "outside/guest.wat"), filepath.Join(data, "library"))...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"1000 instances", "loop ended", "sleep ended", "read ended", `the plug-in says "hello, world"`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not say %q", want)
		}
	}
	t.Logf("%s", out)
}

// outside is the text of a go.mod with the requirements of mod, of a module that uses the
// one in root.
func outside(mod, root string) []byte {
	_, requirements, _ := strings.Cut(mod, "\n")
	return []byte("module example.org/outside\n" + requirements +
		"\nrequire github.com/wazedge/wazedge v0.0.0\nreplace github.com/wazedge/wazedge => " + root + "\n")
}
