package wasm

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// place is where an instruction is.
type place struct {
	op       Op
	from, to int64
}

// TestUntilFindsWhatIsThere states that skimmed code has the instructions of a set that it has when it is read, and
// at the same places.
func TestUntilFindsWhatIsThere(t *testing.T) {
	files, err := filepath.Glob("../../bench/guests/*.wasm")
	more, err2 := filepath.Glob("../../testdata/guests/*.wasm")
	if err != nil || err2 != nil || len(files) == 0 || len(more) == 0 {
		t.Fatal("no guests", err, err2)
	}
	sets := map[string][]Op{
		"calls":    {OpRefFunc, OpLoop, OpCall, OpReturnCall, OpCallIndirect, OpReturnCallIndirect, OpCallRef, OpReturnCallRef},
		"anything": {OpEnd, OpI64Const, OpF64Const, OpMemoryCopy, OpI32x4Add, OpI32Load8U, OpI64Store, OpBrTable, OpIf},
		"nothing":  nil,
	}
	for _, file := range append(files, more...) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Decode(b, Wasm3|Threads)
		if err != nil {
			continue
		}
		for name, ops := range sets {
			skim := NewSkim(ops...)
			for i := range m.Bodies {
				var want, got []place
				_, r, err := m.Bodies[i].Locals(Wasm3 | Threads)
				if err != nil {
					t.Fatal(err)
				}
				for r.More() {
					var in Instr
					if err := r.Next(&in); err != nil {
						t.Fatal(err)
					}
					if slices.Contains(ops, in.Op) {
						want = append(want, place{in.Op, in.Offset, r.Pos()})
					}
				}
				_, r, _ = m.Bodies[i].Locals(Wasm3 | Threads)
				for {
					var in Instr
					found, err := r.Until(skim, &in)
					if err != nil {
						t.Fatal(err)
					}
					if !found {
						break
					}
					got = append(got, place{in.Op, in.Offset, r.Pos()})
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%s: function %d has %d %s, want %d", file, i, len(got), name, len(want))
				}
			}
		}
	}
}

// TestUntilReadsOddCode states that instructions are found behind such as name a memory, a heap type or numbers of many bytes.
func TestUntilReadsOddCode(t *testing.T) {
	code := []byte{
		byte(0x02), 0x40, // block
		0x02, 0x63, 0x70, // block (result (ref null func))
		0x28, 0x42, 0x01, 0x10, // i32.load of memory 1
		0x28, 0x02, 0x90, 0x80, 0x00, // i32.load with a long offset
		0x42, 0x80, 0x80, 0x80, 0x80, 0x10, // i64.const
		0x43, 0x10, 0x10, 0x10, 0x10, // f32.const
		0x44, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, // f64.const
		0xFC, 0x10, 0x00, // table.size
		0xFD, 0x0C, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, // v128.const
		0x0E, 0x02, 0x10, 0x10, 0x10, // br_table
		0x10, 0x85, 0x00, // call 5
		0x0B, 0x0B,
	}
	r, s := NewReader(code, 100, Wasm3), NewSkim(OpCall)
	var in Instr
	found, err := r.Until(s, &in)
	if !found || err != nil || in.Op != OpCall || in.X != 5 || in.Offset != 100+int64(len(code))-5 {
		t.Errorf("%v %v: %+v", found, err, in)
	}
	if found, err = r.Until(s, &in); found || err != nil {
		t.Errorf("then %v %v: %+v", found, err, in)
	}
}
