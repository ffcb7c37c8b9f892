package replay_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/replay"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

// decoded is the module of text as it is read from a file, so that its
// instructions have offsets.
func decoded(t testing.TB, text string) *wasm.Module {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if m, err = wasm.Decode(wasm.Encode(m), wasm.Wasm3|wasm.Threads); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return m
}

// offsetOf is where the first op of the first function of m that has one stands.
func offsetOf(t testing.TB, m *wasm.Module, op wasm.Op) int64 {
	t.Helper()
	for i := range m.Bodies {
		_, r, err := m.Bodies[i].Locals(wasm.Wasm3 | wasm.Threads)
		if err != nil {
			t.Fatal(err)
		}
		for r.More() {
			var in wasm.Instr
			if err := r.Next(&in); err != nil {
				t.Fatal(err)
			}
			if in.Op == op {
				return in.Offset
			}
		}
	}
	t.Fatalf("no %v", op)
	return 0
}

func TestOperandsOfTheTrap(t *testing.T) {
	const memory = `(memory 1) (data "abc") (table 3 funcref) (elem func 0) (type $v (func))`
	for _, tc := range []struct {
		code string
		op   wasm.Op
		want []uint64
	}{
		{`(drop (i32.div_u (i32.const 7) (i32.const 0)))`, wasm.OpI32DivU, []uint64{7, 0}},
		{`(drop (i64.rem_s (i64.const -1) (i64.const 0)))`, wasm.OpI64RemS, []uint64{math.MaxUint64, 0}},
		{`(drop (i32.trunc_f64_s (f64.const 1e10)))`, wasm.OpI32TruncF64S, []uint64{math.Float64bits(1e10)}},
		{`(drop (i32.trunc_f32_u (f32.const nan)))`, wasm.OpI32TruncF32U, []uint64{0x7fc00000}},
		{`(drop (i32.load (i32.const 65536)))`, wasm.OpI32Load, []uint64{65536}},
		{`(i64.store (i32.const 65529) (i64.const 5))`, wasm.OpI64Store, []uint64{65529, 5}},
		{`(v128.store (i32.const 65529) (v128.const i32x4 1 2 3 4))`, wasm.OpV128Store, []uint64{65529, 0}},
		{`(memory.fill (i32.const 1) (i32.const 2) (i32.const 65536))`, wasm.OpMemoryFill, []uint64{1, 2, 65536}},
		{`(memory.copy (i32.const 1) (i32.const 2) (i32.const 65536))`, wasm.OpMemoryCopy, []uint64{1, 2, 65536}},
		{`(memory.init 0 (i32.const 1) (i32.const 2) (i32.const 3))`, wasm.OpMemoryInit, []uint64{1, 2, 3}},
		{`(table.set (i32.const 3) (ref.null func))`, wasm.OpTableSet, []uint64{3, 0}},
		{`(table.init 0 (i32.const 1) (i32.const 2) (i32.const 3))`, wasm.OpTableInit, []uint64{1, 2, 3}},
		{`(call_indirect (type $v) (i32.const 2))`, wasm.OpCallIndirect, []uint64{2}},
		{`(local $n i32)
		  (loop (local.set $n (i32.add (local.get $n) (i32.const 1)))
		    (drop (i32.div_u (i32.const 9) (i32.sub (i32.const 4) (local.get $n)))) (br 0))`, wasm.OpI32DivU, []uint64{9, 0}},
	} {
		m := decoded(t, `(module `+memory+` (func (export "f") `+tc.code+`))`)
		instrumented := replay.Instrument(m, offsetOf(t, m, tc.op), false)
		if instrumented == nil {
			t.Errorf("%s: nothing to instrumenter", tc.code)
			continue
		}
		if _, err := validate.Module(instrumented.Module, wasm.Wasm3, validate.Options{}); err != nil {
			t.Errorf("%s: the instrumented module is invalid: %v", tc.code, err)
			continue
		}
		if got := run(t, instrumented.Module, instrumented.Operands); !slices.Equal(got, tc.want) {
			t.Errorf("%s: operands %v, want %v", tc.code, got, tc.want)
		}
	}
}

