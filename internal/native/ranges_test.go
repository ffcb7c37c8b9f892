package native_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/native"
)

// TestCountersInAddresses states that accesses are at the same places where addresses are made of counters of loops
// and constants, whether the sums wrap around or not: what is counted along with the loop's counter is 8 less than
// nothing after 2, 4 or 8 rounds.
func TestCountersInAddresses(t *testing.T) {
	var b strings.Builder
	b.WriteString("(module (memory (export \"memory\") 1) (data (i32.const 0) \"")
	for k := range 256 {
		fmt.Fprintf(&b, "\\%02x", k*7&255)
	}
	b.WriteString("\")\n")
	functions := 0
	for _, first := range []string{"0", "3", "-4", "-16", "0x7ffffffc", "0x80000000"} {
		for _, step := range []string{"1", "4", "-1", "-4", "0x7fffffff"} {
			for _, compare := range []string{"ne", "lt_u", "lt_s", "le_u", "le_s", "gt_u", "gt_s", "ge_u"} {
				for _, end := range []string{"0", "16", "-1", "-16", "0x7fffffff", "0x80000000"} {
					functions++
					next := fmt.Sprintf("(local.set $i (i32.add (local.get $i) (i32.const %s)))", step)
					goes := fmt.Sprintf("(i32.%s (local.get $i) (i32.const %s))", compare, end)
					before, behind := next, "(br_if $l "+goes+")"
					if functions%2 == 0 { // tested at the top
						before, behind = "(br_if $out (i32.eqz "+goes+"))", next+"(br $l)"
					}
					fmt.Fprintf(&b, `(func (export "f%d") (param $far i32) (result i32) (local $i i32) (local $j i32) (local $k i32) (local $m i32) (local $sum i32) (local $fuel i32)
  (local.set $i (i32.const %s)) (local.set $fuel (i32.const 12))
  (block $out (loop $l %s
    (br_if $out (i32.eqz (local.tee $fuel (i32.sub (local.get $fuel) (i32.const 1)))))
    (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.const 5)))
    (if (i32.eq (local.get $j) (i32.const -8)) (then (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.add (local.get $j) (i32.const 40)))))))
    (if (i32.eq (local.get $k) (i32.const -8)) (then (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.add (local.get $k) (i32.const 43)))))))
    (if (i32.eq (local.get $m) (i32.const -8)) (then (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.add (local.get $m) (i32.const 47)))))))
    (if (local.get $far) (then (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.add (local.get $i) (i32.const 17)))))))
    (local.set $j (i32.add (local.get $j) (i32.const 0x7ffffffc)))
    (local.set $k (i32.add (local.get $k) (i32.const 0x3ffffffe)))
    (local.set $m (i32.add (local.get $m) (i32.const 0x1fffffff)))
    %s)) (local.get $sum))
`, functions, first, before, behind)
				}
			}
		}
	}
	b.WriteString(")")
	bin := assemble(t, b.String())
	ours, res := optimized(t, bin, native.Options{}, nil)
	for _, err := range res.Reasons {
		t.Fatal(err)
	}
	theirs := plain(t, bin, true)
	for f := 1; f <= functions; f++ {
		for far := range uint64(2) {
			name := fmt.Sprintf("f%d", f)
			if got, want := call(ours, name, far), call(theirs, name, far); got != want {
				t.Fatalf("%s(%d) = %s, want %s", name, far, got, want)
			}
		}
	}
}
