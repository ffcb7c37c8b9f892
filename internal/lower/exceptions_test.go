package lower_test

import (
	"slices"
	"testing"

	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/lower"
)

// thrownAnyway are functions that need no objects, of modules with tags $num, $vec and $bare.
const thrownAnyway = `  (func $num (param i32) (throw $num (local.get 0)))
  (func (export "locals") (result i32) (local $x i32) (local $y i32)
    (local.set $x (i32.const 1))
    (block $h
      (try_table (catch_all $h)
        (local.set $x (i32.const 2))
        (local.set $y (i32.add (local.get $x) (i32.const 40)))
        (call $num (i32.const 5))))
    (i32.add (local.get $y) (i32.mul (i32.const 100) (local.get $x))))
  (func (export "vectors") (result i32) (local $v v128) (local $n i32)
    (block $h (result v128 i32 v128)
      (try_table (catch $vec $h)
        (throw $vec (v128.const i32x4 1 2 3 4) (i32.const 7) (v128.const i32x4 5 6 7 8)))
      (unreachable))
    (local.set $v)
    (local.set $n)
    (i32x4.extract_lane 3)
    (i32.add (i32.mul (local.get $n) (i32.const 10)))
    (i32.add (i32.mul (i32x4.extract_lane 0 (local.get $v)) (i32.const 100))))
  (func (export "uncaught") (result i32) (call $num (i32.const 1)) (i32.const 1))
  (func (export "order") (param i32) (result i32)
    (block $all
      (block $first (result i32)
        (try_table (catch $num $first) (catch_all $all)
          (if (local.get 0) (then (throw $num (i32.const 11))) (else (throw $bare))))
        (return (i32.const -1)))
      (return))
    (i32.const 22))
  (func (export "through") (param i32) (result i32)
    (local $x i32)
    (i32.const 3) (local.get 0)
    (block $h (param i32 i32) (result i32)
      (try_table (param i32 i32) (result i32) (catch $num $h)
        (local.set $x)
        (call $num (i32.add (i32.const 60)))
        (i32.const 1))
      (drop) (unreachable))
    (i32.add (local.get $x)))
  (func $escape (param i32) (block $h (try_table (catch_all $h) (return_call $num (local.get 0)))))
  (func (export "escape") (param i32) (result i32)
    (block $h (result i32)
      (try_table (catch $num $h) (call $escape (local.get 0)))
      (unreachable)))
  (func $deep (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (throw $num (i32.const 8))))
    (block $h (try_table (catch $bare $h) (return (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))))
    (unreachable))
  (func (export "deep") (param i32) (result i32)
    (block $h (result i32)
      (try_table (catch $num $h) (drop (call $deep (local.get 0))))
      (unreachable)))`

const thrown = `(module
  (type $box (struct (field $n (mut i32))))
  (type $holder (struct (field $e (mut exnref)) (field $none nullexnref)))
  (type $many (array (mut exnref)))
  (type $pair (func (param i32 i32) (result i32 i32)))
  (tag $num (param i32))
  (tag $vec (param v128 i32 v128))
  (tag $ref (param (ref $box) i64))
  (tag $wrap (param exnref))
  (tag $bare)
  (table $t 4 exnref)
  (global $g (mut exnref) (ref.null exn))
  (func $box (param i32) (throw $ref (struct.new $box (local.get 0)) (i64.const 5)))
  (func $garbage (param i32)
    (loop $l
      (drop (struct.new $box (i32.const -1)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "loop") (param $n i32) (result i32) (local $x i32)
    (loop $l
      (block $h
        (try_table (catch_all $h)
          (local.set $x (i32.add (local.get $x) (i32.const 1)))
          (call $num (i32.const 5))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))
  (func $caught (result exnref) (local $e exnref)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (call $box (i32.const 33)))
      (unreachable))
    (local.set $e)
    (call $garbage (i32.const 100))
    (local.get $e))
  (func $value (param $e exnref) (result i32)
    (block $h (result (ref $box) i64)
      (try_table (catch $ref $h) (throw_ref (local.get $e)))
      (unreachable))
    (drop)
    (struct.get $box $n))
  (func (export "held") (result i32) (call $value (call $caught)))
  (func (export "global") (result i32)
    (global.set $g (call $caught))
    (call $garbage (i32.const 100))
    (call $value (global.get $g)))
  (func (export "table") (result i32)
    (table.set $t (i32.const 2) (call $caught))
    (call $garbage (i32.const 100))
    (i32.add (call $value (table.get $t (i32.const 2))) (ref.is_null (table.get $t (i32.const 1)))))
  (func (export "field") (result i32) (local $h (ref null $holder))
    (local.set $h (struct.new $holder (call $caught) (ref.null noexn)))
    (call $garbage (i32.const 100))
    (i32.add (call $value (struct.get $holder $e (local.get $h)))
      (ref.is_null (struct.get $holder $none (local.get $h)))))
  (func (export "array") (result i32) (local $a (ref null $many))
    (local.set $a (array.new $many (call $caught) (i32.const 3)))
    (call $garbage (i32.const 100))
    (call $value (array.get $many (local.get $a) (i32.const 2))))
  (func (export "nested") (result i32)
    (call $value
      (block $h (result exnref)
        (try_table (catch $wrap $h) (throw $wrap (call $caught)))
        (unreachable))))
  (func (export "null") (result i32)
    (call $value (ref.null exn)))
  (func (export "other") (result i32)
    (block $h (result i32)
      (try_table (catch $num $h) (throw $bare))
      (unreachable)))
  (func (export "outward") (param i32) (result i32)
    (block $outer (result i32)
      (try_table (catch $num $outer)
        (block $inner
          (try_table (catch $bare $inner)
            (if (local.get 0) (then (throw $bare)) (else (call $num (i32.const 44)))))
          (return (i32.const -1)))
        (throw $num (i32.const 55)))
      (i32.const -2)))
  (func (export "operands") (param i32) (result i32)
    (i32.const 1000)
    (i32.const 100) (i32.const 7)
    (try_table (type $pair)
      (br_if 0 (local.get 0))
      (i32.add (i32.const 1)))
    (i32.add) (i32.add))
  (func $strict (param i32) (result (ref $box))
    (if (local.get 0) (then (call $num (local.get 0))))
    (struct.new $box (i32.const 9)))
  (func (export "results") (param i32) (result i32)
    (block $h (result i32)
      (try_table (catch $num $h)
        (return (struct.get $box $n (call $strict (local.get 0)))))
      (unreachable)))
  (func $last (param i32) (return_call $num (local.get 0)))
  (func (export "tail") (param i32) (result i32)
    (block $h (result i32)
      (try_table (catch $num $h) (call $last (local.get 0)))
      (unreachable)))
  (func (export "table_branch") (param i32) (result i32)
    (block $a
      (block $h
        (try_table (catch_all $h)
          (block $b
            (br_table $b $a $h (local.get 0)))
          (return (i32.const 1)))
        (return (i32.const 2)))
      (return (i32.const 3)))
    (i32.const 4))
` + thrownAnyway + `)`

