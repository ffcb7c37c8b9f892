package compat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/logging"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/objects"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Store is what instances share that may be linked with each other (core 4.2): one WASI
// host, one account of gas and time, one bound of memory. One goroutine at a time uses a
// Store and its instances; different stores are independent of each other.
type Store struct {
	runtime *Runtime
	config  *Config // the runtime's, with what is the store's own

	target prepare.Target                   // what the instances are executed by; from the first one on
	engine *engine.Store                    // nil before
	budget *engine.Budget                   // of memory
	heap   *objects.Heap                    // of all instances that need one
	types  *wasm.TypeStore                  // once instances are linked, or have objects
	spaces map[*wasm.Module]*wasm.TypeSpace // in types
	all    []*Instance

	own       map[string]*HostModule // of the embedder
	guests    map[string]*Instance
	instances int // that were made or tried
	calls     int // that are under way, within each other

	account *limits.Account
	profile *limits.Profile
	timer   *time.Timer // of the time limit
	second  bool        // this is a second run, in which nobody waits

	guest     *abi.Guest // as host functions see it
	shared    *abi.Hosts // what shared host functions find of the store
	wasi      *wasi.Host
	logging   *logging.Host
	wasiReady bool // the guest has its arguments, environment and files
}

// StoreConfig is what a [Store] has of its own. The zero value takes all from the
// configuration of the Runtime.
type StoreConfig struct {
	// WASI is the guest's world; nil stands for that of the [Config].
	WASI *WASIConfig

	// Hosts are modules of the embedder's that guests import from, by their names. They
	// come before WASI.
	Hosts []*HostModule

	// GasLimit bounds the gas that may be used in all, where [Config.Limits] has a limit
	// too; nil stands for that one.
	GasLimit *uint64

	// MaxMemory bounds memories, tables and objects together, in bytes; 0 stands for the
	// bound of the [Config].
	MaxMemory uint64
}

// NewStore is a store without instances. Its owner calls [Store.Close].
func (r *Runtime) NewStore(c StoreConfig) *Store {
	own := &r.config
	if c.WASI != nil || c.MaxMemory != 0 || c.GasLimit != nil {
		changed := r.config
		own = &changed
	}
	if c.WASI != nil {
		own.WASI = *c.WASI
	}
	if c.MaxMemory != 0 {
		own.Limits.MaxMemory = c.MaxMemory
	}
	if c.GasLimit != nil && own.Limits.GasLimit != nil {
		own.Limits.GasLimit = c.GasLimit
	}
	s := r.newStore(own)
	if len(c.Hosts) > 0 {
		s.own = map[string]*HostModule{}
		for _, h := range c.Hosts {
			s.own[h.name] = h
		}
	}
	return s
}

// newStore is a store by the configuration c.
func (r *Runtime) newStore(c *Config) *Store {
	return &Store{runtime: r, config: c, account: limits.NewAccount(c.accounting())}
}

// Instantiate links the module m, which is valid, with host functions and with the
// instances of s that have names, makes its instance, and runs its start function if it
// has one. The error is a [*Error], a [*StartError], or a [*StartExitError].
func (s *Store) Instantiate(ctx context.Context, m *Module) (*Instance, error) {
	inst, err := s.instantiate(ctx, m)
	if err != nil {
		return nil, err
	}
	return inst, nil
}

// Instantiate makes an instance of m, which is valid, in a store of its own, which
// [Instance.Close] closes. The error is that of [Store.Instantiate].
func (m *Module) Instantiate(ctx context.Context, c StoreConfig) (*Instance, error) {
	s := m.runtime.NewStore(c)
	inst, err := s.Instantiate(ctx, m)
	if err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	inst.sole = true
	return inst, nil
}

// Close closes i and its store, if that was made for it alone.
func (i *Instance) Close(ctx context.Context) error {
	if !i.sole {
		return nil
	}
	return i.store.Close(ctx)
}

// Store is what i shares with those that it may be linked with.
func (i *Instance) Store() *Store { return i.store }

// storeOf is the store in which a host function is called with ctx.
func storeOf(ctx context.Context) *Store { return engine.HostOf(ctx).(*abi.Hosts).Owner.(*Store) }

// calling is the instance that c is; nil while it is being made.
func (s *Store) calling(c engine.Caller) *Instance {
	for _, i := range s.all {
		if i.engine != nil && c.Is(i.engine) {
			return i
		}
	}
	return nil
}

// provide makes the objects of the embedder's modules that m imports from, and are there
// for the first time.
func (s *Store) provide(ctx context.Context, m *Module) error {
	if s.own == nil {
		return nil
	}
	for _, im := range m.decoded().Imports {
		h := s.own[im.Module]
		if h == nil || s.guests[im.Module] != nil {
			continue
		}
		objects := h.module()
		if objects == nil {
			continue
		}
		decoded, err := s.runtime.Load(wasm.Encode(objects))
		if err != nil {
			return err
		}
		if err := decoded.Validate(); err != nil {
			return err
		}
		wanted := map[string][]*wasm.Import{}
		for n := range decoded.prepared.Module.Imports {
			wanted[h.name] = append(wanted[h.name], &decoded.prepared.Module.Imports[n])
		}
		inst := s.describe(decoded)
		if err := s.start(ctx, inst, inst.module, wanted, false); err != nil {
			return err
		}
		s.Link(h.name, inst)
	}
	return nil
}

