package compat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/logging"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/objects"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/limits"
)

// VM takes a module from its file to its results, in stages: [VM.LoadFile] or
// [VM.Load], [VM.Validate], [VM.Instantiate], then [VM.Invoke] as often as one
// likes. A method that does not fit the stage fails with fault.WrongVMWorkflow and
// changes nothing.
//
// Modules that import from each other are loaded one after the other: when one is
// instantiated, [VM.Register] gives it a name and makes room for the next.
//
// A VM is not safe for concurrent use. Its owner calls [VM.Close].
type VM struct {
	config Config
	stage  Stage

	path    string       // absolute, of the file that was loaded; empty without one
	bytes   []byte       // the module as it was read
	module  *wasm.Module // what it says
	checked *validate.Result
	kept    kept
	active  *Instance
	failed  *Instance // whose start function did

	runtime      *engine.Runtime
	engineConfig engine.Config
	budget       *engine.Budget   // of memory
	service      *engine.Instance // what modules import lower.ServiceModule from, once one has
	types        *wasm.TypeStore
	hosts        map[string]*hostModule
	guests       map[string]*Instance
	instances    int           // that were made or tried
	frugal       bool          // code is not kept, for which the engine would copy it
	heap         *objects.Heap // of all instances that need one

	account *limits.Account
	profile *limits.Profile
	timer   *time.Timer // of the time limit
	second  bool        // this is a second run, in which nobody waits

	guest     *abi.Guest // as host functions see it
	wasi      *wasi.Host
	logging   *logging.Host
	wasiReady bool // the guest has its arguments, environment and files
}

// New returns a VM at stage [Init].
func New(c Config) *VM {
	if c.Log == nil {
		c.Log = logline.New(io.Discard, logline.Off, false)
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	announceMocks(c.Log)
	return &VM{config: c, types: wasm.NewTypeStore(), guests: map[string]*Instance{}, account: limits.NewAccount(c.Limits)}
}

// Stage is how far vm has come.
func (vm *VM) Stage() Stage { return vm.stage }

// LoadFile reads and decodes the module in the file path, which may be a pipe. The
// error is a *fault.Error whose last line names the file.
func (vm *VM) LoadFile(path string) error {
	if err := vm.require(Init, Loaded, Validated); err != nil {
		return err
	}
	vm.account.Start()
	vm.release()
	defer vm.working("loading")()
	if vm.loadKept(path) {
		vm.path = absolute(path)
		return nil
	}
	abs, err := vm.read(path)
	if err != nil {
		return inFile(err, abs)
	}
	vm.path = abs
	return nil
}

// read reads and decodes the module in the file path, and returns the path as WasmEdge
// prints it.
func (vm *VM) read(path string) (abs string, err error) {
	b, text, abs, err := readSource(path, vm.config.Streams)
	if err != nil {
		return abs, err
	}
	if text {
		digest := digestOfSource(b, true)
		if b, err = assemble(b); err != nil {
			return abs, err
		}
		vm.kept.text = &digest
	}
	if isNative(b) {
		return abs, nativeFile()
	}
	return abs, vm.load(b)
}

// Load decodes the module b, which the caller must not change afterwards.
func (vm *VM) Load(b []byte) error {
	if err := vm.require(Init, Loaded, Validated); err != nil {
		return err
	}
	vm.account.Start()
	vm.release()
	vm.path = ""
	if isNative(b) {
		return nativeBytes()
	}
	return vm.load(b)
}

// Validate checks the loaded module. The error is a *fault.Error; it is one of
// loading when a function's body turns out to be malformed.
func (vm *VM) Validate() error {
	if err := vm.require(Loaded, Validated); err != nil {
		return err
	}
	if vm.kept.entry != nil {
		vm.validateKept()
		return nil
	}
	defer vm.working("validating")()
	checked, err := validate.Module(vm.module, vm.config.features(), validate.Options{Workers: vm.config.Workers, Store: vm.types})
	if err != nil {
		return inFile(err, vm.path)
	}
	vm.checked, vm.stage = checked, Validated
	return nil
}

// Instantiate links the module with the host's functions and with registered
// modules, makes its instance, and runs its start function if it has one. The
// error is a *fault.Error, a [*StartError], or a [*StartExitError].
func (vm *VM) Instantiate(ctx context.Context) error {
	if err := vm.require(Validated); err != nil {
		return err
	}
	inst, err := vm.instantiate(ctx)
	if vm.module.Start != nil {
		vm.logEnd(err)
	}
	if err != nil {
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
	if vm.config.Alone {
		return nil, fault.New(fault.WrongVMWorkflow)
	}
	inst := vm.active
	vm.guests[name] = inst
	vm.Unload()
	return inst, nil
}

// Link lets later modules import from inst, an instance of vm, under name, as
// [VM.Register] does for the active one.
func (vm *VM) Link(name string, inst *Instance) { vm.guests[name] = inst }

// Unload drops the module, at whatever stage it is, and takes vm back to [Init].
func (vm *VM) Unload() {
	vm.release()
	if vm.stage != closed {
		vm.bytes, vm.module, vm.checked, vm.active, vm.failed, vm.stage = nil, nil, nil, nil, nil, Init
	}
}

// Instance is the active instance, or nil before [Instantiated].
func (vm *VM) Instance() *Instance { return vm.active }

// FunctionType is the type of the exported function name of the loaded module,
// and whether there is one.
func (vm *VM) FunctionType(name string) (wasm.FuncType, bool) {
	if vm.module == nil {
		return wasm.FuncType{}, false
	}
	return exportedFunction(vm.module, name)
}

// Invoke calls the exported function name.
//
// When the call fails, the error is an [*InvokeError]; when the guest asked to end
// by proc_exit, it is an [*ExitError].
func (vm *VM) Invoke(ctx context.Context, name string, args ...value.Value) ([]value.Value, error) {
	if err := vm.require(Instantiated); err != nil {
		return nil, err
	}
	results, err := vm.active.Invoke(ctx, name, args...)
	vm.logEnd(err)
	return results, err
}

// logEnd logs how WasmEdge's executor came back from a function of the guest,
// unless it failed.
func (vm *VM) logEnd(err error) {
	if err == nil {
		vm.config.Log.Debug(" Execution succeeded.")
	} else if errors.As(err, new(*ExitError)) || errors.As(err, new(*StartExitError)) {
		vm.config.Log.Debug(" Terminated.")
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

// Close releases everything that vm holds. A closed VM does nothing any more, and
// its instances must not be used.
func (vm *VM) Close(ctx context.Context) error {
	if vm.stage == closed {
		return nil
	}
	vm.Unload()
	vm.stage = closed
	if vm.timer != nil {
		vm.timer.Stop()
	}
	if vm.runtime == nil {
		return nil
	}
	if err := errors.Join(vm.runtime.Close(ctx), vm.wasi.Close(), vm.logging.Close()); err != nil {
		return fmt.Errorf("close the VM: %w", err)
	}
	return nil
}
