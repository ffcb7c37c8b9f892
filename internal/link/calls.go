package link

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/objects"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// ErrClosed is why nothing is called any more in a store that is closed, or whose Runtime
// is.
var ErrClosed = errors.New("the store is closed")

// use is what is under way in a store, and whether that is to end. Whoever closes the
// store or interrupts it may be another goroutine than that which uses it.
type use struct {
	mu            sync.Mutex
	under         int  // calls and instantiations, within each other
	joined        bool // the Runtime knows of it
	closed        bool
	interruptions []*interruption // in effect is the first
}

// interruption is one reason for ending what is under way.
type interruption struct {
	fault *fault.Error
	once  bool // it is over with the call that it has ended
}

func interrupted(cause error) *fault.Error {
	return &fault.Error{Code: fault.Interrupted, Offset: -1, Err: cause}
}

// begin says that s is used from now on. The error is why it cannot be: it is closed, it
// has been interrupted, or ctx has ended.
func (s *Store) begin(ctx context.Context) *fault.Error {
	s.use.mu.Lock()
	defer s.use.mu.Unlock()
	if s.use.closed || !s.use.joined && !s.runtime.join(s) {
		return interrupted(ErrClosed)
	}
	s.use.joined = true
	if s.config.Limits.Interruptible && ctx.Err() != nil {
		return interrupted(context.Cause(ctx))
	}
	if s.use.under == 0 && len(s.use.interruptions) > 0 {
		f := s.use.interruptions[0].fault
		s.forget(func(i *interruption) bool { return i.once })
		return f
	}
	s.use.under++
	return nil
}

// end says that this use of s is over, with err. The last one closes s if that is due.
func (s *Store) end(ctx context.Context, err error) {
	s.use.mu.Lock()
	s.use.under--
	last := s.use.under == 0
	if list := s.use.interruptions; last && len(list) > 0 && endedBy(err, list[0].fault) {
		s.forget(func(i *interruption) bool { return i.once })
	}
	closing := last && s.use.closed
	s.use.mu.Unlock()
	if closing {
		// Close has returned long since.
		_ = s.release(ctx)
	}
}

// endedBy reports whether f is in err.
func endedBy(err error, f *fault.Error) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e == f
}

// Closed reports whether s is closed, or its Runtime: what its instances had is somebody
// else's.
func (s *Store) Closed() bool {
	s.use.mu.Lock()
	defer s.use.mu.Unlock()
	return s.use.under == 0 && (s.use.closed || s.runtime.closed.Load())
}

// Closed reports whether the store of i is closed.
func (i *Instance) Closed() bool { return i.store.Closed() }

// Interrupt ends the call that is under way in s, or the next one, with the code of an
// interruption and cause. It may be called by any goroutine.
func (s *Store) Interrupt(cause error) { s.interrupt(&interruption{interrupted(cause), true}) }

func (s *Store) interrupt(i *interruption) {
	s.use.mu.Lock()
	defer s.use.mu.Unlock()
	s.use.interruptions = append(s.use.interruptions, i)
	s.Account.Interrupt(i.fault)
	s.Guest.Interrupt(i.fault)
}

// withdraw undoes interrupt.
func (s *Store) withdraw(i *interruption) {
	s.use.mu.Lock()
	defer s.use.mu.Unlock()
	s.forget(func(other *interruption) bool { return other == i })
}

// forget undoes the interruptions that are over; the first of the others is in effect
// then. s.use.mu is held.
func (s *Store) forget(over func(*interruption) bool) {
	s.use.interruptions = slices.DeleteFunc(s.use.interruptions, over)
	s.Account.Resume()
	s.Guest.Resume()
	if len(s.use.interruptions) > 0 {
		f := s.use.interruptions[0].fault
		s.Account.Interrupt(f)
		s.Guest.Interrupt(f)
	}
}

// watch ends what is called in s when ctx ends: compiled code looks at the account, and
// host functions that wait are woken. The caller calls done when the call is over; then s
// can be called again, or what has called it goes on.
func (s *Store) watch(ctx context.Context) (done func()) {
	ended := ctx.Done()
	if ended == nil || ended == s.watched || !s.config.Limits.Interruptible {
		return func() {}
	}
	outer := s.watched
	s.watched = ended
	var i *interruption
	over := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(over)
		i = &interruption{interrupted(context.Cause(ctx)), false}
		s.interrupt(i)
	})
	return func() {
		s.watched = outer
		if !stop() {
			<-over
			s.withdraw(i)
		}
	}
}

// Close closes all instances of s: at once, or when what is under way has ended, which it
// does as if it were interrupted. It may be called by any goroutine.
func (s *Store) Close(ctx context.Context) error {
	s.use.mu.Lock()
	first, idle := !s.use.closed, s.use.under == 0
	s.use.closed = true
	s.use.mu.Unlock()
	switch {
	case !first:
		return nil
	case idle:
		return s.release(ctx)
	}
	s.interrupt(&interruption{interrupted(ErrClosed), false})
	return nil
}

// release frees what s holds. Nothing is under way any more.
func (s *Store) release(ctx context.Context) error {
	if s.timer != nil {
		s.timer.Stop()
	}
	var err error
	if s.engine != nil {
		err = s.engine.Close(ctx)
	}
	return errors.Join(err, s.config.World.Close(), s.runtime.leave(ctx, s))
}

// state is what a call that fails must put back for the one that it is nested in.
type state struct {
	heap   objects.Mark
	depths []uint64 // of the metered instances
}

// state is that of s as it is now.
func (s *Store) state() state {
	var now state
	if s.heap != nil {
		now.heap = s.heap.Mark()
	}
	for _, i := range s.all {
		if i.depth != nil {
			now.depths = append(now.depths, i.depth.Get())
		}
	}
	return now
}

// restore puts back what a call has left that failed. Instances that it has made come
// last.
func (s *Store) restore(before state) {
	if s.heap != nil {
		s.heap.Unwind(before.heap)
	}
	for _, i := range s.all {
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
	s := i.store
	if err := s.begin(ctx); err != nil {
		return &engine.Trap{Code: err.Code, Cause: err}
	}
	defer func() { s.end(ctx, err) }()
	s.calls++
	defer func() { s.calls-- }()
	defer s.watch(ctx)()
	if s.calls > 1 { // from a host function
		before := s.state()
		if err = i.Engine.Call(ctx, name, stack); err != nil {
			s.restore(before)
		}
		return err
	}
	if err := s.Account.Begin(); err != nil {
		return &engine.Trap{Code: err.Code, Cause: err}
	}
	if i.profile != nil {
		i.profile.Begin(i.functionCalled(name))
		defer i.profile.End()
	}
	err = i.Engine.Call(ctx, name, stack)
	if err != nil {
		s.restore(state{})
	}
	if over := s.Account.End(err == nil); over != nil {
		return &engine.Trap{Code: over.Code, Cause: over}
	}
	return err
}

// Allow bounds the gas of the next call, and of those to come unless that is within
// another; the caller calls done when it is over. There is a limit of gas.
func (s *Store) Allow(gas uint64) (done func()) {
	if s.calls > 0 {
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
