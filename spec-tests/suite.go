package spectest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// Suite is a directory of scripts, and the language they were written for.
type Suite struct {
	Name     string
	Dir      string
	Features wasm.Features

	// Moved says that the suite is older than the 3.0 text format, in which sizes
	// and offsets are not limited to 32 bits: what was malformed there is invalid.
	Moved bool

	Components bool // scripts are of components
}

// Script is one script of a suite.
type Script struct {
	Suite *Suite
	Name  string // without directory and suffix
}

// Path is the script's file.
func (s Script) Path() string { return filepath.Join(s.Suite.Dir, s.Name+".wast") }

// embedded are the suites in wazero's module, by directory.
var embedded = []struct {
	dir      string
	features wasm.Features
}{
	{"v1", wasm.Wasm1},
	{"v2", wasm.Wasm2},
	{"extended-const", wasm.Wasm2 | wasm.ExtendedConst},
	{"tail-call", wasm.Wasm2 | wasm.TailCall},
	{"exception-handling", wasm.Wasm2 | wasm.TailCall | wasm.ExceptionHandling | wasm.FunctionReferences | wasm.GC},
	{"typed-function-references", wasm.Wasm2 | wasm.TailCall | wasm.ExtendedConst | wasm.FunctionReferences},
	{"threads", wasm.Wasm2 | wasm.Threads},
}

// Suites are all suites that are at hand; root is the directory of the repository.
// official reports whether those of the specification itself are among them.
func Suites(root string) (list []*Suite, official bool, err error) {
	if dir := officialDir(root); dir != "" {
		official = true
		list = append(list,
			&Suite{Name: "3.0", Dir: dir, Features: wasm.Wasm3},
			&Suite{Name: "3.0-threads", Dir: filepath.Join(dir, "proposals", "threads"), Features: wasm.Wasm1 | wasm.BulkMemory | wasm.Threads, Moved: true})
	}
	wazero, err := wazeroDir(root)
	if err != nil {
		return nil, false, err
	}
	for _, e := range embedded {
		list = append(list, &Suite{
			Name: "wazero-" + e.dir, Dir: filepath.Join(wazero, "internal", "integration_test", "spectest", e.dir, "testdata"),
			Features: e.features, Moved: true,
		})
	}
	return list, official, nil
}

// ComponentSuites are those of the component model, if they are at hand: one for each
// directory of scripts.
func ComponentSuites(root string) (list []*Suite) {
	dirs, _ := filepath.Glob(filepath.Join(sharedDir(root), "component-model", "test", "*"))
	for _, dir := range dirs {
		if scripts, _ := filepath.Glob(filepath.Join(dir, "*.wast")); len(scripts) > 0 {
			list = append(list, &Suite{Name: "components-" + filepath.Base(dir), Dir: dir, Features: wasm.Wasm3 | wasm.Threads, Components: true})
		}
	}
	return list
}

// sharedDir is where material beside the repository is.
func sharedDir(root string) string {
	if shared := os.Getenv("WAZEDGE_SHARED"); shared != "" {
		return shared
	}
	return filepath.Join(root, "..", "shared")
}

// officialDir is where the specification's scripts are, or nothing.
func officialDir(root string) string {
	if dir := os.Getenv("WASM_TESTSUITE"); dir != "" {
		return dir
	}
	dir := filepath.Join(sharedDir(root), "testsuite")
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// wazeroDir is where wazero's module is: what WAZERO_DIR says, or the go command.
func wazeroDir(root string) (string, error) {
	if dir := os.Getenv("WAZERO_DIR"); dir != "" {
		return dir, nil
	}
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("find wazero's module: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// Scripts are the scripts of s, by name.
func (s *Suite) Scripts() ([]Script, error) {
	files, err := filepath.Glob(filepath.Join(s.Dir, "*.wast"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("no scripts in " + s.Dir)
	}
	var list []Script
	for _, f := range files {
		list = append(list, Script{s, strings.TrimSuffix(filepath.Base(f), ".wast")})
	}
	slices.SortFunc(list, func(a, b Script) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// Modules are the modules of s that need no imports and that can be read, in the binary format.
func (s Script) Modules() (files [][]byte) {
	src, err := os.ReadFile(s.Path())
	if err != nil {
		return nil
	}
	parsed, err := wat.ParseScript(src)
	if err != nil {
		return nil
	}
	r := &runner{suite: s.Suite}
	for i := range parsed.Commands {
		c := &parsed.Commands[i]
		if c.Module == nil {
			continue
		}
		b, err := r.bytes(c.Module)
		if err != nil {
			continue
		}
		if m, err := wasm.Decode(b, s.Suite.Features); err == nil && len(m.Imports) == 0 {
			files = append(files, b)
		}
	}
	return files
}
