package compat_test

import (
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
)

func TestMemoriesOfSeveralModules(t *testing.T) {
	vm := newVM(t, compat.Config{})
	register(t, vm, "lib", `(module
		(memory $a (export "a") 1) (memory $b (export "b") 2) (data (memory $b) (i32.const 65540) "hello")
		(func (export "peek") (param i32) (result i32) (i32.load8_u $b (local.get 0)))
		(func (export "busy") (drop (i32.load $a (i32.const 0))) (drop (i32.load $a (i32.const 4)))))`)
	user := register(t, vm, "user", `(module
		(import "lib" "b" (memory $b 2)) (import "lib" "peek" (func $peek (param i32) (result i32)))
		(memory $own 1)
		(func (export "copy") (param i32 i32 i32) (memory.copy $own $b (local.get 0) (local.get 1) (local.get 2)))
		(func (export "back") (param i32 i32 i32) (memory.copy $b $own (local.get 0) (local.get 1) (local.get 2)))
		(func (export "own") (param i32) (result i32) (i32.load8_u $own (local.get 0)))
		(func (export "peek") (param i32) (result i32) (call $peek (local.get 0))))`)
	call := func(name string, args ...int32) (int32, error) {
		t.Helper()
		values := make([]value.Value, len(args))
		for n, a := range args {
			values[n] = value.OfI32(a)
		}
		got, err := user.Invoke(t.Context(), name, values...)
		if err != nil || len(got) == 0 {
			return 0, err
		}
		return int32(got[0].Lo), nil
	}
	for _, step := range []struct {
		name string
		args []int32
		want int32
	}{
		{"copy", []int32{100, 65540, 5}, 0},
		{"own", []int32{104}, 'o'},
		{"back", []int32{0, 101, 4}, 0},
		{"peek", []int32{3}, 'o'},
		{"copy", []int32{65536, 131072, 0}, 0},
	} {
		if got, err := call(step.name, step.args...); err != nil || got != step.want {
			t.Errorf("%s%v = %d, %v; want %d", step.name, step.args, got, err, step.want)
		}
	}
	for _, args := range [][]int32{{65535, 0, 2}, {0, 131071, 2}, {0, -1, 1}, {65537, 0, 0}, {0, 1, -1}} {
		if _, err := call("copy", args...); !isCode(err, fault.MemoryOutOfBounds) {
			t.Errorf("copy%v: %v, want out of bounds", args, err)
		}
	}
}

func isCode(err error, c fault.Code) bool {
	got, ok := fault.CodeOf(err)
	return ok && got == c
}

// An instruction that lowering has rewritten traps at its place in the user's file.
func TestPlaceOfTrapInLoweredModule(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{
			"second memory", `(memory 1) (memory $b 1) (func (export "f") nop (drop (i32.load $b (i32.const 65533))))`,
			"In instruction: i32.load (0x1e)",
		},
		{
			"wide memory", `(memory i64 1) (func (export "f") nop (i64.store (i64.const 0x100000000) (i64.const 1)))`,
			"In instruction: i64.store (0x2d)",
		},
		{
			"null structure", `(type $s (struct (field i32))) (func (export "f") nop (drop (struct.get $s 0 (ref.null $s))))`,
			"In instruction: struct.get (0xc4)",
		},
	} {
		e := trapOf(t, compat.Config{}, `(module `+tc.text+`)`)
		if lines := withoutOffsets(e.Fault.Info); len(lines) == 0 || lines[len(lines)-1] != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, e.Fault.Info, tc.want)
		}
		if len(e.Stack) != 1 || e.Stack[0] != 0 {
			t.Errorf("%s: calling stack %v, want [0]", tc.name, e.Stack)
		}
	}
}
