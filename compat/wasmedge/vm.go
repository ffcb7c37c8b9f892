package wasmedge

import (
	"context"
	"sync"

	"github.com/wazedge/wazedge/internal/fault"
)

// VM takes a module from its file to its results: load, validate, instantiate, execute. It
// has a [Loader], a [Validator], an [Executor], a [Store] and [Statistics].
type VM struct {
	loader     *Loader
	validator  *Validator
	executor   *Executor
	statistics *Statistics
	store      *Store
	shared     bool    // the store is not the VM's own
	wasi       *Module // nil without WASI

	mu     sync.Mutex
	stage  stage
	ast    *AST // from loaded on
	active *Module
}

// stage is how far a [VM] has come with its module.
type stage uint8

const (
	initial stage = iota
	loaded
	validated
	instantiated
)

// NewVM is a VM with the defaults of [NewConfigure] and a store of its own.
func NewVM() *VM { return NewVMWithConfigAndStore(nil, nil) }

// NewVMWithConfig is a VM by conf, with a store of its own.
func NewVMWithConfig(conf *Configure) *VM { return NewVMWithConfigAndStore(conf, nil) }

// NewVMWithStore is a VM with the defaults of [NewConfigure] that works in store.
func NewVMWithStore(store *Store) *VM { return NewVMWithConfigAndStore(nil, store) }

// NewVMWithConfigAndStore is a VM by conf that works in store; nil stands for one of its own.
func NewVMWithConfigAndStore(conf *Configure, store *Store) *VM {
	if conf == nil {
		conf = NewConfigure()
		defer conf.Release()
	}
	vm := &VM{
		loader: NewLoaderWithConfig(conf), validator: NewValidator(), statistics: NewStatistics(),
		store: store, shared: store != nil,
	}
	vm.executor = NewExecutorWithConfigAndStatistics(conf, vm.statistics)
	vm.executor.mocks = true
	if store == nil {
		vm.store = NewStore()
	}
	if conf.read().wasi {
		vm.wasi = NewWasiModule(nil, nil, nil)
		vm.registerWASI()
	}
	return vm
}

// registerWASI adds WASI to the store, unless that has one already.
func (vm *VM) registerWASI() {
	if vm.wasi != nil && vm.store.FindModule(wasiModule) == nil {
		// The name has just been found free.
		_ = vm.store.add(vm.wasi)
	}
}

// RegisterWasmFile makes an instance of the module in the file path, from which later
// modules import by modname.
func (vm *VM) RegisterWasmFile(modname string, path string) error {
	return vm.registerLoaded(modname, func() (*AST, error) { return vm.loader.LoadFile(path) })
}

// RegisterWasmBuffer is [VM.RegisterWasmFile] for the module buf.
func (vm *VM) RegisterWasmBuffer(modname string, buf []byte) error {
	return vm.registerLoaded(modname, func() (*AST, error) { return vm.loader.LoadBuffer(buf) })
}

func (vm *VM) registerLoaded(name string, load func() (*AST, error)) error {
	ast, err := load()
	if err != nil {
		return err
	}
	defer ast.Release()
	return vm.RegisterAST(name, ast)
}

// RegisterAST is [VM.RegisterWasmFile] for the module ast, which is validated first.
func (vm *VM) RegisterAST(modname string, ast *AST) error {
	if err := vm.validator.Validate(ast); err != nil {
		return err
	}
	_, err := vm.executor.Register(vm.store, ast, modname)
	return err
}

// RegisterModule has later modules import from module, by its name.
func (vm *VM) RegisterModule(module *Module) error {
	return vm.executor.RegisterImport(vm.store, module)
}

// LoadWasmFile loads the module in the file path.
func (vm *VM) LoadWasmFile(path string) error {
	ast, err := vm.loader.LoadFile(path)
	return vm.keep(ast, err)
}

// LoadWasmBuffer loads the module buf.
func (vm *VM) LoadWasmBuffer(buf []byte) error {
	ast, err := vm.loader.LoadBuffer(buf)
	return vm.keep(ast, err)
}

// LoadWasmAST takes the module ast as the one that is loaded.
func (vm *VM) LoadWasmAST(ast *AST) error {
	if ast == nil {
		return failed(fault.New(fault.WrongVMWorkflow))
	}
	return vm.keep(ast.retain(), nil)
}

// keep has ast be the module that is loaded.
func (vm *VM) keep(ast *AST, err error) error {
	if err != nil {
		return err
	}
	vm.mu.Lock()
	defer vm.mu.Unlock()
	vm.ast.Release()
	vm.ast, vm.stage = ast, loaded
	return nil
}

