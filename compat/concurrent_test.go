package compat_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/wasm"
)

// TestModulesAreSharedByGoroutines makes instances of one module of each kind in several
// goroutines, while others compile it, and ask what it is.
func TestModulesAreSharedByGoroutines(t *testing.T) {
	for _, interpreter := range []bool{false, true} {
		for _, tc := range cachedModules {
			if tc.name == "out of bounds" {
				continue
			}
			r := compat.NewRuntime(compat.Config{Interpreter: interpreter})
			m, err := r.Load(padded(t, tc.text))
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Validate(); err != nil {
				t.Fatal(err)
			}
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					for range 3 {
						if err := errors.Join(m.Compile(t.Context()), callOnce(t.Context(), m)); err != nil {
							t.Errorf("%s: %v", tc.name, err)
						}
						m.Exports()
						m.HasStart()
					}
				})
				group.Go(func() {
					other, err := r.Compile(t.Context(), padded(t, tc.text))
					if err != nil {
						t.Errorf("%s: %v", tc.name, err)
						return
					}
					if err := callOnce(t.Context(), other); err != nil {
						t.Errorf("%s: %v", tc.name, err)
					}
					other.Close()
				})
			}
			group.Wait()
			if err := r.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}

// callOnce makes an instance, calls its f, which may trap, and closes it.
func callOnce(ctx context.Context, m *compat.Module) error {
	i, err := m.Instantiate(ctx, compat.StoreConfig{})
	if err != nil {
		return err
	}
	_, err = i.Invoke(ctx, "f", value.OfI32(0))
	if _, ok := errors.AsType[*compat.InvokeError](err); ok && !errors.Is(err, compat.ErrClosed) {
		err = nil
	}
	return errors.Join(err, i.Close(ctx))
}

// TestDamageIsFoundByManyAtOnce damages the entry that stands in for a module which
// goroutines make instances of: all get what the file says.
func TestDamageIsFoundByManyAtOnce(t *testing.T) {
	t.Parallel()
	step := 61
	if testing.Short() {
		step = 509
	}
	for _, name := range []string{"small", "image", "data, tables and globals of objects", "copies between memories"} {
		for _, tc := range cachedModules {
			if tc.name == name {
				t.Run(name, func(t *testing.T) { t.Parallel(); findDamage(t, tc.text, step) })
			}
		}
	}
}

