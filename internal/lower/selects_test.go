package lower_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestSelects selects between floats and vectors that have been kept over calls, in registers and on the stack.
func TestSelects(t *testing.T) {
	for _, typ := range []struct{ name, bits, values string }{
		{"f32", "(i64.extend_i32_u (i32.reinterpret_f32 %s))", "(f32.const 1.5) (f32.const -inf)"},
		{"f64", "(i64.reinterpret_f64 %s)", "(f64.const 1.5) (f64.const nan:0x8000000000123)"},
		{"v128", "(i64x2.extract_lane 1 %s)", "(v128.const i64x2 1 2) (v128.const i64x2 -3 -4)"},
	} {
		for _, form := range []string{"select", "select (result " + typ.name + ")"} {
			// Of each pair of values, one or the other is kept over the call, or both are, and the condition too.
			var fold strings.Builder
			for k, operands := range []string{"%[1]s %[2]s", "(local.get $x) %[2]s", "%[1]s (local.get $y)", "(local.get $x) (local.get $y)", "(local.get $y) (local.get $x)", "(local.get $x) (local.get $x)"} {
				first, second, _ := strings.Cut(typ.values, ") (")
				text := strings.NewReplacer("%[1]s", first+")", "%[2]s", "("+second).Replace(operands)
				for _, c := range []string{"(local.get $c)", "(local.get $d)", "(i32.lt_s (local.get $c) (local.get $d))", fmt.Sprintf("(i32.const %d)", k%2)} {
					fmt.Fprintf(&fold, "(call $many (local.get $c) (local.get $d))\n(local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31)) %s))\n",
						strings.Replace(typ.bits, "%s", fmt.Sprintf("(%s %s %s)", form, text, c), 1))
				}
			}
			text := fmt.Sprintf(`(module (memory 1)
			  (func $values (result i32 i32 %[1]s %[1]s) (i32.const 0) (i32.const 7) %[2]s)
			  (func $many (param i32 i32) (i32.store (local.get 0) (local.get 1)))
			  (func (export "main") (result i64) (local $h i64) (local $x %[1]s) (local $y %[1]s) (local $c i32) (local $d i32)
			    (call $values) (local.set $y) (local.set $x) (local.set $d) (local.set $c)
			    %[3]s (local.get $h)
			    (block (br 0) (drop (%[4]s %[2]s (i32.const 1))))))`, typ.name, typ.values, fold.String(), form)
			m, err := wat.Parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			agreeFile(t, typ.name+", "+form, wasm.Encode(m))
			without, err := lower.Selects(m)
			if err != nil {
				t.Fatal(err)
			}
			if without == m {
				t.Errorf("%s, %s: nothing is found", typ.name, form)
			}
		}
	}
}

// TestOtherSelectsStay states that modules are left alone that select between integers and references, or where
// nothing is reached.
func TestOtherSelectsStay(t *testing.T) {
	m, err := wat.Parse([]byte(`(module (func (param i32 i64 f32) (result i32)
	  (drop (select (local.get 1) (local.get 1) (local.get 0)))
	  (drop (select (result funcref) (ref.null func) (ref.null func) (local.get 0)))
	  (drop (f32.const 27)) (drop (f64.const 1e-300))
	  (return (select (local.get 0) (local.get 0) (local.get 0)))
	  (drop (select (local.get 2) (local.get 2) (local.get 0)))))`))
	if err != nil {
		t.Fatal(err)
	}
	m, err = wasm.Decode(wasm.Encode(m), wasm.Wasm3)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := lower.Selects(m); err != nil || out != m {
		t.Errorf("the module is changed, or %v", err)
	}
}

// TestSelectOfWhatIsReloaded has the engine load the first value again where the second is in a register.
func TestSelectOfWhatIsReloaded(t *testing.T) {
	for _, c := range []int{0, 1} {
		m, err := wat.Parse([]byte(fmt.Sprintf(`(module (memory 3) (table 5 funcref) (elem (i32.const 0) $f0 $f1 $f1 $f1 $f4)
		  (func (export "main") (result i64) (i64.extend_i32_u (i32.reinterpret_f32 (call $f0 (i32.const 5)))))
		  (func $f0 (param i32) (result f32) (local f32 f64 i64 i32 i32 i32)
		    (f32.const 0) (i32.const 32) (f64.const 0) (i32.const 1) (call_indirect (param f32 i32 f64) (result i32 i64 f32 i32))
		    (local.set 5) (local.set 1) (local.set 3)
		    (i32.const 0) (local.get 5) (local.get 0) (i32.const 0) (local.get 0) (f64.const 0)
		    (i32.reinterpret_f32 (call $same (local.get 1))) (i32.const 4)
		    (call_indirect (param i32 i32 i32 i32 i32 i32 f64 i32) (result i64)) (local.set 3)
		    (f32.store offset=8 (memory.size) (select (local.get 1) (f32.const inf) (local.get 5)))
		    (f32.load (i32.const 11)))
		  (func $f1 (param f32 i32 f64) (result i32 i64 f32 i32) (i32.const 0) (i64.const 0) (f32.const 3) (i32.const %d))
		  (func $f4 (param i32 i32 i32 i32 i32 i32 f64 i32) (result i64) (i64.const 0))
		  (func $same (param f32) (result f32) (local.get 0)))`, c)))
		if err != nil {
			t.Fatal(err)
		}
		agreeFile(t, fmt.Sprint("condition ", c), wasm.Encode(m))
	}
}
