package compat_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/limits"
)

// nesting calls back through $back, what n says, and holds an object, which only its own
// frame knows, meanwhile.
const nesting = `(module
	(import "host" "back" (func $back (param i32) (result i32)))
	(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
	(type $n (struct (field (mut i32)) (field (ref null $n))))
	(memory (export "memory") 1)
	(tag $e)
	(func $make (param i32) (result (ref $n)) (struct.new $n (local.get 0) (ref.null $n)))
	(func (export "outer") (param i32) (result i32) (local $o (ref null $n)) (local $r i32)
		(local.set $o (struct.new $n (i32.const 20) (call $make (i32.const 22))))
		(local.set $r (call $back (local.get 0)))
		(call $garbage)
		(i32.add (local.get $r) (i32.add (struct.get $n 0 (local.get $o)) (struct.get $n 0 (struct.get $n 1 (local.get $o))))))
	(func $garbage (export "garbage") (local i32)
		(loop $l (drop (call $make (local.get 0)))
			(br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 300)))))
	(func $deep (param i32) (local (ref null $n))
		(local.set 1 (call $make (local.get 0)))
		(if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1)))) (else unreachable))
		(drop (struct.get $n 0 (local.get 1))))
	(func (export "trap") (call $deep (i32.const 30)))
	(func (export "throw") (throw $e))
	(func (export "exit") (call $exit (i32.const 5)))
	(func (export "loop") (loop $l (br $l)))
	(func (export "overflow") (call $o (i32.const 0)))
	(func $o (param i32) (call $o (i32.add (local.get 0) (i32.const 1))) (drop (call $make (i32.const 1))))
	(func (export "fine") (call $garbage)))`

// nested are functions of that module, by number.
var nested = []string{"fine", "trap", "throw", "exit", "loop", "overflow"}

// TestNestedCallsLeaveTheOuterOneAlone has a host function call back what fails in all
// ways, of the same instance and of another store's, and go on as if nothing had been.
func TestNestedCallsLeaveTheOuterOneAlone(t *testing.T) {
	t.Parallel()
	for _, interpreter := range []bool{false, true} {
		for _, other := range []bool{false, true} {
			gas := uint64(1 << 40)
			var aside *compat.Instance
			host := compat.NewHostModule("host").Typed("back", compat.Func1(func(ctx context.Context, c *compat.Caller, n int32) (int32, error) {
				inst := c.Instance()
				if other {
					inst = aside
				}
				within, cancel := ctx, func() {}
				if nested[n] == "loop" {
					within, cancel = context.WithTimeout(ctx, 10*time.Millisecond)
				}
				defer cancel()
				_, err := inst.Invoke(within, nested[n])
				if (err == nil) != (n == 0) {
					t.Errorf("%s: %v", nested[n], err)
				}
				if nested[n] == "loop" && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("loop: %v", err)
				}
				if exit, ok := errors.AsType[*compat.ExitError](err); nested[n] == "exit" && (!ok || exit.Status != 5) {
					t.Errorf("exit: %v", err)
				}
				return 100, nil
			}))
			_, m := compile(t, compat.Config{
				Interpreter: interpreter, StressHeap: true, Limits: limits.Config{MaxDepth: 400, GasLimit: &gas},
			}, nesting)
			var all [2]*compat.Instance
			for n := range all {
				var err error
				if all[n], err = m.Instantiate(t.Context(), compat.StoreConfig{Hosts: []*compat.HostModule{host}}); err != nil {
					t.Fatal(err)
				}
				defer all[n].Close(t.Context())
			}
			aside = all[1]
			for range 3 {
				for n := range nested {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					got, err := all[0].Invoke(ctx, "outer", value.OfI32(int32(n)))
					cancel()
					if err != nil || got[0] != value.OfI32(142) {
						t.Errorf("interpreter %v, another store %v, outer with %s: %v, %v", interpreter, other, nested[n], got, err)
					}
				}
			}
		}
	}
}

// TestOuterContextsEndNestedCalls states that a nested call ends with the context of the
// outer one, whatever its own is, and the outer one with it, even if the host function
// swallows the error.
func TestOuterContextsEndNestedCalls(t *testing.T) {
	for _, own := range []time.Duration{0, time.Hour, time.Millisecond} {
		mine := errors.New("mine")
		outer, cancel := context.WithCancelCause(t.Context())
		host := compat.NewHostModule("host").Typed("back", compat.Func1(func(ctx context.Context, c *compat.Caller, n int32) (int32, error) {
			inner := context.Background()
			if own > 0 {
				var done func()
				inner, done = context.WithTimeout(inner, own)
				defer done()
			}
			time.AfterFunc(5*time.Millisecond, func() { cancel(mine) })
			_, err := c.Instance().Invoke(inner, "loop")
			if !errors.Is(err, compat.Interrupted) {
				t.Errorf("own %v: nested: %v", own, err)
			}
			<-outer.Done()
			return 0, nil
		}))
		_, m := compile(t, compat.Config{}, `(module
			(import "host" "back" (func $back (param i32) (result i32)))
			(func (export "loop") (loop $l (br $l)))
			(func (export "fine"))
			(func (export "outer") (drop (call $back (i32.const 0))) (loop $l (br $l))))`)
		inst, err := m.Instantiate(t.Context(), compat.StoreConfig{Hosts: []*compat.HostModule{host}})
		if err != nil {
			t.Fatal(err)
		}
		defer inst.Close(t.Context())
		if _, err := inst.Invoke(outer, "outer"); !errors.Is(err, mine) {
			t.Errorf("own %v: outer: %v", own, err)
		}
		if _, err := inst.Invoke(t.Context(), "fine"); err != nil {
			t.Errorf("own %v: afterwards: %v", own, err)
		}
	}
}

