package engine

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/lower"
)

// MemoryCopies makes the functions of [lower.CopyModule] for one instance:
// memory.copy between two memories that helpers, or the instance itself, hold.
func (r *Runtime) MemoryCopies(ctx context.Context, pairs []lower.CopyPair, helper func(name string) *Instance) (*Instance, error) {
	b := r.wazero.NewHostModuleBuilder(lower.CopyModule)
	three := []api.ValueType{api.ValueTypeI32, api.ValueTypeI32, api.ValueTypeI32}
	for _, p := range pairs {
		memory := func(mod api.Module, name string) api.Memory {
			if name == lower.NativeMemory {
				return mod.Memory()
			}
			return helper(name).module.Memory()
		}
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(_ context.Context, mod api.Module, stack []uint64) {
			n := uint32(stack[2])
			to, ok1 := memory(mod, p.Dst).Read(uint32(stack[0]), n)
			from, ok2 := memory(mod, p.Src).Read(uint32(stack[1]), n)
			if !ok1 || !ok2 {
				panic(fault.MemoryOutOfBounds)
			}
			copy(to, from)
		}), three, nil).Export(p.Name())
	}
	m, err := instantiateHost(ctx, r.wazero, b)
	if err != nil {
		return nil, fmt.Errorf("instantiate %s: %w", lower.CopyModule, err)
	}
	return Host(m), nil
}
