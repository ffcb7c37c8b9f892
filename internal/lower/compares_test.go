package lower_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// zeros and ands are ways to write a zero, and the result of an `and` with a value of
// $x. Each is what it needs to be set, and the operand; T is the type.
var zeros = map[string][2]string{
	"direct":   {"", "(T.const 0)"},
	"local":    {"(local.set $z (T.const 0))", "(local.get $z)"},
	"unset":    {"", "(local.get $z)"},
	"tee":      {"", "(local.tee $z (T.const 0))"},
	"block":    {"", "(block (result T) (T.const 0))"},
	"if":       {"(local.set $z (T.const 0)) (if (local.get $c) (then (nop)) (else (nop)))", "(local.get $z)"},
	"shift":    {"", "(T.shl (local.get $z) (T.const 64))"},
	"computed": {"", "(T.sub (local.get $x) (local.get $x))"},
}

var ands = map[string][2]string{
	"direct": {"", "(T.and (local.get $x) (local.get $m))"},
	"bits":   {"", "(T.and (local.get $x) (T.const 7))"},
	"local":  {"(local.set $a (T.and (local.get $x) (local.get $m)))", "(local.get $a)"},
	"tee":    {"", "(local.tee $a (T.and (local.get $x) (local.get $m)))"},
	"block":  {"", "(block (result T) (T.and (local.get $x) (local.get $m)))"},
	"shift":  {"", "(T.shr_s (T.and (local.get $x) (local.get $m)) (T.const 64))"},
	"memory": {"", "(T.and (local.get $x) (T.load (local.get $c)))"},
}

// compareUses are what is done with a comparison C; each leaves an i32.
var compareUses = map[string]string{
	"value":       "C",
	"eqz":         "(i32.eqz C)",
	"if":          "(if (result i32) C (then (i32.const 1)) (else (i32.const 0)))",
	"if not":      "(if (result i32) (i32.eqz C) (then (i32.const 1)) (else (i32.const 0)))",
	"br_if":       "(block $b (result i32) (br_if $b (i32.const 1) C) (drop) (i32.const 0))",
	"select":      "(select (i32.const 1) (i32.const 0) C)",
	"float":       "(i32.trunc_f64_s (select (f64.const 1) (f64.const 0) C))",
	"twice":       "(local.set $r C) (i32.add (local.get $r) (local.get $r))",
	"unreachable": "(if C (then (nop)) (else (nop))) (i32.const 3)",
}

// comparesOf writes a module with a function for each way to compare a zero with the
// result of an `and` by op, and a main that folds what these make of several values.
func comparesOf(typ, op string) string {
	var functions, calls strings.Builder
	n := 0
	for _, zero := range slices.Sorted(maps.Keys(zeros)) {
		for _, and := range slices.Sorted(maps.Keys(ands)) {
			for _, use := range slices.Sorted(maps.Keys(compareUses)) {
				z, a := zeros[zero], ands[and]
				for _, operands := range []string{z[1] + a[1], a[1] + z[1]} {
					c := fmt.Sprintf("(%s.%s %s)", typ, op, operands)
					fmt.Fprintf(&functions, "(func $f%d (type $f) (param $x T) (param $m T) (param $c i32) (result i32) (local $z T) (local $a T) (local $r i32)\n  %s %s %s) ;; %s, %s, %s\n",
						n, z[0], a[0], strings.ReplaceAll(compareUses[use], "C", c), zero, and, use)
					fmt.Fprintf(&calls, "(call $all (i32.const %d))\n", n)
					n++
				}
			}
		}
	}
	var elems strings.Builder
	for i := range n {
		fmt.Fprintf(&elems, " $f%d", i)
	}
	fold := ""
	for _, x := range []string{"0", "3", "-1", "-8"} {
		fold += "(local.set $h (i64.add (i64.mul (local.get $h) (i64.const 1099511628211)) (i64.extend_i32_u (call_indirect (type $f) (T.const " + x + ") (T.const -1) (i32.const 0) (local.get $i)))))\n"
	}
	return strings.ReplaceAll(`(module (type $f (func (param $x T) (param $m T) (param $c i32) (result i32)))
(memory 1 1) (data (i32.const 0) "\ff\ff\ff\ff\ff\ff\ff\ff") (table funcref (elem`+elems.String()+`))
`+functions.String()+`(func (export "main") (result i64) (local $h i64) (local $i i32)
(loop $l `+fold+`(br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const `+fmt.Sprint(n)+`))))
(local.get $h)))`, "T", typ)
}

