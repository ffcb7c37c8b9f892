package prepare

import (
	"bytes"
	"context"
	"runtime"
	"testing"
	"weak"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestModuleIsLetGoOf states that nothing holds what the engine is given any more once it has been read: large modules that passes
// have changed would be in memory three times while they are compiled.
func TestModuleIsLetGoOf(t *testing.T) {
	if !native.Available() {
		t.Skip("nothing is compiled here that would be kept")
	}
	ctx := t.Context()
	text, err := wat.Parse([]byte(`(module (func (export "f") (result i32) (i32.const 1)))`))
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Features: wasm.Wasm3, Workers: 1}
	m, err := o.Decode(wasm.Encode(text))
	if err != nil {
		t.Fatal(err)
	}
	target := Target{Engine: engine.New(ctx, engine.Config{Artifacts: true}), Way: Compile}
	defer target.Engine.Close(context.Background())
	plan := o.Plan(false)
	r, err := m.Lower(m.Module, 0, plan)
	if err != nil {
		t.Fatal(err)
	}
	var given weak.Pointer[byte]
	encoded := func() []byte {
		b := bytes.Clone(m.Bytes)
		given = weak.Make(&b[0])
		return b
	}
	saved := false
	if _, err := m.compileBest(ctx, target, encoded(), plan, r, func(native.Machine) {
		saved = true
		runtime.GC()
		if given.Value() != nil {
			t.Error("what the engine was given is held while its code is saved")
		}
	}); err != nil || !saved {
		t.Fatalf("saved: %t; %v", saved, err)
	}
}