// Validate checks the module that is loaded.
func (vm *VM) Validate() error {
	ast, err := vm.at(loaded)
	if err != nil {
		return err
	}
	if err := vm.validator.Validate(ast); err != nil {
		return err
	}
	vm.reach(validated)
	return nil
}

// at is the module, if it has come to a stage.
func (vm *VM) at(s stage) (*AST, error) {
	vm.mu.Lock()
	defer vm.mu.Unlock()
	if vm.stage < s {
		return nil, failed(fault.New(fault.WrongVMWorkflow))
	}
	return vm.ast, nil
}

// reach notes that the module has come to a stage.
func (vm *VM) reach(s stage) {
	vm.mu.Lock()
	defer vm.mu.Unlock()
	vm.stage = max(vm.stage, s)
}

// Instantiate makes an instance of the module that is validated, which is the active one
// from then on.
func (vm *VM) Instantiate() error {
	m := vm.instantiate(context.Background())
	m.done()
	return m.err
}

func (vm *VM) instantiate(ctx context.Context) made {
	ast, err := vm.at(validated)
	if err != nil {
		return made{nil, err}
	}
	if !vm.shared && !vm.statistics.limited() {
		vm.store.renew() // what was active before is not needed any more
	}
	m := vm.executor.instantiate(ctx, vm.store, ast, "")
	if m.err == nil {
		vm.mu.Lock()
		defer vm.mu.Unlock()
		vm.active, vm.stage = m.module, instantiated
	}
	return m
}

// Execute calls the exported function funcname of the active module. Integers of Go's type
// int are i64, as in the SDK. A guest that ends itself has not failed: its results are
// zeros, and [Module.WasiGetExitCode] tells the status.
func (vm *VM) Execute(funcname string, params ...interface{}) ([]interface{}, error) {
	return vm.execute(context.Background(), vm.current(), funcname, params)
}

func (vm *VM) execute(ctx context.Context, m *Module, name string, params []interface{}) ([]interface{}, error) {
	if m == nil {
		return nil, failed(fault.New(fault.WrongVMWorkflow))
	}
	return vm.executor.invoke(ctx, m.FindFunction(name), params)
}

// ExecuteRegistered calls the function funcname of the registered module modname.
func (vm *VM) ExecuteRegistered(modname string, funcname string, params ...interface{}) ([]interface{}, error) {
	return vm.executeRegistered(context.Background(), modname, funcname, params)
}

func (vm *VM) executeRegistered(ctx context.Context, module, name string, params []interface{}) ([]interface{}, error) {
	m := vm.store.FindModule(module)
	if m == nil {
		return nil, failed(fault.New(fault.WrongInstanceAddress))
	}
	return vm.execute(ctx, m, name, params)
}

// RunWasmFile loads, validates and instantiates the module in the file path, and calls its
// function funcname.
func (vm *VM) RunWasmFile(path string, funcname string, params ...interface{}) ([]interface{}, error) {
	return vm.run(context.Background(), vm.LoadWasmFile(path), funcname, params)
}

// RunWasmBuffer is [VM.RunWasmFile] for the module buf.
func (vm *VM) RunWasmBuffer(buf []byte, funcname string, params ...interface{}) ([]interface{}, error) {
	return vm.run(context.Background(), vm.LoadWasmBuffer(buf), funcname, params)
}

// RunWasmAST is [VM.RunWasmFile] for the module ast.
func (vm *VM) RunWasmAST(ast *AST, funcname string, params ...interface{}) ([]interface{}, error) {
	return vm.run(context.Background(), vm.LoadWasmAST(ast), funcname, params)
}

// run is what follows when a module has been loaded with the error err.
func (vm *VM) run(ctx context.Context, err error, name string, params []interface{}) ([]interface{}, error) {
	if err != nil {
		return nil, err
	}
	if err := vm.Validate(); err != nil {
		return nil, err
	}
	m := vm.instantiate(ctx)
	if m.err != nil {
		return nil, m.err
	}
	defer m.done()
	return vm.execute(ctx, m.module, name, params)
}

// Cleanup takes the VM back to where it began: without a module, and in a store of its own
// without registered modules but WASI.
func (vm *VM) Cleanup() {
	vm.mu.Lock()
	vm.ast.Release()
	vm.ast, vm.active, vm.stage = nil, nil, initial
	vm.mu.Unlock()
	if !vm.shared {
		vm.store.Release()
		vm.registerWASI()
	}
}

// Release lets go of what the VM holds. Nothing of it can be used any more.
func (vm *VM) Release() {
	if vm == nil {
		return
	}
	vm.Cleanup()
	vm.wasi.Release()
	if !vm.shared {
		vm.store.Release()
	}
	vm.executor.Release()
	vm.loader.Release()
}