// run calls f of m, which has to trap, and returns the operands recorded, 0 for what is
// no number.
func run(t *testing.T, m *wasm.Module, operands []replay.Recorded) []uint64 {
	t.Helper()
	rt := engine.New(t.Context(), engine.Config{})
	defer rt.Close(t.Context())
	code, err := rt.Compile(t.Context(), wasm.Encode(m), 1)
	if err != nil {
		t.Fatal(err)
	}
	inst, err := rt.Instantiate(t.Context(), code, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*engine.Trap](inst.Call(t.Context(), "f", nil)); !ok {
		t.Error("no trap")
	}
	recorded := make([]uint64, len(operands))
	for n, o := range operands {
		if o.Global != "" {
			recorded[n], _ = inst.Global(o.Global)
		}
	}
	return recorded
}

// What is recorded beside operands is that of the moment: tables and memories grow,
// segments are dropped, elements set.
func TestWhatTheInstructionFinds(t *testing.T) {
	const text = `(module (memory 1) (data $d "abc") (table 3 funcref) (elem $e func 0)
		(func (export "f") (data.drop $d) (elem.drop $e)
			(drop (memory.grow (i32.const 2))) (drop (table.grow (ref.null func) (i32.const 4)))
			%s))`
	for _, tc := range []struct {
		code    string
		op      wasm.Op
		sizes   []uint64
		dropped uint64
	}{
		{`(drop (i32.load (i32.const -1)))`, wasm.OpI32Load, []uint64{3}, 0},
		{`(memory.copy (i32.const 0) (i32.const 0) (i32.const -1))`, wasm.OpMemoryCopy, []uint64{3, 3}, 0},
		{`(memory.init $d (i32.const 0) (i32.const 1) (i32.const 1))`, wasm.OpMemoryInit, []uint64{3}, 1},
		{`(table.init $e (i32.const 0) (i32.const 1) (i32.const 1))`, wasm.OpTableInit, []uint64{7}, 1},
		{`(drop (table.get (i32.const 7)))`, wasm.OpTableGet, []uint64{7}, 0},
		{`(call_indirect (i32.const 7))`, wasm.OpCallIndirect, []uint64{7}, 0},
	} {
		m := decoded(t, fmt.Sprintf(text, tc.code))
		w := replay.Instrument(m, offsetOf(t, m, tc.op), false)
		if w == nil {
			t.Errorf("%s: nothing to instrumenter", tc.code)
			continue
		}
		recorded := run(t, w.Module, append(w.Sizes, w.Dropped))
		want := append(tc.sizes, tc.dropped)
		if !slices.Equal(recorded, want) {
			t.Errorf("%s: sizes and whether the segment was dropped %v, want %v", tc.code, recorded, want)
		}
	}
}

func TestNothingToWatch(t *testing.T) {
	m := decoded(t, `(module (func nop unreachable) (func (param i32)))`)
	for _, offset := range []int64{
		0,                                  // no function
		offsetOf(t, m, wasm.OpNop),         // does not trap
		offsetOf(t, m, wasm.OpUnreachable), // has no operands
		m.Bodies[1].Offset + 100,           // behind the last function
		offsetOf(t, m, wasm.OpNop) - 1,     // no instruction
	} {
		if instrumented := replay.Instrument(m, offset, false); instrumented != nil {
			t.Errorf("offset %#x is instrumented", offset)
		}
	}
}

func TestWatchLeavesItsArgumentAlone(t *testing.T) {
	m := decoded(t, `(module (memory 1) (func (export "f") (param i32) (result i32) (i32.load (local.get 0))))`)
	before := wasm.Encode(m)
	if instrumented := replay.Instrument(m, offsetOf(t, m, wasm.OpI32Load), true); instrumented == nil {
		t.Fatal("nothing to instrumenter")
	}
	if !slices.Equal(before, wasm.Encode(m)) {
		t.Error("the module has changed")
	}
}
