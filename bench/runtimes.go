package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Work is what a guest is asked to do, in words that every runtime understands.
type Work struct {
	Module string   // path of the .wasm
	Mount  string   // host directory that the guest sees as /; empty for none
	Args   []string // after the module
	Call   string   // exported function to call with Args; empty to run the command's _start
	Native string   // program that does the same without a runtime; empty for none
	// NativeArgs is what the native program is given, in Mount; nil for Args without the leading / of paths.
	NativeArgs []string
}

// A Runtime is a command that runs modules.
type Runtime struct {
	Name    string
	Path    string
	Version string
	// argv says how the runtime is told to do w; nil when it cannot.
	argv func(b *Bench, w Work) []string
}

// How RESULTS.md calls the command of this tree, and Node running a module by its module node:wasi.
const (
	oursName = "wazedge"
	nodeName = "Node (WASI)"
)

// findRuntimes builds our command and stock wazero, and looks for the rest in PATH. For where there is no command,
// WAZEDGE_BENCH_WASMTIME_PYTHON and WAZEDGE_BENCH_WASMER_PYTHON name a Python that has the package of that name.
func (b *Bench) findRuntimes(ours string) ([]Runtime, error) {
	if ours == "" {
		ours = filepath.Join(b.dir, "wazedge")
		if err := b.goBuild(ours, ".", "CGO_ENABLED=0"); err != nil {
			return nil, err
		}
	}
	wazero := filepath.Join(b.dir, "wazero")
	if err := b.goBuild(wazero, "github.com/tetratelabs/wazero/cmd/wazero", "CGO_ENABLED=0"); err != nil {
		return nil, err
	}
	found := []Runtime{
		{Name: oursName, Path: ours, Version: oursVersion(ours), argv: wasmedgeArgs},
		// Built from the module cache, stock wazero does not know its own version: the library's is the same.
		{Name: "wazero", Path: wazero, Version: b.wazeroVersion(), argv: wazeroArgs},
	}
	bare := filepath.Join(b.dir, "bare")
	if err := b.goBuild(bare, "./bench/bare", "CGO_ENABLED=0"); err != nil {
		fmt.Fprintln(b.progress, "no comparison with the bare engine:", err)
	} else {
		found = append(found, Runtime{Name: "bare wazero", Path: bare, Version: "bench/bare on the same", argv: bareArgs})
	}
	for _, r := range []Runtime{
		{Name: "wasmedge", argv: wasmedgeArgs},
		{Name: "wasmtime", argv: wasmtimeArgs},
		{Name: "wasmer", argv: wasmerArgs},
		{Name: "wazy", argv: wazyArgs},
		{Name: "node", argv: nodeArgs},
	} {
		path, err := exec.LookPath(r.Name)
		if err != nil || isOurs(path) {
			continue
		}
		r.Path = path
		switch r.Name {
		case "wazy":
			r.Version = firstLine(path, "version")
		case "node":
			r.Name, r.Version = nodeName, firstLine(path, "--version")
		default:
			r.Version = firstLine(path, "--version")
		}
		found = append(found, r)
	}
	for _, name := range []string{"wasmtime", "wasmer"} {
		python := os.Getenv("WAZEDGE_BENCH_" + strings.ToUpper(name) + "_PYTHON")
		if python == "" {
			continue
		}
		found = append(found, Runtime{
			Name: name + " (Python)", Path: python, argv: pythonArgs(name),
			Version: firstLine(python, "-c", "import importlib.metadata as m; print(m.version('"+name+"'), 'of PyPI')"),
		})
	}
	return found, nil
}

// isOurs tells a wasmedge that is a link to some build of this project from the real one.
func isOurs(path string) bool {
	cmd := exec.Command(path, "--version")
	cmd.Env = append(os.Environ(), "WAZEDGE=1")
	out, err := cmd.Output()
	return err == nil && strings.Contains(string(out), "wazedge")
}

// oursVersion is our version and what it is built of, which the lines of our --version tell.
func oursVersion(path string) string {
	out, err := exec.Command(path, "--version").Output()
	version, rest, ok := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err != nil || !ok {
		return "unknown version"
	}
	_, builtOf, _ := strings.Cut(rest, "; ")
	return strings.TrimPrefix(version, oursName+" version ") + ", " + builtOf
}

