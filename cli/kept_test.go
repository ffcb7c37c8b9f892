package cli_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// busyModule writes a module to dir whose n functions take the engine a while. The
// exported function f adds up 0 to n-1 in another way for each of them.
func busyModule(t *testing.T, dir string, n int) (path, want string) {
	t.Helper()
	text, want := busyText(n)
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "busy.wasm")
	if err := os.WriteFile(path, wasm.Encode(m), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, want
}

// busyText is the module of busyModule.
func busyText(n int) (module, want string) {
	var text strings.Builder
	text.WriteString("(module (func (export \"f\") (result i32) (i32.const 0)")
	for i := range n {
		fmt.Fprintf(&text, "(call $f%d)(i32.add)", i)
	}
	text.WriteString(")")
	for i := range n {
		fmt.Fprintf(&text, "(func $f%d (result i32) (local i32 i32)", i)
		for range 40 {
			fmt.Fprintf(&text, "(if (i32.eqz (local.get 0)) (then (local.set 1 (i32.add (local.get 1) (i32.const %d)))))(local.set 0 (i32.const 1))", i)
		}
		text.WriteString("(local.get 1))")
	}
	text.WriteString(")")
	return text.String(), fmt.Sprintln(n * (n - 1) / 2)
}

// keptCommand is the tool running f of the module in path, with its cache in dir.
func keptCommand(t *testing.T, dir, path string, flags ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, append(flags, "--cache-dir", dir, "--reactor", path, "f")...)
	cmd.Args[0] = "wasmedge"
	cmd.Env = append(os.Environ(), cache.TrustDirVariable+"="+trustDir(dir))
	return cmd
}

// storeIn is the cache of what is run in dir.
func storeIn(dir string) *cache.Store {
	kept := filepath.Join(dir, "cache")
	return cache.New(kept, cache.Options{Keyring: cache.NewKeyring(trustDir(kept), nil)})
}

// trustDir is where the keyring for the cache in dir is.
func trustDir(dir string) string { return filepath.Join(filepath.Dir(dir), "trust") }

// TestKilledRuns kills runs at random moments while they compile and write: every
// later run is right, and nothing that they leave survives a prune once it is old.
func TestKilledRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, want := busyModule(t, dir, 60)
	store := storeIn(dir)
	began := time.Now()
	run := func() {
		t.Helper()
		out, err := keptCommand(t, store.Dir(), path).CombinedOutput()
		if err != nil || string(out) != want {
			t.Fatalf("printed %q, %v; want %q", out, err, want)
		}
	}
	run()
	whole := time.Since(began)
	runs := 200
	if testing.Short() {
		runs = 20
	}
	random := rand.New(rand.NewPCG(6, 7))
	for n := range runs {
		if n%2 == 0 {
			if _, err := store.Clear(); err != nil {
				t.Fatal(err)
			}
		}
		cmd := keptCommand(t, store.Dir(), path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		killer := time.AfterFunc(time.Duration(random.Int64N(int64(whole))), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // killed, or done before
		killer.Stop()
		if n%10 == 9 {
			run()
		}
	}
	run()
	files, err := store.List()
	if err != nil || len(files) != 1 || store.Check(files[0]) != nil {
		t.Errorf("left the entries %v, %v; want a sound one", files, err)
	}
	later := cache.New(store.Dir(), cache.Options{Keyring: cache.NewKeyring(trustDir(store.Dir()), nil), Now: func() time.Time { return time.Now().Add(25 * time.Hour) }})
	if _, err := later.Prune(1 << 30); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(store.Dir(), "tmp-*")); err != nil || len(left) > 0 {
		t.Errorf("a day later, there are still %q, %v", left, err)
	}
}

// TestManyRunsCompileOnce starts processes at the same time on a module that none
// has seen before: one compiles it.
func TestManyRunsCompileOnce(t *testing.T) {
	t.Parallel()
	processes := 50
	if testing.Short() {
		processes = 8
	}
	dir := t.TempDir()
	path, want := busyModule(t, dir, 20)
	outputs, errs := make([][]byte, processes), make([]error, processes)
	var group sync.WaitGroup
	for n := range processes {
		cmd := keptCommand(t, filepath.Join(dir, "cache"), path, "--log-level", "debug")
		group.Go(func() { outputs[n], errs[n] = cmd.CombinedOutput() })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	compiled := 0
	for _, out := range outputs {
		if !bytes.HasSuffix(out, []byte(want)) {
			t.Errorf("printed %q, want %q at the end", out, want)
		}
		compiled += bytes.Count(out, []byte("cache: compile "))
	}
	if compiled != 1 {
		t.Errorf("compiled %d times, want once", compiled)
	}
}

// TestManyRunsOfAComponent starts processes at the same time on a component that none has seen
// before: all are right, and what they leave is one entry for all core modules, which is sound.
func TestManyRunsOfAComponent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	module, want := busyText(20)
	path := filepath.Join(dir, "busy.wat")
	text := "(component (core module $m " + strings.TrimPrefix(module, "(module") + ` (core module $n (func (export "g"))) (core instance (instantiate $n))
		(core instance $i (instantiate $m)) (func (export "f") (result u32) (canon lift (core func $i "f"))))`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	store := storeIn(dir)
	for range 2 { // the second time it is there
		outputs, errs := make([][]byte, 4), make([]error, 4)
		var group sync.WaitGroup
		for n := range outputs {
			cmd := keptCommand(t, store.Dir(), path)
			cmd.Args[0] = "wazedge"
			group.Go(func() { outputs[n], errs[n] = cmd.CombinedOutput() })
		}
		group.Wait()
		for n, out := range outputs {
			if errs[n] != nil || string(out) != want {
				t.Errorf("printed %q, %v; want %q", out, errs[n], want)
			}
		}
		files, err := store.List()
		if err != nil || len(files) != 1 || store.Check(files[0]) != nil {
			t.Fatalf("left the entries %v, %v; want a sound one", files, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(store.Dir(), "tmp-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left %q, %v", left, err)
	}
}

// TestDeadlineWhileAComponentIsChecked states that the limit of time ends a run before the component
// has been checked, which this one does not pass: it has a mistake at its end.
func TestDeadlineWhileAComponentIsChecked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "large.wat")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	w.WriteString("(component ")
	for n := range 50_000 {
		fmt.Fprintf(w, "(import \"a:b/c%d\" (instance (export \"f\" (func (result string)))))\n", n)
	}
	w.WriteString("(instance (instantiate 7)))")
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flags  []string
		status int
		says   string
	}{{[]string{"--time-limit", "1"}, 134, "execution interrupted"}, {nil, 1, "unknown component 7"}} {
		cmd := keptCommand(t, filepath.Join(dir, "cache"), path, c.flags...)
		cmd.Args[0] = "wazedge"
		out, err := cmd.CombinedOutput()
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok || failed.ExitCode() != c.status || !strings.Contains(string(out), c.says) {
			t.Errorf("with %q: %v, %q; want status %d and %q", c.flags, err, out, c.status, c.says)
		}
	}
}
