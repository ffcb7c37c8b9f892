package native_test

import (
	"fmt"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
)

// TestEndOfMemory states that accesses near the end of a memory trap where they do with the engine's code, to the
// byte, whatever the size of the memory, also where one check stands for several, and in loops.
func TestEndOfMemory(t *testing.T) {
	bin := assemble(t, `(module (memory (export "memory") 1 3)
	  (global (export "g0") (mut i32) (i32.const 0)) (global (export "g1") (mut i64) (i64.const 0)) (global (export "g2") (mut f32) (f32.const 0))
	  (global (export "g3") (mut f64) (f64.const 0)) (global (export "g4") (mut i32) (i32.const 0)) (global (export "g5") (mut i64) (i64.const 0))
	  (func (export "first") (param i32) (result i32)
	    (i32.store8 (local.get 0) (i32.const 1))
	    (i32.store offset=4 (local.get 0) (i32.const 2))
	    (i64.store offset=4088 (local.get 0) (i64.const 3))
	    (i32.load offset=4000 (local.get 0)))
	  (func (export "last") (param i32) (result i32)
	    (i64.store offset=4088 (local.get 0) (i64.const 4))
	    (i32.store offset=4 (i32.add (local.get 0) (i32.const -4)) (i32.const 5))
	    (i32.load8_u (i32.sub (local.get 0) (i32.const 9))))
	  (func (export "loop") (param i32) (result i32) (local i32)
	    (loop
	      (i32.store8 (local.get 0) (i32.const 1))
	      (local.set 1 (i32.add (local.get 1) (i32.load16_u offset=30 (local.get 0))))
	      (i32.store offset=12 (local.get 0) (i32.const 2))
	      (br_if 0 (i32.and (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 63))))
	    (local.get 1))
	  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`)
	for _, o := range ways(native.Options{}) {
		ours, res := optimized(t, bin, o, nil)
		for _, err := range res.Reasons {
			t.Error(err)
		}
		compareEnds(t, ours, plain(t, bin, false))
	}
}

func compareEnds(t *testing.T, ours, theirs *engine.Instance) {
	t.Helper()
	keep := func([]uint64) {}
	for pages := uint64(1); pages <= 3; pages++ {
		end := pages << 16
		var list []uint64
		for _, at := range []uint64{0, end - 4096, end - 4088, end - 4000, end - 64, end - 32, end - 16, end, 1<<32 - 4096, 1<<32 - 8} {
			for k := range uint64(20) {
				list = append(list, uint64(uint32(at+k-10)))
			}
		}
		for _, p := range list {
			for _, f := range []string{"first", "last", "loop"} {
				want := outcome(theirs, f, []uint64{p}, keep, true)
				if got := outcome(ours, f, []uint64{p}, keep, true); got != want {
					t.Fatalf("%s(%#x) of %d pages: %s\nwant %s", f, p, pages, got, want)
				}
			}
		}
		for _, i := range []string{outcome(ours, "grow", []uint64{1}, keep, false), outcome(theirs, "grow", []uint64{1}, keep, false)} {
			if want := fmt.Sprintf("[%d ", pages); pages < 3 && i[:len(want)] != want {
				t.Fatalf("a growth of %d pages: %s", pages, i)
			}
		}
	}
}
