package exec_test

import (
	"bytes"
	"context"
	"runtime"
	"testing"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/wave"
	"github.com/wazedge/wazedge/limits"
)

// echo returns the list that it is given, and through passes one on to echo and back.
const echo = `(component
	(component $Echo
		(core module $m (memory (export "m") 64)
			(func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16))
			(func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))
		(core instance $i (instantiate $m))
		(func (export "echo") (param "l" (list u8)) (result (list u8)) (canon lift (core func $i "echo") (memory $i "m") (realloc (func $i "realloc")))))
	(component $Through (import "echo" (func $echo (param "l" (list u8)) (result (list u8))))
		(core module $libc (memory (export "m") 64) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16)))
		(core instance $l (instantiate $libc))
		(core func $low (canon lower (func $echo) (memory $l "m") (realloc (func $l "realloc"))))
		(core module $m (import "" "echo" (func $echo (param i32 i32 i32)))
			(func (export "through") (param i32 i32) (result i32) (call $echo (local.get 0) (local.get 1) (i32.const 8)) (i32.const 8)))
		(core instance $i (instantiate $m (with "" (instance (export "echo" (func $low))))))
		(func (export "through") (param "l" (list u8)) (result (list u8)) (canon lift (core func $i "through") (memory $l "m") (realloc (func $l "realloc")))))
	(instance $e (instantiate $Echo))
	(instance $t (instantiate $Through (with "echo" (func $e "echo"))))
	(export "echo" (func $e "echo")) (export "through" (func $t "through")))`

// echoing is the function name of an instance of echo, as a Go function that reports whether
// what came back is what went in.
func echoing(tb testing.TB, name string) func(list []byte) bool {
	ctx := context.Background()
	s, i := instantiate(tb, echo, limits.Config{})
	f := i.Exports[name].Func
	return func(list []byte) (same bool) {
		err := s.Call(ctx, f, []exec.Value{{Bytes: list}}, func(v exec.Value) error {
			same = len(v.Bytes) == len(list) && &v.Bytes[0] != &list[0] && v.Bytes[len(list)-1] == list[len(list)-1]
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
		return same
	}
}

// TestListsAreNotAllocated states that a list of bytes is copied from memory to memory and
// nowhere else: a call with a megabyte of them takes as little of the host's memory as one
// with a few.
func TestListsAreNotAllocated(t *testing.T) {
	for _, name := range []string{"echo", "through"} {
		f := echoing(t, name)
		list := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		if !f(list) {
			t.Fatalf("%s: another list came back", name)
		}
		const calls = 20
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range calls {
			f(list)
		}
		runtime.ReadMemStats(&after)
		if n := (after.TotalAlloc - before.TotalAlloc) / calls; n > 64<<10 { // most of it is the stack of the call
			t.Errorf("%s: a call with a megabyte allocates %d bytes", name, n)
		}
		if n := (after.Mallocs - before.Mallocs) / calls; n > 40 {
			t.Errorf("%s: a call allocates %d times", name, n)
		}
	}
}

// BenchmarkList passes lists of bytes in and out, and between components; copy is what two
// copies of a megabyte take.
func BenchmarkList(b *testing.B) {
	list := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	to := make([]byte, len(list))
	b.Run("copy", func(b *testing.B) {
		b.SetBytes(int64(2 * len(list)))
		for b.Loop() {
			copy(to, list)
			copy(list, to)
		}
	})
	for _, name := range []string{"echo", "through"} {
		f := echoing(b, name)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(2 * len(list)))
			b.ReportAllocs()
			for b.Loop() {
				f(list)
			}
		})
	}
}

// TestFixedListsInAList states that a list of a fixed length has as many elements as its type
// says, wherever in memory it lies.
func TestFixedListsInAList(t *testing.T) {
	const source = `(component
		(core module $m (memory (export "m") 1) (data (i32.const 0) "\10\00\00\00\02\00\00\00") (data (i32.const 16) "\01\02\03\04\05\06\07\08")
			(func (export "run") (result i32) (i32.const 0)))
		(core instance $i (instantiate $m))
		(func (export "run") (result (list (tuple u8 (list u8 3)))) (canon lift (core func $i "run") (memory $i "m"))))`
	s, i := instantiate(t, source, limits.Config{})
	run := i.Exports["run"].Func
	err := s.Call(t.Context(), run, nil, func(v exec.Value) error {
		if got, want := wave.Format(v, *run.Type.Result), "[(1, [2, 3, 4]), (5, [6, 7, 8])]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
