package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/beside"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/first"
	"github.com/wazedge/wazedge/internal/journal"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/refusal"
	"github.com/wazedge/wazedge/internal/skeleton"
	"github.com/wazedge/wazedge/internal/use"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Config is what a [Store] has of its own.
type Config struct {
	Limits     limits.Config
	StressHeap bool             // objects are collected as often as can be
	Wakes      bool             // what waits ends when the guest is interrupted, whatever Limits says
	Trace      io.Writer        // gets a line for each call of a host function; nil for none
	Log        *logline.Logger  // receives what happens while a guest runs
	Begin      *first.Beginning // of the first instance, if it is not compiled; nil for compiling it
	Last       int              // how many of the last calls of host functions are remembered
	Tally      *abi.Tally       // counts the calls of host functions; nil for nobody

	Record *journal.Writer // is told what host functions answer; nil for the beginning of the run only
	Replay *Replay         // what answers in the place of host functions; nil for themselves

	Host  func(name string) Host // the host module of the name, or nil
	Owner any                    // what shared host functions find of the store
	World io.Closer              // what host modules work on; closed behind the instances

	// Linked, unless nil, is called when a module is linked and its segments fit.
	Linked func() error

	// Again makes a store for a second run, under the bounds l, and returns what is to be
	// called in the end. Second says that this is one, in which nobody waits.
	Again  func(interpreter bool, l limits.Config) (s *Store, done func(context.Context))
	Second bool
}

// Replay is what answers the guests of a store in the place of host functions.
type Replay struct {
	Player *journal.Player
	From   journal.Journal // what Player answers from
}

// Store is what instances share that may be linked with each other (core 4.2): one
// account of gas and time, one bound of memory, one heap. One goroutine at a time uses a
// Store and its instances, beside those of the guest's threads, which use their own;
// different stores are independent of each other.
type Store struct {
	Account *limits.Account // of the first thread
	Profile *limits.Profile // if one is taken, from the first instance on
	Guest   *abi.Guest      // as host functions see it
	Shared  *abi.Hosts      // what shared host functions find of the store

	runtime *Runtime
	config  Config

	target  prepare.Target                   // what the instances are executed by; from the first one on
	engine  *engine.Store                    // nil before
	budget  *engine.Budget                   // of memory
	growths refusal.Growths                  // of memories
	spaces  map[*wasm.Module]*wasm.TypeSpace // in the identities of the first thread

	beside *beside.Maker // once one is wanted

	guests    map[string]*Instance
	instances int        // that were made or tried
	timer     *use.Timer // of the time limit
	mark      *mark      // what the instances are taken back to; nil for nothing
	imported  []imported // from modules of the host, by the first instances
	reached   int        // how many instances those are

	use     *use.Use
	first   *thread
	young   *first.Young // the first instance, if it has begun by Config.Begin
	threads *process     // once the guest may have further threads
	callers sync.Map     // instances, by how host functions know them
}

// NewStore is a store without instances. Its owner calls [Store.Close].
func (r *Runtime) NewStore(c Config) *Store {
	s := &Store{runtime: r, config: c, Account: limits.NewAccount(c.Limits)}
	s.use = use.New(owner{s})
	s.first = &thread{store: s, account: s.Account}
	s.open()
	return s
}

// Engine is what the instances of s are executed by, once there is one.
func (s *Store) Engine() *engine.Runtime { return s.target.Engine }

// Owner is [Config.Owner].
func (s *Store) Owner() any { return s.config.Owner }

// World is [Config.World].
func (s *Store) World() io.Closer { return s.config.World }

// space are the types of m in the identities that the instances of s share.
func (s *Store) space(m *wasm.Module) *wasm.TypeSpace {
	space := s.spaces[m]
	if space == nil {
		if s.spaces == nil {
			s.spaces = map[*wasm.Module]*wasm.TypeSpace{}
		}
		space = s.first.identities().Space(m)
		s.spaces[m] = space
	}
	return space
}

// identities are those of the types of all instances of t, once they are linked or have objects.
func (t *thread) identities() *wasm.TypeStore {
	if t.types == nil {
		t.types = wasm.NewTypeStore()
	}
	return t.types
}

// open makes what host functions see of the store.
func (s *Store) open() {
	c := abi.GuestConfig{
		Interruptible: s.config.Wakes || s.config.Limits.Interruptible || s.threaded(), Trace: s.config.Trace,
		Journal: s.config.Record, Tally: s.config.Tally,
	}
	if !s.threaded() {
		c.Last = s.config.Last
		if c.Journal == nil {
			c.Journal = journal.NewWriter(journal.NewMemory(), nil)
		}
	}
	if s.config.Limits.Time {
		c.Spent = s.Account.HostReturned
	}
	s.budget = engine.NewBudget(s.config.Limits.MaxMemory, s.config.Limits.WholeMemory)
	s.Guest = abi.NewGuest(c)
	if r := s.config.Replay; r != nil {
		s.Guest.Replay(r.Player, r.From)
	}
	s.Shared = &abi.Hosts{Guest: s.Guest, Owner: s.config.Owner}
}

