package native_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/native"
)

// TestTrapsAreExact states that every kind of trap has the code, the frames with their places, and leaves
// the memory and globals behind, that it has in the engine's code; whichever of the functions on the stack
// are ours.
func TestTrapsAreExact(t *testing.T) {
	bodies := []string{
		`(unreachable)`,
		`(drop (i32.load8_u (i32.add (local.get 0) (i32.const 0xffff))))`,
		`(drop (i64.load offset=65528 (local.get 0)))`,
		`(drop (v128.load offset=0xfffffff0 (local.get 0)))`,
		`(i32.store16 offset=0x10000 (local.get 0) (i32.const 7))`,
		`(i32.store (i32.const 8) (i32.sub (local.get 0) (i32.load offset=0xffff (local.get 0))))`,
		`(i64.store (i32.const 8) (i64.mul (i64.load (local.get 0)) (i64.load offset=0xfff8 (local.get 0))))`,
		`(f64.store (i32.const 8) (f64.div (f64.convert_i32_s (local.get 0)) (f64.load offset=0xfff9 (local.get 0))))`,
		`(memory.copy (i32.const 0) (i32.const 0xffff) (i32.add (local.get 0) (i32.const 1)))`,
		`(memory.copy (i32.const 0xffff) (i32.const 0) (i32.add (local.get 0) (i32.const 1)))`,
		`(memory.fill (local.get 0) (i32.const 1) (i32.const 0x10001))`,
		`(memory.init $d (i32.const 0) (local.get 0) (i32.const 9))`,
		`(drop (table.get (i32.add (local.get 0) (i32.const 2))))`,
		`(call_indirect (type $f) (local.get 0) (i32.add (local.get 0) (i32.const 2)))`,
		`(call_indirect (type $f) (local.get 0) (i32.add (local.get 0) (i32.const 1)))`,
		`(drop (call_indirect (result i64) (local.get 0)))`,
		`(drop (i32.div_s (i32.const 1) (i32.sub (local.get 0) (i32.const 1))))`,
		`(drop (i64.div_u (i64.const 1) (i64.extend_i32_u (i32.sub (local.get 0) (i32.const 1)))))`,
		`(drop (i32.rem_s (local.get 0) (i32.const 0)))`,
		`(drop (i64.rem_u (i64.const 1) (i64.const 0)))`,
		`(drop (i32.div_s (i32.const 0x80000000) (i32.sub (i32.const 0) (local.get 0))))`,
		`(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))`,
		`(drop (i32.trunc_f32_s (f32.div (f32.const 0) (f32.convert_i32_s (i32.sub (local.get 0) (i32.const 1))))))`,
		`(drop (i32.trunc_f64_u (f64.neg (f64.convert_i32_s (local.get 0)))))`,
		`(drop (i64.trunc_f32_s (f32.mul (f32.const 1e19) (f32.convert_i32_s (local.get 0)))))`,
		`(drop (i64.trunc_f64_u (f64.mul (f64.const 2e19) (f64.convert_i32_s (local.get 0)))))`,
	}
	var text strings.Builder
	text.WriteString(`(module (memory (export "memory") 1) (data $d "12345678") (table 2 funcref) (elem (i32.const 0) $nothing) (type $f (func (param i32)))` + "\n")
	for g, typ := range []string{"i32", "i64", "f32", "f64", "i32", "i64"} {
		fmt.Fprintf(&text, "(global (export \"g%d\") (mut %[2]s) (%[2]s.const 0))\n", g, typ)
	}
	text.WriteString("(func $nothing (type $f))\n")
	// What traps, with stores in front of it and behind it, is called in a loop, and that from another function.
	for n, body := range bodies {
		fmt.Fprintf(&text, `(func $t%[1]d (type $f)
		  (i32.store offset=16 (local.get 0) (i32.const 1)) (global.set 0 (i32.const 1))
		  %[2]s
		  (i32.store offset=20 (local.get 0) (i32.const 2)) (global.set 0 (i32.const 2)))
		(func $c%[1]d (param i32) (result i32) (local i32)
		  (loop
		    (i32.store offset=24 (i32.const 0) (local.tee 1 (i32.add (local.get 1) (i32.const 1))))
		    (if (i32.eq (local.get 1) (local.get 0)) (then (call $t%[1]d (i32.const 1))))
		    (br_if 0 (i32.lt_u (local.get 1) (i32.const 9))))
		  (local.get 1))
		(func (export "f%[1]d") (param i32) (result i32) (i32.add (call $c%[1]d (i32.const 100)) (call $c%[1]d (local.get 0))))
		`, n, body)
	}
	text.WriteString(")")
	bin := assemble(t, text.String())
	for name, only := range map[string]func(int) bool{"all": nil, "even": func(i int) bool { return i%2 == 0 }, "odd": func(i int) bool { return i%2 == 1 }, "thirds": func(i int) bool { return i%3 == 0 }} {
		for _, o := range ways(native.Options{Only: only}) {
			ours, res := optimized(t, bin, o, nil)
			theirs := plain(t, bin, false)
			if only == nil && len(res.Kept) > 2 { // memory.init, and the offset that no instruction of the processor has
				t.Errorf("kept %v: %v", res.Kept, res.Reasons)
			}
			for n, body := range bodies {
				f := fmt.Sprint("f", n)
				keep := func([]uint64) {}
				want := outcome(theirs, f, []uint64{3}, keep, true)
				if strings.Count(want, "@") != 3 {
					t.Fatalf("%s does not trap in three frames: %s", body, want)
				}
				if got := outcome(ours, f, []uint64{3}, keep, true); got != want {
					t.Errorf("%s, guarded %v: %s\n got %s\nwant %s", name, o.Guarded, body, got, want)
				}
			}
		}
	}
}