func findDamage(t *testing.T, text string, step int) {
	dir := t.TempDir()
	path := filepath.Join(dir, "module.wasm")
	writeFile(t, path, padded(t, text))
	c := compat.Config{Cache: cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: keyring}), Trust: keyring}
	outcome(t.Context(), c, path)
	_, entry, good := onlyEntry(t, c.Cache)
	for at := 0; at < len(good); at += step {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		for _, when := range []string{"before loading", "before compiling", "before instances", "later"} {
			damage := func(now string) {
				if now == when {
					writeFile(t, entry, bad)
				}
			}
			writeFile(t, entry, good)
			damage("before loading")
			r := compat.NewRuntime(c)
			m, err := r.LoadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			damage("before compiling")
			if err := m.Validate(); err != nil {
				t.Fatal(err)
			}
			if when == "before instances" || when == "later" {
				if err := m.Compile(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			damage("before instances")
			if when == "later" {
				if err := callOnce(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			damage("later")
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					m.FunctionType("f")
					if err := callOnce(t.Context(), m); err != nil {
						t.Errorf("byte %d of %d damaged %s: %v", at, len(good), when, err)
					}
				})
			}
			group.Wait()
			m.Close()
			if err := r.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestRuntimesAreClosedAtAnyTime closes a Runtime while goroutines compile, make instances
// and call them: they get results, or are told.
func TestRuntimesAreClosedAtAnyTime(t *testing.T) {
	t.Parallel()
	b := padded(t, `(module (memory 1) (type $s (struct (field i32))) (global $g (mut (ref null $s)) (ref.null $s))
		(func (export "f") (param i32) (result i32) (local i32)
			(loop $l (global.set $g (struct.new $s (local.get 1))) (i32.store (i32.const 0) (local.get 1))
				(br_if $l (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 10000))))
			(i32.load (i32.const 0))))`)
	for _, interpreter := range []bool{false, true} {
		for n := range 6 {
			r := compat.NewRuntime(compat.Config{Interpreter: interpreter})
			m, err := r.Compile(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			var group sync.WaitGroup
			calls, closing := make(chan struct{}), make(chan struct{})
			for range 3 {
				group.Go(func() {
					for {
						if err := callOnce(t.Context(), m); err != nil {
							if !errors.Is(err, compat.ErrClosed) {
								t.Error(err)
							}
							return
						}
						select {
						case calls <- struct{}{}:
						case <-closing:
						}
					}
				})
			}
			group.Go(func() {
				for {
					if _, err := r.Compile(t.Context(), b); err != nil {
						if !errors.Is(err, compat.ErrClosed) {
							t.Error(err)
						}
						return
					}
				}
			})
			for range n {
				<-calls
			}
			close(closing)
			if err := r.Close(t.Context()); err != nil {
				t.Error(err)
			}
			group.Wait()
		}
	}
}

// TestInterruptionsMeetCallsAtAnyTime interrupts a store, by another goroutine and by
// contexts that end, a thousand times, and uses it in between.
func TestInterruptionsMeetCallsAtAnyTime(t *testing.T) {
	t.Parallel()
	features := compat.Features(wasm.Wasm3 | wasm.Threads)
	times := 1000
	if testing.Short() {
		times = 200
	}
	for _, interpreter := range []bool{false, true} {
		r, m := compile(t, compat.Config{Interpreter: interpreter, Features: &features}, `(module
			(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
			(type $s (struct (field i32))) (memory (export "memory") 1 1 shared) (global $g (mut (ref null $s)) (ref.null $s))
			(func (export "loop") (loop $l (global.set $g (struct.new $s (i32.const 1))) (br $l)))
			(func (export "wait") (drop (memory.atomic.wait32 (i32.const 400) (i32.const 0) (i64.const -1))))
			(func (export "sleep")
				(i64.store (i32.const 24) (i64.const 3600000000000)) (i32.store (i32.const 16) (i32.const 1))
				(drop (call $poll (i32.const 0) (i32.const 104) (i32.const 1) (i32.const 200))))
			(func (export "seven") (result i32) (i32.const 7)))`)
		store := r.NewStore(compat.StoreConfig{})
		mine := errors.New("mine")
		store.Interrupt(mine)
		if _, err := store.Instantiate(t.Context(), m); !errors.Is(err, mine) {
			t.Fatalf("an interruption before everything: %v", err)
		}
		inst, err := store.Instantiate(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		for n := range times {
			name := []string{"loop", "wait", "sleep"}[n%3]
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				store.Interrupt(mine)
				cancel()
			}()
			if n%2 == 0 {
				cancel()
			}
			_, err := inst.Invoke(ctx, name)
			<-done
			cancel()
			if !errors.Is(err, compat.Interrupted) || !errors.Is(err, mine) && !errors.Is(err, context.Canceled) {
				t.Fatalf("%s: %v", name, err)
			}
			got, err := inst.Invoke(t.Context(), "seven")
			if errors.Is(err, mine) { // for this call, if the context was first to end the one before
				got, err = inst.Invoke(t.Context(), "seven")
			}
			if err != nil || got[0] != value.OfI32(7) {
				t.Fatalf("after %d interruptions: %v, %v", n+1, got, err)
			}
		}
		if err := store.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestContextsEndInstantiations ends contexts before and during start functions, and what
// those call.
func TestContextsEndInstantiations(t *testing.T) {
	for _, interpreter := range []bool{false, true} {
		for _, body := range []string{`(loop $l (br $l))`, `(call $wait)`} {
			host := compat.NewHostModule("host").Typed("wait", compat.Proc0(func(ctx context.Context, _ *compat.Caller) error {
				<-ctx.Done()
				return nil
			}))
			r, m := compile(t, compat.Config{Interpreter: interpreter}, fmt.Sprintf(`(module
				(import "host" "wait" (func $wait)) (memory 1) (start $s) (func $s %s (loop $l (br $l))))`, body))
			for _, ended := range []bool{true, false} {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
				if ended {
					cancel()
				}
				store := r.NewStore(compat.StoreConfig{Hosts: []*compat.HostModule{host}})
				_, err := store.Instantiate(ctx, m)
				if !errors.Is(err, compat.Interrupted) || !errors.Is(err, ctx.Err()) {
					t.Errorf("%s, ended before %v: %v", body, ended, err)
				}
				cancel()
				if err := store.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}
		}
	}
}
