package native_test

import (
	"fmt"
	"testing"

	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/wasm"
)

// carryingGuest counts in its global 1 in every way in which functions call one another: by name and by reference, in recursion and in
// loops, through functions that do not count, that have no register left for the counter, and that trap.
const carryingGuest = `(module (memory 1)
  (global (export "other") (mut i64) (i64.const 7)) (global $n (export "n") (mut i64) (i64.const 100))
  (type $unary (func (param i32) (result i32)))
  (table 4 funcref) (elem (i32.const 0) $leaf $fib $plain $wide1)
  (func $count (param i64) (global.set $n (i64.add (global.get $n) (local.get 0))))
  (func $leaf (type $unary) (global.set $n (i64.add (global.get $n) (i64.const 3))) (i32.add (local.get 0) (i32.const 1)))
  (func $plain (type $unary) (call $leaf (call $leaf (local.get 0))))
  (func $fib (export "fib") (type $unary)
    (if (i32.lt_u (local.get 0) (i32.const 2)) (then
      (global.set $n (i64.add (global.get $n) (i64.const 5))) (return (local.get 0))))
    (global.set $n (i64.add (global.get $n) (i64.const 9)))
    (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))
  (func $wide (param i32 i64 i32 i64 i32 i64 i32 i64) (result i64)
    (global.set $n (i64.mul (global.get $n) (i64.const 3)))
    (call $count (i64.extend_i32_u (call $leaf (local.get 6))))
    (i64.add (local.get 1) (local.get 7)))
  (func $wide1 (type $unary)
    (i32.wrap_i64 (call $wide (local.get 0) (i64.const 1) (local.get 0) (i64.const 2) (local.get 0) (i64.const 3) (local.get 0) (global.get $n))))
  (func $many (param i32) (result i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
    (global.set $n (i64.sub (global.get $n) (i64.const 1)))
    (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0) (call $leaf (local.get 0)))
  (func (export "wide") (type $unary) (call $wide1 (local.get 0)) (call $many (local.get 0))
    drop drop drop drop drop drop drop drop drop i32.add)
  (func (export "indirect") (param $at i32) (result i32) (local $i i32) (local $s i32)
    (loop $l
      (call $count (i64.const 1))
      (local.set $s (i32.add (local.get $s) (call_indirect (type $unary) (local.get $i) (i32.and (local.get $i) (i32.const 3)))))
      (if (i32.eq (local.get $i) (local.get $at)) (then (global.set $n (i64.const 0))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9))))
    (drop (memory.grow (i32.const 1)))
    (i32.add (local.get $s) (call $plain (i32.wrap_i64 (global.get $n)))))
  (func (export "reads") (type $unary) (drop (call $leaf (i32.const 1))) (i32.add (local.get 0) (i32.wrap_i64 (global.get $n))))
  (func $deep (export "deep") (type $unary)
    (global.set $n (i64.add (global.get $n) (i64.const 2)))
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (i32.add (i32.const 3) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
  (func $trap (export "trap") (type $unary)
    (global.set $n (i64.add (global.get $n) (i64.const 11)))
    (if (i32.eqz (local.get 0)) (then (return (i32.load (call $leaf (i32.const -8))))))
    (i32.div_u (call $trap (i32.sub (local.get 0) (i32.const 1))) (i32.const 0))))`

// TestCarrying states that what a function has counted is known to all others, whichever of them have the engine's code.
func TestCarrying(t *testing.T) {
	bin := assemble(t, carryingGuest)
	counts := func(*wasm.Module) (uint32, bool) { return 1, true }
	names := []string{"fib", "wide", "indirect", "reads", "trap"}
	const functions = 12
	run := func(call func(name string, n uint64) string) (told []string) {
		for _, n := range []uint64{0, 1, 2, 9} {
			for _, name := range names {
				told = append(told, fmt.Sprintf("%s(%d) = %s", name, n, call(name, n)))
			}
		}
		const enough = 20000 // for the stack to grow several times
		return append(told, call("deep", enough))
	}
	theirs := plain(t, bin, true)
	want := run(func(name string, n uint64) string {
		got := call(theirs, name, n)
		count, _ := theirs.Global("n")
		return fmt.Sprint(got, " and ", count)
	})
	only := map[string]func(int) bool{"all": nil, "even": func(i int) bool { return i%2 == 0 }, "odd": func(i int) bool { return i%2 == 1 }}
	for k := range functions {
		only[fmt.Sprint("all but ", k)] = func(i int) bool { return i != k }
		only[fmt.Sprint("none but ", k)] = func(i int) bool { return i == k }
	}
	for name, only := range only {
		for _, o := range ways(native.Options{Counter: counts, Only: only}) {
			ours, res := optimized(t, bin, o, nil)
			if only == nil && len(res.Kept) > 0 {
				t.Error(res.Reasons)
			}
			got := run(func(name string, n uint64) string {
				got := call(ours, name, n)
				count, _ := ours.Global("n")
				return fmt.Sprint(got, " and ", count)
			})
			for k := range want {
				if got[k] != want[k] {
					t.Errorf("%s: %s, want %s", name, got[k], want[k])
				}
			}
		}
	}
}