const uncaught = "execution failed: uncaught exception, Code: 0x419"

func anywayRows() []row {
	return []row{
		{"locals", nil, "242"},
		{"vectors", nil, "574"},
		{"uncaught", nil, uncaught},
		{"order", []uint64{1}, "11"},
		{"order", []uint64{0}, "22"},
		{"through", []uint64{5}, "68"},
		{"escape", []uint64{78}, "78"},
		{"deep", []uint64{1000}, "8"},
	}
}

func thrownRows() []row {
	return append(anywayRows(), []row{
		{"loop", []uint64{10}, "10"},
		{"held", nil, "33"},
		{"global", nil, "33"},
		{"table", nil, "34"},
		{"field", nil, "34"},
		{"array", nil, "33"},
		{"nested", nil, "33"},
		{"null", nil, "execution failed: null reference, Code: 0x412"},
		{"other", nil, uncaught},
		{"outward", []uint64{1}, "55"},
		{"outward", []uint64{0}, "44"},
		{"operands", []uint64{0}, "1108"},
		{"operands", []uint64{1}, "1107"},
		{"results", []uint64{0}, "9"},
		{"results", []uint64{6}, "6"},
		{"tail", []uint64{77}, "77"},
		{"table_branch", []uint64{0}, "1"},
		{"table_branch", []uint64{1}, "4"},
		{"table_branch", []uint64{2}, "3"},
	}...)
}

func TestExceptions(t *testing.T) {
	engines(t, func(t *testing.T, interpreter bool) {
		check(t, run(t, thrown, interpreter, heap.Config{}), thrownRows())
	})
}

// TestExceptionsUnderStress has exceptions be all that keeps objects alive, with a
// collection at every allocation.
func TestExceptionsUnderStress(t *testing.T) {
	check(t, run(t, thrown, false, heap.Config{Stress: true}), thrownRows())
}

