package link

import (
	"context"
	"errors"
	"fmt"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/threads"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/prepare"
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
	calls   int             // that are under way, within each other
	watched <-chan struct{} // of the context of the innermost call
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
	if parent == nil || !parent.canFork() {
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
		p.last.leave()
	}
	p.last = i
}

// commandEntry is the function that a command is, which ends with it.
const commandEntry = "_start"

// ThreadFailure is how a thread that the guest has started has ended the guest: Err has an
// [*engine.Trap], or is a defect.
type ThreadFailure struct {
	Instance *Instance // the thread's
	Entry    uint32    // index of the function that was called
	Err      error
}

func (f *ThreadFailure) Error() string { return f.Err.Error() }

// Unwrap is f.Err.
func (f *ThreadFailure) Unwrap() error { return f.Err }

// canFork reports whether there can be another instance of i's module for a thread: what
// i shares with it are a memory that it imports, and functions of the host.
func (i *Instance) canFork() bool {
	needs := &i.code.Needs
	if i.Heap != nil || needs.Objects != nil || len(needs.Helpers) > 0 {
		return false
	}
	for _, from := range i.imports {
		if len(from.Module.Bodies) > 0 {
			return false
		}
	}
	return i.store.config.Record == nil && i.metering().Checked && threads.Fits(i.Module)
}

// fork makes an instance of i's module for a new thread. Its start function has not run.
func (i *Instance) fork() (child *Instance, err error) {
	s := i.store
	var profile *limits.Profile
	account := i.thread.account.Fork()
	defer func() {
		if err != nil {
			account.Join()
		}
	}()
	if i.profile != nil {
		if profile = i.profile.Fork(account); profile == nil {
			return nil, errors.New("the profile cannot tell threads apart")
		}
	}
	t := &thread{store: s, account: account}
	t.engine = s.engine.NewThread(waiting{s, account}, account)
	child = &Instance{
		Module: i.Module, store: s, thread: t, company: i.company, owner: i.owner, checked: i.checked, code: i.code,
		codeOffset: i.codeOffset, imports: i.imports, found: i.found, rewrite: i.rewrite,
		reread: i.reread, digest: i.digest, holder: i.holder, moved: i.moved,
	}
	if !s.budget.Take(prepare.TableBytes(i.Module)) {
		return nil, refusal.NoTables()
	}
	if err := s.execute(context.Background(), child, child.Module); err != nil {
		s.budget.Give(prepare.TableBytes(i.Module))
		return nil, err
	}
	s.callers.Store(child.Engine.AsCaller(), child)
	t.all = []*Instance{child}
	child.join(profile)
	if err := s.begin(context.Background()); err != nil {
		child.leave()
		return nil, err
	}
	return child, nil
}

// leave closes i, the instance of a thread that has ended.
func (i *Instance) leave() {
	i.thread.account.Join()
	i.store.callers.Delete(i.Engine.AsCaller())
	i.store.budget.Give(prepare.TableBytes(i.Module))
	// Nothing is left to be done about errors.
	_ = i.Engine.Close(context.Background())
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
	entry, _ := i.Module.Exported(wasm.ExternFunc, threads.Entry)
	if err := i.thread.account.Begin(); err != nil {
		return nil
	}
	i.thread.calls = 1
	ctx := context.Background()
	if start := i.Module.Start; start != nil {
		if err := i.threadCall(ctx, limits.NamesFor(i.Module).Start, *start, nil); err != nil {
			return i.threadEnd(err, *start)
		}
	}
	err = i.threadCall(ctx, threads.Entry, entry, []uint64{uint64(uint32(i.id)), uint64(i.arg)})
	return i.threadEnd(err, entry)
}

// Close implements [threads.Thread]. What has ended the guest is looked at before it is
// closed with the store.
func (i *run) Close(ended bool) {
	if i.profile != nil {
		i.store.Profile.Join(i.profile)
	}
	if p := i.store.threads; ended {
		p.ended(i.Instance)
	} else {
		i.leave()
	}
	i.store.end(context.Background(), nil)
}

// threadCall calls the export name of i, which is function x.
func (i *Instance) threadCall(ctx context.Context, name string, x uint32, stack []uint64) error {
	if i.profile != nil {
		i.profile.Begin(x)
		defer i.profile.End()
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
		return &ThreadFailure{i, entry, err}
	}
	return err
}
