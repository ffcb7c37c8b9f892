package engine

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"github.com/wazedge/wazedge/internal/engine/private"
	"github.com/wazedge/wazedge/internal/fault"
)

// Instance is an instantiated module, be it a guest or host functions.
type Instance struct {
	module  api.Module
	thread  *Thread               // in which it is executed; nil for host functions
	code    wazero.CompiledModule // of host functions; else nil
	of      *Code                 // what it is an instance of; nil for host functions
	label   string                // see [CompileOptions]
	calling api.Function          // the export whose call is under way, or nil
	last    called                // for who calls one function again and again
	known   bool                  // see [Runtime]
	region  *region               // of its own memory; nil for none
	foreign bool                  // its memory is one that it imports
	pieces  pieces                // whose functions it may call, see [Entries]

	// What tells of exceptions that calls have returned with, see [Options].
	uncaught  func() error
	exception api.MutableGlobal
}

// Host wraps a module of host functions, so that guests can import from it. m must
// come from wazero's Runtime.InstantiateModule: what its HostModuleBuilder
// returns cannot be imported from by other than its name.
func Host(m api.Module) *Instance { return &Instance{module: m} }

// Own has other, host functions for the store of i alone, closed with it.
func (i *Instance) Own(other *Instance) { i.thread.store.Own(other) }

// Wazero is the instance beneath, for host functions; nil for a nil Instance.
func (i *Instance) Wazero() api.Module {
	if i == nil {
		return nil
	}
	return i.module
}

// Options say how a module is instantiated.
type Options struct {
	// Store is that of the instance; nil is one of the Runtime's own without bounds.
	Store *Store

	// Thread, unless nil, is the thread of Store in which the instance is executed. Who
	// has made it closes it, before the Store.
	Thread *Thread

	// Imports finds the instance that a module name of the import section stands
	// for. All imports have been resolved and their types compared by the caller.
	Imports func(module string) *Instance

	// SharedMemory says that the module defines a memory that threads share; such
	// a memory never moves.
	SharedMemory bool

	// Uncaught, unless nil, is asked after every call that returns: it is the error of
	// an exception that the call has returned with, which is over then.
	Uncaught func() error

	// Exception is the name of the exported global that is not 0 when a call returns
	// with an exception, for which Uncaught is not asked then. A module need not have it.
	Exception string

	// WideMemory says that the module's memory is one that must not reach [MaxPages],
	// whatever its type allows.
	WideMemory bool

	// Unlimited exempts the module's memory from [StoreConfig.MemoryPages].
	Unlimited bool

	// Drop are the data segments that are of no use once they have been copied, as
	// all active ones (core 4.7.4). wazero keeps them.
	Drop []int

	// Guards has the memory have what guarded code relies on around it, if it can, for code that is to work on it later.
	Guards bool

	// Fill, unless nil, is given the memory that the module defines, to put there
	// what its data segments should have. It reports whether there was room. The
	// module has no start function, and no memory of 4 GiB.
	Fill func(memory []byte) bool
}

// Instantiate makes an instance of c and runs its start function, if it has one.
// The error is that of a trap there, see [Instance.Call].
func (r *Runtime) Instantiate(ctx context.Context, c *Code, o Options) (inst *Instance, err error) {
	defer func() {
		if p := recover(); p != nil {
			if p != ErrNoMemory {
				panic(p)
			}
			err = ErrNoMemory
		}
	}()
	store := o.Store
	if store == nil {
		store = r.ownStore()
	}
	thread := o.Thread
	if thread == nil {
		thread = store.first
	}
	ctx = thread.context(ctx)
	memory := &instanceAllocator{allocator: store.memory, pinned: o.SharedMemory, unlimited: o.Unlimited, wide: o.WideMemory, guarded: c.guarded, guards: c.guarded || o.Guards && Guards() == nil}
	ctx = experimental.WithMemoryAllocator(ctx, memory)
	ctx = experimental.WithImportResolver(ctx, func(name string) api.Module {
		if o.Imports == nil {
			return nil
		}
		if i := o.Imports(name); i != nil {
			return i.module
		}
		return nil
	})
	m, err := r.wazero.InstantiateModule(ctx, c.module, moduleConfig)
	if err != nil {
		return nil, trapError(err)
	}
	inst = &Instance{module: m, thread: thread, of: c, label: c.label, known: r.known, uncaught: o.Uncaught, region: memory.made, foreign: len(c.module.ImportedMemories()) > 0}
	if o.Thread == nil {
		store.instances = append(store.instances, inst)
	}
	if o.Exception != "" {
		inst.exception, _ = m.ExportedGlobal(o.Exception).(api.MutableGlobal)
	}
	if err := inst.thrown(); err != nil {
		return nil, err
	}
	private.DropSegments(m, o.Drop)
	if o.Fill != nil && !o.Fill(inst.Memory()) {
		return nil, errors.New("the memory is too small for what it begins with")
	}
	return inst, nil
}

