package lower_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// tailModule makes tail calls, direct, by table and by reference, of functions with
// the parameters params, a letter each; the first is a counter that the calls run
// down. They go on from where operands are on the stack, and from within a loop.
func tailModule(params string, results int, rounds int) string {
	names := map[byte]string{'i': "i32", 'I': "i64", 'f': "f32", 'F': "f64", 'v': "v128"}
	var types, gets, sum, consts strings.Builder
	for i := range len(params) {
		fmt.Fprintf(&types, " %s", names[params[i]])
		fmt.Fprintf(&gets, " (local.get %d)", i+1)
		value := fmt.Sprintf("(local.get %d)", i+1)
		switch params[i] {
		case 'i':
			value = "(i64.extend_i32_u " + value + ")"
		case 'f':
			value = "(i64.extend_i32_u (i32.reinterpret_f32 " + value + "))"
		case 'F':
			value = "(i64.reinterpret_f64 " + value + ")"
		case 'v':
			value = "(i64.xor (i64x2.extract_lane 0 " + value + ") (i64x2.extract_lane 1 " + value + "))"
		}
		fmt.Fprintf(&sum, "(local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31)) %s))\n", value)
		if params[i] == 'v' {
			fmt.Fprintf(&consts, " (v128.const i64x2 %d %d)", 3*i+1, 5*i+2)
		} else {
			fmt.Fprintf(&consts, " (%s.const %d)", names[params[i]], 7*i+3)
		}
	}
	more := strings.Repeat(" i64", results-1)
	result := "(result i64" + more + ")"
	leave := strings.Repeat(" (i64.const 9)", results-1)
	drop := strings.Repeat(" (drop)", results-1)
	next := "(i32.sub (local.get 0) (i32.const 1))"
	return fmt.Sprintf(`(module
  (type $t (func (param i32%[1]s) %[2]s))
  (table 4 funcref) (elem (i32.const 0) $sum $table $ref $direct)
  (global $n (mut i32) (i32.const 0)) (global $r (mut (ref null $t)) (ref.func $ref))
  (func $tick (global.set $n (i32.add (global.get $n) (i32.const 1))))
  (func $sum (type $t) (local $h i64) %[3]s (local.get $h) %[8]s)
  (func $table (type $t) (local $i i32)
    (i64.const 77)
    (loop $l
      (call $tick)
      (if (i32.eqz (local.get 0)) (then (return_call_indirect (type $t) (i32.const 0)%[4]s (i32.and (global.get $n) (i32.const 0)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 3))))
    (return_call_indirect (type $t) %[5]s%[4]s (i32.const 2)))
  (func $ref (type $t)
    (call $tick)
    (if (i32.eqz (local.get 0)) (then (return_call_indirect (type $t) (i32.const 0)%[4]s (i32.const 0))))
    (global.set $r (ref.func $direct))
    (return_call_ref $t %[5]s%[4]s (global.get $r)))
  (func $direct (type $t)
    (if (i32.eqz (local.get 0)) (then (return_call $sum (i32.const 0)%[4]s)))
    (return_call $table %[5]s%[4]s))
  (func (export "main") (result i64)
    (call $table (i32.const %[6]d)%[7]s) %[9]s
    (call_indirect (type $t) (i32.const %[6]d)%[7]s (i32.const 3)) %[9]s
    (call_ref $t (i32.const 2)%[7]s (ref.func $ref)) %[9]s
    (i64.add) (i64.add)))`,
		types.String(), result, sum.String(), gets.String(), next, rounds, consts.String(), leave, drop)
}

func agreeTail(t *testing.T, params string, results, rounds int) {
	t.Helper()
	m, err := wat.Parse([]byte(tailModule(params, results, rounds)))
	if err != nil {
		t.Fatal(err)
	}
	agree(t, fmt.Sprintf("%d parameters %q, %d results", 1+len(params), params, results), m)
}

func TestTailCalls(t *testing.T) {
	below := random(9)
	for n := 0; n <= 40; n += many(1+n/10, 1) {
		for _, all := range []string{"i", "I", "F", "v", "iF"} {
			agreeTail(t, strings.Repeat(all, n)[:n], 1, 5)
		}
		mix := make([]byte, n)
		for i := range mix {
			mix[i] = letters[below(len(letters))]
		}
		agreeTail(t, string(mix), 1+below(12), 5)
	}
}

