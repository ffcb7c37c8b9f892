package compat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// The way of a module: load and validate when the VM's stages of that name are
// entered; the rest when it is instantiated, in the order
//
//	link → limit memories → lower → encode → compile → hosts → instantiate
//
// What was not changed by a pass is not encoded: the engine then gets the bytes of
// the file.

// load decodes b.
func (vm *VM) load(b []byte) error {
	b = prepare.WithoutEmbedded(b)
	m, err := wasm.Decode(b, vm.config.features())
	if err != nil {
		return err
	}
	vm.bytes, vm.module, vm.stage = b, m, Loaded
	return nil
}

// instantiate takes the validated module to its instance.
func (vm *VM) instantiate(ctx context.Context) (*Instance, error) {
	vm.compileWhole()
	if err := vm.open(ctx); err != nil {
		return nil, err
	}
	vm.instances++
	ready, err := vm.prepare(ctx)
	if err != nil {
		return nil, err
	}
	defer ready.close()
	inst := newInstance(vm.module, vm.checked.Types, vm.config.features())
	inst.label, inst.uses, inst.plan = vm.label(), vm.checked.Uses, vm.plan(false)
	inst.heapConfig = vm.config.Heap
	if vm.instances == 1 {
		inst.guest = vm.guest
	}
	if ready.code != nil {
		inst.reread, inst.digest, inst.recoded = vm.path, vm.kept.module, ready.recoded
	}
	l := linker{module: vm.module, types: inst.types, hosts: vm.hosts, guests: vm.guests}
	wanted, err := l.link()
	if err != nil {
		return nil, err
	}
	if inst.module, err = vm.bound(inst.plan, vm.config.Log.Error); err != nil {
		return nil, err
	}
	if err := vm.chargeConstants(inst); err != nil {
		return nil, err
	}
	cut, err := inst.checkSegments(vm.guests)
	if err != nil {
		// What cannot be instantiated up to the segment either changes nothing more.
		_ = vm.start(ctx, inst, cut, wanted, prepared{})
		return nil, err
	}
	if vm.config.Linked != nil {
		if err := vm.config.Linked(); err != nil {
			return nil, err
		}
	}
	if err := vm.start(ctx, inst, inst.module, wanted, ready); err != nil {
		vm.failed = inst
		return nil, err
	}
	vm.initWASI()
	return inst, nil
}

// label tells the instance being made from the others of vm.
func (vm *VM) label() string { return strconv.Itoa(vm.instances) }

// start makes the engine's instance of m, which is inst's module or what is left
// of it, with the host functions in wanted. ready is what there is of m already.
func (vm *VM) start(ctx context.Context, inst *Instance, m *wasm.Module, wanted map[string][]*wasm.Import, ready prepared) error {
	for _, im := range m.Imports {
		if g := vm.guests[im.Module]; g != nil && !slices.Contains(inst.imports, g) {
			inst.imports = append(inst.imports, g)
		}
	}
	imports := importer{map[string]*engine.Instance{}, vm.guests, vm.services(ctx)}
	low := &prepare.Result{Module: m, Needs: ready.needs}
	code := ready.code
	var err error
	if code == nil {
		inst.uses = imports.uses(m, vm.checked.Uses)
		done := vm.working("lowering")
		low, err = inst.lower(imports.redirect(m), inst.uses, vm.module)
		done()
		if err != nil {
			return err
		}
		if err := vm.interpretIfSlow(ctx, low); err != nil {
			return err
		}
		if err := vm.saveMemory(ctx, low); err != nil {
			return err
		}
		if code, err = vm.compile(ctx, low, m == inst.module); err != nil {
			return err
		}
	}
	inst.engineConfig = vm.engineConfig
	if err := vm.importAccount(ctx, imports.instances); err != nil {
		return err
	}
	if inst.heap, err = vm.joinHeap(ctx, &low.Needs, imports.instances); err != nil {
		return err
	}
	if inst.moved, err = instantiateHelpers(ctx, vm.runtime, &low.Needs, imports); err != nil {
		return noMemory(err)
	}
	if !vm.takeTables(m) {
		return errNoTables()
	}
	if err := vm.instantiateHosts(ctx, wanted, imports.instances, hostMemory(&low.Needs, imports)); err != nil {
		return err
	}
	vm.startTimer()
	if err := vm.account.Begin(); err != nil && m.Start != nil {
		return inst.startError(ctx, &engine.Trap{Code: err.Code, Cause: err})
	}
	inst.engine, err = vm.runtime.Instantiate(ctx, code, engine.Options{
		Imports:      imports.find,
		SharedMemory: m.SharesMemory(),
		WideMemory:   lower.WideMemory(m),
		Drop:         dropped(low.Module),
		Fill:         ready.fill(),
		Uncaught:     inst.heap.Uncaught,
		Exception:    lower.FlatException(inst.module),
	})
	vm.account.End(false)
	if err != nil {
		return inst.startError(ctx, err)
	}
	return vm.connect(ctx, inst)
}

