package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/native"
)

// slowText is a module whose f takes any machine a tenth of a second at least: each of so many steps waits for the one before.
const slowText = `(module (func (export "f") (result i64) (local i64 i32)
	(loop (local.set 0 (i64.add (i64.mul (local.get 0) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
		(br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 400000000))))
	(local.get 0)))`

// TestOptimizedBehindRuns states that a run that takes long has later runs be by optimized code, and prints the same then.
func TestOptimizedBehindRuns(t *testing.T) {
	if !native.Available() {
		t.Skip("no optimizing compiler for this machine")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "slow.wat")
	if err := os.WriteFile(path, []byte(slowText), 0o600); err != nil {
		t.Fatal(err)
	}
	store := cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: cache.NewKeyring(trustDir(filepath.Join(dir, "cache")), nil)})
	run := func() string {
		cmd := keptCommand(t, store.Dir(), path)
		cmd.Env = append(cmd.Env, "WAZEDGE_OPTIMIZE=")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	want := run()
	for tick := time.NewTicker(10 * time.Millisecond); !optimizedIn(t, store); <-tick.C { // until the test takes too long
	}
	if got := run(); got != want {
		t.Errorf("optimized, the run prints %q, before %q", got, want)
	}
	list := exec.Command("wazedge", "cache", "--cache-dir", store.Dir(), "list")
	list.Env = append(os.Environ(), cache.TrustDirVariable+"="+trustDir(store.Dir()))
	out, err := list.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "optimized") {
		t.Errorf("cache list: %s, %v", out, err)
	}
}

// optimizedIn reports whether there is optimized code in store.
func optimizedIn(t *testing.T, store *cache.Store) bool {
	files, err := store.List()
	if err != nil {
		return false // it is not there yet
	}
	for _, f := range files {
		e, err := store.Open(f)
		if err != nil {
			continue
		}
		variant := e.Variant
		e.Close()
		if strings.Contains(variant, "optimized") {
			return true
		}
	}
	return false
}
