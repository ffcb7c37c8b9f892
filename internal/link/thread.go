package link

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/threads"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/objects"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/refusal"
	"github.com/wazedge/wazedge/internal/use"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// thread is what executes instances of a store, one goroutine at a time: the goroutines
// that use the store, in turn, or the one of a thread that the guest has started.
type thread struct {
	store   *Store
	account *limits.Account
	engine  *engine.Thread
	all     []*Instance
	heap    *objects.Heap      // of all instances that need one
	types   *wasm.TypeStore    // once instances are linked, or have objects
	kept    []*engine.Instance // what helps those of a thread beside the first
	taken   uint64             // bytes of the budget for the beginning of its heap
	calls   int                // that are under way, within each other
	watched <-chan struct{}    // of the context of the innermost call
}

// own is the error of a call with ctx of an instance of t, if that comes from another
// thread.
func (t *thread) own(ctx context.Context) *fault.Error {
	from := engine.ThreadOf(ctx)
	if from == nil || from == t.engine || from.Store() != t.store.engine {
		return nil
	}
	return fault.New(fault.RuntimeError, "The instance is executed by another thread.")
}

// Calling is the instance that c is; nil while it is being made.
func (s *Store) Calling(c engine.Caller) *Instance {
	i, _ := s.callers.Load(c)
	inst, _ := i.(*Instance)
	return inst
}

// process is a store's guest with its threads.
type process struct {
	store *Store
	group *threads.Group
	last  *Instance        // of the latest thread that has ended the guest
	kill  use.Interruption // of what runs when one thread ends the guest
}

// Threads is what starts threads in s for the namespace of wasi-threads.
func (s *Store) Threads() threads.Spawner {
	if s.threads == nil {
		p := &process{store: s, kill: use.Interruption{Fault: use.Interrupted(errors.New("the guest has ended"))}}
		p.group = threads.NewGroup(s.config.Limits.MaxThreads, func() { s.use.Interrupt(&p.kill) })
		s.threads = p
	}
	return s.threads
}

// Spawn implements [threads.Spawner].
func (p *process) Spawn(c abi.Caller, arg uint32) int32 {
	parent := p.store.Calling(c.Instance)
	if parent == nil || !parent.forks || !threads.Fits(parent.Module) {
		return int32(threads.ENOTSUP)
	}
	return p.group.Start(func(id int32) (threads.Thread, threads.Errno) {
		child, err := parent.fork()
		if err != nil {
			return nil, threads.ENOMEM
		}
		return &run{child, id, arg}, 0
	})
}

// over has the threads end when the function name that the first one was in is over, with
// err, if that ends the guest: when it has failed, or is a command's entry. The result is how the
// guest has ended.
func (p *process) over(name string, err error) error {
	if err == nil && name != commandEntry && !p.group.Failed() {
		return nil
	}
	failed := p.group.End()
	p.store.use.Withdraw(&p.kill)
	if failed != nil {
		return failed
	}
	return err
}

// ended keeps the instance of a thread that has ended the guest until another does.
func (p *process) ended(i *Instance) {
	if p.last != nil {
		p.last.thread.leave()
	}
	p.last = i
}

// The functions that a command is, which ends with it, and that a reactor begins with.
const (
	commandEntry = "_start"
	reactorEntry = "_initialize"
)

// ThreadFailure is how a thread that the guest has started has ended the guest: Err has an
// [*engine.Trap], or is a defect.
type ThreadFailure struct {
	StartFailure
	Entry uint32 // index of the function that was called
}

// mayFork reports whether there can be another instance like i for a thread: threads share memories that
// are made to be shared, and functions of the host. Whatever else i is linked with each has of its own.
func (i *Instance) mayFork() bool {
	for n := range i.Module.Imports {
		im := &i.Module.Imports[n]
		g := i.company.guest(im)
		if g == nil {
			continue
		}
		own := len(g.Module.Bodies) > 0
		switch {
		case own && !g.forks,
			im.Kind == wasm.ExternMemory && (own || !im.Memory.Limits.Shared),
			im.Kind == wasm.ExternTable && !own,
			im.Kind == wasm.ExternGlobal && im.Global.Type.IsRef() && !own:
			return false
		}
	}
	if i.holder != nil && i.Module.ImportedCount(wasm.ExternMemory) == 0 {
		return false // functions of the host are bound to it
	}
	return i.store.config.Record == nil && i.metering().Checked
}

// fork makes an instance like i for a new thread. Its start function has not run.
func (i *Instance) fork() (child *Instance, err error) {
	s := i.store
	t := &thread{store: s, account: i.thread.account.Fork()}
	defer func() {
		if err != nil {
			t.leave()
		}
	}()
	t.engine = s.engine.NewThread(s.waiting(t.account), t.account)
	if child, err = t.copyOf(context.Background(), i); err != nil {
		return nil, err
	}
	if err := s.begin(context.Background()); err != nil {
		return nil, err
	}
	return child, nil
}