// threaded reports whether guests may have threads.
func (s *Store) threaded() bool { return s.runtime.Options.Features.Has(wasm.Threads) }

// enter has the instances of s executed by the engine of t, and keep account.
func (s *Store) enter(t prepare.Target, account *limits.Account) {
	if s.engine != nil {
		return
	}
	s.target, s.engine = t, t.Engine.NewStore(s.engineConfig(account, s.budget, s.Shared))
	s.first.engine = s.engine.First()
	s.runtime.engines.Join(s)
}

// engineConfig is that of a store of the engine, where an instance of the first thread keeps account, within its budget, and finds host.
func (s *Store) engineConfig(account *limits.Account, budget *engine.Budget, host *abi.Hosts) engine.StoreConfig {
	c := engine.StoreConfig{
		MemoryPages: s.config.Limits.MemoryPages, Budget: budget, Account: s.waiting(account), Meter: account, Host: host,
		GrowRefused: s.growths.Instance(s.config.Limits.MemoryPages, s.config.Log.Error),
	}
	if s.config.Limits.TableElements == 0 {
		c.TableGrowth = pipeline.DefaultTableElements
	}
	return c
}

// Instantiate links m, which is valid, with host modules and with the instances of s
// that have names, makes its instance, and runs its start function, if it has one. When its start function has
// failed, there is an instance beside the error, to be looked at.
func (s *Store) Instantiate(ctx context.Context, m *Module) (*Instance, error) {
	return s.using(ctx, func() (*Instance, error) { return s.instantiate(ctx, m) })
}

// using has f make an instance, and undoes what is to be undone if it fails.
func (s *Store) using(ctx context.Context, f func() (*Instance, error)) (inst *Instance, err error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	before := s.first.state()
	defer func() {
		if err != nil {
			s.first.restore(before)
		}
		s.end(ctx, err)
	}()
	return f()
}

func (s *Store) instantiate(ctx context.Context, m *Module) (*Instance, error) {
	s.instances++
	if err := s.provide(ctx, m); err != nil {
		return nil, err
	}
	own, err := s.ownMemories(ctx, m.Decoded())
	if err != nil {
		return nil, err
	}
	inst, err := s.newInstance(ctx, m, company{s.guests, own})
	if err != nil {
		return nil, err
	}
	if s.instances == 1 {
		inst.guest = s.Guest
	}
	return s.finish(ctx, inst, s.config.Linked)
}

// finish links inst and makes what the engine has of it. Linked may be nil.
func (s *Store) finish(ctx context.Context, inst *Instance, linked func() error) (*Instance, error) {
	if inst.image != nil {
		defer func() {
			inst.image.Close()
			inst.image = nil
		}()
	}
	l := linker{store: s, module: inst.Module, company: inst.company, host: inst.host, exports: map[*Instance]map[string]*wasm.Export{}}
	wanted, err := l.link()
	if err != nil {
		return nil, err
	}
	if inst.Module, err = pipeline.Bound(inst.Module, s.runtime.Plan(), inst.checked.Ops.Has(wasm.OpTableGrow), s.config.Log.Error); err != nil {
		return nil, err
	}
	if err := s.chargeConstants(inst); err != nil {
		return nil, err
	}
	cut, err := skeleton.CheckSegments(inst.Module, s.runtime.Plan().Features, surroundings{inst})
	if err != nil {
		// What cannot be instantiated up to the segment either changes nothing more.
		_ = s.start(ctx, inst, cut, wanted, true)
		return nil, err
	}
	if linked != nil {
		if err := linked(); err != nil {
			return nil, err
		}
	}
	if err := s.start(ctx, inst, inst.Module, wanted, false); err != nil {
		return inst, err
	}
	return inst, nil
}

