package wasmedge

import (
	"context"

	"github.com/wazedge/wazedge/compat"
)

// CallingFrame is what a host function is told of its caller. It is good until the function
// returns.
type CallingFrame struct {
	executor *Executor
	ctx      context.Context
	world    *world
	caller   *compat.Caller // nil where no guest calls
}

// GetExecutor is an Executor for what the host function calls in its turn.
func (f *CallingFrame) GetExecutor() *Executor { return f.executor }

// GetModule is the instance that calls; nil where no guest does, or while it is being
// instantiated.
func (f *CallingFrame) GetModule() *Module {
	if f.caller == nil {
		return nil
	}
	inst := f.caller.Instance()
	if inst == nil {
		return nil
	}
	f.world.kept.Store(true)
	return &Module{instance: inst, world: f.world}
}

// GetMemoryByIndex is memory idx of the instance that calls, or nil: one that is exported, or
// the first.
func (f *CallingFrame) GetMemoryByIndex(idx int) *Memory {
	if f.caller == nil || idx < 0 {
		return nil
	}
	inst := f.caller.Instance()
	if inst == nil {
		return nil
	}
	m, ok := inst.MemoryAt(uint32(idx))
	if !ok {
		return nil
	}
	return &Memory{typ: m.Type(), in: f.world, guest: m}
}
