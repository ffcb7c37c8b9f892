package native_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/native"
)

// TestLargeFrames states that functions work whose values, parameters or results are more than instructions
// of a processor tell the places of by a small distance, whoever calls whom.
func TestLargeFrames(t *testing.T) {
	types := []string{"i32", "f64", "v128", "i64", "f32"}
	// bits makes an i64 of a value of each type, fresh a value of a number and of the parameter.
	bits := map[string]string{"i32": "i64.extend_i32_u", "i64": "", "f32": "i32.reinterpret_f32 i64.extend_i32_u", "f64": "i64.reinterpret_f64",
		"v128": "i64x2.extract_lane 1"}
	fresh := map[string]string{
		"i32":  "local.get 0 i32.const %d i32.xor",
		"i64":  "local.get 0 i64.extend_i32_u i64.const %d i64.mul",
		"f32":  "local.get 0 f32.convert_i32_u f32.const %d f32.add",
		"f64":  "local.get 0 f64.convert_i32_u f64.const %d f64.add",
		"v128": "local.get 0 i32x4.splat i32.const %d i32x4.splat i32x4.add",
	}
	const width, many = 40, 1500
	var b strings.Builder
	list := func(n, from int) {
		for k := range n {
			b.WriteString(" " + types[(k+from)%5])
		}
	}
	get := func(from int) {
		for k := range width {
			fmt.Fprintf(&b, " local.get %d", (k+from)%width)
		}
	}
	// sum takes n values from the stack, the last of which has the type of that number.
	sum := func(n, from int) {
		for k := n - 1; k >= 0; k-- {
			fmt.Fprintf(&b, " %s local.get $s i64.const 5 i64.rotl i64.add local.set $s\n", bits[types[(k+from)%5]])
		}
	}
	b.WriteString("(module (memory (export \"memory\") 1) (type $t (func (param")
	list(width, 0)
	b.WriteString(") (result")
	list(width, 2)
	b.WriteString("))) (table 2 funcref) (elem (i32.const 0) $turned $again)\n(func $turned (type $t)")
	get(2)
	b.WriteString(")\n(func $again (type $t)")
	get(0)
	b.WriteString(" call $turned)\n(func (export \"wide\") (param i32) (result i64) (local $s i64) (local $i i32) loop\n")
	for k := range width {
		fmt.Fprintf(&b, fresh[types[k%5]]+"\n", k)
	}
	b.WriteString("local.get $i call_indirect (type $t)\n")
	sum(width, 2)
	b.WriteString("local.get $i i32.const 1 i32.add local.tee $i i32.const 2 i32.lt_u br_if 0 end local.get $s)\n")
	b.WriteString("(func (export \"many\") (param i32) (result i64) (local $s i64)\n")
	for k := range many {
		fmt.Fprintf(&b, fresh[types[k%5]]+"\n", k)
	}
	b.WriteString("local.get 0 i32.const 3 call $square drop\n")
	sum(many, 0)
	b.WriteString("local.get $s)\n(func $square (param i32 i32) (result i32) local.get 0 local.get 1 i32.mul))")
	bin := assemble(t, b.String())
	for name, only := range map[string]func(int) bool{"all": nil, "even": func(i int) bool { return i%2 == 0 }, "odd": func(i int) bool { return i%2 == 1 }} {
		ours, res := optimized(t, bin, native.Options{Only: only}, nil)
		if only == nil {
			for _, err := range res.Reasons {
				t.Error(err)
			}
		}
		theirs := plain(t, bin, true)
		for _, f := range []string{"wide", "many"} {
			for _, n := range []uint64{0, 1, 1 << 31, 0xFFFFFFFF} {
				if got, want := call(ours, f, n), call(theirs, f, n); got != want {
					t.Errorf("%s: %s(%d) = %s, want %s", name, f, n, got, want)
				}
			}
		}
	}
}
