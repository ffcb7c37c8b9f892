package wat

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

func parse(t *testing.T, src string) *wasm.Module {
	t.Helper()
	m, err := Parse([]byte(src))
	if err != nil {
		t.Fatalf("Parse(%q): %v", src, err)
	}
	return m
}

// TestBodies holds instruction sequences to their encoding.
func TestBodies(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		{"empty", ``, "00 0b"},
		{"flat", `i32.const 1 drop`, "00 4101 1a 0b"},
		{"folded operands come first", `(drop (i32.add (i32.const 1) (i32.const 2)))`, "00 4101 4102 6a 1a 0b"},
		{"locals in runs", `(local i32 i32) (local $x i64) (drop (local.get $x))`, "02 027f 017e 2002 1a 0b"},
		{"labels by name", `block $a loop $b br $a br $b br 2 end end`, "00 0240 0340 0c01 0c00 0c02 0b0b 0b"},
		{"inner labels shadow", `block $a block $a br $a end br $a end`, "00 0240 0240 0c00 0b 0c00 0b 0b"},
		{"flat if", `i32.const 0 if $l nop else $l nop end $l`, "00 4100 0440 01 05 01 0b 0b"},
		{"folded if", `(if (i32.const 0) (then nop) (else nop))`, "00 4100 0440 01 05 01 0b 0b"},
		{"folded if without else", `(if $x (i32.const 0) (then br $x))`, "00 4100 0440 0c00 0b 0b"},
		{"block results", `(drop (block (result i32) (i32.const 3)))`, "00 027f 4103 0b 1a 0b"},
		{"memory arguments", `(drop (i64.load offset=5 align=2 (i32.const 0)))`, "00 4100 290105 1a 0b"},
		{"memory index", `(drop (i32.load 1 (i32.const 0)))`, "00 4100 28420100 1a 0b"},
		{"lane alone", `(drop (v128.load8_lane 3 (i32.const 0) (v128.const i32x4 0 0 0 0)))`,
			"00 4100 fd0c" + strings.Repeat("00", 16) + " fd54000003 1a 0b"},
		{"lane behind a memory", `v128.load8_lane 1 offset=2 3`, "00 fd5440010203 0b"},
		{"float bits", `f32.const nan:0x200000 f64.const -0x1p-1`, "00 430000a07f 44000000000000e0bf 0b"},
		{"select with types", `select (result i32)`, "00 1c017f 0b"},
		{"casts", `ref.cast (ref null i31) ref.test (ref any)`, "00 fb176c fb146e 0b"},
		{"try_table catches outside its label", `block $h try_table $t (catch_all $h) br $t end end`, "00 0240 1f40 010200 0c00 0b 0b 0b"},
		{"memory.init takes the segment last", `memory.init 1 2`, "00 fc080201 0b"},
		{"call_indirect table", `call_indirect 3 (type 0)`, "00 110003 0b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := parse(t, "(func "+tc.body+")")
			want := strings.ReplaceAll(tc.want, " ", "")
			if got := fmt.Sprintf("%x", m.Bodies[0].Code); got != want {
				t.Errorf("%s\n got %s\nwant %s", tc.body, got, want)
			}
		})
	}
}

// TestTypesFollowUses holds implicit types to their order: behind the explicit
// ones, in the order of the text (core 6.4.15).
func TestTypesFollowUses(t *testing.T) {
	m := parse(t, `(module
		(func (result f64) f64.const 0)
		(func (param i32))
		(type $t (func (param i32)))
		(func (type 1) f64.const 0)
		(func (block (param i32 i32))))`)
	if got := fmt.Sprint(m.Funcs); got != "[1 0 1 2]" || len(m.Types) != 4 {
		t.Errorf("functions have types %s of %d, want [1 0 1 2] of 4", got, len(m.Types))
	}
}

// TestErrors holds refusals to their place.
func TestErrors(t *testing.T) {
	for _, tc := range []struct{ src, want string }{
		{`(module (func $f) (func $f))`, "1:25: duplicate function $f"},
		{"(module\n  (func (call $g)))", "2:15: unknown function $g"},
		{`(func) (import "a" "b" (func))`, "1:16: import after a definition"},
		{`(func (i32.const 4294967296))`, "1:18: i32 constant out of range or malformed: 4294967296"},
		{`(func block $a end $b)`, "1:20: mismatching label $b"},
		{`(func (local $x i32) (local $x i32))`, "1:29: duplicate local $x"},
		{`(type (func)) (func (type 0) (param i32))`, "1:21: inline function type does not match type 0"},
		{`(module`, "1:8: unexpected token: got the end, expected )"},
		{`(module) (module)`, `1:10: unexpected token: got "(", expected the end`},
		{`(func (if (i32.const 0)))`, `1:24: unexpected token: got ")", expected (then`},
		{`(func (f32.const 1e39))`, "1:18: f32 constant out of range or malformed: 1e39"},
	} {
		_, err := Parse([]byte(tc.src))
		var e *Error
		if !errors.As(err, &e) || err.Error() != tc.want {
			t.Errorf("Parse(%q)\n got %v\nwant %s", tc.src, err, tc.want)
		}
	}
}

// TestGuests parses the guests that are written as text.
func TestGuests(t *testing.T) {
	files, err := filepath.Glob("../../testdata/*/*.wat")
	if err != nil || len(files) == 0 {
		t.Fatalf("no guests: %v", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(src); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestDeepNesting reads input whose nesting is as deep as it is long.
func TestDeepNesting(t *testing.T) {
	const n = 200_000
	parse(t, "(func "+strings.Repeat("(block ", n)+strings.Repeat(")", n)+")")
	parse(t, "(func "+strings.Repeat("(drop ", n)+strings.Repeat(")", n)+")")
	parse(t, "(module "+strings.Repeat("(@a ", n)+strings.Repeat(")", n)+")")
	parse(t, strings.Repeat("(;", n)+strings.Repeat(";)", n))
	parse(t, "(func "+strings.Repeat("block $a ", n)+strings.Repeat("br $a end ", n)+")")
}