// copyOf is the instance of t that is like i, an instance of another thread. It is made with those that it
// imports from, unless it is there.
func (t *thread) copyOf(ctx context.Context, i *Instance) (*Instance, error) {
	first := i
	if i.original != nil {
		first = i.original
	}
	for _, made := range t.all {
		if made.original == first {
			return made, nil
		}
	}
	s := i.store
	c := &Instance{
		Module: i.Module, store: s, thread: t, company: i.company, owner: i.owner, checked: i.checked, code: i.code,
		codeOffset: i.codeOffset, rewrite: i.rewrite, reread: i.reread, helpers: i.helpers, forks: true,
		from: map[string]*engine.Instance{}, original: first,
	}
	if i.plugin != nil {
		c.plugin = &plugin{host: i.plugin.host, reaches: i.plugin.reaches}
	}
	imports := importer{maps.Clone(i.from), company{}, s.services(ctx), c.from}
	for _, from := range i.imports {
		made := from
		if len(from.Module.Bodies) > 0 {
			var err error
			if made, err = t.copyOf(ctx, from); err != nil {
				return nil, err
			}
		}
		c.imports = append(c.imports, made)
		for name, e := range imports.instances {
			if e == from.Engine {
				imports.instances[name] = made.Engine
			}
		}
	}
	var err error
	if c.Heap, err = t.joinHeap(ctx, &c.code.Needs, imports.instances); err != nil {
		return nil, err
	}
	if c.moved, err = c.help(ctx, imports); err != nil {
		return nil, err
	}
	if !s.budget.Take(pipeline.TableBytes(c.Module)) {
		return nil, refusal.NoTables()
	}
	c.holder, c.found = c.code.Needs.HostMemory(imports.instances), imports.find
	if err := s.execute(ctx, c, c.Module); err != nil {
		s.budget.Give(pipeline.TableBytes(c.Module))
		return nil, err
	}
	s.callers.Store(c.Engine.AsCaller(), c)
	t.all = append(t.all, c)
	c.adopt()
	var profile *limits.Profile
	if i.profile != nil {
		profile = i.profile.Fork(t.account)
		t.engine.Trace(first.profile, profile)
	}
	c.join(profile)
	return c, nil
}

// help makes what the code of i needs beside it.
func (i *Instance) help(ctx context.Context, imports importer) (moved map[string]*engine.Instance, err error) {
	h := pipeline.Helped{Thread: i.thread.engine, Codes: i.helpers}
	moved, err = i.code.Needs.Instantiate(ctx, i.store.target.Engine, &h, imports.instances, imports.find)
	if i.helpers = h.Codes; i.thread != i.store.first {
		i.thread.kept = append(i.thread.kept, h.Made...)
	}
	return moved, err
}

// leave closes what t has, which has ended.
func (t *thread) leave() {
	s := t.store
	t.account.Join()
	for _, i := range slices.Backward(t.all) {
		s.callers.Delete(i.Engine.AsCaller())
		s.budget.Give(pipeline.TableBytes(i.Module))
		t.kept = append(t.kept, i.Engine)
	}
	for _, i := range slices.Backward(t.kept) {
		// Nothing is left to be done about errors.
		_ = i.Close(context.Background())
	}
	s.budget.Give(t.taken)
}

// run is what a thread does: the instance was made for it.
type run struct {
	*Instance
	id  int32
	arg uint32
}

// Run implements [threads.Thread]. The error is how the thread has ended the guest: nil
// when it has just ended, or was interrupted with the others.
func (i *run) Run() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &engine.Defect{Err: fmt.Errorf("thread %d: %v", i.id, p)}
		}
	}()
	if err := i.thread.account.Begin(); err != nil {
		return nil
	}
	i.thread.calls = 1
	ctx := context.Background()
	for _, made := range i.thread.all {
		if start := made.Module.Start; start != nil {
			if err := made.threadCall(ctx, made.code.Names(made.Module).Start, *start, nil); err != nil {
				return made.threadEnd(err, *start)
			}
		}
		if made == i.Instance {
			break
		}
		if x, ok := made.Module.Exported(wasm.ExternFunc, reactorEntry); ok {
			if err := made.threadCall(ctx, reactorEntry, x, nil); err != nil {
				return made.threadEnd(err, x)
			}
		}
	}
	entry, _ := i.Module.Exported(wasm.ExternFunc, threads.Entry)
	err = i.threadCall(ctx, threads.Entry, entry, []uint64{uint64(uint32(i.id)), uint64(i.arg)})
	return i.threadEnd(err, entry)
}

// Close implements [threads.Thread]. What has ended the guest is looked at before it is
// closed with the store.
func (i *run) Close(ended bool) {
	if i.profile != nil {
		i.original.profile.Join(i.profile)
	}
	if p := i.store.threads; ended {
		p.ended(i.Instance)
	} else {
		i.thread.leave()
	}
	i.store.end(context.Background(), nil)
}

// threadCall calls the export name of i, which is function x.
func (i *Instance) threadCall(ctx context.Context, name string, x uint32, stack []uint64) error {
	if i.profile != nil {
		defer i.profile.Begin(x)()
	}
	return i.Engine.Call(ctx, name, stack)
}

// threadEnd is how the thread of i has ended the guest, with err in the function entry.
func (i *Instance) threadEnd(err error, entry uint32) error {
	over := i.thread.account.End(err == nil)
	if over != nil {
		err = &engine.Trap{Code: over.Code, Cause: over}
	}
	if t, ok := errors.AsType[*engine.Trap](err); ok {
		if t.Code == fault.Interrupted {
			return nil // with all others
		}
		return &ThreadFailure{StartFailure{i, err}, entry}
	}
	return err
}
