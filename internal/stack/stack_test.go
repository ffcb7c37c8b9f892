package stack

import (
	"slices"
	"testing"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// types are those of a module without any.
func types() *wasm.TypeSpace { return wasm.NewTypeStore().Space(&wasm.Module{}) }

// TestPutAndTakeAreInverse states that what is put on a stack is taken from it again.
func TestPutAndTakeAreInverse(t *testing.T) {
	ts := []wasm.ValType{wasm.I32, wasm.V128, wasm.I64, wasm.ExternRef, wasm.F32, wasm.FuncRef, wasm.F64, wasm.V128}
	vs := []value.Value{
		{Kind: value.I32, Lo: 7}, {Kind: value.V128, Lo: 1, Hi: 2}, {Kind: value.I64, Lo: 1<<64 - 1},
		{Kind: value.ExternRef, Null: true}, {Kind: value.F32, Lo: 0x7fc00000}, {Kind: value.FuncRef, Lo: 99},
		{Kind: value.F64, Lo: 1 << 63}, {Kind: value.V128, Lo: 3, Hi: 4},
	}
	s := For(&wasm.FuncType{Results: ts})
	if len(s) != len(ts)+2 {
		t.Fatalf("%d elements for %d values, two of them vectors", len(s), len(ts))
	}
	if err := Put(s, vs, nil); err != nil {
		t.Fatal(err)
	}
	if got := Take(s, ts, types(), nil); !slices.Equal(got, vs) {
		t.Errorf("got %v, want %v", got, vs)
	}
}

// TestTakeLooksAtLowHalves states that of a value of 32 bits only these are told: the
// engine leaves anything above.
func TestTakeLooksAtLowHalves(t *testing.T) {
	for _, vt := range []wasm.ValType{wasm.I32, wasm.F32} {
		if got := Take([]uint64{0xdead_beef_0000_0001}, []wasm.ValType{vt}, types(), nil)[0].Lo; got != 1 {
			t.Errorf("%v: %#x", vt, got)
		}
	}
}

// TestForHoldsBoth states that a stack is long enough for parameters and for results.
func TestForHoldsBoth(t *testing.T) {
	one, three := []wasm.ValType{wasm.I32}, []wasm.ValType{wasm.V128, wasm.I32}
	for _, f := range []wasm.FuncType{{Params: one, Results: three}, {Params: three, Results: one}} {
		if n := len(For(&f)); n != 3 {
			t.Errorf("%v: %d elements", f, n)
		}
	}
}

// TestCheckArguments states that arguments fit by number and by kind, and what is said of
// those that do not.
func TestCheckArguments(t *testing.T) {
	f := &wasm.FuncType{Params: []wasm.ValType{wasm.I32, wasm.ExternRef}, Results: []wasm.ValType{wasm.I64}}
	i32, i64, ref := value.Value{Kind: value.I32}, value.Value{Kind: value.I64}, value.Value{Kind: value.ExternRef, Null: true}
	if err := Check(f, []value.Value{i32, ref}, types()); err != nil {
		t.Error(err)
	}
	for _, args := range [][]value.Value{nil, {i32}, {i32, ref, ref}, {i64, ref}, {ref, i32}} {
		err := Check(f, args, types())
		if err == nil || err.Code != fault.FuncSigMismatch || len(err.Info) != 1 {
			t.Errorf("%v: %v", args, err)
		}
	}
}
