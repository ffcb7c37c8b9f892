package engine

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestGenericCode compiles an instruction that the processor may have, and makes do
// without it.
func TestGenericCode(t *testing.T) {
	if runtime.GOARCH != "amd64" || cpuFeatures == 0 {
		t.Skip("wazero's code for this processor is the same everywhere")
	}
	if Processor(false) == Processor(true) {
		t.Skip("this processor has no more than what is needed")
	}
	m, err := wat.Parse([]byte(`(module (func (export "f") (param i32) (result i32) (i32.clz (local.get 0))))`))
	if err != nil {
		t.Fatal(err)
	}
	var code [2][]byte
	for i, generic := range []bool{false, true} {
		r := New(t.Context(), Config{Artifacts: true})
		defer r.Close(t.Context())
		_, err := r.CompileWith(t.Context(), wasm.Encode(m), CompileOptions{
			Generic: generic, Save: func(a Artifact) { code[i] = bytes.Clone(a.Body) },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	lzcnt := []byte{0x0F, 0xBD} // behind a prefix that makes it lzcnt rather than bsr
	for i, want := range []bool{true, false} {
		at := bytes.Index(code[i], lzcnt)
		if got := at > 0 && code[i][at-1] == 0xF3; got != want {
			t.Errorf("generic %v: lzcnt in the code: %v, want %v\n%x", i == 1, got, want, code[i])
		}
	}
}