const flat = `(module
  (type $pair (func (param i32 i32) (result i32 i32)))
  (type $refs (func (result i32 exnref)))
  (type $f (func (param i32) (result i32)))
  (tag $num (param i32))
  (tag $vec (param v128 i32 v128))
  (tag $ref (param externref funcref i64))
  (tag $bare)
  (table $t 3 3 funcref)
  (elem (table $t) (i32.const 0) func $throws $quiet $catches)
  (elem declare func $num)
  (func $throws (param i32) (result i32) (throw $num (local.get 0)))
  (func $quiet (param i32) (result i32) (local.get 0))
  (func $catches (param i32) (result i32)
    (block $h (try_table (catch_all $h) (return (call $throws (local.get 0)))))
    (i32.const -7))
  (func (export "indirect") (param $entry i32) (result i32)
    (block $h (result i32)
      (try_table (result i32) (catch $num $h)
        (i32.add (i32.const 1000) (call_indirect $t (type $f) (i32.const 3) (local.get $entry))))))
  (func (export "references") (result i32)
    (local $e externref) (local $f funcref) (local $l i64)
    (block $h (result externref funcref i64)
      (try_table (catch $ref $h)
        (throw $ref (ref.null extern) (ref.func $num) (i64.const 9)))
      (unreachable))
    (local.set $l) (local.set $f) (local.set $e)
    (i32.add (i32.wrap_i64 (local.get $l))
      (i32.add (i32.mul (i32.const 10) (ref.is_null (local.get $e))) (i32.mul (i32.const 100) (ref.is_null (local.get $f))))))
  (func $rethrow (param i32) (local $e exnref) (local $other exnref)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (call $num (local.get 0)))
      (return))
    (local.set $e)
    (block $h (result exnref)  ;; a cleanup that throws and catches
      (try_table (catch_all_ref $h) (call $num (i32.const 999)))
      (unreachable))
    (local.set $other)
    (throw_ref (local.get $e)))
  (func (export "cleanup") (param i32) (result i32)
    (block $h (result i32)
      (try_table (catch $num $h) (call $rethrow (local.get 0)))
      (unreachable)))
  (func (export "both") (param i32) (result i32) (local $a exnref) (local $b exnref) (local $x i32)
    (block $h (result i32 exnref)
      (try_table (catch_ref $num $h) (call $num (i32.const 5)))
      (unreachable))
    (local.set $a) (local.set $x)
    (block $h (type $refs)
      (try_table (catch_ref $num $h) (call $num (i32.const 6)))
      (unreachable))
    (local.set $b) (local.set $x (i32.add (local.get $x) (i32.mul (i32.const 10))))
    (block $h (result i32)
      (try_table (catch $num $h)
        (throw_ref (select (result exnref) (local.get $a) (local.get $b) (local.get 0))))
      (unreachable))
    (i32.add (i32.mul (i32.const 100) (local.get $x))))
  (func (export "nulls") (param i32) (result i32) (local $e exnref) (local $n i32)
    (if (local.get 0)
      (then
        (block $h (result exnref)
          (try_table (result exnref) (catch_all_ref $h) (throw $bare)))
        (local.set $e)))
    (local.set $n (ref.is_null (local.get $e)))
    (block $null
      (drop (br_on_null $null (local.get $e)))
      (local.set $n (i32.add (local.get $n) (i32.const 10))))
    (block $some (result (ref exn))
      (br_on_non_null $some (local.get $e))
      (return (local.get $n)))
    (drop)
    (drop (ref.as_non_null (local.tee $e (local.get $e))))
    (i32.add (local.get $n) (i32.const 100)))
  (func (export "strict") (result i32)
    (drop (ref.as_non_null (ref.null exn)))
    (i32.const 1))
  (func (export "null") (throw_ref (ref.null exn)))
  (func (export "again") (result i32) (call $quiet (i32.const 3)))
  (func (export "dead") (result i32) (local $e exnref)
    (block $h (result exnref)
      (try_table (catch_all_ref $h)
        (throw $bare)
        (block (result exnref) (local.get $e)) (drop)
        (if (result exnref) (then (local.get $e)) (else (ref.null exn)))
        (drop)
        (loop (unreachable) (drop (throw_ref)) (br 0)))
      (unreachable)
      (drop (local.get $e)) (ref.null exn) (br 0))
    (drop)
    (i32.const 6))
  (func (export "loop") (param $n i32) (result i32) (local $x i32) (local $e exnref)
    (loop $l
      (block $out
        (block $h (result exnref)
          (try_table (catch_all_ref $h)
            (local.set $x (i32.add (local.get $x) (i32.const 1)))
            (call $rethrow (i32.const 5)))
          (unreachable))
        (local.set $e))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))
` + thrownAnyway + `)`

func flatRows() []row {
	const null = "execution failed: null reference, Code: 0x412"
	return append(anywayRows(), []row{
		{"indirect", []uint64{0}, "3"},
		{"indirect", []uint64{1}, "1003"},
		{"indirect", []uint64{2}, "993"},
		{"references", nil, "19"},
		{"cleanup", []uint64{12}, "12"},
		{"both", []uint64{1}, "5605"},
		{"both", []uint64{0}, "5606"},
		{"nulls", []uint64{1}, "110"},
		{"nulls", []uint64{0}, "1"},
		{"strict", nil, null},
		{"null", nil, null},
		{"again", nil, "3"},
		{"dead", nil, "6"},
		{"loop", []uint64{1000000}, "1000000"},
	}...)
}

// TestFlatExceptions runs what needs no objects with and without them.
func TestFlatExceptions(t *testing.T) {
	engines(t, func(t *testing.T, interpreter bool) {
		rows := flatRows()
		if interpreter {
			rows = rows[:len(rows)-1]
		}
		p := runAlone(t, flat, interpreter)
		steps := slices.DeleteFunc(slices.Clone(p.steps), func(name string) bool { return name == "selects" }) // on amd64
		if want := []string{lower.FlatExceptionsPass}; !slices.Equal(steps, want) {
			t.Errorf("passes: %v, want %v", steps, want)
		}
		check(t, p, rows)
		check(t, run(t, flat, interpreter, heap.Config{}), rows)
	})
}
