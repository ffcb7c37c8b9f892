package compat

import (
	"context"
	"errors"
	"fmt"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/stack"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// VM takes a module from its file to its results, in WasmEdge's stages: [VM.LoadFile] or
// [VM.Load], [VM.Validate], [VM.Instantiate], then [VM.Invoke] as often as one
// likes. A method that does not fit the stage fails with [WrongVMWorkflow] and
// changes nothing. It is a [Runtime] with one [Store].
//
// Modules that import from each other are loaded one after the other: when one is
// instantiated, [VM.Register] gives it a name and makes room for the next.
//
// A VM is not safe for concurrent use. Its owner calls [VM.Close].
type VM struct {
	runtime *Runtime
	store   *Store
	stage   Stage
	module  *Module        // from Loaded on
	active  *Instance      // when Instantiated
	failed  *Instance      // whose start function did
	trapped *link.Instance // in the latest call, or nil
}

// New returns a VM at stage [Init].
func New(c Config) *VM {
	r := NewRuntime(c)
	return &VM{runtime: r, store: r.newStore(&r.config)}
}

// Stage is how far vm has come.
func (vm *VM) Stage() Stage { return vm.stage }

// LoadFile reads and decodes the module in the file path, which may be a pipe. The
// error is a [*Error] whose last line names the file.
func (vm *VM) LoadFile(path string) error {
	return vm.load(func() (*Module, error) { return vm.runtime.LoadFile(path) })
}

// Load decodes the module b, which the caller must not change afterwards.
func (vm *VM) Load(b []byte) error {
	return vm.load(func() (*Module, error) { return vm.runtime.Load(b) })
}

func (vm *VM) load(load func() (*Module, error)) error {
	if err := vm.require(Init, Loaded, Validated); err != nil {
		return err
	}
	vm.store.linked.Account.Start()
	vm.Unload()
	m, err := load()
	if err != nil {
		return err
	}
	vm.module, vm.stage = m, Loaded
	return vm.accompany()
}

// Unload drops the module, at whatever stage it is, and takes vm back to [Init].
func (vm *VM) Unload() {
	if vm.module != nil {
		vm.module.Close()
	}
	vm.module, vm.active, vm.failed, vm.trapped = nil, nil, nil, nil
	if vm.stage != closed {
		vm.stage = Init
	}
}

// Validate checks the loaded module. The error is a [*Error]; it is one of
// loading when a function's body turns out to be malformed.
func (vm *VM) Validate() error {
	if err := vm.require(Loaded, Validated); err != nil {
		return err
	}
	if err := vm.module.Validate(); err != nil {
		return err
	}
	vm.stage = Validated
	return nil
}

// Instantiate links the module with the host's functions and with registered
// modules, makes its instance, and runs its start function if it has one. The
// error is a [*Error], a [*StartError], or a [*StartExitError].
func (vm *VM) Instantiate(ctx context.Context) error {
	if err := vm.require(Validated); err != nil {
		return err
	}
	inst, err := vm.store.instantiate(ctx, vm.module)
	if vm.module.HasStart() {
		vm.logEnd(err)
	}
	if err != nil {
		vm.failed = inst
		return err
	}
	vm.active, vm.stage = inst, Instantiated
	return nil
}

// Register lets later modules import from the active instance under name, and
// takes vm back to [Init]. A name that is taken names the newer instance from then
// on. The instance stays usable.
func (vm *VM) Register(name string) (*Instance, error) {
	if err := vm.require(Instantiated); err != nil {
		return nil, err
	}
	if vm.runtime.config.Alone {
		return nil, fault.New(fault.WrongVMWorkflow)
	}
	inst := vm.active
	vm.Link(name, inst)
	vm.Unload()
	return inst, nil
}

// Link lets later modules import from inst, an instance of vm, under name, as
// [VM.Register] does for the active one.
func (vm *VM) Link(name string, inst *Instance) { vm.store.Link(name, inst) }

// Instance is the active instance, or nil before [Instantiated].
func (vm *VM) Instance() *Instance { return vm.active }

// Runtime is what the modules of vm are loaded and compiled by.
func (vm *VM) Runtime() *Runtime { return vm.runtime }

// Module is the loaded module, or nil.
func (vm *VM) Module() *Module { return vm.module }

// FunctionType is the type of the exported function name of the loaded module,
// and whether there is one.
func (vm *VM) FunctionType(name string) (FuncType, bool) {
	if vm.module == nil {
		return FuncType{}, false
	}
	return vm.module.FunctionType(name)
}

// decoded is what the loaded module says: nothing where none is loaded.
func (vm *VM) decoded() *wasm.Module {
	if vm.module == nil {
		return new(wasm.Module)
	}
	return vm.module.linked.Decoded()
}

// Exports are what the loaded module exports. They must not be changed.
func (vm *VM) Exports() []wasm.Export { return vm.decoded().Exports }

// Imports are what the loaded module imports. They must not be changed.
func (vm *VM) Imports() []wasm.Import { return vm.decoded().Imports }

// FunctionIndex is the index of the exported function name of the loaded module, and
// whether there is one.
func (vm *VM) FunctionIndex(name string) (uint32, bool) {
	return vm.module.linked.Decoded().Exported(wasm.ExternFunc, name)
}

// KindsOf are the kinds of values of types ts of the loaded module, which is validated.
func (vm *VM) KindsOf(ts []wasm.ValType) []value.Kind {
	return stack.KindsOf(ts, vm.module.linked.Prepared.Checked.Types)
}

// MemoryUse is what the memories of the guests are now, as far as the system tells.
func (vm *VM) MemoryUse() engine.MemoryUse { return vm.store.linked.MemoryUse() }

// HasStart reports whether the loaded module has a start function, which
// instantiation runs.
func (vm *VM) HasStart() bool { return vm.module != nil && vm.module.HasStart() }

// Invoke calls the exported function name.
//
// When the call fails, the error is an [*InvokeError]; when the guest asked to end
// by proc_exit, it is an [*ExitError].
func (vm *VM) Invoke(ctx context.Context, name string, args ...value.Value) ([]value.Value, error) {
	if err := vm.require(Instantiated); err != nil {
		return nil, err
	}
	results, err := vm.active.Invoke(ctx, name, args...)
	if failed, ok := errors.AsType[*InvokeError](err); ok {
		vm.trapped = failed.subject
	}
	vm.logEnd(err)
	return results, err
}

// logEnd logs how WasmEdge's executor came back from a function of the guest,
// unless it failed.
func (vm *VM) logEnd(err error) {
	log := vm.runtime.config.Log
	if err == nil {
		log.Debug(" Execution succeeded.")
	} else if errors.As(err, new(*ExitError)) || errors.As(err, new(*StartExitError)) {
		log.Debug(" Terminated.")
	}
}

// Initialize calls the function _initialize, which a reactor may export, as
// WasmEdge does before it calls any other.
func (vm *VM) Initialize(ctx context.Context) error {
	if _, ok := vm.FunctionType("_initialize"); !ok {
		return nil
	}
	_, err := vm.Invoke(ctx, "_initialize")
	return err
}

// Statistics is what the guests of vm have used so far.
func (vm *VM) Statistics() limits.Statistics { return vm.store.Statistics() }

// Profile is that of the guest, if [limits.Config.Profile] asks for one; nil before there is a guest.
func (vm *VM) Profile() *limits.Profile { return vm.store.linked.Profile }

// Cold reports whether the module is still to be compiled for the cache, and whether another process is at it.
func (vm *VM) Cold() (cold, busy bool) { return vm.module.linked.Prepared.Cold() }

// Binary reads the loaded module in the binary format; nil if its file has changed since. Any goroutine may call it.
func (vm *VM) Binary() func() []byte { return vm.module.linked.Prepared.Binary() }

// Checked is the loaded module, which has been validated, and the proposals that it makes use of.
func (vm *VM) Checked() (*wasm.Module, wasm.Features) {
	return vm.module.linked.Decoded(), vm.module.linked.Prepared.Checked.Uses
}

// Interpret has modules be interpreted from now on, unless the loaded one has code, and reports it. None must have been instantiated yet.
func (vm *VM) Interpret() bool { return vm.module.linked.Prepared.Interpret() }

// Keep compiles the validated module for the cache, and does not instantiate it.
func (vm *VM) Keep(ctx context.Context) error {
	if err := vm.require(Validated); err != nil {
		return err
	}
	return vm.module.linked.Prepared.Keep(ctx, vm.module.linked.Target(ctx))
}

// Precompiled reports whether the loaded module brings along code for vm.
func (vm *VM) Precompiled() bool { return vm.module.Precompiled() }

// Close releases everything that vm holds. Its instances must not be used any more.
func (vm *VM) Close(ctx context.Context) error {
	if vm.stage == closed {
		return nil
	}
	vm.Unload()
	vm.stage = closed
	if err := errors.Join(vm.store.Close(ctx), vm.runtime.Close(ctx)); err != nil {
		return fmt.Errorf("close the VM: %w", err)
	}
	return nil
}

// SetArguments changes the arguments, the program's name first, of a guest that has been
// instantiated: WasmEdge inserts the name of a _start that takes parameters.
func (vm *VM) SetArguments(args []string) error {
	if err := vm.require(Instantiated); err != nil {
		return err
	}
	vm.store.world.WASI(vm.store.linked.Guest).SetArgs(args)
	return nil
}

// Sought is what the guest has done to find files.
func (vm *VM) Sought() Sought { return vm.store.world.Sought() }

// FilesHint is what a person may want to know of a guest that failed for files; mostly empty.
func (vm *VM) FilesHint() string { return vm.store.world.FilesHint() }
