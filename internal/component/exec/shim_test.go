package exec_test

import (
	"testing"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/wave"
	"github.com/wazedge/wazedge/limits"
)

// TestInlineInstances states that a module gets from each core instance that is put together
// what that one exports, whatever others export under the same names and wherever it is from:
// functions of several instances, memories, and canonical definitions.
func TestInlineInstances(t *testing.T) {
	const source = `(component
		(type $r (resource (rep i32)))
		(type $s (resource (rep i32)))
		(core func $new-r (canon resource.new $r)) (core func $rep-r (canon resource.rep $r))
		(core func $new-s (canon resource.new $s)) (core func $rep-s (canon resource.rep $s))
		(core module $A (memory (export "m") 1) (data (i32.const 0) "\01") (func (export "f") (result i32) (i32.const 10)) (func (export "g") (result i32) (i32.const 20)))
		(core module $B (func (export "f") (result i32) (i32.const 100)))
		(core instance $a (instantiate $A))
		(core instance $b (instantiate $B))
		(core module $m
			(import "only-r" "new" (func $n1 (param i32) (result i32))) (import "only-s" "new" (func $n2 (param i32) (result i32)))
			(import "with-r" "rep" (func $r1 (param i32) (result i32))) (import "with-s" "rep" (func $r2 (param i32) (result i32)))
			(import "with-r" "f" (func $f1 (result i32))) (import "with-s" "f" (func $f2 (result i32)))
			(import "renamed" "f" (func $f4 (result i32)))
			(import "memory" "m" (memory 1)) (import "memory" "g" (func $g (result i32)))
			(func (export "run") (result i32)
				(i32.add (call $r1 (call $n1 (i32.const 1000))) (i32.add (call $r2 (call $n2 (i32.const 2000)))
				(i32.add (call $f1) (i32.add (call $f2) (i32.add (call $f4) (i32.add (call $g) (i32.load8_u (i32.const 0))))))))))
		(core instance $i (instantiate $m
			(with "only-r" (instance (export "new" (func $new-r))))
			(with "only-s" (instance (export "new" (func $new-s))))
			(with "with-r" (instance (export "rep" (func $rep-r)) (export "f" (func $a "f"))))
			(with "with-s" (instance (export "rep" (func $rep-s)) (export "f" (func $b "f")) (export "unused" (memory $a "m"))))
			(with "renamed" (instance (export "f" (func $a "g"))))
			(with "memory" (instance (export "m" (memory $a "m")) (export "g" (func $a "g"))))
			(with "nothing" (instance (export "f" (func $a "f")) (export "new" (func $new-s))))))
		(func (export "run") (result u32) (canon lift (core func $i "run"))))`
	s, i := instantiate(t, source, limits.Config{})
	run := i.Exports["run"].Func
	err := s.Call(t.Context(), run, nil, func(v exec.Value) error {
		if got, want := wave.Format(v, *run.Type.Result), "3151"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
