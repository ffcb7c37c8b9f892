package pipeline

import (
	"context"
	"fmt"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/lower"
)

// Helped is the instance for which what [Needs] ask for is made.
type Helped struct {
	Thread *engine.Thread
	Codes  []*engine.Code     // of helpers, as far as they have been compiled before; the others are added
	Made   []*engine.Instance // what has been made
}

// Instantiate adds the instances that h needs by n to instances, and returns
// those that hold a memory, by the name under which the module exported it. Helpers import in
// their turn what find finds, in instances already. Those of a thread beside the first are its own to close.
func (n *Needs) Instantiate(ctx context.Context, e *engine.Runtime, h *Helped, instances map[string]*engine.Instance, find func(string) *engine.Instance) (map[string]*engine.Instance, error) {
	if len(n.Helpers) == 0 {
		return nil, nil
	}
	moved := map[string]*engine.Instance{}
	for x, helper := range n.Helpers {
		if x == len(h.Codes) {
			code, err := e.CompileWith(ctx, helper.Module, engine.CompileOptions{Label: helper.Name})
			if err != nil {
				return nil, fmt.Errorf("compile %s: %w", helper.Name, err)
			}
			h.Codes = append(h.Codes, code)
		}
		inst, err := e.Instantiate(ctx, h.Codes[x], h.Thread.In(engine.Options{Imports: find, SharedMemory: helper.Shared}))
		if err != nil {
			return nil, fmt.Errorf("instantiate %s: %w", helper.Name, err)
		}
		h.Made = append(h.Made, inst)
		instances[helper.Name] = inst
		for _, name := range helper.Exports {
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
	if s := h.Thread.Store(); h.Thread == s.First() {
		s.Own(inst)
	}
	h.Made = append(h.Made, inst)
	instances[lower.CopyModule] = inst
	return moved, nil
}

// HostMemory is the one of instances that holds the memory which host functions see, unless it is the module's own.
func (n *Needs) HostMemory(instances map[string]*engine.Instance) *engine.Instance {
	for _, h := range n.Helpers {
		if h.Host {
			return instances[h.Name]
		}
	}
	return nil
}
