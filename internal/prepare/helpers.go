package prepare

import (
	"context"
	"fmt"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/lower"
)

// Instantiate adds the instances in the store s of e that n needs to instances, and returns
// those that hold a memory, by the name under which the module exported it. Helpers import in
// their turn what find finds, in instances already.
func (n *Needs) Instantiate(ctx context.Context, e *engine.Runtime, s *engine.Store, instances map[string]*engine.Instance, find func(string) *engine.Instance) (map[string]*engine.Instance, error) {
	if len(n.Helpers) == 0 {
		return nil, nil
	}
	moved := map[string]*engine.Instance{}
	for _, h := range n.Helpers {
		code, err := e.CompileWith(ctx, h.Module, engine.CompileOptions{Label: h.Name})
		if err != nil {
			return nil, fmt.Errorf("compile %s: %w", h.Name, err)
		}
		inst, err := e.Instantiate(ctx, code, engine.Options{Store: s, Imports: find, SharedMemory: h.Shared})
		if err != nil {
			return nil, fmt.Errorf("instantiate %s: %w", h.Name, err)
		}
		instances[h.Name] = inst
		for _, name := range h.Exports {
			moved[name] = inst
		}
	}
	if len(n.Copies) == 0 {
		return moved, nil
	}
	var copies []engine.MemoryCopy
	for _, c := range n.Copies {
		copies = append(copies, engine.MemoryCopy{Name: c.Name(), Dst: instances[c.Dst], Src: instances[c.Src]})
	}
	inst, err := e.InstantiateCopies(ctx, lower.CopyModule, copies)
	if err != nil {
		return nil, err
	}
	s.Own(inst)
	instances[lower.CopyModule] = inst
	return moved, nil
}

// HostMemory is the one of instances that holds the memory which host functions see, unless
// it is the module's own.
func (n *Needs) HostMemory(instances map[string]*engine.Instance) *engine.Instance {
	for _, h := range n.Helpers {
		if h.Host {
			return instances[h.Name]
		}
	}
	return nil
}
