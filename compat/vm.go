package compat

import (
	"context"
	"fmt"
	"runtime"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
)

// VM takes one module from its file to its results, in stages: [VM.LoadFile] or
// [VM.Load], [VM.Validate], [VM.Instantiate], then [VM.Invoke] as often as one
// likes. A method that does not fit the stage fails with
// [fault.WrongVMWorkflow] and changes nothing; so does a method that fails for
// another reason, so that another module can be loaded.
//
// A VM is not safe for concurrent use. Its owner calls [VM.Close].
type VM struct {
	config Config
	stage  Stage

	bytes   []byte
	module  *wasm.Module
	runtime *engine.Runtime
	code    *engine.Code
	inst    *engine.Instance
}

// New returns a VM at stage [Init].
func New(c Config) *VM {
	if c.Log == nil {
		c.Log = logline.New(nil, logline.Off, false)
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	announceMocks(c.Log)
	return &VM{config: c}
}

// Stage is how far vm has come.
func (vm *VM) Stage() Stage { return vm.stage }

// LoadFile reads and decodes the module in the file path, which may be a pipe. The
// error is a [*fault.Error] that ends with the file's name.
func (vm *VM) LoadFile(path string) error {
	if err := vm.require(Init, Loaded, Validated); err != nil {
		return err
	}
	b, abs, err := readModule(path)
	if err == nil {
		err = vm.load(b)
	}
	if err != nil {
		return inFile(err, abs)
	}
	return nil
}

// Load decodes the module b, which the caller must not change afterwards.
func (vm *VM) Load(b []byte) error {
	if err := vm.require(Init, Loaded, Validated); err != nil {
		return err
	}
	return vm.load(b)
}

// Validate checks the loaded module.
func (vm *VM) Validate() error {
	if err := vm.require(Loaded, Validated); err != nil {
		return err
	}
	if err := vm.validate(); err != nil {
		return err
	}
	vm.stage = Validated
	return nil
}

// Instantiate links the module with the host's functions, makes its instance, and
// runs its start function if it has one.
func (vm *VM) Instantiate(ctx context.Context) error {
	if err := vm.require(Validated); err != nil {
		return err
	}
	if err := vm.instantiate(ctx); err != nil {
		return err
	}
	vm.stage = Instantiated
	return nil
}

// Close releases everything that vm holds. A closed VM does nothing any more.
func (vm *VM) Close(ctx context.Context) error {
	if vm.stage == closed {
		return nil
	}
	vm.stage = closed
	vm.module, vm.bytes = nil, nil
	if vm.runtime == nil {
		return nil
	}
	if err := vm.runtime.Close(ctx); err != nil {
		return fmt.Errorf("close the engine: %w", err)
	}
	return nil
}