// Close closes i, an instance of a thread that has ended, and leaves the memory that it
// imports to the others. Nothing may be called in it afterwards.
func (i *Instance) Close(ctx context.Context) error {
	if i.foreign && !private.LeaveMemory(i.module) {
		return nil // it stays until the Runtime is closed
	}
	err := i.module.Close(ctx)
	if i.code != nil {
		err = errors.Join(err, i.code.Close(ctx))
	}
	return err
}

// moduleConfig is wazero's idea of the world, of which a guest sees nothing. Left to
// itself, wazero would make clocks and a generator of random numbers for every instance.
var moduleConfig = wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(noRandom{}).
	WithWalltime(func() (int64, int32) { return 0, 0 }, 1).WithNanotime(func() int64 { return 0 }, 1)

// noRandom is a source of random numbers that nobody asks.
type noRandom struct{}

func (noRandom) Read([]byte) (int, error) { return 0, io.EOF }

// Exit is the error of a guest that has asked to end, by proc_exit.
type Exit struct {
	Status uint32 // all 32 bits the guest gave
}

func (e *Exit) Error() string { return fmt.Sprintf("guest exit with status %d", e.Status) }

// ErrNoExport is the error of a call to a function that is not exported.
var ErrNoExport = errors.New("no such exported function")

// Call runs the exported function name. The stack holds its parameters on entry
// and its results on return, each in the low bits of one element, a v128 in two
// (low half first); it must be long enough for both.
//
// When the guest traps, or a host function ends it by a panic with a *fault.Error
// or a fault.Code, the error is a [*Trap]; when it ends itself, an [*Exit]; anything
// else is a [*Defect].
func (i *Instance) Call(ctx context.Context, name string, stack []uint64) error {
	f := i.export(name)
	if f == nil {
		return ErrNoExport
	}
	outer := i.calling
	i.calling = f
	defer func() { i.calling = outer }()
	err := f.CallWithStack(i.thread.context(ctx), stack)
	if err == nil {
		return i.thrown()
	}
	err = trapError(err)
	if t, ok := err.(*Trap); ok && i.known {
		t.Frames = i.unwind(f, t.Frames)
	}
	return err
}

// called is an exported function that has been called.
type called struct {
	name     string
	function api.Function
}

// export is the exported function name, or nil. What wazero returns has a stack of its own
// and is made for one call at a time.
func (i *Instance) export(name string) api.Function {
	if i.calling != nil {
		return i.module.ExportedFunction(name)
	}
	if i.last.function == nil || i.last.name != name {
		i.last = called{name, i.module.ExportedFunction(name)}
	}
	return i.last.function
}

// thrown is the trap of an exception that a call has returned with, which is
// over then, or nil.
func (i *Instance) thrown() error {
	if i.exception == nil {
		if i.uncaught == nil {
			return nil
		}
		return i.uncaught()
	}
	if i.exception.Get() == 0 {
		return nil
	}
	i.exception.Set(0)
	return &Trap{Code: fault.UncaughtException}
}

// Narrow clears what the engine may have left in the high halves of the 32-bit
// results of the exported function name. References are such results where passes
// have made them numbers.
func (i *Instance) Narrow(name string, stack []uint64) {
	for _, at := range halves(i.module.ExportedFunction(name).Definition().ResultTypes()) {
		stack[at] = uint64(uint32(stack[at]))
	}
}

// v128 is a type that wazero has no name for outside of it.
const v128 api.ValueType = 0x7b

// exitOf is the Exit in err, if there is one.
func exitOf(err error) *Exit {
	if e, ok := errors.AsType[*sys.ExitError](err); ok {
		return &Exit{Status: e.ExitCode()}
	}
	return nil
}

// Global is the value of the exported global name, in the form of [Instance.Call],
// and whether there is one. wazero shows no more than the low half of a v128.
func (i *Instance) Global(name string) (uint64, bool) {
	g := i.module.ExportedGlobal(name)
	if g == nil {
		return 0, false
	}
	return g.Get(), true
}

// MemoryPages is the present size of the memory, in pages of 64 KiB; 0 without
// one.
func (i *Instance) MemoryPages() uint64 {
	if m := i.memory(); m != nil {
		return private.Pages(m)
	}
	return 0
}

// memory is the memory of i, or nil: what a closed instance had is somebody else's.
func (i *Instance) memory() api.Memory {
	if i.module.IsClosed() {
		return nil
	}
	return private.MemoryOf(i.module)
}

// TableSize is the present number of elements of table index.
func (i *Instance) TableSize(index uint32) uint64 { return private.TableSize(i.module, index) }