// start makes the engine's instance of m, which is inst's module or, when it is cut, what
// is left of it, with the host functions in wanted.
func (s *Store) start(ctx context.Context, inst *Instance, m *wasm.Module, wanted map[string][]*wasm.Import, cut bool) error {
	for n := range m.Imports {
		if g := inst.company.guest(&m.Imports[n]); g != nil && !slices.Contains(inst.imports, g) {
			inst.imports = append(inst.imports, g)
		}
	}
	inst.from = map[string]*engine.Instance{}
	imports := importer{map[string]*engine.Instance{}, inst.company, s.services(ctx), inst.from}
	imports.addOwn(m)
	var err error
	if inst.code, err = s.codeOf(ctx, inst, m, imports, cut); err != nil {
		return err
	}
	inst.rewrite = inst.code.rewrite
	if err := s.importAccount(ctx, s.target.Engine, m, imports.instances); err != nil {
		return err
	}
	needs := &inst.code.Needs
	if inst.Heap, err = inst.thread.joinHeap(ctx, needs, imports.instances); err != nil {
		return err
	}
	if inst.moved, err = inst.help(ctx, imports); err != nil {
		return noMemory(err)
	}
	if !s.budget.Take(pipeline.TableBytes(m)) {
		return refusal.NoTables()
	}
	inst.holder = needs.HostMemory(imports.instances)
	if err := s.instantiateHosts(ctx, m, inst, wanted, imports.instances); err != nil {
		return err
	}
	s.startTimer()
	if err := s.Account.Begin(); err != nil && m.Start != nil {
		return startFailure(inst, &engine.Trap{Code: err.Code, Cause: err})
	}
	inst.found = imports.find
	err = s.execute(ctx, inst, m)
	s.Account.End(false)
	if err != nil {
		return startFailure(inst, err)
	}
	s.callers.Store(inst.Engine.AsCaller(), inst)
	inst.thread.all = append(inst.thread.all, inst)
	inst.adopt()
	inst.forks = s.threaded() && inst.mayFork()
	return s.connect(ctx, inst)
}

// execute makes the engine's instance of m, which is inst's module or what is left of it.
// What it imports has been found.
func (s *Store) execute(ctx context.Context, inst *Instance, m *wasm.Module) (err error) {
	image := inst.image
	if image == nil {
		if image, err = inst.owner.image(inst.code); err != nil {
			return err
		}
	}
	options := inst.thread.engine.In(engine.Options{
		Imports:      inst.found,
		SharedMemory: m.SharesMemory(),
		WideMemory:   lower.WideMemory(m),
		Drop:         inst.code.Drop,
		Uncaught:     inst.Heap.Uncaught,
		Exception:    exceptionOf(inst),
	})
	if image != nil {
		defer image.Close()
		options.Fill = func(memory []byte) bool { return image.Place(memory, engine.Mapped) }
	}
	inst.Engine, err = s.target.Engine.Instantiate(ctx, inst.code.Engine, options)
	return err
}

// exceptionOf is the name of the global by which inst returns with an exception, if it may.
func exceptionOf(inst *Instance) string {
	if !inst.code.uses.Has(wasm.ExceptionHandling) {
		return ""
	}
	return lower.FlatException(inst.Module)
}

// codeOf is the code that inst is to execute, whose module within its bounds is m.
func (s *Store) codeOf(ctx context.Context, inst *Instance, m *wasm.Module, imports importer, cut bool) (*code, error) {
	owner := inst.owner
	owner.mu.Lock()
	defer owner.mu.Unlock()
	alone := owner.alone()
	shape := imports.shape(m, alone)
	c := compiling{module: imports.redirect(m), shape: shape, cache: shape == alone && !cut, once: cut}
	if s.engine != nil {
		c.way = &s.target.Way
	}
	if s.config.Limits.Profile {
		s.Profile = s.Profile.Beside(s.Account, m, func() *wasm.Module { inst.restore(); return inst.Module })
		inst.profile = s.Profile
		c.tracer = func(w prepare.Way) engine.Tracer {
			if engine.TellsStacks() && w != prepare.Interpret {
				return nil
			}
			return inst.profile
		}
	}
	code, err := inst.code, error(nil)
	if code == nil {
		code, err = s.beginFirst(ctx, inst, c)
	}
	if err == nil && (code == nil || cut) {
		code, err = owner.compile(ctx, c)
	}
	if err == nil {
		s.enter(s.runtime.Target(ctx, code.way), s.Account)
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

// Unlink takes a name away that [Store.Link] has given.
func (s *Store) Unlink(name string) { delete(s.guests, name) }

// Linked is the instance of s that has the name, or nil.
func (s *Store) Linked(name string) *Instance { return s.guests[name] }

// StartFailure is how the start function of Instance has failed: Err has an
// [*engine.Trap] or an [*engine.Exit].
type StartFailure struct {
	Instance *Instance
	Err      error
}

func (f *StartFailure) Error() string { return f.Err.Error() }

// Unwrap is f.Err.
func (f *StartFailure) Unwrap() error { return f.Err }

// startFailure is the error of an instantiation that the engine has given up: by rule
// for what the module's start function did.
func startFailure(inst *Instance, err error) error {
	if errors.As(err, new(*engine.Exit)) || errors.As(err, new(*engine.Trap)) {
		return &StartFailure{inst, err}
	}
	return noMemory(fmt.Errorf("instantiate: %w", err))
}
