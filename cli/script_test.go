package cli_test

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wazedge/wazedge/cli"
	"github.com/wazedge/wazedge/internal/inherit"
)

var update = flag.Bool("update", false, "write what is printed to the expected files")

// atEnd is done when all tests have run.
var atEnd []func()

// tests are those of a package with what is done at their end.
type tests struct{ *testing.M }

// Run runs the tests.
func (ts tests) Run() int {
	defer func() {
		for _, f := range atEnd {
			f()
		}
	}()
	return ts.M.Run()
}

// TestMain makes the test binary itself the three tools, called by their names. What they leave behind would
// write to directories that tests remove: nothing is optimized behind runs but where a test asks for that.
func TestMain(m *testing.M) {
	if _, ok := os.LookupEnv("WAZEDGE_OPTIMIZE"); !ok {
		os.Setenv("WAZEDGE_OPTIMIZE", "1")
	}
	tool := func() {
		inherit.Restore()
		p := cli.Process{Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: inherit.Stderr(), Getenv: os.Getenv, Environ: os.Environ}
		os.Exit(p.Main())
	}
	testscript.Main(tests{m}, map[string]func(){"wazedge": tool, "wasmedge": tool, "wasmedgec": tool})
}

// TestScripts runs what a user types. Beside the commands of testscript there is
//
//	exits STATUS PROGRAM ARG...
//
// which runs the program and wants exactly this status. $GUESTS and $HOSTILE are
// the folders of the guests. What the tools print is compared with times removed
// by the command "log", which rewrites the last standard output into a file:
//
//	log FILE
//
// and the command "glob" sets $FOUND to the one file beneath the working directory that a pattern matches:
//
//	glob PATTERN
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			guests, err := filepath.Abs("../testdata")
			if err != nil {
				return err
			}
			env.Setenv("GUESTS", filepath.Join(guests, "guests"))
			env.Setenv("HOSTILE", filepath.Join(guests, "hostile"))
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
			env.Setenv("WAZEDGE_TRUST_DIR", filepath.Join(env.WorkDir, ".trust"))
			// Binary files, which an archive of text cannot hold.
			for name, text := range map[string]string{
				"component.wasm": "\x00asm\x0d\x00\x01\x00",
				"native.so":      "\x7fELF\x02\x01\x01\x00",
				// func f: try, catch_all, end
				"legacy.wasm": "\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x07\x05\x01\x01f\x00\x00" +
					"\x0a\x08\x01\x06\x00\x06\x40\x19\x0b\x0b",
			} {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(text), 0o666); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"log":   logLines,
			"glob":  glob,
		},
	})
}

// exits runs a program and compares its exit status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// timestamp is the time at the beginning of a log line.
var timestamp = regexp.MustCompile(`(?m)^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\]`)

// logLines writes the last standard output to a file, with [TIME] for the times
// of log lines and $WORK for the working directory.
func logLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: log FILE")
	}
	text := timestamp.ReplaceAllString(ts.ReadFile("stdout"), "[TIME]")
	text = strings.ReplaceAll(text, ts.Getenv("WORK"), "$WORK")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// glob finds the one file that a pattern matches, or with "!" that there is none.
func glob(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] glob PATTERN")
	}
	dir := ts.MkAbs(".")
	found, err := fs.Glob(os.DirFS(dir), args[0]) // the directory's own name is no pattern
	ts.Check(err)
	if neg {
		if len(found) > 0 {
			ts.Fatalf("found %q", found)
		}
		return
	}
	if len(found) != 1 {
		ts.Fatalf("found %q, want one file", found)
	}
	ts.Setenv("FOUND", filepath.Join(dir, filepath.FromSlash(found[0])))
}