// TestPanicsOfHostFunctionsAreErrors states that a panic of the embedder's, in a call, a
// nested one or a start function, is an error of the call.
func TestPanicsOfHostFunctionsAreErrors(t *testing.T) {
	var nothing map[string]int
	var null *int
	mine := errors.New("mine")
	panics := []func(){
		func() { panic("text") }, func() { panic(mine) }, func() { nothing["x"] = 1 }, func() { *null = 1 },
		func() { panic(nil) }, func() { panic(7) }, func() { _ = make([]int, len(nothing)-1) }, func() { panic(compat.ErrClosed) },
	}
	for _, interpreter := range []bool{false, true} {
		for _, uninterruptible := range []bool{false, true} {
			for n, p := range panics {
				host := compat.NewHostModule("host").
					Typed("p", compat.Proc0(func(context.Context, *compat.Caller) error { p(); return nil })).
					Typed("nest", compat.Proc0(func(ctx context.Context, c *compat.Caller) error {
						_, err := c.Instance().Invoke(ctx, "f")
						return err
					}))
				c := compat.Config{Interpreter: interpreter, Uninterruptible: uninterruptible}
				_, m := compile(t, c, `(module (import "host" "p" (func $p)) (import "host" "nest" (func $nest))
					(func (export "f") (call $p)) (func (export "g") (call $nest)) (func (export "h")))`)
				inst, err := m.Instantiate(t.Context(), compat.StoreConfig{Hosts: []*compat.HostModule{host}})
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range []string{"f", "g", "f"} {
					if _, err := inst.Invoke(t.Context(), name); err == nil {
						t.Errorf("%s, panic %d: no error", name, n)
					} else if n == 1 && !errors.Is(err, mine) {
						t.Errorf("%s: %v", name, err)
					}
				}
				if _, err := inst.Invoke(t.Context(), "h"); err != nil {
					t.Error(err)
				}
				if err := inst.Close(t.Context()); err != nil {
					t.Error(err)
				}
				_, m = compile(t, c, `(module (import "host" "p" (func $p)) (start $p))`)
				if _, err := m.Instantiate(t.Context(), compat.StoreConfig{Hosts: []*compat.HostModule{host}}); err == nil {
					t.Errorf("panic %d in a start function: no error", n)
				}
			}
		}
	}
}

// TestGasOfNestedCallsIsTheirOwn bounds a nested call, which runs out of gas, and lets the
// outer one use as much as before.
func TestGasOfNestedCallsIsTheirOwn(t *testing.T) {
	t.Parallel()
	for _, interpreter := range []bool{false, true} {
		gas := func(n uint64) *uint64 { return &n }
		host := compat.NewHostModule("host").Typed("back", compat.Func1(func(ctx context.Context, c *compat.Caller, n int32) (int32, error) {
			_, err := c.Instance().InvokeWithin(ctx, compat.CallLimits{Gas: gas(1000), Time: time.Minute}, "count", value.OfI32(n))
			if (n > 1000) != errors.Is(err, compat.CostLimitExceeded) {
				t.Errorf("count(%d): %v", n, err)
			}
			return 0, nil
		}))
		_, m := compile(t, compat.Config{Interpreter: interpreter, Limits: limits.Config{GasLimit: gas(1 << 40)}}, `(module
			(import "host" "back" (func $back (param i32) (result i32)))
			(func $count (export "count") (param i32)
				(loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
			(func (export "outer") (param i32 i32) (drop (call $back (local.get 0))) (call $count (local.get 1))))`)
		inst, err := m.Instantiate(t.Context(), compat.StoreConfig{Hosts: []*compat.HostModule{host}})
		if err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			inner, outer int32
			want         error
		}{{5000, 1000000, nil}, {5, 1000000, nil}, {5, 9000000, compat.CostLimitExceeded}, {5000, 9000000, compat.CostLimitExceeded}} {
			_, err := inst.InvokeWithin(t.Context(), compat.CallLimits{Gas: gas(20000000)}, "outer", value.OfI32(tc.inner), value.OfI32(tc.outer))
			if !errors.Is(err, tc.want) || tc.want == nil && err != nil {
				t.Errorf("inner %d, outer %d: %v, want %v", tc.inner, tc.outer, err, tc.want)
			}
		}
		if err := inst.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestRuntimesAreClosedByTheFunctionsGuestsCall closes what runs, and all else of its
// Runtime.
func TestRuntimesAreClosedByTheFunctionsGuestsCall(t *testing.T) {
	var r *compat.Runtime
	var m *compat.Module
	host := compat.NewHostModule("host").Typed("close", compat.Proc0(func(ctx context.Context, c *compat.Caller) error {
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
		if _, err := m.Instantiate(ctx, compat.StoreConfig{}); !errors.Is(err, compat.ErrClosed) {
			t.Errorf("Instantiate: %v", err)
		}
		return nil
	}))
	for _, uninterruptible := range []bool{false, true} {
		r, m = compile(t, compat.Config{Uninterruptible: uninterruptible}, `(module (import "host" "close" (func $close)) (memory 1)
			(func (export "f") (call $close) (i32.store (i32.const 0) (i32.const 1)) unreachable))`)
		inst, err := m.Instantiate(t.Context(), compat.StoreConfig{Hosts: []*compat.HostModule{host}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := inst.Invoke(t.Context(), "f"); err == nil {
			t.Error("no error")
		}
		if _, err := inst.Invoke(t.Context(), "f"); !errors.Is(err, compat.ErrClosed) {
			t.Errorf("afterwards: %v", err)
		}
	}
}
