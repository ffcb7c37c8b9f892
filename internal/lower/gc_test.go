package lower_test

import (
	"testing"

	"github.com/wazedge/wazedge/internal/heap"
)

const shapes = `(module
  (type $bytes (array (mut i8)))
  (type $pairs (array (mut i64)))
  (type $shape (sub (struct (field $id i32))))
  (type $round (sub $shape (struct (field i32) (field $radius f64))))
  (type $ball (sub final $round (struct (field i32) (field f64) (field $name (ref $bytes)))))
  (type $area (func (param (ref $shape)) (result f64)))
  (data $hello "hello")
  (elem declare func $half)
  (table $t 2 10 (ref null any))
  (table $f funcref (elem $half))
  (global $g (ref $ball) (struct.new $ball (i32.const 5) (f64.const 2.5) (array.new $bytes (i32.const 200) (i32.const 3))))
  (tag $oops (param (ref $shape)))

  (func $half (type $area) (f64.const 0.5))
  (func (export "fields") (result i32)
    (i32.add (struct.get $shape $id (global.get $g))
             (i32.add (array.len (struct.get $ball $name (global.get $g)))
                      (array.get_s $bytes (struct.get $ball $name (global.get $g)) (i32.const 2)))))
  (func $classify (param $r anyref) (result i32)
    (block $ball (result (ref $ball))
      (block $round (result (ref $round))
        (block $i31 (result (ref i31))
          (br_on_cast $ball anyref (ref $ball) (local.get $r))
          (br_on_cast $round anyref (ref $round))
          (br_on_cast $i31 anyref (ref i31))
          (drop)
          (if (ref.is_null (local.get $r)) (then (return (i32.const 7))))
          (return (ref.test (ref $bytes) (local.get $r))))
        (return (i31.get_s)))
      (drop)
      (return (i32.const 20)))
    (drop)
    (i32.const 30))
  (func (export "classify") (param i32) (result i32)
    (block (br_if 0 (i32.ne (local.get 0) (i32.const 0))) (return (call $classify (ref.null none))))
    (block (br_if 0 (i32.ne (local.get 0) (i32.const 1))) (return (call $classify (ref.i31 (i32.const -3)))))
    (block (br_if 0 (i32.ne (local.get 0) (i32.const 2))) (return (call $classify (global.get $g))))
    (block (br_if 0 (i32.ne (local.get 0) (i32.const 3)))
      (return (call $classify (struct.new $round (i32.const 1) (f64.const 1)))))
    (block (br_if 0 (i32.ne (local.get 0) (i32.const 4)))
      (return (call $classify (array.new_data $bytes $hello (i32.const 1) (i32.const 3)))))
    (call $classify (struct.new $shape (i32.const 1))))
  (func (export "cast") (param i32) (result i32)
    (table.set $t (i32.const 1) (select (result anyref) (global.get $g) (ref.i31 (i32.const 1)) (local.get 0)))
    (struct.get $shape 0 (ref.cast (ref $shape) (table.get $t (i32.const 1)))))
  (func (export "data") (param i32) (result i32)
    (array.get_u $bytes (array.new_data $bytes $hello (i32.const 0) (i32.const 5)) (local.get 0)))
  (func (export "fixed") (param i32) (result i64)
    (array.get $pairs (array.new_fixed $pairs 3 (i64.const 10) (i64.const 20) (i64.const 30)) (local.get 0)))
  (func (export "copy") (result i32)
    (local $a (ref null $bytes)) (local $b (ref null $bytes))
    (local.set $a (array.new_data $bytes $hello (i32.const 0) (i32.const 5)))
    (local.set $b (array.new_default $bytes (i32.const 9)))
    (array.copy $bytes $bytes (local.get $b) (i32.const 4) (local.get $a) (i32.const 1) (i32.const 3))
    (array.fill $bytes (local.get $b) (i32.const 7) (i32.const 33) (i32.const 2))
    (i32.add (array.get_u $bytes (local.get $b) (i32.const 4))
      (i32.mul (i32.const 1000) (array.get_u $bytes (local.get $b) (i32.const 8)))))
  (func (export "indirect") (param i32) (result f64)
    (call_indirect $f (type $area) (global.get $g) (local.get 0)))
  (func (export "ref") (result f64) (call_ref $area (global.get $g) (ref.func $half)))
  (func (export "grow") (result i32) (table.grow $t (ref.i31 (i32.const 9)) (i32.const 3)))
  (func (export "grown") (param i32) (result i32) (i31.get_u (ref.cast (ref i31) (table.get $t (local.get 0)))))
  (func (export "catch") (result i32)
    (struct.get $shape 0
      (block $h (result (ref $shape))
        (try_table (catch $oops $h) (call $thrower (i32.const 77)))
        (unreachable))))
  (func $thrower (param i32) (throw $oops (struct.new $round (local.get 0) (f64.const 0))))
  (func (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (struct.get $shape 0 (call $nest (i32.sub (local.get 0) (i32.const 1))))))
      (else (i32.const 0))))
  (func $nest (param i32) (result (ref $shape))
    (if (result (ref $shape)) (local.get 0)
      (then (struct.new $shape (i32.add (i32.const 1) (struct.get $shape 0 (call $nest (i32.sub (local.get 0) (i32.const 1)))))))
      (else (struct.new $shape (i32.const 0)))))
  (func (export "operands") (param i32) (result i32)
    (call $add3 (struct.new $shape (i32.const 1)) (call $nest (local.get 0)) (struct.new $shape (i32.const 1000))))
  (func $add3 (param (ref $shape) (ref $shape) (ref $shape)) (result i32)
    (i32.add (struct.get $shape 0 (local.get 0))
      (i32.add (struct.get $shape 0 (local.get 1)) (struct.get $shape 0 (local.get 2)))))
  (func (export "endless") (result i32) (call $forever (global.get $g)))
  (func $forever (param (ref $shape)) (result i32)
    (i32.add (i32.const 1) (call $forever (struct.new $shape (i32.const 0))))))`

