package native_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/wasm"
)

// looking is a guest whose function "deep" calls one that has its counter looked at in each round of a loop and needs a frame for
// nothing else, at every depth of a recursion; many values, of all kinds, are live around the looks. What is looked with returns 0.
func looking() string {
	var locals, rounds, sum strings.Builder
	for k := range 4 {
		fmt.Fprintf(&locals, "(local $i%d i32) (local $f%d f64)", k, k)
		fmt.Fprintf(&rounds, "(local.set $i%d (i32.add (i32.mul (local.get $i%d) (i32.const 3)) (local.get $p)))", k, k)
		fmt.Fprintf(&rounds, "(local.set $f%d (f64.add (local.get $f%d) (f64.convert_i32_s (local.get $i%d))))", k, k, k)
		fmt.Fprintf(&sum, "(local.set $p (i32.xor (local.get $p) (i32.add (local.get $i%d) (i32.trunc_sat_f64_s (local.get $f%d)))))", k, k)
	}
	const round = `
      (global.set $n (i64.add (global.get $n) (i64.const 1)))
      (if (i64.gt_s (global.get $n) (i64.const 0)) (then (global.set $n (call $look (global.get $n) (i64.const -3) (i32.const 5)))))
      (br_if $l (i32.lt_u (local.tee $r (i32.add (local.get $r) (i32.const 1))) (i32.const 5)))`
	return `(module (import "account" "look" (func $look (param i64 i64 i32) (result i64))) (memory 1)
  (global $n (export "n") (mut i64) (i64.const 0))
  (func $rounds (param $p i32) (result i32) (local $r i32) ` + locals.String() + `(loop $l ` + rounds.String() + round + `) ` + sum.String() + `(local.get $p))
  (func $deep (export "deep") (param $p i32) (result i32)
    (if (i32.eqz (local.get $p)) (then (return (i32.const 1))))
    (i32.add (i32.mul (call $rounds (local.get $p)) (i32.const 5)) (call $deep (i32.sub (local.get $p) (i32.const 1))))))`
}

// TestLooksGrowTheStack states that functions which have a frame for looks alone, and make it then, find room for it wherever the stack
// is about to end, and have everything as it was behind them.
func TestLooksGrowTheStack(t *testing.T) {
	bin := assemble(t, looking())
	account := func(r *engine.Runtime) engine.Options {
		code, err := r.CompileWith(context.Background(), assemble(t, `(module (func (export "look") (param i64 i64 i32) (result i64) (i64.const 0)))`),
			engine.CompileOptions{Workers: 1, Label: "account"})
		if err != nil {
			t.Fatal(err)
		}
		i, err := r.Instantiate(context.Background(), code, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return engine.Options{Imports: func(string) *engine.Instance { return i }}
	}
	counts := func(*wasm.Module) (uint32, bool) { return 0, true }
	theirs := plainWith(t, bin, true, account)
	depths := []uint64{1, 300, 301, 20000} // the stack grows several times
	var want []string
	for _, depth := range depths {
		want = append(want, call(theirs, "deep", depth))
	}
	for _, counter := range []func(*wasm.Module) (uint32, bool){nil, counts} {
		for _, o := range ways(native.Options{Counter: counter, Checkpoint: native.Import{Module: "account", Name: "look"}}) {
			ours, res := optimized(t, bin, o, account)
			for _, err := range res.Reasons {
				t.Error(err)
			}
			for k, depth := range depths {
				if got := call(ours, "deep", depth); got != want[k] {
					t.Errorf("depth %d: %s, want %s", depth, got, want[k])
				}
			}
			const endless = 1 << 30
			if got := call(ours, "deep", endless); !strings.Contains(got, "runtime error") {
				t.Errorf("without an end: %s", got)
			}
		}
	}
}
