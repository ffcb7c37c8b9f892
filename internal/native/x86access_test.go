package native

import (
	"testing"

	"golang.org/x/arch/x86/x86asm"

	"github.com/wazedge/wazedge/internal/wat"
)

// TestX86CodeIsProven states that code is refused in which any bit of an access, a check, a jump by a table or a trap
// is another, but where that is another form of the same.
func TestX86CodeIsProven(t *testing.T) {
	m, err := wat.Parse([]byte(accessesGuest))
	if err != nil {
		t.Fatal(err)
	}
	mod := encoded(t, m)
	mod.target = amd64{}
	kinds := map[mop]int{}
	for n := range m.Bodies {
		f, err := build(mod, n)
		if err != nil {
			t.Fatal(err)
		}
		f.optimize()
		l, err := placing(f)
		if err != nil {
			t.Fatal(err)
		}
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
			for at := int(c.parts[i][0]); at < int(c.parts[i][1]); {
				was, _ := decode(c.text, at)
				for bit := range 8 * was.len {
					c.text[at+bit/8] ^= 1 << (bit % 8)
					if (amd64{}).verify(l, &c) == nil {
						if d, _ := decode(c.text, at); !sameX86(was, d) {
							t.Errorf("operation %d: %v is taken for %v", in.op, d.Inst, was.Inst)
						}
					}
					c.text[at+bit/8] ^= 1 << (bit % 8)
				}
				at += was.len
			}
		}
	}
	for _, op := range []mop{mLoad, mStore, mStoreImm, mCheck, mCheckLim, mSwitch, mTrap, mCallMem, mAlu, mImul, mFAlu} {
		if kinds[op] == 0 {
			t.Errorf("there is no operation %d", op)
		}
	}
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
