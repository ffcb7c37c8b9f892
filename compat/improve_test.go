package compat_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/limits"
)

// improve makes optimized code of the module in path for runs with c.
func improve(ctx context.Context, c compat.Config, path string) error {
	c.Optimize, c.Recompile = true, true
	vm := compat.New(c)
	defer vm.Close(ctx)
	if err := errors.Join(vm.LoadFile(path), vm.Validate()); err != nil {
		return err
	}
	return vm.Module().Improve(ctx)
}

// improvable reports whether optimized code would be made of the module in path for runs with c, of which one has taken long.
func improvable(t *testing.T, c compat.Config, path string) bool {
	t.Helper()
	vm := compat.New(c)
	defer vm.Close(t.Context())
	if err := errors.Join(vm.LoadFile(path), vm.Validate(), vm.Instantiate(t.Context())); err != nil {
		t.Fatal(err)
	}
	if vm.Module().Improvable(0) {
		t.Error("a run that has taken no time is worth optimized code")
	}
	return vm.Module().Improvable(math.MaxInt64)
}

// TestShortRunsAddUp states that runs of which none takes long enough for optimized code come to that together, but for very short ones.
func TestShortRunsAddUp(t *testing.T) {
	if !native.Available() {
		t.Skip("no optimizing compiler for this machine")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "module.wasm")
	writeFile(t, path, padded(t, cachedModules[0].text))
	c := compat.Config{Optimized: true, Cache: cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: keyring})}
	vm := compat.New(c)
	defer vm.Close(t.Context())
	if err := errors.Join(vm.LoadFile(path), vm.Validate(), vm.Instantiate(t.Context())); err != nil {
		t.Fatal(err)
	}
	for n, run := range []struct {
		ran  time.Duration
		want bool
	}{{20 * time.Millisecond, false}, {time.Microsecond, false}, {30 * time.Millisecond, false}, {20 * time.Millisecond, true}, {time.Microsecond, false}, {10 * time.Millisecond, true}} {
		if got := vm.Module().Improvable(run.ran); got != run.want {
			t.Errorf("run %d, of %v: %v, want %v", n, run.ran, got, run.want)
		}
	}
}

// TestImprovedModulesDoAsOthers states that runs come to the same when optimized code has taken the place of the engine's in the
// cache, which it does once.
func TestImprovedModulesDoAsOthers(t *testing.T) {
	if !native.Available() {
		t.Skip("no optimizing compiler for this machine")
	}
	gas := uint64(40)
	configs := map[string]compat.Config{
		"plain":  {},
		"gas":    {Limits: limits.Config{Instructions: true, GasLimit: &gas}},
		"guards": {Guards: true},
	}
	for _, m := range cachedModules {
		for name, c := range configs {
			t.Run(m.name+"/"+name, func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, "module.wasm")
				writeFile(t, path, padded(t, m.text))
				want := outcome(t.Context(), c, path)
				if strings.Contains(want, "data segment") {
					return // it cannot be instantiated
				}
				store := cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: keyring})
				c.Cache = store
				engine := c
				c.Optimized = true
				if got := outcome(t.Context(), c, path); got != want {
					t.Errorf("before there is optimized code:\n%s\nwant\n%s", got, want)
				}
				if !improvable(t, c, path) {
					t.Error("optimized code is not wanted")
				}
				for range 2 {
					if err := improve(t.Context(), c, path); err != nil {
						t.Fatal(err)
					}
				}
				if plans := plansIn(t, store); len(plans) != 1 || !strings.Contains(plans[0], "optimized") {
					t.Errorf("kept is %q; want optimized code alone", plans)
				}
				if got := outcome(t.Context(), c, path); got != want {
					t.Errorf("optimized:\n%s\nwant\n%s", got, want)
				}
				if improvable(t, c, path) {
					t.Error("optimized code is wanted again")
				}
				if got := outcome(t.Context(), engine, path); got != want {
					t.Errorf("without optimized code:\n%s\nwant\n%s", got, want)
				}
				if plans := plansIn(t, store); len(plans) != 2 {
					t.Errorf("kept is %q; want the engine's code too", plans)
				}
			})
		}
	}
}

