package engine

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestProcessorIsKnown holds that the variable of wazero's that keys rely on is there
// and means what we think: without it nothing is kept.
func TestProcessorIsKnown(t *testing.T) {
	features, known := Processor(false)
	if !known {
		t.Errorf("wazero says %x of the processor, which says %x", features, detectedFeatures())
	}
	if generic, _ := Processor(true); generic != features&genericFeatures {
		t.Errorf("generic code makes use of %x of %x", generic, features)
	}
	if compiles := runtime.GOARCH == "amd64"; compiles && features&genericFeatures == 0 {
		t.Errorf("features %x lack what wazero needs here", features)
	}
}

// TestUnknownProcessorIsNotGuessed states that where wazero's variable is another,
// nothing is known and no generic code is made.
func TestUnknownProcessorIsNotGuessed(t *testing.T) {
	all := cpuFeatures
	defer func() { cpuFeatures = all }()
	cpuFeatures = detectedFeatures() ^ 2
	if features, known := Processor(false); known {
		t.Errorf("features %x are taken for known", features)
	}
	if err := compileGeneric(func() { t.Error("compiled") }); err == nil {
		t.Error("generic code without an error")
	}
}

// TestGenericCode compiles an instruction that the processor may have, and makes do
// without it.
func TestGenericCode(t *testing.T) {
	m, err := wat.Parse([]byte(`(module (func (export "f") (param i32) (result i32) (i32.clz (local.get 0))))`))
	if err != nil {
		t.Fatal(err)
	}
	const abm = 4 // among the features of amd64
	for _, generic := range []bool{false, true} {
		r := New(t.Context(), Config{Artifacts: true})
		defer r.Close(t.Context())
		var code []byte
		_, err := r.CompileWith(t.Context(), wasm.Encode(m), CompileOptions{
			Generic: generic, Save: func(a Artifact) { code = bytes.Clone(a.Body) },
		})
		if err != nil {
			t.Fatal(err)
		}
		features, _ := Processor(generic)
		want := runtime.GOARCH == "amd64" && features&abm != 0
		lzcnt := []byte{0x0F, 0xBD} // behind a prefix that makes it lzcnt rather than bsr
		at := bytes.Index(code, lzcnt)
		if got := at > 0 && code[at-1] == 0xF3; got != want && runtime.GOARCH == "amd64" {
			t.Errorf("generic %v: lzcnt in the code: %v, want %v\n%x", generic, got, want, code)
		}
		if len(code) == 0 && runtime.GOARCH == "amd64" {
			t.Errorf("generic %v: no code", generic)
		}
	}
}
