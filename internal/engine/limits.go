package engine

import (
	"context"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/fault"
)

// Meter is what metered guests call; see package limits. An error ends the guest.
type Meter interface {
	Checkpoint(counter, off int64, at int32) (int64, *fault.Error)
	Deep() *fault.Error
}

// metering makes the instance that metered modules import from: it exports the methods of
// the store's Meter as "checkpoint" and "deep".
func (r *Runtime) metering(ctx context.Context, name string) (*Instance, error) {
	b := r.wazero.NewHostModuleBuilder(name)
	i32, i64 := api.ValueTypeI32, api.ValueTypeI64
	b.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(ctx context.Context, stack []uint64) {
		counter, err := ThreadOf(ctx).meter.Checkpoint(int64(stack[0]), int64(stack[1]), int32(stack[2]))
		if err != nil {
			panic(err)
		}
		stack[0] = uint64(counter)
	}), []api.ValueType{i64, i64, i32}, []api.ValueType{i64}).Export("checkpoint")
	b.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(ctx context.Context, _ []uint64) {
		panic(ThreadOf(ctx).meter.Deep())
	}), nil, nil).Export("deep")
	return r.InstantiateHost(ctx, b)
}

// Meter is the instance, called name in stack traces, that metered modules import from.
func (r *Runtime) Meter(ctx context.Context, name string) (*Instance, error) {
	return r.Shared(ctx, name, r.metering)
}

// Cell is an exported mutable global.
type Cell struct{ global api.MutableGlobal }

// Get is the value, in the form of [Instance.Call].
func (c Cell) Get() uint64 { return c.global.Get() }

// Set changes the value.
func (c Cell) Set(v uint64) { c.global.Set(v) }

// Cell is the exported mutable global name, and whether there is one.
func (i *Instance) Cell(name string) (Cell, bool) {
	g, ok := i.module.ExportedGlobal(name).(api.MutableGlobal)
	return Cell{g}, ok
}
