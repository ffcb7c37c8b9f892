package compat_test

import (
	"errors"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/wasm"
)

// TestTooManyMemories states that a module with more memories than a process has
// mappings for is refused by name.
func TestTooManyMemories(t *testing.T) {
	m := &wasm.Module{Memories: make([]wasm.MemoryType, 40_000)}
	b := wasm.Encode(m)
	vm := newVM(t, compat.Config{})
	if err := errors.Join(vm.Load(b), vm.Validate()); err != nil {
		t.Fatal(err)
	}
	if err := vm.Instantiate(t.Context()); !errors.As(err, new(*compat.ResourceError)) {
		t.Errorf("Instantiate = %v", err)
	}
}
