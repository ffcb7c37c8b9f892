package lower_test

import (
	"testing"

	"github.com/wazedge/wazedge/internal/heap"
)

const outOfBoundsText = "execution failed: out of bounds memory access, Code: 0x408"

// row is a call and what it returns, by the text of program.call.
type row struct {
	name string
	args []uint64
	want string
}

func check(t *testing.T, p *program, rows []row) {
	t.Helper()
	for _, r := range rows {
		if got := p.call(r.name, r.args...); got != r.want {
			t.Errorf("%s%v = %s, want %s", r.name, r.args, got, r.want)
		}
	}
}

func TestMemory64(t *testing.T) {
	const text = `(module
	  (memory i64 1 3)
	  (data (i64.const 8) "\2a\00\00\00\00\00\00\00\07")
	  (func (export "load") (param $a i64) (result i64) (i64.load (local.get $a)))
	  (func (export "far") (param $a i64) (result i32) (i32.load8_u offset=0xffffffffffffffff (local.get $a)))
	  (func (export "sum") (param $a i64) (result i64)
	    (i64.add (i64.load (local.get $a)) (i64.load offset=8 (local.get $a))))
	  (func (export "store") (param $a i64) (param $v i32) (result i32)
	    (i32.store (local.get $a) (local.get $v)) (i32.load (local.get $a)))
	  (func (export "block") (param $a i64) (result i64)
	    (i64.load (block (result i64) (br_if 0 (i64.const 8) (i32.wrap_i64 (local.get $a))) (drop) (i64.const 4294967304))))
	  (func (export "next") (param $a i64) (result i64)
	    (local.set $a (i64.add (local.get $a) (i64.const 1)))
	    (i64.load (local.get $a)))
	  (func (export "size") (result i64) (memory.size))
	  (func (export "grow") (param $n i64) (result i64) (memory.grow (local.get $n)))
	  (func (export "fill") (param $d i64) (param $n i64) (result i64)
	    (memory.fill (local.get $d) (i32.const 1) (local.get $n)) (i64.const 1))
	  (func (export "copy") (param $d i64) (param $s i64) (param $n i64) (result i64)
	    (memory.copy (local.get $d) (local.get $s) (local.get $n)) (i64.load (local.get $d))))`
	engines(t, func(t *testing.T, interpreter bool) {
		p := run(t, text, interpreter, heap.Config{})
		check(t, p, []row{
			{"load", []uint64{8}, "42"},
			{"load", []uint64{1<<32 + 8}, outOfBoundsText},
			{"load", []uint64{1<<64 - 8}, outOfBoundsText},
			{"load", []uint64{65529}, outOfBoundsText},
			{"far", []uint64{1}, outOfBoundsText},
			{"far", []uint64{0}, outOfBoundsText},
			{"sum", []uint64{8}, "49"},
			{"sum", []uint64{1<<63 + 8}, outOfBoundsText},
			{"store", []uint64{100, 9}, "9"},
			{"store", []uint64{1<<32 + 100, 9}, outOfBoundsText},
			{"block", []uint64{1}, "42"},
			{"block", []uint64{0}, outOfBoundsText},
			{"next", []uint64{7}, "42"},
			{"next", []uint64{1<<32 - 1}, outOfBoundsText},
			{"size", nil, "1"},
			{"grow", []uint64{1}, "1"},
			{"grow", []uint64{1 << 40}, "18446744073709551615"},
			{"grow", []uint64{1}, "2"},
			{"grow", []uint64{1}, "18446744073709551615"},
			{"size", nil, "3"},
			{"copy", []uint64{1000, 8, 8}, "42"},
			{"copy", []uint64{1000, 8, 1 << 32}, outOfBoundsText},
			{"fill", []uint64{196608, 0}, "1"},
			{"fill", []uint64{196609, 0}, outOfBoundsText},
			{"fill", []uint64{1 << 32, 0}, outOfBoundsText},
		})
	})
}

func TestMultiMemory(t *testing.T) {
	const text = `(module
	  (memory $a 1)
	  (memory $b 1 2)
	  (memory $c 0)
	  (data (memory $b) (i32.const 4) "\07\00\00\00")
	  (data $p "\01\02\03\04")
	  (func (export "load a") (result i32) (i32.load $a (i32.const 4)))
	  (func (export "load b") (param i32) (result i32) (i32.load $b offset=4 (local.get 0)))
	  (func (export "store b") (param i32 i32) (result i32)
	    (i32.store $b (local.get 0) (local.get 1)) (i32.load16_u $b (local.get 0)))
	  (func (export "move") (param i32 i32 i32) (result i32)
	    (memory.copy $a $b (local.get 0) (local.get 1) (local.get 2)) (i32.load $a (local.get 0)))
	  (func (export "within") (param i32 i32 i32) (result i32)
	    (memory.copy $b $b (local.get 0) (local.get 1) (local.get 2)) (i32.load $b (local.get 0)))
	  (func (export "grow b") (param i32) (result i32) (memory.grow $b (local.get 0)))
	  (func (export "size b") (result i32) (memory.size $b))
	  (func (export "fill") (param i32) (result i32)
	    (memory.fill $b (local.get 0) (i32.const 1) (i32.const 4)) (i32.load $b (local.get 0)))
	  (func (export "init") (param i32) (result i32)
	    (memory.init $b $p (local.get 0) (i32.const 0) (i32.const 4)) (i32.load $b (local.get 0)))
	  (func (export "drop") (result i32) (data.drop $p) (i32.const 1))
	  (func (export "empty") (result i32) (i32.load8_u $c (i32.const 0))))`
	engines(t, func(t *testing.T, interpreter bool) {
		p := run(t, text, interpreter, heap.Config{})
		check(t, p, []row{
			{"load a", nil, "0"},
			{"load b", []uint64{0}, "7"},
			{"load b", []uint64{65529}, outOfBoundsText},
			{"load b", []uint64{1<<32 - 4}, outOfBoundsText},
			{"store b", []uint64{100, 0x12345}, "9029"},
			{"move", []uint64{8, 4, 4}, "7"},
			{"move", []uint64{8, 65533, 4}, outOfBoundsText},
			{"within", []uint64{50, 4, 4}, "7"},
			{"size b", nil, "1"},
			{"grow b", []uint64{1}, "1"},
			{"grow b", []uint64{1}, "4294967295"},
			{"load b", []uint64{65529}, "0"},
			{"fill", []uint64{0}, "16843009"},
			{"init", []uint64{8}, "67305985"},
			{"drop", nil, "1"},
			{"init", []uint64{8}, outOfBoundsText},
			{"empty", nil, outOfBoundsText},
		})
	})
}

// TestMemory64ComputedOffsets has active segments whose offsets are more than
// numbers: such a number would do, but its high half counts too.
func TestMemory64ComputedOffsets(t *testing.T) {
	const text = `(module
	  (global $at i64 (i64.const 8))
	  (memory i64 1)
	  (table $t i64 8 funcref)
	  (data (i64.add (global.get $at) (i64.const 4)) "\2a")
	  (elem (table $t) (i64.mul (global.get $at) (i64.const 0)) func $f)
	  (func $f (result i32) (i32.load8_u (i64.const 12)))
	  (func (export "run") (result i32) (call_indirect $t (result i32) (i64.const 0))))`
	engines(t, func(t *testing.T, interpreter bool) {
		check(t, run(t, text, interpreter, heap.Config{}), []row{{"run", nil, "42"}})
	})
}