// plansIn are the variants of the plans of what is in store.
func plansIn(t *testing.T, store *cache.Store) (plans []string) {
	t.Helper()
	files, err := store.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		e, err := store.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, e.Variant)
		e.Close()
	}
	return plans
}

// toImprove is a module in a file, and how runs of it take optimized code.
func toImprove(t *testing.T) (c compat.Config, path string) {
	t.Helper()
	if !native.Available() {
		t.Skip("no optimizing compiler for this machine")
	}
	dir := t.TempDir()
	path = filepath.Join(dir, "module.wasm")
	writeFile(t, path, padded(t, cachedModules[0].text))
	store := cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: keyring})
	return compat.Config{Cache: store, Optimized: true}, path
}

// TestDamagedImprovement states that a run whose optimized code has been damaged comes to the same, by the engine's.
func TestDamagedImprovement(t *testing.T) {
	c, path := toImprove(t)
	store := c.Cache
	want := outcome(t.Context(), c, path)
	if err := improve(t.Context(), c, path); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(store.Dir(), "*.entry"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{10, len(b) / 2, len(b) - 10} {
		damaged := append([]byte(nil), b...)
		damaged[at] ^= 1
		writeFile(t, files[0], damaged)
		for range 2 {
			if got := outcome(t.Context(), c, path); got != want {
				t.Errorf("damaged at %d:\n%s\nwant\n%s", at, got, want)
			}
		}
	}
}

// TestImprovedOnce states that two processes do not make the same code: what one has claimed, another leaves.
func TestImprovedOnce(t *testing.T) {
	c, path := toImprove(t)
	store := c.Cache
	outcome(t.Context(), c, path)
	var key cache.Key
	for b := range 256 { // whichever file the key claims by
		key[0] = byte(b)
		release, ok := store.Claim(key)
		if !ok {
			t.Fatalf("%x is claimed", b)
		}
		defer release()
	}
	if improvable(t, c, path) {
		t.Error("what somebody has claimed is wanted")
	}
	if err := improve(t.Context(), c, path); err == nil {
		t.Error("what somebody has claimed is made")
	}
}

// TestFewImproveAtOnce states that of many modules no more are improved at the same time than half of the cores have.
func TestFewImproveAtOnce(t *testing.T) {
	c, path := toImprove(t)
	outcome(t.Context(), c, path)
	for slot := range max(runtime.NumCPU()/2, 1) {
		release, ok := c.Cache.Claim(cache.Key{byte(slot)})
		if !ok {
			t.Fatalf("%d is claimed", slot)
		}
		defer release()
	}
	if improvable(t, c, path) {
		t.Error("one more is wanted")
	}
}

// TestTrapsOfLargeOptimizedModules states that traps of optimized code of a module that is too large for the engine to record
// places are told as others are, when the code has just been made and when it comes from the cache.
func TestTrapsOfLargeOptimizedModules(t *testing.T) {
	t.Parallel()
	if !native.Available() {
		t.Skip("no optimizing compiler for this machine")
	}
	for name, text := range trapping {
		for _, guards := range []bool{false, true} {
			dir := t.TempDir()
			path := filepath.Join(dir, "module.wasm")
			text := "(module " + text + ")"
			writeFile(t, path, padded(t, text))
			want := report(t.Context(), compat.Config{}, path)
			writeFile(t, path, append(padded(t, text), append([]byte{0, 0x80, 0x80, 0x40}, make([]byte, 1<<20)...)...))
			c := compat.Config{Optimize: true, Guards: guards, Trust: keyring, Cache: cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: keyring})}
			for _, when := range []string{"made", "kept"} {
				if got := report(t.Context(), c, path); got != want {
					t.Errorf("%s, %s, guards %t:\n%s\nwant\n%s", name, when, guards, got, want)
				}
			}
			if plans := plansIn(t, c.Cache); len(plans) != 1 || !strings.Contains(plans[0], "optimized") {
				t.Errorf("%s: kept is %q; want optimized code", name, plans)
			}
		}
	}
}
