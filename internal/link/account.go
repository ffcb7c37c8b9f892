package link

import (
	"context"
	"time"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// chargeConstants charges what instantiating inst evaluates.
func (s *Store) chargeConstants(inst *Instance) error {
	err := s.Account.Constants(inst.Module)
	if err == nil {
		return nil
	}
	if inst.reread != "" {
		// Only the file knows the places of its instructions.
		inst.restore()
		again := limits.NewAccount(s.config.Limits)
		if e := again.Constants(inst.Module); e != nil {
			err = e
		}
	}
	err.Line = limits.ExceededLine
	return err
}

// importAccount gives what a metered module imports.
func (s *Store) importAccount(ctx context.Context, instances map[string]*engine.Instance) error {
	if v := s.runtime.Options.Metering; !v.Checked && v.MaxDepth == 0 {
		return nil
	}
	inst, err := s.target.Engine.Meter(ctx, limits.HostModule)
	if err != nil {
		return err
	}
	instances[limits.HostModule] = inst
	return nil
}

// connect joins the account of s with the instance, and runs the start function,
// which a metered module leaves to its host.
func (s *Store) connect(ctx context.Context, inst *Instance) error {
	if !inst.Plan().Metering.Active() {
		return nil
	}
	names := limits.NamesFor(inst.Module)
	var counters []limits.Counter
	for _, name := range names.Counters {
		if c, ok := inst.Engine.Cell(name); ok {
			counters = append(counters, c)
		}
	}
	if len(counters) > 0 {
		s.Account.Connect(counters...)
	}
	if s.Profile != nil {
		s.Profile.Sampled(inst.Engine.Stack)
		inst.profile = s.Profile
	}
	if inst.Plan().Metering.MaxDepth > 0 {
		if c, ok := inst.Engine.Cell(names.Depth); ok {
			inst.depth = &c
		}
	}
	if inst.Module.Start == nil {
		return nil
	}
	if err := inst.call(ctx, names.Start, nil); err != nil {
		return startFailure(inst, err)
	}
	return nil
}

// call runs the export name of the engine's instance, on account.
func (i *Instance) call(ctx context.Context, name string, stack []uint64) error {
	s := i.store
	s.calls++
	defer func() { s.calls-- }()
	if s.calls > 1 { // from a host function
		return i.Engine.Call(ctx, name, stack)
	}
	defer s.watch(ctx)()
	if i.depth != nil {
		i.depth.Set(0)
	}
	if err := s.Account.Begin(); err != nil {
		return &engine.Trap{Code: err.Code, Cause: err}
	}
	if i.profile != nil {
		i.profile.Begin(i.functionCalled(name))
		defer i.profile.End()
	}
	err := i.Engine.Call(ctx, name, stack)
	if over := s.Account.End(err == nil); over != nil {
		return &engine.Trap{Code: over.Code, Cause: over}
	}
	return err
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

// startTimer has blocking functions of the host end at the deadline of s.
func (s *Store) startTimer() {
	deadline, ok := s.Account.Start()
	if !ok || s.timer != nil {
		return
	}
	s.timer = time.AfterFunc(time.Until(deadline), func() { s.Guest.Interrupt(limits.Interrupted()) })
}

// watch ends what is called in s when ctx ends: compiled code looks at the account, and
// host functions that wait are woken. The caller calls done when the call is over;
// then s can be called again.
func (s *Store) watch(ctx context.Context) (done func()) {
	if ctx.Done() == nil || !s.config.Limits.Interruptible {
		return func() {}
	}
	over := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(over)
		s.Interrupt(context.Cause(ctx))
	})
	return func() {
		if stop() {
			return
		}
		<-over
		s.Account.Resume()
		s.Guest.Resume()
	}
}

// Interrupt ends the call that is under way in s, or the next one, with the code of an
// interruption and cause. It may be called by any goroutine, once s is open.
func (s *Store) Interrupt(cause error) {
	f := &fault.Error{Code: fault.Interrupted, Offset: -1, Err: cause}
	s.Account.Interrupt(f)
	s.Guest.Interrupt(f)
}
