package replay_test

import (
	"slices"
	"testing"

	"github.com/wazedge/wazedge/internal/replay"
	"github.com/wazedge/wazedge/internal/wasm"
)

// TestStateIsThatOfTheCallsUnderWay states that locals are those of the calls that had not
// returned when the guest trapped, whatever the same functions were called with in between, and
// that what is no number is left out.
func TestStateIsThatOfTheCallsUnderWay(t *testing.T) {
	m := decoded(t, `(module
		(func $trap (param i32) (param externref) (result i32) (local f64)
			(local.set 2 (f64.const 0.5))
			(if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
			(i32.div_u (local.get 0) (i32.const 0)))
		(func $middle (param i64 i32) (result i32)
			(if (i32.gt_u (local.get 1) (i32.const 0))
				(then (drop (call $middle (i64.const 99) (i32.sub (local.get 1) (i32.const 1))))))
			(call $trap (i32.mul (local.get 1) (i32.const 5)) (ref.null extern)))
		(func (export "f") (local i32) (local.set 0 (i32.const 11)) (drop (call $middle (i64.const 7) (i32.const 1)))))`)
	calls := func(body int) (at []int64) {
		_, r, err := m.Bodies[body].Locals(wasm.Wasm3)
		if err != nil {
			t.Fatal(err)
		}
		for r.More() {
			var in wasm.Instr
			if err := r.Next(&in); err != nil {
				t.Fatal(err)
			}
			if in.Op == wasm.OpCall {
				at = append(at, in.Offset)
			}
		}
		return at
	}
	points := []replay.Point{{0, offsetOf(t, m, wasm.OpI32DivU)}, {1, calls(1)[1]}, {2, calls(2)[0]}, {1, calls(1)[1]}, {9, 0}, {1, 1}}
	s := replay.InstrumentState(m, points)
	var all []replay.Recorded
	all = append(all, s.Operands...)
	for _, list := range s.Locals[:3] {
		for _, o := range list {
			if o.Global != "" {
				all = append(all, o)
			}
		}
	}
	half := uint64(0x3fe0000000000000)
	if got, want := run(t, s.Module, all), []uint64{5, 0, 5, half, 7, 1, 11}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if len(s.Locals[0]) != 3 || s.Locals[0][1].Global != "" || s.Locals[3] != nil || s.Locals[4] != nil || s.Locals[5] != nil {
		t.Errorf("%+v", s.Locals)
	}
}
