package engine

import (
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestInterpreterCallsDeeply states that the interpreter allows more than the 2,000
// calls that it comes with, and that its bound still ends what has none.
func TestInterpreterCallsDeeply(t *testing.T) {
	m, err := wat.Parse([]byte(`(module (func $d (export "d") (param i32) (result i32)
		(if (result i32) (local.get 0)
			(then (i32.add (i32.const 1) (call $d (i32.sub (local.get 0) (i32.const 1)))))
			(else (i32.const 0)))))`))
	if err != nil {
		t.Fatal(err)
	}
	rt := New(t.Context(), Config{Interpreter: true})
	defer rt.Close(t.Context())
	code, err := rt.CompileWith(t.Context(), wasm.Encode(m), CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	inst, err := rt.Instantiate(t.Context(), code, Options{})
	if err != nil {
		t.Fatal(err)
	}
	stack := []uint64{20_000}
	if err := inst.Call(t.Context(), "d", stack); err != nil || stack[0] != 20_000 {
		t.Errorf("20,000 calls: %d, %v", stack[0], err)
	}
}

func TestDepthFitsStack(t *testing.T) {
	for _, bytes := range []int{250_000_000, goStack, 1 << 30} {
		if d := depthIn(bytes); d*interpreterFrame > min(bytes, 2*goStack) || d < 20_000 {
			t.Errorf("%d calls in a stack of %d bytes", d, bytes)
		}
	}
}
