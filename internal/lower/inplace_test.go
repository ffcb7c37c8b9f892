package lower_test

import (
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestInPlace states that what the engine makes with a register that it writes more than once is the same by both ways to
// execute, where an operand has been kept over calls, and that the engine is not given such instructions.
func TestInPlace(t *testing.T) {
	for _, c := range []struct{ typ, bits, value string }{
		{"v128", "(i64x2.extract_lane 0 (local.get 0))", "(v128.bitselect (v128.const i32x4 1 2 3 4) (local.get $x) (i32x4.splat (i32.sub (i32.eqz (local.get $c)) (i32.const 1))))"},
		{"v128", "(i64x2.extract_lane 1 (local.get 0))", "(v128.bitselect (local.get $x) (v128.const i32x4 1 2 3 4) (i32x4.splat (i32.sub (i32.const 5) (local.get $c))))"},
		{"f64", "(i64.reinterpret_f64 (local.get 0))", "(f64.copysign (local.get $x) (f64.convert_i32_s (local.get $c)))"},
		{"f64", "(i64.reinterpret_f64 (local.get 0))", "(f64.copysign (f64.const -nan:0x8000000000123) (local.get $x))"},
		{"f32", "(i64.extend_i32_u (i32.reinterpret_f32 (local.get 0)))", "(f32.copysign (f32.const 7) (f32.neg (local.get $x)))"},
		{"f32", "(i64.extend_i32_u (i32.reinterpret_f32 (local.get 0)))", "(f32.copysign (f32.neg (local.get $x)) (f32.const -0))"},
		{"v128", "(i64.add (i64x2.extract_lane 0 (local.get 0)) (i64x2.extract_lane 1 (local.get 0)))", "(f64x2.convert_low_i32x4_u (local.get $x))"},
		{"v128", "(i64.sub (i64x2.extract_lane 0 (local.get 0)) (i64x2.extract_lane 1 (local.get 0)))", "(f64x2.convert_low_i32x4_u (v128.const i32x4 0x80000001 0xffffffff 0 0))"},
		{"v128", "(i64.sub (i64x2.extract_lane 0 (local.get 0)) (i64x2.extract_lane 1 (local.get 0)))", "(f64x2.convert_low_i32x4_u (v128.const i32x4 0x7fffffff 0x80000000 0 0))"},
	} {
		m, err := wat.Parse([]byte(strings.NewReplacer("TYPE", c.typ, "BITS", c.bits, "VALUE", c.value).Replace(`(module
		  (global $n (mut i32) (i32.const 10)) (global $h (mut i64) (i64.const 0))
		  (func $f64 (param f64) (result f64) (local.get 0)) (func $none) (func $i32 (result i32) (i32.const 7))
		  (func $of64 (param f64)) (func $of32 (param i32))
		  (func $see (param TYPE) (global.set $h (i64.add (i64.mul (global.get $h) (i64.const 31)) BITS)))
		  (func (export "main") (result i64) (local $c i32) (local $k i32) (local $x TYPE) (local $y f64)
		    (if (local.get $c) (then
		      (if (i32.eqz (global.get $n)) (then (return (i64.const 1))))
		      (if (i32.eqz (local.get $c)) (then (call $of64 (call $f64 (f64.const 1))))))
		    (else
		      (local.set $y (call $f64 (f64.const 3)))
		      (local.set $k (i32.const 65471))
		      (drop (call $f64 (f64.const -41)))
		      (if (local.get $k) (then
		        (loop $l (if (global.get $n) (then
		          (global.set $n (i32.sub (global.get $n) (i32.const 1)))
		          (drop (call $f64 (f64.const 0)))
		          (call $of32 (call $i32))
		          (call $see (local.tee $x VALUE))
		          (br $l))))
		        (call $none)))))
		    (global.get $h)))`)))
		if err != nil {
			t.Fatal(err)
		}
		agreeFile(t, c.value, wasm.Encode(m))
		without, err := lower.InPlace(m)
		if err != nil {
			t.Fatal(err)
		}
		if without == m || len(without.Bodies) != len(m.Bodies) {
			t.Errorf("%s: nothing is found", c.value)
		}
	}
}
