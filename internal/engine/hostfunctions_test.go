package engine_test

import (
	"context"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestResultsAreInLowBits states that what functions of the host leave above results of 32
// bits is not seen by guests, compiled or interpreted.
func TestResultsAreInLowBits(t *testing.T) {
	ctx := context.Background()
	m, err := wat.Parse([]byte(`(module (import "host" "f" (func $f (result v128 i32 f32)))
	  (func (export "f") (result i64 i64)
	    (local $i i32) (local $x f32)
	    (call $f) (local.set $x) (local.set $i) (drop)
	    (select (i64.const 1) (i64.const 2) (local.get $i))
	    (if (result i64) (i32.reinterpret_f32 (local.get $x)) (then (i64.const 3)) (else (i64.const 4)))))`))
	if err != nil {
		t.Fatal(err)
	}
	for _, interpret := range []bool{false, true} {
		rt := engine.New(ctx, engine.Config{Interpreter: interpret})
		defer rt.Close(ctx)
		host, err := rt.InstantiateFunctions(ctx, "host", []engine.HostFunction{{
			Name: "f", Results: []byte{byte(wasm.V128), byte(wasm.I32), byte(wasm.F32)},
			Call: func(_ context.Context, _ engine.Caller, stack []uint64) error {
				stack[2], stack[3] = 1<<32, 1<<63
				return nil
			},
		}})
		if err != nil {
			t.Fatal(err)
		}
		code, err := rt.CompileWith(ctx, wasm.Encode(m), engine.CompileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		i, err := rt.Instantiate(ctx, code, engine.Options{Imports: func(string) *engine.Instance { return host }})
		if err != nil {
			t.Fatal(err)
		}
		stack := make([]uint64, 4)
		if err := i.Call(ctx, "f", stack); err != nil || stack[0] != 2 || stack[1] != 4 {
			t.Errorf("interpreted %t: %d, %d, %v", interpret, stack[0], stack[1], err)
		}
	}
}