// TestTailCallsKeepStack makes more calls than there would be room for, of functions
// whose parameters all are in registers.
func TestTailCallsKeepStack(t *testing.T) {
	for _, params := range []string{"", "i", "iiii", "FFFFFFFF", "IIFFvv"} {
		m, err := wat.Parse([]byte(tailModule(params, 1, 1000000)))
		if err != nil {
			t.Fatal(err)
		}
		if got := runMain(t, wasm.Encode(m), false); strings.Contains(got, "failed") {
			t.Errorf("1 and %q: %s", params, got)
		}
	}
}

// TestLongTailCallsKeepStack makes more calls by name than there would be room for, of
// functions with more parameters than registers, which are called from outside, by
// reference and through a table too.
func TestLongTailCallsKeepStack(t *testing.T) {
	for _, letters := range []string{"iiiiiii", "IIIIIIIIIIII", "FFFFFFFFFF", "iFIfviFIfviFIfviFIfviFIfv"} {
		names := map[byte]string{'i': "i32", 'I': "i64", 'f': "f32", 'F': "f64", 'v': "v128"}
		var params, rotated, consts, sum strings.Builder
		for n := range len(letters) {
			name := names[letters[n]]
			fmt.Fprintf(&params, " %s", name)
			fmt.Fprintf(&rotated, " (local.get %d)", n+1)
			bits := map[byte]string{'i': "(i64.extend_i32_u %s)", 'I': "%s", 'f': "(i64.extend_i32_u (i32.reinterpret_f32 %s))",
				'F': "(i64.reinterpret_f64 %s)", 'v': "(i64x2.extract_lane 1 %s)"}[letters[n]]
			fmt.Fprintf(&sum, "(local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31)) %s))", fmt.Sprintf(bits, fmt.Sprintf("(local.get %d)", n+1)))
			if letters[n] == 'v' {
				fmt.Fprintf(&consts, " (v128.const i64x2 %d %d)", n, 2*n+1)
			} else {
				fmt.Fprintf(&consts, " (%s.const %d)", name, 3*n+1)
			}
		}
		text := fmt.Sprintf(`(module
			(type $t (func (param i32%[1]s) (result i64)))
			(table 2 funcref) (elem (i32.const 0) $even $odd) (elem declare func $odd)
			(global $g funcref (ref.func $even))
			(func $even (export "even") (type $t) (local $h i64)
				(if (i32.eqz (local.get 0)) (then %[2]s (return (i64.add (local.get $h) (i64.const 1)))))
				(return_call $odd (i32.sub (local.get 0) (i32.const 1))%[3]s))
			(func $odd (type $t) (local $h i64)
				(if (i32.eqz (local.get 0)) (then %[2]s (return (local.get $h))))
				(return_call $even (i32.sub (local.get 0) (i32.const 1))%[3]s))
			(func (export "main") (result i64)
				(i64.add (call $even (i32.const 2000000)%[4]s)
				(i64.add (i64.mul (i64.const 3) (call_indirect (type $t) (i32.const 1)%[4]s (i32.const 1)))
				(i64.mul (i64.const 5) (call_ref $t (i32.const 3)%[4]s (ref.func $odd)))))))`,
			params.String(), sum.String(), rotated.String(), consts.String())
		m, err := wat.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := runMain(t, wasm.Encode(m), false), tailSum(letters); got != want {
			t.Errorf("%q: %s, want %s", letters, got, want)
		}
	}
}

// tailSum is what main of the module for letters comes to: each of the three ways hashes
// the same parameters, and ends where as many were even.
func tailSum(letters string) string {
	h := uint64(0)
	for n := range len(letters) {
		x := uint64(3*n + 1)
		switch letters[n] {
		case 'f':
			x = uint64(math.Float32bits(float32(x)))
		case 'F':
			x = math.Float64bits(float64(x))
		case 'v':
			x = uint64(2*n + 1)
		}
		h = h*31 + x
	}
	return fmt.Sprint(h + 1 + 3*(h+1) + 5*(h+1))
}
