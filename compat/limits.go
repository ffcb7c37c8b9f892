package compat

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
	err := s.account.Constants(inst.module)
	if err == nil {
		return nil
	}
	if inst.reread != "" {
		// Only the file knows the places of its instructions.
		inst.restore()
		again := limits.NewAccount(s.config.accounting())
		if e := again.Constants(inst.module); e != nil {
			err = e
		}
	}
	err.Line = limits.ExceededLine
	return err
}

// importAccount gives what a metered module imports.
func (s *Store) importAccount(ctx context.Context, instances map[string]*engine.Instance) error {
	if v := s.runtime.options.Metering; !v.Checked && v.MaxDepth == 0 {
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
	if !inst.plan().Metering.Active() {
		return nil
	}
	names := limits.NamesFor(inst.module)
	var counters []limits.Counter
	for _, name := range names.Counters {
		if c, ok := inst.engine.Cell(name); ok {
			counters = append(counters, c)
		}
	}
	if len(counters) > 0 {
		s.account.Connect(counters...)
	}
	if s.profile != nil {
		s.profile.Sampled(inst.engine.Stack)
		inst.profile = s.profile
	}
	if inst.plan().Metering.MaxDepth > 0 {
		if c, ok := inst.engine.Cell(names.Depth); ok {
			inst.depth = &c
		}
	}
	if inst.module.Start == nil {
		return nil
	}
	if err := inst.call(ctx, names.Start, nil); err != nil {
		return inst.startError(ctx, err)
	}
	return nil
}

// call runs the export name of the engine's instance, on account.
func (i *Instance) call(ctx context.Context, name string, stack []uint64) error {
	s := i.store
	s.calls++
	defer func() { s.calls-- }()
	if s.calls > 1 { // from a host function
		return i.engine.Call(ctx, name, stack)
	}
	defer s.watch(ctx)()
	if i.depth != nil {
		i.depth.Set(0)
	}
	if err := s.account.Begin(); err != nil {
		return &engine.Trap{Code: err.Code, Cause: err}
	}
	if i.profile != nil {
		i.profile.Begin(i.functionCalled(name))
		defer i.profile.End()
	}
	err := i.engine.Call(ctx, name, stack)
	if over := s.account.End(err == nil); over != nil {
		return &engine.Trap{Code: over.Code, Cause: over}
	}
	return err
}

// functionCalled is the function behind an export of the engine's instance.
func (i *Instance) functionCalled(name string) uint32 {
	if x, ok := i.module.Exported(wasm.ExternFunc, name); ok {
		return x
	}
	if i.module.Start != nil {
		return *i.module.Start
	}
	return 0
}

// startTimer has blocking functions of the host end at the deadline of s.
func (s *Store) startTimer() {
	deadline, ok := s.account.Start()
	if !ok || s.timer != nil {
		return
	}
	s.timer = time.AfterFunc(time.Until(deadline), func() { s.guest.Interrupt(limits.Interrupted()) })
}

// StartError is the failure of a module's start function. WasmEdge prints the
// statistics of the call between the lines of Call and that of Node.
type StartError struct {
	Call   *fault.Error // what has happened in the function
	Node   string       // the information line of where that was
	Frames []Frame      // the calls that were under way, innermost first; only of a trap
}

// Error is the fault and the place, in one line.
func (e *StartError) Error() string { return e.Unwrap().Error() }

// Unwrap is the fault with all its lines.
func (e *StartError) Unwrap() error {
	f := *e.Call
	f.Info = append(f.Info[:len(f.Info):len(f.Info)], e.Node)
	return &f
}