func shapeRows() []row {
	return []row{
		{"fields", nil, "4294967248"}, // 5 + 3 - 56
		{"classify", []uint64{0}, "7"},
		{"classify", []uint64{1}, "4294967293"},
		{"classify", []uint64{2}, "30"},
		{"classify", []uint64{3}, "20"},
		{"classify", []uint64{4}, "1"},
		{"classify", []uint64{5}, "0"},
		{"cast", []uint64{1}, "5"},
		{"cast", []uint64{0}, "execution failed: cast failure, Code: 0x418"},
		{"data", []uint64{1}, "101"},
		{"data", []uint64{5}, "execution failed: out of bounds array access, Code: 0x409"},
		{"fixed", []uint64{2}, "30"},
		{"copy", nil, "33101"},
		{"indirect", []uint64{0}, "4602678819172646912"},
		{"indirect", []uint64{1}, "execution failed: undefined element, Code: 0x40c"},
		{"ref", nil, "4602678819172646912"},
		{"grow", nil, "2"},
		{"grown", []uint64{4}, "9"},
		{"grown", []uint64{5}, "execution failed: out of bounds table access, Code: 0x407"},
		{"catch", nil, "77"},
		{"deep", []uint64{100}, "100"},
		{"operands", []uint64{50}, "1051"},
	}
}

func TestGC(t *testing.T) {
	engines(t, func(t *testing.T, interpreter bool) {
		check(t, run(t, shapes, interpreter, heap.Config{}), shapeRows())
	})
}

// TestGCUnderStress runs the same with a collection at every allocation, so that a
// reference that the collector does not see is a reference to a freed object.
func TestGCUnderStress(t *testing.T) {
	check(t, run(t, shapes, false, heap.Config{Stress: true}), shapeRows())
}
