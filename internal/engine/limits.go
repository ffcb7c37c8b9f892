package engine

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/fault"
)

// Looker is what metered guests call; see package limits. An error ends the guest.
type Looker interface {
	Look(counter, off int64, at int32) (int64, *fault.Error)
	Deep() *fault.Error
}

// InstantiateLooker makes an instance named name that exports l's methods as "look"
// and "deep".
func (r *Runtime) InstantiateLooker(ctx context.Context, name string, l Looker) (*Instance, error) {
	b := r.wazero.NewHostModuleBuilder(name)
	i32, i64 := api.ValueTypeI32, api.ValueTypeI64
	b.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, stack []uint64) {
		counter, err := l.Look(int64(stack[0]), int64(stack[1]), int32(stack[2]))
		if err != nil {
			panic(err)
		}
		stack[0] = uint64(counter)
	}), []api.ValueType{i64, i64, i32}, []api.ValueType{i64}).Export("look")
	b.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(context.Context, []uint64) {
		panic(l.Deep())
	}), nil, nil).Export("deep")
	i, err := r.InstantiateHost(ctx, b)
	if err != nil {
		return nil, fmt.Errorf("instantiate %s: %w", name, err)
	}
	return i, nil
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
