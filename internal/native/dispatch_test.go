package native_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
)

// dispatching is a function as programs of Go have them: it goes on at one of so many places, by $pc, and jumps
// from place to place at random until $fuel is used up.
func dispatching(rng *rand.Rand, name string, places int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "(func (export %q) (param $pc i32) (param $fuel i32) (result i32) (local $a i32) (local $b i64) (local $c i32) (local $d f64)\n", name)
	b.WriteString("(local.set $a (global.get $g)) (block $out (loop $again\n")
	for k := places - 1; k >= 0; k-- {
		fmt.Fprintf(&b, "(block $p%d ", k)
	}
	b.WriteString("(br_table")
	for range places + rng.IntN(places) { // several numbers may have one place
		fmt.Fprintf(&b, " $p%d", rng.IntN(places))
	}
	b.WriteString(" (local.get $pc))")
	step := func() string {
		switch rng.IntN(12) {
		case 0:
			return "(local.set $a (i32.add (i32.mul (local.get $a) (i32.const 31)) (local.get $c)))"
		case 1:
			return "(local.set $b (i64.add (local.get $b) (i64.extend_i32_u (local.get $a))))"
		case 2:
			return fmt.Sprintf("(local.set $c (i32.xor (local.get $c) (i32.const %d)))", rng.IntN(1000))
		case 3:
			return "(local.set $d (f64.add (local.get $d) (f64.convert_i32_s (local.get $c))))"
		case 4:
			return "(i32.store (i32.and (local.get $a) (i32.const 0xfffc)) (local.get $c))"
		case 5:
			return "(local.set $c (i32.add (local.get $c) (i32.load (i32.and (i32.wrap_i64 (local.get $b)) (i32.const 0xfffc)))))"
		case 6:
			return "(global.set $g (i32.add (global.get $g) (local.get $pc)))"
		case 8: // beyond the end now and then
			return fmt.Sprintf("(i32.store offset=%d (i32.and (local.get $c) (i32.const 0x1ffff)) (i32.mul (local.get $a) (i32.load offset=%d (i32.and (local.get $c) (i32.const 0x1ffff)))))", 4*rng.IntN(9), 4*rng.IntN(9))
		case 9:
			return fmt.Sprintf("(local.set $c (i32.add (i32.load offset=%d (i32.and (local.get $a) (i32.const 0x1ffff))) (i32.load offset=%d (i32.and (local.get $a) (i32.const 0x1ffff)))))", 4*rng.IntN(9), 4*rng.IntN(9))
		case 10:
			if rng.IntN(4) == 0 {
				return "(local.set $c (i32.add (local.get $c) (memory.grow (i32.and (local.get $fuel) (i32.const 1)))))"
			}
			return "(local.set $b (i64.div_s (i64.extend_i32_s (local.get $a)) (i64.const 27)))"
		case 7:
			return "(local.set $a (call $mix (local.get $a) (local.get $c)))"
		}
		return fmt.Sprintf("(local.set $pc (i32.const %d))", rng.IntN(2*places))
	}
	jump := func() string {
		set := fmt.Sprintf("(local.set $pc (i32.const %d))", rng.IntN(2*places))
		odd := "(i32.and (local.get $c) (i32.const 1))"
		switch rng.IntN(24) {
		case 0, 1: // as a look at limits is written
			set += "(global.set $g (i32.add (global.get $g) (i32.const 5))) (if (i32.le_s (global.get $g) (i32.const 1000)) (then (br $again)))" +
				"(local.set $pc (i32.or (local.get $pc) (i32.const 0))) (local.set $a (i32.or (local.get $a) (i32.const 0))) (global.set $g (i32.const -1000))"
		case 2:
			set += "(if " + odd + " (then (br $again))) (local.set $c (i32.add (local.get $c) (i32.const 1)))"
		case 3: // the whole function is built as it stands
			if rng.IntN(8) == 0 {
				set += []string{
					fmt.Sprintf("(if %s (then (local.set $pc (i32.const %d))))", odd, rng.IntN(places)),
					fmt.Sprintf("(block $b (br_if $b %s) (local.set $pc (i32.const %d)))", odd, rng.IntN(places)),
					fmt.Sprintf("(local.set $pc (i32.or (local.get $pc) (i32.const %d)))", 1+rng.IntN(places)),
					fmt.Sprintf("(if %s (then (local.set $pc (i32.const %d)) (br $again)))", odd, rng.IntN(places)),
					"(if " + odd + " (then (br 0)))",
				}[rng.IntN(5)]
			}
		}
		return set + " (br $again)"
	}
	for k := range places {
		b.WriteString(")\n(br_if $out (i32.eqz (local.tee $fuel (i32.sub (local.get $fuel) (i32.const 1)))))\n")
		for range rng.IntN(6) {
			b.WriteString(step())
		}
		for range rng.IntN(3) {
			fmt.Fprintf(&b, "(if (i32.eqz (i32.and (local.get $a) (i32.const %d))) (then %s %s))", 1<<rng.IntN(3), step(), jump())
		}
		if k == places-1 || rng.IntN(4) == 0 {
			b.WriteString(jump())
		}
	}
	b.WriteString("))\n(i32.xor (i32.xor (local.get $a) (local.get $c)) (i32.xor (i32.wrap_i64 (local.get $b)) (i32.xor (local.get $pc) (i32.trunc_sat_f64_s (local.get $d))))))\n")
	return b.String()
}

// TestDispatching states that functions that go from place to place by a number do so, wherever they are entered,
// and that the jumps are built as such. The variable WAZEDGE_RANDOM gives the seconds that it takes.
func TestDispatching(t *testing.T) {
	checkDispatching(t, rand.New(rand.NewPCG(1, 2)), 300)
	forSeconds(t, "WAZEDGE_RANDOM", func(t *testing.T, _ int, rng *rand.Rand) { checkDispatching(t, rng, 30) })
}

func checkDispatching(t *testing.T, rng *rand.Rand, functions int) {
	var b strings.Builder
	b.WriteString("(module (memory (export \"memory\") 1 2) (global $g (mut i32) (i32.const 3)) (func $mix (param i32 i32) (result i32) (i32.rotl (i32.add (local.get 0) (i32.const 77)) (local.get 1)))\n")
	places := make([]int, functions)
	for k := range functions {
		places[k] = 2 + rng.IntN(14)
		b.WriteString(dispatching(rng, fmt.Sprintf("f%d", k), places[k]))
	}
	b.WriteString(")")
	bin := assemble(t, b.String())
	found, regions, err := native.Dispatched(bin)
	if err != nil || found < functions*8/10 || regions < functions {
		t.Errorf("%d of %d functions, %d loops in them, %v", found, functions, regions, err)
	}
	list := []*engine.Instance{plain(t, bin, true)}
	for _, o := range ways(native.Options{}) {
		ours, res := optimized(t, bin, o, nil)
		for k, err := range res.Reasons {
			t.Errorf("function %d: %v", res.Kept[k], err)
		}
		list = append(list, ours)
	}
	for k := range functions {
		name := fmt.Sprintf("f%d", k)
		for pc := range 2*places[k] + 1 {
			for _, fuel := range []uint64{1, 2, 7, 200} {
				var want string
				for n, i := range list {
					got := call(i, name, uint64(pc), fuel)
					if n == 0 {
						want = got
					} else if got != want {
						t.Fatalf("%s(%d, %d) = %s, want %s", name, pc, fuel, got, want)
					}
				}
			}
		}
		for _, i := range list[1:] {
			if !bytes.Equal(i.Memory(), list[0].Memory()) {
				t.Fatalf("%s leaves another memory behind", name)
			}
		}
	}
}
