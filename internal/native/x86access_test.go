package native

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// TestX86CodeIsProven states that code is refused in which any bit of an access, a check, a jump by a table or a trap
// is another, but where that is another form of the same.
func TestX86CodeIsProven(t *testing.T) {
	kinds := map[mop]int{}
	mod := parsedModule(t, accessesGuest)
	for i := range mod.Bodies {
		l := withPlaces(t, mod, i)
		c := amd64{}.emit(l)
		if err := (amd64{}).verify(l, &c); err != nil {
			t.Fatal(err)
		}
		for i := range l.ops {
			in := &l.ops[i]
			switch in.op {
			case mLoad, mStore, mStoreImm, mCheck, mCheckLim, mSwitch, mTrap:
			case mCallMem:
				if reg(in.sub) == noReg {
					continue
				}
			default:
				if in.mem < 0 {
					continue
				}
			}
			kinds[in.op]++
			changed(&c, c.parts[i].from, c.parts[i].to, func(was, is decoded) {
				if (amd64{}).verify(l, &c) == nil && !sameX86(was, is) {
					t.Errorf("operation %d: %v is taken for %v", in.op, is.Inst, was.Inst)
				}
			})
		}
	}
	for _, op := range []mop{mLoad, mStore, mStoreImm, mCheck, mCheckLim, mSwitch, mTrap, mCallMem, mAlu, mImul, mFAlu} {
		if kinds[op] == 0 {
			t.Errorf("there is no operation %d", op)
		}
	}
}

// changed has check see c with each bit from the offset at to the offset end another, with the instruction as it was and as it is.
func changed(c *machineCode, at, end int32, check func(was, is decoded)) {
	for at < end {
		was, _ := decode(c.text, int(at))
		for bit := range int32(8 * was.len) {
			b := &c.text[at+bit/8]
			*b ^= 1 << (bit % 8)
			is, _ := decode(c.text, int(at))
			check(was, is)
			*b ^= 1 << (bit % 8)
		}
		at += int32(was.len)
	}
}

// TestX86MovesAreProven states that code is refused in which any bit of a move in front of an operation is another,
// but where that is another form of the same or moves more of a register.
func TestX86MovesAreProven(t *testing.T) {
	var b strings.Builder
	b.WriteString("(module (func $opaque (param i32)) (func (param $n i32) (param $x f64) (param $y f32) (param $v v128) (result i64) (local $s i64)")
	const each = 10                // of each type, all of which are in use in a loop with a call
	types := map[string][2]string{ // how one is made of a number, and a number of it
		"i32":  {"(i32.mul (local.get $n) (i32.const %d))", "(i64.extend_i32_u (local.get $%s%d))"},
		"i64":  {"(i64.mul (i64.extend_i32_u (local.get $n)) (i64.const %d))", "(local.get $%s%d)"},
		"f32":  {"(f32.mul (local.get $y) (f32.const %d))", "(i64.trunc_sat_f32_s (local.get $%s%d))"},
		"f64":  {"(f64.mul (local.get $x) (f64.const %d))", "(i64.trunc_sat_f64_s (local.get $%s%d))"},
		"v128": {"(i32x4.mul (local.get $v) (i32x4.splat (i32.const %d)))", "(i64x2.extract_lane 1 (local.get $%s%d))"},
	}
	all := func(write func(typ string, k int)) {
		for _, typ := range []string{"i32", "i64", "f32", "f64", "v128"} {
			for k := range each {
				write(typ, k)
			}
		}
	}
	all(func(typ string, k int) { fmt.Fprintf(&b, "(local $%s%d %s)", typ, k, typ) })
	all(func(typ string, k int) { fmt.Fprintf(&b, "(local.set $%s%d "+types[typ][0]+")", typ, k, k+3) })
	b.WriteString("(loop (call $opaque (local.get $n))")
	all(func(typ string, k int) { fmt.Fprintf(&b, "(local.get $%s%d)", typ, (k+1)%each) }) // each takes the value of the next
	for _, typ := range []string{"v128", "f64", "f32", "i64", "i32"} {
		for k := each - 1; k >= 0; k-- {
			fmt.Fprintf(&b, "(local.set $%s%d)", typ, k)
		}
	}
	b.WriteString("(br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))")
	all(func(typ string, k int) {
		fmt.Fprintf(&b, "(local.set $s (i64.add (i64.rotl (local.get $s) (i64.const 7)) "+types[typ][1]+"))", typ, k)
	})
	b.WriteString("(local.get $s)))")
	const enough = 600 // bits of instructions of a kind
	moves := map[x86asm.Op]int{}
	mod := parsedModule(t, b.String())
	for i := range mod.Bodies {
		l := withPlaces(t, mod, i)
		c := amd64{}.emit(l)
		for i := 2; i < len(l.ops); i++ { // behind the entry a value may be in two places
			changed(&c, c.parts[i].moves, c.parts[i].from, func(was, is decoded) {
				if moves[was.Op]++; moves[was.Op] > enough {
					return
				}
				if (amd64{}).verify(l, &c) == nil && !sameX86(was, is) && !wider(was, is) {
					t.Errorf("operation %d: %v is taken for %v", i, is.Inst, was.Inst)
				}
			})
		}
	}
	for _, op := range []x86asm.Op{x86asm.MOV, x86asm.MOVAPS, x86asm.MOVUPS, x86asm.MOVSS, x86asm.MOVSD_XMM} {
		if moves[op] == 0 {
			t.Errorf("there is no %v", op)
		}
	}
}

