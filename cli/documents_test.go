package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are what people read about the command.
var documents = []string{"../README.md", "../docs/*.md", "../bench/*.md", "../SECURITY.md", "../CONTRIBUTING.md", "../ARCHITECTURE.md"}

// eachDocument calls f with the name and the text of every document.
func eachDocument(t *testing.T, f func(name, text string)) {
	t.Helper()
	for _, pattern := range documents {
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

var (
	quoted     = regexp.MustCompile("`[^`\n]+`")
	optionName = regexp.MustCompile(`(?:^|[\s\x60|])--([a-z][a-z0-9-]+)`)
	manualName = regexp.MustCompile(`(?m)^\.B \\-\\-(\S+)`)
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
