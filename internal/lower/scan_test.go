package lower_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

// replacedTogether has something for each pass that replaces single instructions: in one function all, in the others one each.
const replacedTogether = `(module (memory 32769)
  (func $all (param $x i64) (param $c i32) (result i64) (local $f f64)
    (local.set $f (select (f64.convert_i64_u (local.get $x)) (f64.const 2) (local.get $c)))
    (i32.store (i32.const -2147483632) (i32.const -2))
    (i64.add (i64.reinterpret_f64 (local.get $f))
      (i64.add (i64.extend_i32_u (i64.lt_s (i64.const 0) (i64.and (local.get $x) (i64.const -4))))
        (i64.extend_i32_s (i32.load8_s (i32.const -2147483632))))))
  (func $convert (param $x i64) (result f32) (f32.convert_i64_u (local.get $x)))
  (func $select (param $x f32) (param $c i32) (result f32) (select (local.get $x) (f32.const 1) (local.get $c)))
  (func $address (param $x i32) (result i32) (i32.add (i32.load (i32.const -2147483632)) (local.get $x)))
  (func $compare (param $x i32) (result i32) (i32.gt_u (i32.and (local.get $x) (i32.const 6)) (i32.const 0)))
  (func $nothing (param $x i32) (result i32) (i32.sub (local.get $x) (i32.const 3)))
  (func (export "main") (result i64)
    (i64.add (call $all (i64.const -9) (i32.const 1)) (i64.add (call $all (i64.const 6) (i32.const 0))
      (i64.extend_i32_u (i32.xor (i32.reinterpret_f32 (call $convert (i64.const -1)))
        (i32.xor (i32.reinterpret_f32 (call $select (f32.const 4) (i32.const 0)))
          (i32.xor (call $address (i32.const 5)) (i32.xor (call $compare (i32.const 2)) (call $nothing (i32.const 9)))))))))))`

// TestTogether states that passes that read bodies together do what each does by itself, and say which of them have.
func TestTogether(t *testing.T) {
	parsed, err := wat.Parse([]byte(replacedTogether))
	if err != nil {
		t.Fatal(err)
	}
	file := wasm.Encode(parsed)
	agreeFile(t, "all", file)
	m, err := wasm.Decode(file, everyProposal)
	if err != nil {
		t.Fatal(err)
	}
	checked, err := validate.Module(m, everyProposal, validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	steps, err := lower.Lower(m, checked.Uses, false)
	if err != nil || len(steps) == 0 {
		t.Fatalf("%d steps, %v", len(steps), err)
	}
	last := steps[len(steps)-1]
	want := map[string]string{"amd64": "conversions+selects+addresses+compares", "arm64": "compares"}[runtime.GOARCH]
	if want != "" && last.Pass != want {
		t.Errorf("the step is called %s, not %s", last.Pass, want)
	}
	before := m
	if len(steps) > 1 {
		before = steps[len(steps)-2].Module
	}
	alone := before
	for _, p := range lower.Passes {
		if strings.Contains("+"+last.Pass+"+", "+"+p.Name+"+") {
			if alone, err = p.Run(alone); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range before.Bodies {
		// Passes by themselves do not share the locals that they add.
		if i > 0 && !bytes.Equal(alone.Bodies[i].Code, last.Module.Bodies[i].Code) {
			t.Errorf("function %d: % x by itself, % x together", i, alone.Bodies[i].Code, last.Module.Bodies[i].Code)
		}
	}
	if n := len(last.Module.Bodies) - 2; &before.Bodies[n].Code[0] != &last.Module.Bodies[n].Code[0] {
		t.Error("a body that has nothing to replace was written anew")
	}
}
