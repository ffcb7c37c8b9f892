package engine_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// withHost is an instance that exports f, which calls host.
func withHost(t *testing.T, c engine.Config, host func()) *engine.Instance {
	t.Helper()
	rt := engine.New(context.Background(), c)
	t.Cleanup(func() {
		if err := rt.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	b := rt.Wazero().NewHostModuleBuilder("h")
	b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(context.Context, api.Module, []uint64) { host() }), nil, nil).Export("f")
	hostCode, err := b.Compile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	hostModule, err := rt.Wazero().InstantiateModule(t.Context(), hostCode, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	m, err := wat.Parse([]byte(`(module (import "h" "f" (func $f)) (func (export "f") nop (call $f)))`))
	if err != nil {
		t.Fatal(err)
	}
	code, err := rt.Compile(t.Context(), wasm.Encode(m), 1)
	if err != nil {
		t.Fatal(err)
	}
	inst, err := rt.Instantiate(t.Context(), code, engine.Options{
		Imports: func(string) *engine.Instance { return engine.Host(hostModule) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return inst
}

func TestWhatHostFunctionsPanicWith(t *testing.T) {
	cause := errors.New("disk on fire")
	for _, interpreter := range []bool{false, true} {
		for _, tc := range []struct {
			name string
			with any
			want fault.Code // Success for a defect
		}{
			{"code", fault.CostLimitExceeded, fault.CostLimitExceeded},
			{"error with a code", fault.New(fault.Interrupted, "line"), fault.Interrupted},
			{"error", cause, fault.HostFuncError},
			{"text", "boom", fault.Success},
		} {
			inst := withHost(t, engine.Config{Interpreter: interpreter}, func() { panic(tc.with) })
			err := inst.Call(t.Context(), "f", nil)
			if tc.want == fault.Success {
				if _, ok := errors.AsType[*engine.Defect](err); !ok {
					t.Errorf("%s (interpreter %v): %v, want a defect", tc.name, interpreter, err)
				}
				continue
			}
			trap, ok := errors.AsType[*engine.Trap](err)
			if !ok || trap.Code != tc.want || trap.Cause == nil {
				t.Errorf("%s (interpreter %v): %v, want %v", tc.name, interpreter, err, tc.want)
				continue
			}
			if n := len(trap.Frames); n != 2 || trap.Frames[0].Offset >= 0 || trap.Frames[1].Offset < 0 {
				t.Errorf("%s (interpreter %v): frames %v, want the host's and the caller's", tc.name, interpreter, trap.Frames)
			}
			if tc.with == any(cause) && !errors.Is(err, cause) {
				t.Errorf("%s (interpreter %v): %v does not wrap the cause", tc.name, interpreter, err)
			}
		}
	}
}

func TestRuntimeErrorOfGoIsADefect(t *testing.T) {
	var nothing *engine.Trap
	err := withHost(t, engine.Config{}, func() { nothing.Code = 1 }).Call(t.Context(), "f", nil)
	if _, ok := errors.AsType[*engine.Defect](err); !ok {
		t.Errorf("%v, want a defect", err)
	}
}

func TestUnboundedRecursion(t *testing.T) {
	b, err := os.ReadFile("../../testdata/hostile/recursion.wasm")
	if err != nil {
		t.Fatal(err)
	}
	err = instanceOf(t, engine.Config{}, b).Call(t.Context(), "_start", nil)
	trap, ok := errors.AsType[*engine.Trap](err)
	if !ok || trap.Code != fault.RuntimeError || trap.Cause == nil {
		t.Errorf("%v, want an exhausted call stack", err)
	}
}
