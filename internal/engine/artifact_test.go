package engine

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

const answer = `(module
  (memory 1) (data (i32.const 0) "\2a")
  (func (export "answer") (result i32) (i32.load (call $zero)))
  (func $zero (result i32) (i32.const 0))
  (func (export "trap") (unreachable)))`

func compileAnswer(t *testing.T, m *wasm.Module, o CompileOptions) *Instance {
	t.Helper()
	ctx := t.Context()
	r := New(ctx, Config{Artifacts: true})
	t.Cleanup(func() { r.Close(context.Background()) })
	if r.cache == nil {
		t.Fatal("this version of wazero does not let its code be kept")
	}
	code, err := r.CompileWith(ctx, wasm.Encode(m), o)
	if err != nil {
		t.Fatal(err)
	}
	i, err := r.Instantiate(ctx, code, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestArtifactRunsWithASkeleton saves the code of a module and runs it under a
// module whose bodies are gone. Where nothing is compiled, there is nothing to be saved.
func TestArtifactRunsWithASkeleton(t *testing.T) {
	m, err := wat.Parse([]byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	var saved []byte
	compileAnswer(t, m, CompileOptions{Save: func(code Artifact) { saved = append(append(code.Before, code.Body...), code.After...) }})
	compiled := runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64"
	if (saved != nil) != compiled {
		t.Fatalf("%d bytes of code were saved; compiled: %v", len(saved), compiled)
	}
	if !compiled {
		return
	}
	skeleton := *m
	skeleton.Bodies = make([]wasm.Body, len(m.Bodies))
	for i := range skeleton.Bodies {
		skeleton.Bodies[i].Code = []byte{0, 0x00, 0x0b} // no locals, unreachable, end
	}
	inst := compileAnswer(t, &skeleton, CompileOptions{Load: io.NopCloser(bytes.NewReader(saved))})
	stack := make([]uint64, 1)
	if err := inst.Call(t.Context(), "answer", stack); err != nil || stack[0] != 42 {
		t.Errorf("answer = %d, %v; want 42", stack[0], err)
	}
}