// space are the types of m in the identities that the instances of s share.
func (s *Store) space(m *wasm.Module) *wasm.TypeSpace {
	space := s.spaces[m]
	if space == nil {
		space = s.identities().Space(m)
		s.spaces[m] = space
	}
	return space
}

// identities are those of the types of all instances of s.
func (s *Store) identities() *wasm.TypeStore {
	if s.types == nil {
		s.types, s.spaces = wasm.NewTypeStore(), map[*wasm.Module]*wasm.TypeSpace{}
	}
	return s.types
}

// open makes what the instances share, once.
func (s *Store) open() {
	if s.guest != nil {
		return
	}
	c := abi.GuestConfig{
		Interruptible: s.config.WASI.Interruptible || s.config.cancellable(), Trace: s.config.WASI.Trace,
		Journal: !s.config.features().Has(wasm.Threads),
	}
	if s.config.Limits.Time {
		c.Spent = s.account.HostSpent
	}
	s.budget = engine.NewBudget(s.config.maxMemory)
	s.guest = abi.NewGuest(c)
	s.shared = &abi.Hosts{Guest: s.guest, Owner: s}
}

// enter has the instances of s executed by the engine of t.
func (s *Store) enter(t prepare.Target) {
	if s.engine != nil {
		return
	}
	c := engine.StoreConfig{
		MemoryPages: s.config.Limits.MemoryPages, Budget: s.budget, Account: waiting{s}, Meter: s.account, Host: s.shared,
	}
	if s.config.Limits.TableElements == 0 {
		c.TableGrowth = DefaultTableElements
	}
	most := uint32(engine.MaxPages)
	if c.MemoryPages != nil {
		most = *c.MemoryPages
	}
	c.GrowRefused = func() { s.config.Log.Error(growRefused(most)) }
	s.target, s.engine = t, t.Engine.NewStore(c)
}

// instantiate makes an instance of the validated module m. When its start function has
// failed, there is an instance beside the error, to be looked at.
func (s *Store) instantiate(ctx context.Context, m *Module) (*Instance, error) {
	s.open()
	s.instances++
	if err := s.provide(ctx, m); err != nil {
		return nil, err
	}
	inst, err := s.newInstance(ctx, m)
	if err != nil {
		return nil, err
	}
	if s.instances == 1 {
		inst.guest = s.guest
	}
	l := linker{store: s, module: inst.module}
	wanted, err := l.link()
	if err != nil {
		return nil, err
	}
	if inst.module, err = m.prepared.Bound(s.runtime.plan(), s.config.Log.Error); err != nil {
		return nil, err
	}
	if err := s.chargeConstants(inst); err != nil {
		return nil, err
	}
	cut, err := inst.checkSegments(s.guests)
	if err != nil {
		// What cannot be instantiated up to the segment either changes nothing more.
		_ = s.start(ctx, inst, cut, wanted, true)
		return nil, err
	}
	if s.config.Linked != nil {
		if err := s.config.Linked(); err != nil {
			return nil, err
		}
	}
	if err := s.start(ctx, inst, inst.module, wanted, false); err != nil {
		return inst, err
	}
	s.initWASI()
	return inst, nil
}

// start makes the engine's instance of m, which is inst's module or, when it is cut, what
// is left of it, with the host functions in wanted.
func (s *Store) start(ctx context.Context, inst *Instance, m *wasm.Module, wanted map[string][]*wasm.Import, cut bool) error {
	for _, im := range m.Imports {
		if g := s.guests[im.Module]; g != nil && !slices.Contains(inst.imports, g) {
			inst.imports = append(inst.imports, g)
		}
	}
	imports := importer{map[string]*engine.Instance{}, s.guests, s.services(ctx)}
	var err error
	if inst.code, err = s.codeOf(ctx, inst, m, imports, cut); err != nil {
		return err
	}
	inst.rewrite = inst.code.rewrite
	if err := s.importAccount(ctx, imports.instances); err != nil {
		return err
	}
	needs := &inst.code.Needs
	if inst.heap, err = s.joinHeap(ctx, needs, imports.instances); err != nil {
		return err
	}
	if inst.moved, err = s.instantiateHelpers(ctx, needs, imports); err != nil {
		return noMemory(err)
	}
	if !s.takeTables(m) {
		return errNoTables()
	}
	inst.holder = hostMemory(needs, imports)
	if err := s.instantiateHosts(ctx, m, &inst.code.hosts, wanted, imports.instances, inst.holder); err != nil {
		return err
	}
	s.startTimer()
	if err := s.account.Begin(); err != nil && m.Start != nil {
		return inst.startError(ctx, &engine.Trap{Code: err.Code, Cause: err})
	}
	image, err := inst.owner.image(inst.code)
	if err != nil {
		return err
	}
	options := engine.Options{
		Store:        s.engine,
		Imports:      imports.find,
		SharedMemory: m.SharesMemory(),
		WideMemory:   lower.WideMemory(m),
		Drop:         inst.code.Drop,
		Uncaught:     inst.heap.Uncaught,
		Exception:    exceptionOf(inst),
	}
	if image != nil {
		defer image.Close()
		options.Fill = func(memory []byte) bool { return image.Place(memory, engine.Mapped) }
	}
	inst.engine, err = s.target.Engine.Instantiate(ctx, inst.code.Engine, options)
	s.account.End(false)
	if err != nil {
		return inst.startError(ctx, err)
	}
	s.all = append(s.all, inst)
	return s.connect(ctx, inst)
}

