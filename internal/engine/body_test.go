package engine_test

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// compileText is the module text, compiled in rt.
func compileText(t *testing.T, rt *engine.Runtime, text string) *engine.Code {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	code, err := rt.CompileWith(t.Context(), wasm.Encode(m), engine.CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestReplacedBody states that an interpreted function has another body from its next call on,
// which works on the memory of its instance; and that nothing compiled is touched.
func TestReplacedBody(t *testing.T) {
	for _, interpreter := range []bool{true, false} {
		rt := engine.New(context.Background(), engine.Config{Interpreter: interpreter})
		defer rt.Close(context.Background())
		core := compileText(t, rt, `(module (memory 1) (data (i32.const 4) "\2a") (func) (func (export "f") (result i32) i32.const 1))`)
		inst, err := rt.Instantiate(t.Context(), core, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f := func() uint64 {
			stack := make([]uint64, 1)
			if err := inst.Call(t.Context(), "f", stack); err != nil {
				t.Fatal(err)
			}
			return stack[0]
		}
		if got := f(); got != 1 {
			t.Fatalf("interpreter %v: %d at first", interpreter, got)
		}
		body := compileText(t, rt, `(module (memory 1) (func (result i32) (i32.load (i32.const 4))))`)
		replaced := inst.ReplaceBody(1, body)
		want := uint64(1)
		if interpreter {
			want = 42
		}
		if got := f(); replaced != interpreter || got != want {
			t.Errorf("interpreter %v: replaced %v, %d then", interpreter, replaced, got)
		}
		if inst.ReplaceBody(2, body) {
			t.Errorf("interpreter %v: a function that is not there has another body", interpreter)
		}
	}
}

// TestDroppedBodies states that an instance that is closed does not hold on to the bodies of its functions, whoever holds on to it.
func TestDroppedBodies(t *testing.T) {
	rt := engine.New(context.Background(), engine.Config{Interpreter: true})
	defer rt.Close(context.Background())
	inst, err := rt.Instantiate(t.Context(), compileText(t, rt, `(module (memory 1) (func (export "f")))`), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 1 << 17
	var before, with, without runtime.MemStats
	heap := func(m *runtime.MemStats) {
		runtime.GC()
		runtime.ReadMemStats(m)
	}
	heap(&before)
	body := compileText(t, rt, `(module (memory 1) (func `+strings.Repeat("(i32.store (i32.const 0) (i32.const 1))", n)+`))`)
	if !inst.ReplaceBody(0, body) {
		t.Fatal("the body is not replaced")
	}
	if err := body.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	heap(&with)
	inst.DropBodies()
	heap(&without)
	if held := int64(with.HeapAlloc) - int64(before.HeapAlloc); held < n {
		t.Fatalf("the body takes %d bytes", held) // the test would say nothing
	} else if left := int64(without.HeapAlloc) - int64(before.HeapAlloc); left > held/2 {
		t.Errorf("%d bytes of %d are left", left, held)
	}
	runtime.KeepAlive(inst)
}
