package wasm

import "testing"

// TestTableIsWhole holds the instruction table to its rules: every row filled, no
// two instructions with one encoding, and known places in WasmEdge's numbering.
func TestTableIsWhole(t *testing.T) {
	type encoding struct {
		prefix byte
		code   uint32
	}
	seen := map[encoding]Op{}
	for op := Op(0); op < NumOps; op++ {
		r := op.Info()
		if r.Name == "" || r.Sig == "" || r.Imm >= numImmKinds {
			t.Errorf("op %#x: incomplete row %+v", uint16(op), *r)
		}
		e := encoding{r.Prefix, r.Code}
		if other, dup := seen[e]; dup {
			t.Errorf("%s and %s share encoding %#x %#x", op, other, r.Prefix, r.Code)
		}
		seen[e] = op
	}
	for _, tc := range []struct {
		op    Op
		index uint16
		name  string
	}{
		{OpUnreachable, 0x000, "unreachable"}, {OpEnd, 0x008, "end"}, {OpI32DivS, 0x063, "i32.div_s"},
		{OpRefTestNull, 0x0d7, "ref.test (ref.null)"}, {OpV128Const, 0x0ff, "v128.const"},
		{OpF64x2RelaxedMadd, 0x1e6, "f32x4.relaxed_madd"}, {OpMemoryAtomicNotify, 0x1f3, "memory.atomic.notify"},
		{OpI64AtomicRmw32CmpxchgU, 0x235, "i64.atomic.rmw32.cmpxchg_u"},
	} {
		if uint16(tc.op) != tc.index || tc.op.Printed() != tc.name {
			t.Errorf("%s has number %#x and is printed %q, want %#x and %q", tc.op, uint16(tc.op), tc.op.Printed(), tc.index, tc.name)
		}
	}
}

func TestFeatureDependencies(t *testing.T) {
	for _, tc := range []struct {
		name      string
		got, want Features
	}{
		{"disabling what GC needs does nothing", Wasm3.Without(FunctionReferences), Wasm3},
		{"disabling reference types under GC does nothing", Wasm3.Without(ReferenceTypes), Wasm3},
		{"in order all three go", Wasm3.Without(GC).Without(FunctionReferences).Without(ReferenceTypes), Wasm3 &^ (GC | FunctionReferences | ReferenceTypes)},
		{"GC brings the other two", Wasm1.With(GC), Wasm1 | GC | FunctionReferences | ReferenceTypes},
		{"nothing depends on SIMD", Wasm2.Without(SIMD), Wasm2 &^ SIMD},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %b, want %b", tc.name, tc.got, tc.want)
		}
	}
}
