package gostd

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// subset are the packages for every day: those that use the most of WASI, and a
// few that compute.
var subset = []string{
	"os", "io/fs", "path/filepath", "io", "os/exec", "net", "strings", "bufio", "encoding/json", "archive/zip",
}

// all are the packages of the standard library that a guest can make full use of.
var all = []string{
	"os", "io/fs", "path/filepath", "io", "os/exec", "net", "time", "strings", "bytes", "bufio",
	"compress/...", "archive/...", "encoding/...", "crypto/...", "sort", "sync", "text/...", "testing/...", "runtime",
}

// exception is a test that does not pass.
type exception struct{ pkg, test, reason string }

func TestStandardLibrary(t *testing.T) {
	var patterns []string
	switch chosen := os.Getenv("WAZEDGE_GOSTD"); chosen {
	case "":
		t.Skip("takes minutes: set WAZEDGE_GOSTD to subset, all, or names of packages")
	case "subset":
		patterns = subset
	case "all":
		patterns = all
	default:
		patterns = strings.Fields(chosen)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal("go env GOROOT:", err)
	}
	wrapper := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_wasip1_wasm_exec")
	if _, err := os.Stat(wrapper); err != nil {
		t.Skip("this Go has no wrapper for guests:", err)
	}
	environment := guestEnvironment(t)
	known := exceptions(t)
	for _, pkg := range list(t, environment, patterns) {
		t.Run(pkg, func(t *testing.T) {
			args := []string{"test", "-short", "-count=1", "-exec", wrapper}
			var skipped []string
			for _, e := range known {
				if e.pkg != pkg {
					continue
				}
				if e.test == "*" {
					t.Skip(e.reason)
				}
				t.Logf("without %s: %s", e.test, e.reason)
				skipped = append(skipped, e.test)
			}
			if len(skipped) > 0 {
				args = append(args, "-skip", strings.Join(skipped, "|"))
			}
			cmd := exec.CommandContext(t.Context(), "go", append(args, pkg)...)
			cmd.Env = environment
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// guestEnvironment is that of a go command which builds for WASI and runs what it
// has built in the wasmedge of this tree.
func guestEnvironment(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "wasmedge"), "github.com/wazedge/wazedge")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return append(os.Environ(),
		"GOOS=wasip1", "GOARCH=wasm", "GOWASIRUNTIME=wasmedge", "GOFLAGS=",
		"PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// list is the packages that the patterns stand for and that have tests.
func list(t *testing.T, environment, patterns []string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}"}, patterns...)...)
	cmd.Env = environment
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Fields(string(out))
}

// exceptions reads exceptions.txt.
func exceptions(t *testing.T) []exception {
	t.Helper()
	f, err := os.Open("exceptions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []exception
	for s := bufio.NewScanner(f); s.Scan(); {
		line := s.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		pkg, rest, _ := strings.Cut(line, " ")
		test, reason, ok := strings.Cut(strings.TrimSpace(rest), " ")
		if !ok {
			t.Fatalf("exceptions.txt: %q gives no reason", line)
		}
		list = append(list, exception{pkg, test, strings.TrimSpace(reason)})
	}
	return list
}
