package lower_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// roundings are numbers that are halfway between two floats, next to such, or at an end.
var roundings = strings.Fields(`0 1 2 0x1000001 0x1000002 0x1000003 0x7fffffffffffffff 0x8000000000000000 0x8000000000000001
0x8000008000000000 0x8000008000000001 0x8000007fffffffff 0x8000018000000000 0x8000000000000400 0x8000000000000401
0x8000000000000c00 0xfffffffffffffbff 0xfffffffffffffc00 0xffffff7fffffffff 0xffffff8000000000 0xffffffffffffffff`)

// TestConversions converts numbers while more of them are alive than there are
// registers: what results, and that they are the same afterwards.
func TestConversions(t *testing.T) {
	for _, typ := range []string{"f32", "f64"} {
		for which := range roundings {
			m, err := wat.Parse([]byte(conversions(typ, which)))
			if err != nil {
				t.Fatal(err)
			}
			agreeFile(t, fmt.Sprintf("%s of %s", typ, roundings[which]), wasm.Encode(m))
		}
	}
}

// conversions writes a function that keeps the numbers in locals, converts the one with
// the number which, and folds all and the result.
func conversions(typ string, which int) string {
	var globals, locals, fill, fold strings.Builder
	for i, n := range roundings {
		fmt.Fprintf(&globals, "(global $g%d (mut i64) (i64.const %s))\n", i, n)
		fmt.Fprintf(&locals, "(local $x%d i64) ", i)
		fmt.Fprintf(&fill, "(local.set $x%d (global.get $g%d))\n", i, i)
	}
	bits := "(i64.reinterpret_f64 (local.get $f))"
	if typ == "f32" {
		bits = "(i64.extend_i32_u (i32.reinterpret_f32 (local.get $f)))"
	}
	values := []string{bits}
	for i := range roundings {
		values = append(values, fmt.Sprintf("(local.get $x%d)", (which+1+i)%len(roundings)))
	}
	for _, v := range values {
		fmt.Fprintf(&fold, "(local.set $h (i64.add (i64.mul (local.get $h) (i64.const 1099511628211)) %s))\n", v)
	}
	return fmt.Sprintf(`(module %s (func (export "main") (result i64) (local $h i64) (local $f %s) %s
%s (local.set $f (%s.convert_i64_u (local.get $x%d)))
%s (local.get $h)))`, globals.String(), typ, locals.String(), fill.String(), typ, which, fold.String())
}