func TestCompares(t *testing.T) {
	for _, typ := range []string{"i32", "i64"} {
		for _, op := range strings.Fields("lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u eq ne") {
			m, err := wat.Parse([]byte(comparesOf(typ, op)))
			if err != nil {
				t.Fatal(err)
			}
			file := wasm.Encode(m)
			compiled, interpreted := runMain(t, file, false), runMain(t, file, true)
			if compiled != interpreted {
				t.Errorf("%s.%s: compiled %s, interpreted %s", typ, op, compiled, interpreted)
			}
		}
	}
}

// TestComparesParts says whether the operands of a comparison are kept apart in a body
// whose locals are $p, a parameter, and $x and $a, which are not.
func TestComparesParts(t *testing.T) {
	const and = "(i32.and (local.get $p) (i32.const 7))"
	for name, tc := range map[string]struct {
		body string
		want bool
	}{
		"zero on the left":                 {"(i32.lt_s (i32.const 0) " + and + ")", true},
		"zero on the right":                {"(i32.lt_s " + and + " (i32.const 0))", false},
		"without a sign":                   {"(i32.lt_u " + and + " (i32.const 0))", true},
		"equality":                         {"(i32.eq (i32.const 0) " + and + ")", false},
		"another constant":                 {"(i32.lt_s (i32.const 1) " + and + ")", false},
		"no and":                           {"(i32.lt_s (i32.const 0) (i32.or (local.get $p) (i32.const 7)))", false},
		"a local never set":                {"(i32.lt_s (local.get $x) " + and + ")", true},
		"a local set":                      {"(local.set $x (local.get $p)) (i32.lt_s (local.get $x) " + and + ")", false},
		"a parameter":                      {"(i32.lt_s (local.get $p) " + and + ")", false},
		"a parameter set to zero":          {"(local.set $p (i32.const 0)) (i32.lt_s (local.get $p) " + and + ")", true},
		"an and by a local":                {"(local.set $a " + and + ") (i32.lt_s (i32.const 0) (local.get $a))", true},
		"set to zero on one way":           {"(if (local.get $p) (then (local.set $p (i32.const 0)))) (i32.lt_s (local.get $p) " + and + ")", false},
		"set to zero on both ways":         {"(if (local.get $p) (then (local.set $p (i32.const 0))) (else (local.set $p (i32.const 0)))) (i32.lt_s (local.get $p) " + and + ")", true},
		"a local set on the other way":     {"(if (result i32) (local.get $p) (then (local.tee $x (i32.const 1))) (else (i32.lt_s (local.get $x) " + and + ")))", true},
		"both, of 64 bits":                 {"(i64.ge_u (i64.const 0) (i64.and (i64.extend_i32_u (local.get $p)) (i64.const 7)))", true},
		"behind more locals than it holds": {setSeventeen + "(local.set $p (i32.const 0)) (i32.lt_s (local.get $p) " + and + ")", true},
		"unreached":                        {"(unreachable) (i32.lt_s (i32.const 0) " + and + ")", false},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := wat.Parse([]byte("(module (func (param $p i32) (result i32) (local $x i32) (local $a i32) " + seventeen + tc.body + "))"))
			if err != nil {
				t.Fatal(err)
			}
			out, err := lower.Compares(m)
			if err != nil {
				t.Fatal(err)
			}
			if parted := out != m; parted != tc.want {
				t.Errorf("kept apart: %v, want %v\n%s", parted, tc.want, text(t, out))
			}
		})
	}
}

// seventeen declares more locals than are followed; setSeventeen sets them all.
var seventeen, setSeventeen = func() (declare, set string) {
	for i := range 17 {
		declare += fmt.Sprintf("(local $n%d i32) ", i)
		set += fmt.Sprintf("(local.set $n%d (local.get $p)) ", i)
	}
	return
}()
