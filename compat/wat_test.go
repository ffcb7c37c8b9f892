package compat_test

import (
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// binary is the module that text is the source of.
func binary(t testing.TB, text string) []byte {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return wasm.Encode(m)
}

// newVM is a VM that is closed at the end of the test.
func newVM(t testing.TB, c compat.Config) *compat.VM {
	t.Helper()
	vm := compat.New(c)
	t.Cleanup(func() {
		if err := vm.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return vm
}

// validated gives vm the module of text, validated.
func validated(t testing.TB, vm *compat.VM, text string) {
	t.Helper()
	if err := vm.Load(binary(t, text)); err != nil {
		t.Fatalf("Load %s: %v", text, err)
	}
	if err := vm.Validate(); err != nil {
		t.Fatalf("Validate %s: %v", text, err)
	}
}

// register instantiates the module of text in vm under name.
func register(t testing.TB, vm *compat.VM, name, text string) *compat.Instance {
	t.Helper()
	validated(t, vm, text)
	if err := vm.Instantiate(t.Context()); err != nil {
		t.Fatalf("Instantiate %s: %v", text, err)
	}
	inst, err := vm.Register(name)
	if err != nil {
		t.Fatal(err)
	}
	return inst
}
