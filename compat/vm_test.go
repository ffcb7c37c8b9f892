package compat_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
)

const guests = "../testdata/guests/"

// instantiated is a VM that has the file instantiated.
func instantiated(t testing.TB, c compat.Config, file string) *compat.VM {
	t.Helper()
	vm := compat.New(c)
	t.Cleanup(func() {
		if err := vm.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	if err := vm.LoadFile(guests + file); err != nil {
		t.Fatalf("LoadFile(%s): %v", file, err)
	}
	if err := vm.Validate(); err != nil {
		t.Fatalf("Validate(%s): %v", file, err)
	}
	if err := vm.Instantiate(t.Context()); err != nil {
		t.Fatalf("Instantiate(%s): %v", file, err)
	}
	return vm
}

func TestReactor(t *testing.T) {
	for _, interpreter := range []bool{false, true} {
		vm := instantiated(t, compat.Config{Interpreter: interpreter}, "fib.wasm")
		got, err := vm.Invoke(t.Context(), "fib", value.OfI32(10))
		if err != nil || len(got) != 1 || got[0] != value.OfI32(55) {
			t.Errorf("fib(10) = %v, %v; want 55", got, err)
		}
	}
}

func TestCommand(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	vm := instantiated(t, compat.Config{WASI: compat.WASIConfig{Stdout: out}}, "hello.wasm")
	if got := vm.Entry(); got != compat.Command {
		t.Errorf("Entry() = %d, want Command", got)
	}
	if _, err := vm.Invoke(t.Context(), "_start"); err != nil {
		t.Errorf("_start: %v", err)
	}
	if b, err := os.ReadFile(out.Name()); err != nil || len(b) == 0 {
		t.Errorf("the guest wrote %q, %v", b, err)
	}
}

func TestExitStatus(t *testing.T) {
	vm := instantiated(t, compat.Config{}, "exit.wasm")
	_, err := vm.Invoke(t.Context(), "_start")
	if e, ok := errors.AsType[*compat.ExitError](err); !ok || e.Status != 42 {
		t.Errorf("_start: %v, want exit status 42", err)
	}
}

func TestStagesRefuseWhatDoesNotFit(t *testing.T) {
	wrong := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, fault.WrongVMWorkflow) {
			t.Errorf("%s: %v, want WrongVMWorkflow", what, err)
		}
	}
	ctx := t.Context()
	vm := compat.New(compat.Config{})
	defer vm.Close(ctx)
	wrong("Validate before Load", vm.Validate())
	wrong("Instantiate before Load", vm.Instantiate(ctx))
	_, err := vm.Invoke(ctx, "f")
	wrong("Invoke before Instantiate", err)
	if err := vm.LoadFile(guests + "fib.wasm"); err != nil {
		t.Fatal(err)
	}
	wrong("Instantiate before Validate", vm.Instantiate(ctx))
	if err := vm.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := vm.Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	wrong("Load when instantiated", vm.LoadFile(guests+"fib.wasm"))
	if err := vm.Close(ctx); err != nil {
		t.Fatal(err)
	}
	wrong("Load when closed", vm.LoadFile(guests+"fib.wasm"))
}