func firstLine(path string, args ...string) string {
	out, err := exec.Command(path, args...).Output()
	if err != nil {
		return "unknown version"
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}

func (b *Bench) wazeroVersion() string {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/tetratelabs/wazero")
	cmd.Dir = b.root
	out, err := cmd.Output()
	if err != nil {
		return "unknown version"
	}
	return "wazero " + strings.TrimSpace(string(out))
}

// everyRuntime is the commands that do w: ours first, then the peers that can, then the native program.
func (b *Bench) everyRuntime(w Work) []Command {
	var commands []Command
	for n, r := range b.runtimes {
		if argv := r.argv(b, w); argv != nil {
			c := Command{Label: r.Name, Path: r.Path, Args: argv}
			if n == 0 {
				c.First = makesAll
			}
			commands = append(commands, c)
		}
	}
	if w.Native != "" {
		commands = append(commands, Command{Label: "native", Path: w.Native, Args: nativeArgs(w), Dir: w.Mount})
	}
	return commands
}

// makesAll has the first run leave in the cache what would otherwise be made behind runs, when a machine has time for it.
var makesAll = []string{"WAZEDGE_COLD_START=compile", "WAZEDGE_OPTIMIZE=2"}

// ours is our command doing w, with options before the module.
func (b *Bench) ours(label string, w Work, options ...string) Command {
	argv := append(options, wasmedgeArgs(b, w)...)
	return Command{Label: label, Path: b.runtimes[0].Path, Args: argv, First: makesAll}
}

func nativeArgs(w Work) []string {
	if w.NativeArgs != nil {
		return w.NativeArgs
	}
	args := make([]string, len(w.Args))
	for i, a := range w.Args {
		args[i] = strings.TrimPrefix(a, "/")
	}
	return args
}

func wasmedgeArgs(_ *Bench, w Work) []string {
	var argv []string
	if w.Mount != "" {
		argv = append(argv, "--dir", "/:"+w.Mount)
	}
	if w.Call != "" {
		return append(append(argv, "--reactor", w.Module, w.Call), w.Args...)
	}
	return append(append(argv, w.Module), w.Args...)
}

func wazeroArgs(b *Bench, w Work) []string { return cachedArgs(b.cacheDir("wazero"), w) }

func wazyArgs(b *Bench, w Work) []string { return cachedArgs(b.cacheDir("wazy"), w) }

// cachedArgs are those of wazero's command, and of what has been made of it.
func cachedArgs(cache string, w Work) []string {
	if w.Call != "" {
		return nil // it only runs _start
	}
	argv := []string{"run", "-cachedir", cache}
	if w.Mount != "" {
		argv = append(argv, "-mount", w.Mount+":/")
	}
	return append(append(argv, w.Module), w.Args...)
}

func bareArgs(b *Bench, w Work) []string {
	if w.Call != "" || w.Mount == "" {
		return nil
	}
	return append([]string{b.cacheDir("bare"), w.Mount, w.Module}, w.Args...)
}

func wasmtimeArgs(_ *Bench, w Work) []string {
	argv := []string{"run"}
	if w.Mount != "" {
		argv = append(argv, "--dir", fmt.Sprintf("%s::/", w.Mount))
	}
	if w.Call != "" {
		argv = append(argv, "--invoke", w.Call)
	}
	return append(append(argv, w.Module), w.Args...)
}

func wasmerArgs(_ *Bench, w Work) []string {
	argv := []string{"run"}
	if w.Mount != "" {
		argv = append(argv, "--volume", w.Mount+":/")
	}
	if w.Call != "" {
		argv = append(argv, "--invoke", w.Call)
	}
	return append(append(argv, w.Module, "--"), w.Args...)
}

// pythonArgs are those of the script that runs modules by the package name.
func pythonArgs(name string) func(b *Bench, w Work) []string {
	return func(b *Bench, w Work) []string {
		if w.Call != "" {
			return nil
		}
		return append([]string{b.Guest("bench/" + name + "py/run.py"), b.cacheDir(name + "py"), w.Mount, w.Module}, w.Args...)
	}
}

func nodeArgs(b *Bench, w Work) []string {
	if w.Call != "" {
		return nil
	}
	return append([]string{"--no-warnings", b.Guest("bench/node/wasi.mjs"), w.Mount, w.Module}, w.Args...)
}
