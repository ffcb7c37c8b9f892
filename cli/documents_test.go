package cli_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/documents"
)

// documentGlobs are what people read about the command.
var documentGlobs = []string{"../README.md", "../docs/*.md", "../bench/*.md", "../SECURITY.md", "../CONTRIBUTING.md", "../ARCHITECTURE.md"}

// eachDocument calls f with the name and the text of every document.
func eachDocument(t *testing.T, f func(name, text string)) {
	t.Helper()
	for _, pattern := range documentGlobs {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f(name, string(text))
		}
	}
}

// shown is a command in a document with what it prints: "go run . ARG... # prints TEXT".
var shown = regexp.MustCompile(`(?m)^go run \. (.*\S)\s+# prints (.+)$`)

// TestDocumentedCommands runs the commands that documents say the output of.
func TestDocumentedCommands(t *testing.T) {
	n := 0
	eachDocument(t, func(name, text string) {
		for _, m := range shown.FindAllStringSubmatch(text, -1) {
			n++
			cmd := exec.Command("wazedge", strings.Fields(m[1])...)
			cmd.Dir = ".."
			if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != m[2] {
				t.Errorf("%s: %s: %v, printed %q", name, m[0], err, out)
			}
		}
	})
	if n == 0 {
		t.Error("no document shows a command with its output")
	}
}

// TestPages types what the pages of docs show, each in a directory of its own with a home of its own. What
// needs a program that is not here is left out, as is what installs wazedge. What downloads may take until shortly before
// the test is to be over.
func TestPages(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	if end, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-30*time.Second))
		t.Cleanup(cancel)
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no POSIX shell")
	}
	eachDocument(t, func(name, text string) {
		blocks := documents.Parse(text)
		if len(blocks) == 0 {
			return
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			s := documents.Shell{Program: []string{sh}, Dir: t.TempDir(), Env: readerEnv(t), Has: has}
			left, err := s.Run(ctx, blocks)
			if err != nil {
				t.Error(err)
			}
			for _, l := range left {
				t.Logf("line %d is left out: no %s", l.Line, l.Program)
			}
		})
	})
}

// has tells whether a reader has the program. What downloads is run where WAZEDGE_NETWORK is set.
func has(program string) bool {
	switch program {
	case "install":
		return false
	case "network":
		return os.Getenv("WAZEDGE_NETWORK") != ""
	case "rust-wasip1", "rust-wasip1-threads":
		dir, err := exec.Command("rustc", "--print", "target-libdir", "--target", "wasm32-"+strings.TrimPrefix(program, "rust-")).Output()
		return err == nil && isThere(strings.TrimSpace(string(dir)))
	case "wasi-libc":
		return has("clang") && has("wasm-ld") && isThere("/usr/include/wasm32-wasi")
	}
	_, err := exec.LookPath(program)
	return err == nil
}

func isThere(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// readerEnv is the environment of a reader: a home of its own, and the caches of the toolchains
// that are here.
func readerEnv(t *testing.T) []string {
	t.Helper()
	home := t.TempDir()
	env := []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir(), "TERM=dumb", "GOFLAGS=-buildvcs=false"}
	for _, name := range []string{"RUSTUP_HOME", "CARGO_HOME"} {
		if dir, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+dir)
		} else if own, err := os.UserHomeDir(); err == nil {
			env = append(env, name+"="+filepath.Join(own, "."+strings.ToLower(strings.TrimSuffix(name, "_HOME"))))
		}
	}
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	values := strings.Split(string(out), "\n")
	return append(env, "GOCACHE="+values[0], "GOMODCACHE="+values[1], "GOPROXY="+values[2])
}

var (
	quoted     = regexp.MustCompile("`[^`\n]+`")
	optionName = regexp.MustCompile(`(?:^|[\s\x60|])--([a-z][a-z0-9-]+)`)
	ofOthers   = regexp.MustCompile("^`(wasmtime|wasmer|apk|asc|cargo|ctr|docker|rustc|valgrind|zig) ")
	manualName = regexp.MustCompile(`(?m)^\.BI? "?\\-\\-([^\s"]+)`)
)

// TestDocumentedOptions states that documents name no option of the three tools
// that there is not.
func TestDocumentedOptions(t *testing.T) {
	manual, err := exec.Command("wazedge", "man").Output()
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"help", "version", "update-floor"}
	for _, m := range manualName.FindAllStringSubmatch(string(manual), -1) {
		known = append(known, strings.ReplaceAll(m[1], `\`, ""))
	}
	if len(known) < 50 {
		t.Fatalf("the manual has only %q", known)
	}
	families := []string{"wasm-", "enable-", "disable-"} // as in --enable-*
	eachDocument(t, func(name, text string) {
		for _, q := range quoted.FindAllString(text, -1) {
			if ofOthers.MatchString(q) {
				continue
			}
			for _, m := range optionName.FindAllStringSubmatch(q, -1) {
				if !slices.Contains(known, m[1]) && !slices.Contains(families, m[1]) {
					t.Errorf("%s: no option --%s: %s", name, m[1], q)
				}
			}
		}
	})
}

// filed are names in documents that look like those of files or folders of ours.
var filed = regexp.MustCompile("`((?:cli|compat|cache|limits|hostfuncs|internal|spec-tests|bench|docs|testdata|\\.ci)/[\\w./*-]*)`")

// TestDocumentedFiles states that documents name no file of this repository that there
// is not.
func TestDocumentedFiles(t *testing.T) {
	n := 0
	eachDocument(t, func(name, text string) {
		if strings.HasPrefix(name, "../bench/") {
			return // says what was measured, which may be gone
		}
		for _, m := range filed.FindAllStringSubmatch(text, -1) {
			n++
			if found, err := filepath.Glob(filepath.Join("..", m[1])); err != nil || len(found) == 0 {
				t.Errorf("%s: no file %s", name, m[1])
			}
		}
	})
	if n < 20 {
		t.Errorf("only %d files are named", n)
	}
}

// image is a picture in a document.
var image = regexp.MustCompile(`!\[[^\]]+\]\(([^)]+)\)`)

// TestDocumentedImages states that pictures in documents are there, with a text for who does not see them, and small.
func TestDocumentedImages(t *testing.T) {
	n := 0
	eachDocument(t, func(name, text string) {
		if bad := strings.Count(text, "![]("); bad > 0 {
			t.Errorf("%s: %d pictures without a text", name, bad)
		}
		for _, m := range image.FindAllStringSubmatch(text, -1) {
			n++
			info, err := os.Stat(filepath.Join(filepath.Dir(name), m[1]))
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if info.Size() > 100<<10 {
				t.Errorf("%s: %s has %d bytes", name, m[1], info.Size())
			}
		}
	})
	if n == 0 {
		t.Error("no document has a picture")
	}
}
