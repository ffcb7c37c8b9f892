package link

import (
	"context"
	"time"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// chargeConstants charges what instantiating inst evaluates.
func (s *Store) chargeConstants(inst *Instance) error {
	err := s.Account.Constants(inst.Module)
	if err == nil {
		return nil
	}
	if inst.reread != nil {
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

// importAccount gives what the metered form of m imports, for rt.
func (s *Store) importAccount(ctx context.Context, rt *engine.Runtime, m *wasm.Module, instances map[string]*engine.Instance) error {
	if v := s.runtime.Plan().MeteringOf(m); !v.Checked && v.MaxDepth == 0 {
		return nil
	}
	inst, err := rt.Meter(ctx, limits.HostModule)
	if err != nil {
		return err
	}
	instances[limits.HostModule] = inst
	return nil
}

// connect joins the account of its thread with the instance, and runs the start function,
// which a metered module leaves to its host.
func (s *Store) connect(ctx context.Context, inst *Instance) error {
	if !inst.metering().Active() {
		return nil
	}
	start := inst.join(inst.profile)
	if inst.Module.Start == nil {
		return nil
	}
	if err := inst.call(ctx, start, nil); err != nil {
		return startFailure(inst, err)
	}
	return nil
}

// join joins the account of its thread, and a profile unless that is nil, with i, and
// returns the name of the start function.
func (i *Instance) join(p *limits.Profile) (start string) {
	names := i.code.Names(i.Module)
	limits.ConnectNamed(i.thread.account, *names, i.Engine.Cell)
	if p != nil {
		p.Sampled(i.Engine.Stack)
		i.profile = p
	}
	if i.metering().MaxDepth > 0 {
		i.joinDepth()
	}
	return names.Start
}

// joinDepth notes where i counts the calls that are active, if it does.
func (i *Instance) joinDepth() {
	if c, ok := i.Engine.Cell(i.code.Names(i.Module).Depth); ok {
		i.depth = &c
	}
}

// metering is how the code of i meters itself.
func (i *Instance) metering() limits.Variant { return i.Plan().MeteringOf(i.Module) }

// startTimer has blocking functions of the host end at the deadline of s.
func (s *Store) startTimer() {
	if deadline, ok := s.Account.Start(); ok && s.timer == nil {
		s.timer = s.use.After(time.Until(deadline), limits.Interrupted())
	}
}
