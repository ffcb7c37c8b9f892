package link

import (
	"context"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/first"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// beginFirst is the code of c with which inst begins by [Config.Begin], or nil if it does not.
func (s *Store) beginFirst(ctx context.Context, inst *Instance, c compiling) (*code, error) {
	p, plan := inst.owner.Prepared, s.runtime.Plan()
	if s.config.Begin == nil || s.instances != 1 || s.engine != nil || !c.cache || p.Precompiled() || s.runtime.Options.Interpreter {
		return nil, nil
	}
	// What another goroutine asks for may be changed by the store's meanwhile: the module is closed, and what hosts have is made anew.
	wanted, hosts, kept := s.wanted(c.module), map[string]Host{}, *p
	for name := range wanted {
		hosts[name] = s.config.Host(name)
	}
	y, err := s.config.Begin.Start(ctx, first.Guest{
		Module: c.module, Checked: inst.checked, Label: p.Label, Limits: s.config.Limits, Metering: plan.MeteringOf(c.module),
		Account: s.Account, Shared: s.Shared,
		Instance: func() *engine.Instance { return inst.Engine },
		Adopt:    func(e *engine.Instance) { inst.Engine = e; inst.joinDepth() },
		Store: func(rt *engine.Runtime, shared *abi.Hosts, account *limits.Account) *engine.Store {
			return rt.NewStore(s.engineConfig(account, engine.NewBudget(s.config.Limits.MaxMemory, s.config.Limits.WholeMemory), shared))
		},
		Hosts: func(ctx context.Context, rt *engine.Runtime, shared *abi.Hosts) (map[string]*engine.Instance, error) {
			other := &Store{config: s.config, Guest: shared.Guest, Shared: shared, target: prepare.Target{Engine: rt}}
			found := map[string]*engine.Instance{}
			for name, list := range wanted {
				var err error
				if found[name], err = hosts[name].Instantiate(ctx, other, list, c.module.Types, nil); err != nil {
					return nil, err
				}
			}
			return found, s.importAccount(ctx, rt, c.module, found)
		},
		Guards: s.runtime.Options.Optimized && s.runtime.Options.Guards,
		Whole: func(ctx context.Context, rt *engine.Runtime, like *wasm.Module, label string, optimized bool) (*engine.Code, bool) {
			return kept.Kept(ctx, prepare.Target{Engine: rt, Way: prepare.Compile}, like, label, optimized)
		},
	})
	if y == nil || err != nil {
		return nil, err
	}
	s.young = y
	s.enter(prepare.Target{Engine: y.Engine, Way: prepare.Compile}, y.Account)
	return &code{Code: &prepare.Code{Engine: y.Code}, way: prepare.Compile, uses: c.shape.uses, rewrite: func() (*wasm.Module, error) {
		return pipeline.Trace(c.module, c.shape.uses, plan)
	}}, nil
}