// wider reports whether is moves what was moves, and more of it.
func wider(was, is decoded) bool {
	for k := range 2 {
		a, _, ok := register(was.Args[k])
		b, _, ok2 := register(is.Args[k])
		if ok != ok2 || a != b || !ok && was.Args[k] != is.Args[k] {
			return false
		}
	}
	return true
}

// sameX86 reports whether a does what b does, but for where it jumps: there are several ways to a trap.
func sameX86(a, b decoded) bool {
	same := a.Op == b.Op && a.len == b.len && a.MemBytes == b.MemBytes
	for k, x := range a.Args {
		y := b.Args[k]
		if m, is := x.(x86asm.Mem); is && m.Index == 0 { // whatever it would be multiplied by
			if n, is := y.(x86asm.Mem); is {
				n.Scale = m.Scale
				y = n
			}
		}
		if _, jumps := x.(x86asm.Rel); !jumps {
			same = same && x == y
		}
	}
	return same
}

const accessesGuest = `(module (memory 1 9) (table 3 funcref) (type $t (func (param i32) (result i32)))
(global $g (mut i64) (i64.const 7))
(func (param $p i32) (param $q i32) (param $x f64) (param $n i64) (result i32) (local $v v128)
  (i32.store8 offset=3 (local.get $p) (local.get $q))
  (i32.store16 (local.get $q) (i32.const 300))
  (i64.store offset=70000 (local.get $q) (i64.const -2))
  (f64.store (local.get $p) (f64.mul (local.get $x) (f64.load offset=16 (local.get $q))))
  (f32.store offset=8 (local.get $p) (f32.demote_f64 (local.get $x)))
  (v128.store (local.get $q) (v128.load8x8_u offset=24 (local.get $p)))
  (global.set $g (i64.mul (local.get $n) (i64.load (local.get $p))))
  (block (block (block (block (block (br_table 0 1 2 3 4 (local.get $p)) ) (return (i32.const 9))) (i32.store (local.get $q) (i32.const 0)) )
    (drop (memory.grow (i32.const 1)))) (unreachable))
  (i32.add (call_indirect (type $t) (i32.load8_s (i32.add (local.get $p) (i32.shl (local.get $q) (i32.const 2)))) (local.get $q))
    (i32.mul (i32.load offset=4 (local.get $q)) (i32.add (local.get $p) (i32.load offset=12 (local.get $p)))))
))`