// exceptionOf is the name of the global by which inst returns with an exception, if it may.
func exceptionOf(inst *Instance) string {
	if !inst.code.uses.Has(wasm.ExceptionHandling) {
		return ""
	}
	return lower.FlatException(inst.module)
}

// codeOf is the code that inst is to execute, whose module within its bounds is m.
func (s *Store) codeOf(ctx context.Context, inst *Instance, m *wasm.Module, imports importer, cut bool) (*code, error) {
	owner := inst.owner
	own := owner.ownShape()
	shape := imports.shape(m, own)
	owner.mu.Lock()
	defer owner.mu.Unlock()
	c := compiling{module: imports.redirect(m), shape: shape, keep: shape.key() == own.key() && !cut, once: cut}
	if s.engine != nil {
		c.way = &s.target.Way
	}
	if s.config.Limits.Profile {
		s.profile = limits.NewProfile(s.account, m)
		c.tracer = func(w prepare.Way) engine.Tracer {
			if engine.TellsStacks() && w != prepare.Interpret {
				return nil
			}
			return s.profile
		}
	}
	code, err := owner.compile(ctx, c)
	if err == nil {
		s.enter(s.runtime.target(ctx, code.way))
	}
	return code, err
}

// Link lets later instances of s import from inst, an instance of s, under name. A name
// that is taken names the newer instance from then on.
func (s *Store) Link(name string, inst *Instance) {
	if s.guests == nil {
		s.guests = map[string]*Instance{}
	}
	s.guests[name] = inst
}

// Guest is the instance of s that has the name, or nil: one that was linked, or the
// objects of a [HostModule].
func (s *Store) Guest(name string) *Instance { return s.guests[name] }

// Statistics is what the instances of s have used so far.
func (s *Store) Statistics() limits.Statistics { return s.account.Statistics() }

// Close closes all instances of s.
func (s *Store) Close(ctx context.Context) error {
	if s.timer != nil {
		s.timer.Stop()
	}
	var err error
	if s.engine != nil {
		err = s.engine.Close(ctx)
	}
	if s.wasi != nil {
		err = errors.Join(err, s.wasi.Close())
	}
	if s.logging != nil {
		err = errors.Join(err, s.logging.Close())
	}
	return err
}

// instantiateHosts adds an instance of every host module that m imports from. They see
// the memory of memory, or of who calls when that is nil.
func (s *Store) instantiateHosts(ctx context.Context, m *wasm.Module, found *hostInstances, wanted map[string][]*wasm.Import, instances map[string]*engine.Instance, memory *engine.Instance) error {
	for name, imports := range wanted {
		host := s.host(name)
		inst := found.of(host)
		if inst != nil && memory == nil {
			host.imported(s, imports, m.Types)
		} else {
			var err error
			if inst, err = host.instantiate(ctx, s, imports, m.Types, memory); err != nil {
				return fmt.Errorf("instantiate host module %q: %w", name, err)
			}
			if memory == nil {
				found.note(host, inst)
			}
		}
		instances[name] = inst
	}
	return nil
}

// services finds the instance behind lower.ServiceModule.
func (s *Store) services(ctx context.Context) func() *engine.Instance {
	return func() *engine.Instance {
		// Without it, instantiation fails.
		i, _ := s.target.Engine.Services(ctx, lower.ServiceModule)
		return i
	}
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
		r := i.trap(ctx, t, entry)
		return &StartError{Call: r.Fault, Node: fault.ASTNode("module"), Frames: r.Frames}
	}
	return noMemory(fmt.Errorf("instantiate: %w", err))
}

// StartExitError says that the guest has called proc_exit in its start function,
// which WasmEdge takes for a failed instantiation without a code: it logs nothing
// but the line of [StartExitError.Error].
type StartExitError struct{}

func (*StartExitError) Error() string { return "    " + fault.ASTNode("module") }