// lower rewrites m for the engine, and lets i find its instructions in the result,
// unless that is the module file as it was read.
func (i *Instance) lower(m *wasm.Module, uses wasm.Features, file *wasm.Module) (*prepare.Result, error) {
	low, err := prepare.Run(m, uses, i.plan, nil)
	if err == nil && low.Module != file {
		i.rewrite = func() (*wasm.Module, error) { return prepare.Trace(m, uses, i.plan) }
	}
	return low, err
}

// open makes the engine and the host modules, once.
func (vm *VM) open(ctx context.Context) error {
	if vm.runtime != nil {
		return nil
	}
	vm.openEngine(ctx)
	c := abi.GuestConfig{
		Interruptible: vm.config.WASI.Interruptible,
		Trace:         vm.config.WASI.Trace,
		Journal:       !vm.config.features().Has(wasm.Threads),
	}
	if vm.config.Limits.Time {
		c.Spent = vm.account.HostSpent
	}
	vm.guest = abi.NewGuest(c)
	vm.hosts = map[string]*hostModule{}
	vm.addWASI()
	vm.addPlugins()
	return nil
}

// openEngine makes the engine, to compile or to interpret.
func (vm *VM) openEngine(ctx context.Context) {
	c := engine.Config{Interpreter: vm.config.Interpreter, MemoryPages: vm.config.MemoryPages, Artifacts: !vm.frugal}
	c.Budget = engine.NewBudget(vm.config.maxMemory)
	if vm.config.TableElements == 0 {
		c.TableGrowth = DefaultTableElements
	}
	most := uint32(engine.MaxPages)
	if c.MemoryPages != nil {
		most = *c.MemoryPages
	}
	c.GrowRefused = func() { vm.config.Log.Error(growRefused(most)) }
	vm.engineConfig, vm.budget, vm.service, vm.runtime = c, c.Budget, nil, engine.New(ctx, c)
}

// compile makes the engine's code of the module in low, which is the loaded module
// or what passes have made of it, and keeps it if keep.
func (vm *VM) compile(ctx context.Context, low *prepare.Result, keep bool) (*engine.Code, error) {
	b := low.Encode(vm.module, vm.bytes)
	compile := vm.compileOnly
	if keep && vm.mayKeep() {
		compile = vm.compileKept
	}
	code, err := compile(ctx, b, low)
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	return code, nil
}

// instantiateHosts adds an instance of every host module that is imported from.
// They see the memory of memory, or of who calls when that is nil.
func (vm *VM) instantiateHosts(ctx context.Context, wanted map[string][]*wasm.Import, instances map[string]*engine.Instance, memory *engine.Instance) error {
	for name, imports := range wanted {
		inst, err := vm.hosts[name].instantiate(ctx, vm.runtime, imports, vm.module.Types, memory)
		if err != nil {
			return fmt.Errorf("instantiate host module %q: %w", name, err)
		}
		instances[name] = inst
	}
	return nil
}

// startError is the error of an instantiation that the engine has given up: by
// rule for what the module's start function did.
func (i *Instance) startError(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*engine.Exit](err); ok {
		return &StartExitError{}
	}
	if t, ok := errors.AsType[*engine.Trap](err); ok {
		entry := uint32(0)
		if i.module.Start != nil {
			entry = *i.module.Start
		}
		f, _ := i.trapped(ctx, t, entry)
		return &StartError{Call: f, Node: fault.ASTNode("module"), Frames: i.frames(ctx, t)}
	}
	return noMemory(fmt.Errorf("instantiate: %w", err))
}

// StartExitError says that the guest has called proc_exit in its start function,
// which WasmEdge takes for a failed instantiation without a code: it logs nothing
// but the line of [StartExitError.Error].
type StartExitError struct{}

func (*StartExitError) Error() string { return "    " + fault.ASTNode("module") }
