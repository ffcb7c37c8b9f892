package link

import (
	"context"
	"errors"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/objects"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/use"
	"github.com/wazedge/wazedge/internal/wasm"
)

// begin says that s is used from now on. The error is why it cannot be: it is closed, it
// has been interrupted, or ctx has ended.
func (s *Store) begin(ctx context.Context) *fault.Error {
	if !s.config.Limits.Interruptible {
		ctx = nil
	}
	return s.use.Begin(ctx)
}

// end says that this use of s is over, with err. The last one closes s if that is due.
func (s *Store) end(ctx context.Context, err error) {
	if s.use.End(err) {
		// Close has returned long since.
		_ = s.release(ctx)
	}
}

// owner is a store as the owner of what is under way in it.
type owner struct{ *Store }

// Join implements [use.Owner].
func (s owner) Join() bool { return s.runtime.engines.Join(s.Store) }

// Interrupt implements [use.Owner].
func (s owner) Interrupt(cause error) {
	s.Account.Interrupt(cause.(*fault.Error))
	s.Guest.Interrupt(cause)
}

// Resume implements [use.Owner].
func (s owner) Resume() {
	s.Account.Resume()
	s.Guest.Resume()
}

// Closed reports whether s is closed, or its Runtime: what its instances had is somebody
// else's.
func (s *Store) Closed() bool {
	idle, closed := s.use.Idle()
	return idle && (closed || s.runtime.engines.Closed())
}

// Closed reports whether the store of i is closed.
func (i *Instance) Closed() bool { return i.store.Closed() }

// Interrupt ends the call that is under way in s, or the next one, with the code of an
// interruption and cause. It may be called by any goroutine.
func (s *Store) Interrupt(cause error) {
	s.use.Interrupt(&use.Interruption{Fault: use.Interrupted(cause), Once: true})
}

// watch ends what is called in t when ctx ends: compiled code looks at the account, and
// host functions that wait are woken. The caller calls done when the call is over; then s
// can be called again, or what has called it goes on.
func (t *thread) watch(ctx context.Context) (done func()) {
	ended, s := ctx.Done(), t.store
	if ended == nil || ended == t.watched || !s.config.Limits.Interruptible {
		return func() {}
	}
	outer := t.watched
	t.watched = ended
	var i *use.Interruption
	over := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(over)
		i = &use.Interruption{Fault: use.Interrupted(context.Cause(ctx))}
		s.use.Interrupt(i)
	})
	return func() {
		t.watched = outer
		if !stop() {
			<-over
			s.use.Withdraw(i)
		}
	}
}

// Close closes all instances of s: at once, or when what is under way has ended, which it
// does as if it were interrupted. It may be called by any goroutine.
func (s *Store) Close(ctx context.Context) error {
	switch first, idle := s.use.Close(); {
	case !first:
		return nil
	case idle:
		return s.release(ctx)
	}
	s.use.Interrupt(&use.Interruption{Fault: use.Interrupted(use.ErrClosed)})
	return nil
}

// release frees what s holds. Nothing is under way any more.
func (s *Store) release(ctx context.Context) error {
	s.timer.Stop()
	var err error
	if s.young != nil {
		err = s.young.Close(ctx)
	}
	if s.engine != nil {
		err = errors.Join(err, s.engine.Close(ctx))
	}
	return errors.Join(err, s.config.World.Close(), s.runtime.engines.Leave(ctx, s))
}

// state is what a call that fails must put back for the one that it is nested in.
type state struct {
	heap   objects.Mark
	depths []uint64 // of the metered instances
}

// state is that of t as it is now.
func (t *thread) state() state {
	var now state
	if t.heap != nil {
		now.heap = t.heap.Mark()
	}
	for _, i := range t.all {
		if i.depth != nil {
			now.depths = append(now.depths, i.depth.Get())
		}
	}
	return now
}

// restore puts back what a call has left that failed. Instances that it has made come
// last.
func (t *thread) restore(before state) {
	if t.heap != nil {
		t.heap.Unwind(before.heap)
	}
	for _, i := range t.all {
		if i.depth == nil {
			continue
		}
		depth := uint64(0)
		if len(before.depths) > 0 {
			depth, before.depths = before.depths[0], before.depths[1:]
		}
		i.depth.Set(depth)
	}
}

// call runs the export name of the engine's instance, on account.
func (i *Instance) call(ctx context.Context, name string, stack []uint64) (err error) {
	s, t := i.store, i.thread
	if err := t.own(ctx); err != nil {
		return &engine.Trap{Code: err.Code, Cause: err}
	}
	failed := func() bool { return s.threads != nil && t.calls == 0 && s.threads.group.Failed() }
	if failed() {
		return s.threads.over(name, nil)
	}
	if err := s.begin(ctx); err != nil {
		if failed() { // meanwhile
			return s.threads.over(name, nil)
		}
		return &engine.Trap{Code: err.Code, Cause: err}
	}
	defer func() { s.end(ctx, err) }()
	t.calls++
	defer func() { t.calls-- }()
	defer t.watch(ctx)()
	if t.calls > 1 { // from a host function
		if i.profile != nil {
			defer i.profile.Begin(i.functionCalled(name))()
		}
		before := t.state()
		if err = i.Engine.Call(ctx, name, stack); err != nil {
			t.restore(before)
		}
		return err
	}
	err = i.outermost(ctx, name, stack)
	if s.threads != nil {
		err = s.threads.over(name, err)
	}
	return err
}

// outermost is call for one that is in no other.
func (i *Instance) outermost(ctx context.Context, name string, stack []uint64) error {
	t := i.thread
	t.store.startTimer() // which a store that was taken back has not done
	if err := t.account.Begin(); err != nil {
		return &engine.Trap{Code: err.Code, Cause: err}
	}
	if i.profile != nil {
		defer i.profile.Begin(i.functionCalled(name))()
	}
	call := i.Engine.Call
	if y := i.store.young; y != nil {
		call = y.Call
	}
	err := call(ctx, name, stack)
	if err != nil {
		t.restore(state{})
	}
	if over := t.account.End(err == nil); over != nil {
		return &engine.Trap{Code: over.Code, Cause: over}
	}
	return err
}

// Allow bounds the gas of the next call, and of those to come unless that is within
// another; the caller calls done when it is over. There is a limit of gas.
func (s *Store) Allow(gas uint64) (done func()) {
	if s.first.calls > 0 {
		return s.Account.Nest(gas)
	}
	s.Account.Allow(gas)
	return func() {}
}

// functionCalled is the function behind an export of the engine's instance.
func (i *Instance) functionCalled(name string) uint32 {
	if x, ok := i.Module.Exported(wasm.ExternFunc, name); ok {
		return x
	}
	if i.Module.Start != nil {
		return *i.Module.Start
	}
	return 0
}
