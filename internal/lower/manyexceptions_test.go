package lower_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/heap"
)

// bothForms runs a module in which exceptions are all that needs a pass, in a size: as
// globals and as objects, compiled and interpreted. Very many handlers of objects take
// the compiler long, and are left to the interpreter in the command.
func bothForms(t *testing.T, n int, program func(n int) (text string, rows []row)) {
	engines(t, func(t *testing.T, interpreter bool) {
		t.Run("flat", func(t *testing.T) {
			text, rows := program(n)
			check(t, runAlone(t, text, interpreter), rows)
		})
		t.Run("objects", func(t *testing.T) {
			objects := n
			if !interpreter {
				objects = n / 10
			}
			text, rows := program(objects)
			check(t, run(t, text, interpreter, heap.Config{}), rows)
		})
	})
}

// lines writes a line for each number below n.
func lines(b *strings.Builder, n int, format string) {
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
}

// manyTags has n tags, a function that throws each, and a try_table with a handler for
// every second one.
func manyTags(n int) string {
	var b strings.Builder
	b.WriteString("(module (type $thrower (func (param i32)))\n")
	lines(&b, n, "(tag $t# (param i32)) (func $f# (param i32) (throw $t# (i32.add (local.get 0) (i32.const #))))\n")
	fmt.Fprintf(&b, "(table %d funcref) (elem (i32.const 0) func", n)
	lines(&b, n, " $f#")
	b.WriteString(`) (func (export "catch") (param i32) (result i32)
		(block $other (block $h (result i32) (try_table (result i32)`)
	for i := range n / 2 {
		fmt.Fprintf(&b, " (catch $t%d $h)", 2*i)
	}
	b.WriteString(` (catch_all $other)
		(call_indirect (type $thrower) (i32.const 1000000) (local.get 0)) (i32.const -1))) (return)) (i32.const -2)))`)
	return b.String()
}

func TestManyTagsAndHandlers(t *testing.T) {
	bothForms(t, 3_000, func(n int) (string, []row) {
		last := uint64(n - 2)
		return manyTags(n), []row{
			{"catch", []uint64{0}, "1000000"},
			{"catch", []uint64{1}, "4294967294"},
			{"catch", []uint64{last}, fmt.Sprint(1_000_000 + last)},
			{"catch", []uint64{last + 1}, "4294967294"},
		}
	})
}

// nestedHandlers has n try_tables in one another, each with a handler of its own tag.
func nestedHandlers(n int) string {
	var b strings.Builder
	b.WriteString("(module (type $thrower (func (param i32)))\n")
	lines(&b, n, "(tag $t# (param i32)) (func $f# (param i32) (throw $t# (local.get 0)))\n")
	fmt.Fprintf(&b, "(table %d funcref) (elem (i32.const 0) func", n)
	lines(&b, n, " $f#")
	b.WriteString(`) (func (export "catch") (param i32) (result i32)`)
	lines(&b, n, "block $h# (result i32) try_table (result i32) (catch $t# $h#)\n")
	b.WriteString("i32.const 7 local.get 0 call_indirect (type $thrower) i32.const -1\n")
	for i := n - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "end return end i32.const %d i32.add return\n", 10*i)
	}
	b.WriteString("))")
	return b.String()
}

// TestDeeplyNestedHandlers states that an exception goes past all handlers that are
// not its own.
func TestDeeplyNestedHandlers(t *testing.T) {
	bothForms(t, 1_500, func(n int) (string, []row) {
		var rows []row
		for _, i := range []int{0, n / 2, n - 1} {
			rows = append(rows, row{"catch", []uint64{uint64(i)}, fmt.Sprint(10*i + 7)})
		}
		return nestedHandlers(n), rows
	})
}

// TestExceptionsCrossManyFrames has an exception leave thousands of calls: such without
// handlers, with those of another tag, and with those that throw it again.
func TestExceptionsCrossManyFrames(t *testing.T) {
	bothForms(t, 30_000, func(n int) (string, []row) {
		deep := uint64(n)
		return crossing, []row{
			{"caught", []uint64{0, deep}, "542"},
			{"caught", []uint64{1, deep}, "643"},
			{"caught", []uint64{2, deep}, "744"},
			{"often", []uint64{0, 100, 200}, "8400"},
			{"often", []uint64{1, 100, 200}, "8600"},
			{"often", []uint64{2, 100, 200}, "8800"},
		}
	})
}

const crossing = `(module
		(tag $num (param i64 i32)) (tag $other)
		(func $plain (param i32) (result i32)
			(if (i32.eqz (local.get 0)) (then (throw $num (i64.const 5) (i32.const 42))))
			(i32.add (i32.const 1) (call $plain (i32.sub (local.get 0) (i32.const 1)))))
		(func $passing (param i32) (result i32)
			(if (i32.eqz (local.get 0)) (then (throw $num (i64.const 6) (i32.const 43))))
			(block $h
				(try_table (catch $other $h)
					(return (i32.add (i32.const 1) (call $passing (i32.sub (local.get 0) (i32.const 1)))))))
			(unreachable))
		(func $again (param i32) (result i32) (local $e exnref)
			(if (i32.eqz (local.get 0)) (then (throw $num (i64.const 7) (i32.const 44))))
			(block $h (result exnref)
				(try_table (catch_all_ref $h)
					(return (i32.add (i32.const 1) (call $again (i32.sub (local.get 0) (i32.const 1))))))
				(unreachable))
			(local.set $e)
			(local.set 0 (i32.const 99))
			(throw_ref (local.get $e)))
		(func $caught (param $how i32) (param $n i32) (result i64 i32)
			(block $h (result i64 i32)
				(try_table (catch $num $h)
					(block $again (block $passing (block $plain
						(br_table $plain $passing $again (local.get $how)))
						(drop (call $plain (local.get $n))) (unreachable))
						(drop (call $passing (local.get $n))) (unreachable))
					(drop (call $again (local.get $n))))
				(unreachable)))
		(func (export "caught") (param $how i32) (param $n i32) (result i32)
			(call $caught (local.get $how) (local.get $n))
			(local.set $n) (i32.wrap_i64) (i32.mul (i32.const 100)) (i32.add (local.get $n)))
		(func (export "often") (param $how i32) (param $n i32) (param $times i32) (result i32) (local $sum i32)
			(loop $l
				(call $caught (local.get $how) (local.get $n))
				(local.set $sum (i32.add (local.get $sum)))
				(drop)
				(br_if $l (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
			(local.get $sum)))`
