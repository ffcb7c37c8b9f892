package lower_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestKeptOverCalls states that instructions are the same by both ways to execute, whichever of their operands is
// constant, has been kept over a call or is new, in a loop whose rounds go on with what they leave.
func TestKeptOverCalls(t *testing.T) {
	kinds := map[byte][3]string{ // kept, constant, new
		'i': {"(local.get $i)", "(i32.const 0x12345)", "(local.get $n)"},
		'I': {"(local.get $I)", "(i64.const 0x123456789abcd)", "(i64.extend_i32_u (local.get $n))"},
		'f': {"(local.get $f)", "(f32.const 1.25)", "(f32.convert_i32_u (local.get $n))"},
		'F': {"(local.get $F)", "(f64.const -3.5)", "(f64.convert_i32_u (local.get $n))"},
		'v': {"(local.get $v)", "(v128.const i32x4 0x7f018203 0x3f800000 0x00010203 0x40490fdb)", "(i32x4.splat (i32.sub (local.get $n) (i32.const 2)))"},
	}
	hashes := map[byte]string{
		'i': "(i64.extend_i32_u (local.get $i))", 'I': "(local.get $I)", 'f': "(i64.extend_i32_u (i32.reinterpret_f32 (f32.abs (local.get $f))))",
		'F': "(i64.reinterpret_f64 (f64.abs (local.get $F)))", 'v': "(i64.add (i64x2.extract_lane 0 (local.get $v)) (i64.rotl (i64x2.extract_lane 1 (local.get $v)) (i64.const 9)))",
	}
	for _, letter := range letters {
		for _, op := range engineOps[byte(letter)] {
			info := op.Info()
			sig := info.Sig[:len(info.Sig)-2]
			immediate := map[wasm.ImmKind]string{wasm.ImmLane: " 1", wasm.ImmShuffle: " 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31"}[info.Imm]
			var b, main strings.Builder
			b.WriteString(`(module (global $k (mut i32) (i32.const 0)) (global $h (mut i64) (i64.const 0))
			(func $opaque (param i32) (result i32) (local.get 0)) (func $other (param f64) (result f64) (local.get 0))
			(func $hear (param i64) (global.set $h (i64.add (i64.mul (global.get $h) (i64.const 31)) (local.get 0))))` + "\n")
			for l, typ := range letterTypes {
				fmt.Fprintf(&b, "(func $see%[1]c (param %[2]v))\n", l, typ)
			}
			settle := "" // NaNs, whose bits are open
			for _, shape := range []string{"f32x4", "f64x2"} {
				if letter == 'v' && strings.HasPrefix(op.String(), shape) {
					settle = "(local.set $v (v128.and (local.get $v) (" + shape + ".eq (local.get $v) (local.get $v))))"
				}
			}
			ways := 1
			for range sig {
				ways *= 3
			}
			for w := range ways {
				var operands strings.Builder
				for k, rest := 0, w; k < len(sig); k, rest = k+1, rest/3 {
					x := kinds[sig[k]][rest%3]
					if divides(op) && k == 1 {
						x = strings.Replace(map[byte]string{'i': "(i32.or %s (i32.const 5))", 'I': "(i64.or %s (i64.const 5))"}[sig[k]], "%s", x, 1)
					}
					operands.WriteString(" " + x)
				}
				fmt.Fprintf(&b, `(func $f%[1]d (param $s i32) (result i64) (local $h i64) (local $n i32) (local $i i32) (local $I i64) (local $f f32) (local $F f64) (local $v v128)
				(local.set $i (i32.mul (local.get $s) (i32.const 7))) (local.set $I (i64.extend_i32_u (local.get $s))) (local.set $f (f32.convert_i32_s (local.get $s)))
				(local.set $F (f64.convert_i32_s (local.get $s))) (local.set $v (i16x8.splat (local.get $s)))
				(drop (call $opaque (local.get $n)))
				(if (local.get $s) (then (loop $l
				  (drop (call $opaque (local.get $n)))
				  (call $see%[2]c (local.tee $%[2]c (%[3]s%[4]s%[5]s)))
				  %[7]s
				  (local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31)) (i64.rotl %[6]s (i64.extend_i32_u (call $opaque (local.get $n))))))
				  (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 5))))))
				(local.get $h))
				(func $g%[1]d (local $c i32) (local $d i32) (local $y f64) (local $n i32) (local $i i32) (local $I i64) (local $f f32) (local $F f64) (local $v v128)
				(global.set $k (i32.const 6))
				(if (local.get $c) (then
				  (if (i32.eqz (global.get $k)) (then (return)))
				  (if (i32.eqz (local.get $c)) (then (drop (call $other (f64.const 1))))))
				(else
				  (local.set $y (call $other (f64.const 3))) (local.set $d (i32.const 65471)) (drop (call $other (f64.const -41)))
				  (if (local.get $d) (then
				    (loop $l (if (global.get $k) (then
				      (global.set $k (i32.sub (global.get $k) (i32.const 1)))
				      (drop (call $other (f64.const 0))) (drop (call $opaque (i32.const 7)))
				      (call $see%[2]c (local.tee $%[2]c (%[3]s%[4]s%[5]s)))
				      %[7]s
				      (call $hear %[6]s)
				      (br $l)))))))))`+"\n", w, letter, op, immediate, operands.String(), hashes[byte(letter)], settle)
				fmt.Fprintf(&main, "(local.set 0 (i64.add (i64.mul (local.get 0) (i64.const 7)) (call $f%d (i32.const %d)))) (call $g%d)", w, w+3, w)
			}
			b.WriteString("(func (export \"main\") (result i64) (local i64) " + main.String() + " (i64.add (local.get 0) (global.get $h))))")
			m, err := wat.Parse([]byte(b.String()))
			if err != nil {
				t.Fatalf("%v: %v", op, err)
			}
			t.Run(op.String(), func(t *testing.T) { agreeFile(t, op.String(), wasm.Encode(m)) })
		}
	}
}
