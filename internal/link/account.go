package link

import (
	"context"
	"time"

	"github.com/wazedge/wazedge/internal/engine"
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

// startTimer has blocking functions of the host end at the deadline of s.
func (s *Store) startTimer() {
	deadline, ok := s.Account.Start()
	if !ok || s.timer != nil {
		return
	}
	s.timer = time.AfterFunc(time.Until(deadline), func() { s.interrupt(&interruption{limits.Interrupted(), false}) })
}
