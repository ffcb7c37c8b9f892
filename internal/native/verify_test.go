package native

import (
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

const checkedGuest = `(module (memory 1)
  (func (param i32 i32) (result i32) (local $s i32)
    (loop
      (i32.store offset=8 (local.get 0) (i32.load (local.get 1)))
      (local.set $s (i32.add (local.get $s) (i32.div_u (i32.load offset=4 (local.get 0)) (i32.or (local.get 1) (i32.const 1)))))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (memory.copy (local.get 0) (local.get 1) (local.get $s))
      (memory.fill (local.get $s) (local.get 0) (i32.const 7))
      (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
    (local.get $s)))`

// encoded is m as the compiler has it, with the offsets of its instructions.
func encoded(t testing.TB, m *wasm.Module) *module {
	t.Helper()
	out, err := wasm.Decode(wasm.Encode(m), features)
	if err != nil {
		t.Fatal(err)
	}
	mod, err := moduleOf(out, 7)
	if err != nil {
		t.Fatal(err)
	}
	return mod
}

func built(t *testing.T) *fn {
	t.Helper()
	parsed, err := wat.Parse([]byte(checkedGuest))
	if err != nil {
		t.Fatal(err)
	}
	f, err := build(encoded(t, parsed), 0)
	if err != nil {
		t.Fatal(err)
	}
	f.optimize()
	return f
}

// TestAccessesAreProven states that a function is refused when any of its checks is missing or
// checks less.
func TestAccessesAreProven(t *testing.T) {
	if err := built(t).verifyAccesses(); err != nil {
		t.Fatal(err)
	}
	checks := 0
	for n := range built(t).blocks {
		for i := range built(t).blocks[n].ins {
			f := built(t)
			b := &f.blocks[n]
			v := &f.vals[b.ins[i]]
			switch v.op {
			case opCheck, opCheckLim:
				checks++
				b.ins = append(b.ins[:i:i], b.ins[i+1:]...)
			case opLimit:
				v.imm--
			case opBase, opLen:
				v.op = opCtx
			case opLoad, opStore:
				v.imm += 16
			case opMemCopy, opMemFill:
				v.c = v.a
			default:
				continue
			}
			if f.verifyAccesses() == nil {
				t.Errorf("block %d, instruction %d (%d) is not missed", n, i, v.op)
			}
		}
	}
	if checks < 5 {
		t.Errorf("%d checks, want some", checks)
	}
}

// TestPlacesAreProven states that a function is refused when an operand is taken from another
// register than it is in, or a move is missing or goes elsewhere.
func TestPlacesAreProven(t *testing.T) {
	made := func() *lfn {
		l := lower(built(t))
		allocate(l)
		return l
	}
	if err := made().verifyPlaces(); err != nil {
		t.Fatal(err)
	}
	for i := range made().ops {
		for k := range made().ops[i].uses {
			l := made()
			u := &l.ops[i].uses[k]
			if u.at = loc(rsp); l.verifyPlaces() == nil {
				t.Errorf("operand %d of operation %d is not missed", k, i)
			}
		}
		for k := range made().ops[i].before {
			l := made()
			m := &l.ops[i].before[k]
			if m.from == m.to {
				continue
			}
			to := m.to
			if m.to = loc(rsp); l.ops[i].op == mJump && l.verifyPlaces() == nil { // others may be where it was already
				t.Errorf("move %d of operation %d is not missed", k, i)
			}
			if m.to, m.from = to, loc(rsp); l.verifyPlaces() == nil {
				t.Errorf("move %d of operation %d may come from anywhere", k, i)
			}
		}
	}
}
