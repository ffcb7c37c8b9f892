package compat_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
	"github.com/wazedge/wazedge/limits"
)

// compile is the module in text, compiled by a new Runtime.
func compile(t testing.TB, c compat.Config, text string) (*compat.Runtime, *compat.Module) {
	t.Helper()
	r := compat.NewRuntime(c)
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	parsed, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Compile(t.Context(), wasm.Encode(parsed))
	if err != nil {
		t.Fatal(err)
	}
	return r, m
}

// TestInstancesOfOneModuleAreIndependent makes many instances of one module in several
// goroutines, each with a memory, globals and a host function's own answers.
func TestInstancesOfOneModuleAreIndependent(t *testing.T) {
	for _, interpreter := range []bool{false, true} {
		host := compat.NewHostModule("host").Typed("id", compat.Func0(func(_ context.Context, c *compat.Caller) (int32, error) {
			m, ok := c.Instance().Memory("m")
			if !ok || &m.Bytes()[0] != &c.Memory()[0] {
				return 0, errors.New("another memory than the caller's")
			}
			return int32(c.Memory()[8]), nil
		}))
		_, m := compile(t, compat.Config{Interpreter: interpreter}, `(module
			(import "host" "id" (func $id (result i32)))
			(import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
			(memory (export "m") 1) (data (i32.const 100) "\2a")
			(global $g (export "g") (mut i32) (i32.const 0))
			(func (export "set") (param i32) (i32.store8 (i32.const 8) (local.get 0)) (global.set $g (call $id)))
			(func (export "argc") (result i32) (drop (call $sizes (i32.const 0) (i32.const 4))) (i32.load (i32.const 0)))
			(func (export "get") (result i32) (i32.add (i32.load8_u (i32.const 100)) (i32.add (call $id) (global.get $g)))))`)
		var group sync.WaitGroup
		for g := range 8 {
			group.Go(func() {
				for n := range 20 {
					if err := useInstance(t.Context(), m, host, int32(1+(g*20+n)%100)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		group.Wait()
	}
}

func useInstance(ctx context.Context, m *compat.Module, host *compat.HostModule, id int32) (err error) {
	inst, err := m.Instantiate(ctx, compat.StoreConfig{
		Hosts: []*compat.HostModule{host}, WASI: &compat.WASIConfig{Args: make([]string, id)},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, inst.Close(ctx)) }()
	if _, err := inst.Invoke(ctx, "set", value.OfI32(id)); err != nil {
		return err
	}
	for name, want := range map[string]int32{"argc": id, "get": 42 + 2*id} {
		got, err := inst.Invoke(ctx, name)
		if err != nil {
			return err
		}
		if got[0] != value.OfI32(want) {
			return errors.New(name + " is " + got[0].String())
		}
	}
	return nil
}

// TestContextsEndCalls ends an endless loop, a sleep, a blocked read, and a wait at an
// address, and calls the instance again afterwards.
func TestContextsEndCalls(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	features := compat.Features(wasm.Wasm3 | wasm.Threads)
	for _, interpreter := range []bool{false, true} {
		_, m := compile(t, compat.Config{Interpreter: interpreter, Features: &features}, `(module
			(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
			(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
			(memory (export "memory") 1 1 shared)
			(func (export "loop") (loop $l (br $l)))
			(func (export "sleep")
				(i64.store (i32.const 24) (i64.const 3600000000000))
				(i32.store (i32.const 16) (i32.const 1))
				(drop (call $poll (i32.const 0) (i32.const 104) (i32.const 1) (i32.const 200))))
			(func (export "read")
				(i32.store (i32.const 0) (i32.const 300)) (i32.store (i32.const 4) (i32.const 10))
				(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 200))))
			(func (export "wait") (drop (memory.atomic.wait32 (i32.const 400) (i32.const 0) (i64.const -1))))
			(func (export "seven") (result i32) (i32.const 7)))`)
		inst, err := m.Instantiate(t.Context(), compat.StoreConfig{WASI: &compat.WASIConfig{Stdin: read}})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"loop", "sleep", "read", "wait"} {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			began := time.Now()
			_, err := inst.Invoke(ctx, name)
			took := time.Since(began)
			cancel()
			if !errors.Is(err, fault.Interrupted) || !errors.Is(err, context.DeadlineExceeded) || took > time.Minute {
				t.Errorf("%s: %v after %v, want an interruption by the context", name, err, took)
			}
			if got, err := inst.Invoke(t.Context(), "seven"); err != nil || got[0] != value.OfI32(7) {
				t.Errorf("after %s: %v, %v", name, got, err)
			}
		}
		if err := inst.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestHostObjects gives a guest a memory, a global and a table of the embedder's.
func TestHostObjects(t *testing.T) {
	host := compat.NewHostModule("host").Memory("m", 1, 2).Global("g", compat.GlobalType{Type: compat.I64, Mutable: true}, 40).
		Table("t", compat.ExternRef, 3, 0).
		Typed("add", compat.Func2(func(_ context.Context, _ *compat.Caller, a, b float64) (float64, error) { return a + b, nil }))
	r, m := compile(t, compat.Config{}, `(module
		(import "host" "m" (memory 1)) (import "host" "g" (global $g (mut i64))) (import "host" "t" (table $t 3 externref))
		(import "host" "add" (func $add (param f64 f64) (result f64)))
		(export "m2" (memory 0)) (export "t2" (table $t))
		(func (export "f") (result f64)
			(global.set $g (i64.add (global.get $g) (i64.const 2)))
			(i32.store (i32.const 8) (memory.grow (i32.const 1)))
			(call $add (f64.const 1.5) (f64.convert_i32_u (table.size $t)))))`)
	store := r.NewStore(compat.StoreConfig{Hosts: []*compat.HostModule{host}})
	defer store.Close(t.Context())
	inst, err := store.Instantiate(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := inst.Invoke(t.Context(), "f")
	if err != nil || got[0].String() != "4.5" {
		t.Fatalf("%v, %v", got, err)
	}
	objects := store.Guest("host")
	if g, ok := objects.Global("g"); !ok || g.Get() != value.OfI64(42) || !g.Set(value.OfI64(1)) || g.Get() != value.OfI64(1) {
		t.Error("the global is another")
	}
	memory, ok := inst.Memory("m2")
	if !ok || memory.Pages() != 2 || memory.Bytes()[8] != 1 {
		t.Error("the memory is another")
	}
	if _, ok := memory.Grow(1); ok {
		t.Error("the memory grows beyond its maximum")
	}
	table, ok := inst.Table("t2")
	ref := value.Value{Kind: value.ExternRef, Lo: 77}
	if !ok || table.Len() != 3 || !table.Set(1, ref) {
		t.Fatal("the table is another")
	}
	if got, ok := table.Get(1); !ok || got != ref {
		t.Errorf("element 1 is %v", got)
	}
}

// TestErrorsOfHostFunctionsAreFound states that the error of a host function ends the
// guest, and is the cause of the call's.
func TestErrorsOfHostFunctionsAreFound(t *testing.T) {
	mine := errors.New("mine")
	host := compat.NewHostModule("host").Typed("fail", compat.Proc0(func(context.Context, *compat.Caller) error { return mine }))
	_, m := compile(t, compat.Config{}, `(module (import "host" "fail" (func $fail)) (func (export "f") (call $fail) unreachable))`)
	inst, err := m.Instantiate(t.Context(), compat.StoreConfig{Hosts: []*compat.HostModule{host}})
	if err != nil {
		t.Fatal(err)
	}
	defer inst.Close(t.Context())
	_, err = inst.Invoke(t.Context(), "f")
	if !errors.Is(err, mine) || !errors.Is(err, fault.HostFuncError) {
		t.Errorf("%v, want the host's own error", err)
	}
}

// TestCallsHaveLimitsOfTheirOwn states that gas and time bound the call that they are
// given for, and that later ones have theirs.
func TestCallsHaveLimitsOfTheirOwn(t *testing.T) {
	plenty := uint64(1 << 40)
	for _, interpreter := range []bool{false, true} {
		_, m := compile(t, compat.Config{Interpreter: interpreter, Limits: limits.Config{GasLimit: &plenty}}, `(module
			(func (export "f") (param i32) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`)
		i, err := m.Instantiate(t.Context(), compat.StoreConfig{})
		if err != nil {
			t.Fatal(err)
		}
		gas := func(n uint64) *uint64 { return &n }
		for _, tc := range []struct {
			l    compat.CallLimits
			n    int32
			want error
		}{
			{compat.CallLimits{Gas: gas(100)}, 1000, compat.CostLimitExceeded},
			{compat.CallLimits{Gas: gas(100)}, 1, nil},
			{compat.CallLimits{Gas: gas(10000)}, 1000, nil},
			{compat.CallLimits{Gas: gas(10000)}, 5000, compat.CostLimitExceeded},
			{compat.CallLimits{Gas: gas(1 << 40), Time: 20 * time.Millisecond}, -1, compat.Interrupted},
			{compat.CallLimits{Gas: gas(100)}, 1, nil},
		} {
			_, err := i.InvokeWithin(t.Context(), tc.l, "f", value.OfI32(tc.n))
			if !errors.Is(err, tc.want) || tc.want == nil && err != nil {
				t.Errorf("f(%d) within %v: %v, want %v", tc.n, tc.l, err, tc.want)
			}
		}
		if err := i.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestStreamsAndFilesOfGo gives a guest streams and files that are no file's of the host.
func TestStreamsAndFilesOfGo(t *testing.T) {
	r := compat.NewRuntime(compat.Config{})
	defer r.Close(t.Context())
	m, err := r.CompileFile(t.Context(), "../testdata/guests/cat.wasm")
	if err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{"from a reader\n": {"cat"}, "from an FS\n": {"cat", "a/b.txt"}} {
		var out bytes.Buffer
		i, err := m.Instantiate(t.Context(), compat.StoreConfig{WASI: &compat.WASIConfig{
			Args: args, Stdin: strings.NewReader("from a reader\n"), Stdout: &out, Stderr: &out,
			Preopens: []compat.Preopen{{Guest: ".", FS: fstest.MapFS{"a/b.txt": {Data: []byte("from an FS\n")}}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer i.Close(t.Context())
		_, err = i.Invoke(t.Context(), "_start")
		if exit, ok := errors.AsType[*compat.ExitError](err); err != nil && (!ok || exit.Status != 0) {
			t.Errorf("%v: %v", args, err)
		}
		if out.String() != want {
			t.Errorf("%v: %q, want %q", args, out.String(), want)
		}
	}
}

// TestInterruptBeforeTheFirstInstance states that a store may be interrupted when there is
// nothing in it: what is made next ends.
func TestInterruptBeforeTheFirstInstance(t *testing.T) {
	r, m := compile(t, compat.Config{}, `(module (func (export "f") (loop (br 0))))`)
	s := r.NewStore(compat.StoreConfig{})
	defer s.Close(t.Context())
	cause := errors.New("enough")
	s.Interrupt(cause)
	if _, err := s.Instantiate(t.Context(), m); !errors.Is(err, compat.Interrupted) || !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
}
