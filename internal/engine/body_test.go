package engine_test

import (
	"context"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestReplacedBody states that an interpreted function has another body from its next call on,
// which works on the memory of its instance; and that nothing compiled is touched.
func TestReplacedBody(t *testing.T) {
	compile := func(rt *engine.Runtime, text string) *engine.Code {
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
	for _, interpreter := range []bool{true, false} {
		rt := engine.New(context.Background(), engine.Config{Interpreter: interpreter})
		defer rt.Close(context.Background())
		core := compile(rt, `(module (memory 1) (data (i32.const 4) "\2a") (func) (func (export "f") (result i32) i32.const 1))`)
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
		body := compile(rt, `(module (memory 1) (func (result i32) (i32.load (i32.const 4))))`)
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
