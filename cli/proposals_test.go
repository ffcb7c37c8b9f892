package cli

import (
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

// TestFeatures states WasmEdge's order of standards and proposals.
func TestFeatures(t *testing.T) {
	for _, tc := range []struct {
		options []string
		want    wasm.Features
	}{
		{nil, wasm.Wasm3},
		{[]string{"wasm-1"}, wasm.Wasm1},
		{[]string{"wasm-3", "wasm-1"}, wasm.Wasm3},
		{[]string{"disable-reference-types"}, wasm.Wasm3},
		{[]string{"disable-function-reference"}, wasm.Wasm3},
		{[]string{"disable-gc"}, wasm.Wasm3 &^ wasm.GC},
		{[]string{"disable-gc", "disable-function-reference", "disable-reference-types"}, wasm.Wasm3 &^ (wasm.GC | wasm.FunctionReferences | wasm.ReferenceTypes)},
		{[]string{"disable-tail-call", "enable-tail-call"}, wasm.Wasm3},
		{[]string{"wasm-1", "enable-gc"}, wasm.Wasm1 | wasm.GC | wasm.FunctionReferences | wasm.ReferenceTypes},
		{[]string{"wasm-1", "disable-simd", "enable-all"}, wasm.Wasm3 | wasm.Threads | wasm.ComponentModel},
	} {
		s := switches{}
		for _, o := range tc.options {
			s[o] = true
		}
		if got := s.features(); got != tc.want {
			t.Errorf("%v: features %#x, want %#x", tc.options, got, tc.want)
		}
	}
}

func TestGuestProgram(t *testing.T) {
	for path, want := range map[string]string{
		"foo.so": "foo.wasm", "noext": "noext.wasm", "a.b.c": "a.b.wasm", "dir.d/x": "x.wasm",
		".hidden": ".hidden.wasm", "foo.": "foo.wasm", "/dev/stdin": "stdin.wasm",
	} {
		if got := new(Process).guestProgram(path); got != want {
			t.Errorf("guestProgram(%q) = %q, want %q", path, got, want)
		}
	}
}
