package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Bench is what suites build their cases with: the commands to compare, and a directory that goes away.
type Bench struct {
	dir      string // scratch, removed by Close
	root     string // of the repository
	self     string // this program, for measuring
	runtimes []Runtime
	progress io.Writer
}

// newBench finds the runtimes. ours is the command to measure, or empty to build the one in this tree.
func newBench(ours string, progress io.Writer) (*Bench, error) {
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return nil, fmt.Errorf("run bench in the root of the repository: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "wazedge-bench-")
	if err != nil {
		return nil, err
	}
	b := &Bench{dir: dir, root: root, self: self, progress: progress}
	if b.runtimes, err = b.findRuntimes(ours); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// Close removes the scratch directory.
func (b *Bench) Close() error { return os.RemoveAll(b.dir) }

// Guest is the path of a committed module, named from the repository's root.
func (b *Bench) Guest(name string) string { return filepath.Join(b.root, filepath.FromSlash(name)) }

// Mkdir makes a scratch directory that lasts as long as the bench.
func (b *Bench) Mkdir(name string) (string, error) {
	dir := filepath.Join(b.dir, name)
	return dir, os.MkdirAll(dir, 0o755)
}

// goGuest builds a Go package for WASI and returns the module's path.
func (b *Bench) goGuest(name, pkg string) (string, error) {
	out := filepath.Join(b.dir, name+".wasm")
	return out, b.goBuild(out, pkg, "GOOS=wasip1", "GOARCH=wasm")
}

// goNative builds a Go package for this machine and returns the program's path, empty if it cannot.
func (b *Bench) goNative(name, pkg string) string {
	out := filepath.Join(b.dir, name+"-native")
	if err := b.goBuild(out, pkg, "CGO_ENABLED=0"); err != nil {
		fmt.Fprintln(b.progress, "no native comparison:", err)
		return ""
	}
	return out
}

// rustNative builds a Rust source for this machine and returns the program's path, empty if it cannot.
func (b *Bench) rustNative(name, source string) string {
	out := filepath.Join(b.dir, name+"-native")
	cmd := exec.Command("rustc", "-C", "opt-level=3", "-o", out, b.Guest(source))
	if text, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(b.progress, "no native comparison: rustc: %v %s\n", err, text)
		return ""
	}
	return out
}

// cNative builds a C source for this machine and returns the program's path, empty if it cannot.
func (b *Bench) cNative(name, source string) string {
	out := filepath.Join(b.dir, name+"-native")
	if text, err := exec.Command("cc", "-O2", "-o", out, b.Guest(source)).CombinedOutput(); err != nil {
		fmt.Fprintf(b.progress, "no native comparison: cc: %v %s\n", err, text)
		return ""
	}
	return out
}

func (b *Bench) goBuild(out, pkg string, env ...string) error {
	if _, err := os.Stat(out); err == nil {
		return nil
	}
	cmd := exec.Command("go", "build", "-o", out, pkg)
	cmd.Dir = b.root
	cmd.Env = append(os.Environ(), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", pkg, err, text)
	}
	return nil
}

// environment is what every command runs with, beside its own additions: caches in the scratch directory.
func (b *Bench) environment() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + b.dir,
		"XDG_CACHE_HOME=" + b.cacheDir("xdg"),
		"WAZEDGE_CACHE_DIR=" + b.cacheDir("wazedge"),
	}
}

func (b *Bench) cacheDir(name string) string { return filepath.Join(b.dir, "cache", name) }

// cold makes the commands run with empty caches each time.
func (b *Bench) cold(commands []Command) []Command {
	for i := range commands {
		commands[i].Before = func() error { return os.RemoveAll(filepath.Join(b.dir, "cache")) }
	}
	return commands
}

// runSuite measures the cases of s whose name contains only. rounds overrides theirs unless it is 0.
func (b *Bench) runSuite(s Suite, rounds int, only string) (*result, error) {
	cases, err := s.Cases(b)
	if err != nil {
		return nil, err
	}
	r := &result{suite: s, machine: machine(), runtimes: b.runtimes}
	for _, c := range cases {
		if !strings.Contains(c.Name, only) || len(c.Commands) == 0 {
			continue
		}
		if rounds > 0 {
			c.Rounds = rounds
		}
		fmt.Fprintf(b.progress, "%s: %s, %d rounds\n", s.Name, c.Name, c.Rounds)
		r.cases = append(r.cases, b.runCase(c))
	}
	return r, nil
}

// runCase runs the commands of c in turn, a round that warms caches and checks results first. A command
// that fails is dropped with its reason, the others go on.
func (b *Bench) runCase(c Case) caseResult {
	r := caseResult{name: c.Name, rows: make([]row, len(c.Commands))}
	var output string
	for round := -1; round < c.Rounds; round++ {
		for i, cmd := range c.Commands {
			row := &r.rows[i]
			row.label = cmd.Label
			if row.failed != nil {
				continue
			}
			if round < 0 {
				cmd.Env = slices.Concat(cmd.Env, cmd.First)
			}
			sample, out, err := b.measure(cmd, c.Discard)
			if err == nil && round < 0 {
				if i == 0 {
					output = out
				}
				err = verify(c, out, output)
			}
			if err != nil {
				row.failed = err
				fmt.Fprintf(b.progress, "  %s failed: %v\n", cmd.Label, err)
			} else if round >= 0 {
				row.samples = append(row.samples, sample)
			}
		}
	}
	return r
}

func verify(c Case, out, want string) error {
	if !c.AnyOutput && out != want {
		return fmt.Errorf("printed %.60q, not %.60q", out, want)
	}
	if c.Check != nil {
		return c.Check()
	}
	return nil
}
