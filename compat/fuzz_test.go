package compat_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// FuzzInstantiate states that what our loader and validator let pass can be
// lowered and compiled, and that whatever else is wrong with a module has a code.
// Start functions are left out, as they may not end.
func FuzzInstantiate(f *testing.F) {
	files, err := filepath.Glob(guests + "*.wasm")
	if err != nil || len(files) == 0 {
		f.Fatalf("no guests: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 4096 {
			f.Add(b)
		}
	}
	features := wasm.Wasm3 | wasm.Threads
	pages := uint32(16)
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := wasm.Decode(b, features); err == nil && m.Start != nil {
			t.Skip("has a start function")
		}
		ctx := context.Background()
		vm := compat.New(compat.Config{Features: &features, Limits: limits.Config{MemoryPages: &pages}, Workers: 1})
		defer vm.Close(ctx)
		err := vm.Load(b)
		if err == nil {
			err = vm.Validate()
		}
		if err == nil {
			err = vm.Instantiate(ctx)
		}
		if err == nil {
			return
		}
		if _, ok := errors.AsType[*engine.Defect](err); ok {
			t.Fatalf("%x: %v", b, err)
		}
		if _, ok := errors.AsType[*fault.Error](err); !ok {
			t.Fatalf("%x: error without a code: %v", b, err)
		}
	})
}
