package debuginfo

import (
	"os"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

// TestPlacesOfC states where in testdata/traps/null.c the null dereference is, and which function is
// inlined there.
func TestPlacesOfC(t *testing.T) {
	b, err := os.ReadFile("../../testdata/traps/null.wasm")
	if err != nil {
		t.Fatal(err)
	}
	m, err := wasm.Decode(b, wasm.Wasm3)
	if err != nil {
		t.Fatal(err)
	}
	var code int64
	for _, s := range m.Sections {
		if s.ID == wasm.SectionCode {
			code = s.Offset
		}
	}
	info, found := New(m, code, nil), false
	for n, body := range m.Bodies {
		_, r, err := body.Locals(wasm.Wasm3)
		if err != nil {
			t.Fatal(err)
		}
		for n < 12 && r.More() && !found {
			var in wasm.Instr
			if err := r.Next(&in); err != nil {
				t.Fatal(err)
			}
			p := info.Places(m.ImportedCount(wasm.ExternFunc)+uint32(n), in.Offset)
			if len(p) == 2 && p[0].Function == "sum" && p[0].Line == 14 && p[0].Inlined && p[1].Function == "main" && p[1].Line == 22 {
				found = true
			}
		}
		if found {
			break
		}
	}
	if !found {
		t.Error("sum is not found in main")
	}
}
