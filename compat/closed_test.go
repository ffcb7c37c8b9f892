package compat_test

import (
	"context"
	"errors"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
)

// useAfterClose exports what takes a memory, objects and a host function.
const useAfterClose = `(module
	(import "host" "close" (func $close))
	(type $n (struct (field i32)))
	(memory (export "m") 1) (memory (export "m2") 1) (table (export "t") 2 funcref) (global (export "g") (mut i32) (i32.const 3))
	(global $s (mut (ref null $n)) (struct.new $n (i32.const 8)))
	(func (export "f") (result i32) (i32.store (i32.const 8) (i32.const 7)) (i32.load (i32.const 8)))
	(func (export "closing") (result i32)
		(call $close) (i32.store (i32.const 8) (i32.const 7)) (global.set $s (struct.new $n (i32.const 9)))
		(loop $l (br $l)) (unreachable)))`

// TestNothingRunsOnceClosed states that calls of a closed instance fail, that what it had
// is gone, and that closing it again does nothing.
func TestNothingRunsOnceClosed(t *testing.T) {
	for _, interpreter := range []bool{false, true} {
		host := compat.NewHostModule("host").Typed("close", compat.Proc0(func(context.Context, *compat.Caller) error { return nil }))
		r, m := compile(t, compat.Config{Interpreter: interpreter}, useAfterClose)
		store := r.NewStore(compat.StoreConfig{Hosts: []*compat.HostModule{host}})
		inst, err := store.Instantiate(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		memory, _ := inst.Memory("m")
		table, _ := inst.Table("t")
		global, _ := inst.Global("g")
		for range 2 {
			if err := store.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if got, err := inst.Invoke(t.Context(), "f"); !errors.Is(err, compat.ErrClosed) {
			t.Errorf("f after Close: %v, %v", got, err)
		}
		if _, err := store.Instantiate(t.Context(), m); !errors.Is(err, compat.ErrClosed) {
			t.Errorf("Instantiate after Close: %v", err)
		}
		if n := len(memory.Bytes()); n != 0 {
			t.Errorf("%d bytes of memory after Close", n)
		}
		if _, ok := memory.Grow(1); ok || memory.Pages() != 0 || memory.Write(0, []byte{1}) {
			t.Error("a closed memory grows, or is written")
		}
		if table.Len() != 0 || table.Set(0, value.Value{Kind: value.FuncRef, Null: true}) {
			t.Error("a closed table has elements")
		}
		global.Set(value.OfI32(4))
		global.Get()
		if _, ok := inst.Memory("m2"); ok {
			if m2, _ := inst.Memory("m2"); len(m2.Bytes()) != 0 {
				t.Error("bytes of a second memory after Close")
			}
		}
		store.Interrupt(errors.New("late"))
		store.Statistics()
	}
}

// TestGuestsMayBeClosedByTheFunctionsTheyCall states that closing an instance while it
// runs ends it, that its memory is nobody else's before, and that it is closed then.
func TestGuestsMayBeClosedByTheFunctionsTheyCall(t *testing.T) {
	for _, interpreter := range []bool{false, true} {
		for _, nested := range []bool{false, true} {
			var others []*compat.Instance
			var m *compat.Module
			host := compat.NewHostModule("host")
			host.Typed("close", compat.Proc0(func(ctx context.Context, c *compat.Caller) error {
				if err := c.Instance().Store().Close(ctx); err != nil {
					return err
				}
				if nested {
					if _, err := c.Instance().Invoke(ctx, "f"); !errors.Is(err, compat.ErrClosed) {
						t.Errorf("a nested call after Close: %v", err)
					}
				}
				for range 3 {
					other, err := m.Instantiate(ctx, compat.StoreConfig{Hosts: []*compat.HostModule{host}})
					if err != nil {
						return err
					}
					others = append(others, other)
				}
				return nil
			}))
			_, m = compile(t, compat.Config{Interpreter: interpreter}, useAfterClose)
			inst, err := m.Instantiate(t.Context(), compat.StoreConfig{Hosts: []*compat.HostModule{host}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := inst.Invoke(t.Context(), "closing"); !errors.Is(err, compat.ErrClosed) || !errors.Is(err, compat.Interrupted) {
				t.Errorf("closing: %v", err)
			}
			for _, other := range others {
				memory, _ := other.Memory("m")
				if memory.Bytes()[8] != 0 {
					t.Error("a closed guest has written into the memory of another")
				}
				if err := other.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if _, err := inst.Invoke(t.Context(), "f"); !errors.Is(err, compat.ErrClosed) {
				t.Errorf("f after Close: %v", err)
			}
		}
	}
}

// TestClosedRuntimes states that what a closed Runtime has made is of no use, and harms
// nobody.
func TestClosedRuntimes(t *testing.T) {
	r, m := compile(t, compat.Config{}, `(module (memory (export "m") 1) (func (export "f") (result i32) (i32.load (i32.const 0))))`)
	inst, err := m.Instantiate(t.Context(), compat.StoreConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if _, err := inst.Invoke(t.Context(), "f"); !errors.Is(err, compat.ErrClosed) {
		t.Errorf("f after the Runtime was closed: %v", err)
	}
	if _, err := m.Instantiate(t.Context(), compat.StoreConfig{}); !errors.Is(err, compat.ErrClosed) {
		t.Errorf("Instantiate after the Runtime was closed: %v", err)
	}
	if _, err := r.Compile(t.Context(), binary(t, `(module)`)); !errors.Is(err, compat.ErrClosed) {
		t.Errorf("Compile after Close: %v", err)
	}
	if err := inst.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
