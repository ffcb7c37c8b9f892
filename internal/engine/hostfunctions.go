package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// HostFunction is a function of the host for guests to import.
type HostFunction struct {
	Name            string
	Params, Results []api.ValueType

	// Call takes its parameters from the stack and leaves its results there. It
	// ends the guest by an error. memory is nil for a guest that has none.
	Call func(memory api.Memory, stack []uint64) error
}

// InstantiateFunctions makes an instance, called name in stack traces, that exports
// the functions list. They see the memory of holder, or of who calls them when
// that is nil.
func (r *Runtime) InstantiateFunctions(ctx context.Context, name string, list []HostFunction, holder *Instance) (*Instance, error) {
	b := r.wazero.NewHostModuleBuilder(name)
	for _, f := range list {
		b.NewFunctionBuilder().WithGoModuleFunction(f.entry(holder), f.Params, f.Results).
			WithName(name + "." + f.Name).Export(f.Name)
	}
	i, err := r.InstantiateHost(ctx, b)
	if err != nil {
		return nil, fmt.Errorf("instantiate %s: %w", name, err)
	}
	return i, nil
}

// InstantiateHost makes an instance of the host functions of b that others can import
// from whatever its name.
func (r *Runtime) InstantiateHost(ctx context.Context, b wazero.HostModuleBuilder) (*Instance, error) {
	code, err := b.Compile(ctx)
	if err != nil {
		return nil, err
	}
	m, err := r.wazero.InstantiateModule(ctx, code, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, err
	}
	return Host(m), nil
}

// OrTrap is v, or the end of the guest for err. It is for host functions.
func OrTrap(v uint32, err error) uint32 {
	if err != nil {
		panic(err)
	}
	return v
}

// Timed is f with the time of each call told to spent, unless that is nil.
func (f HostFunction) Timed(spent func(time.Duration)) HostFunction {
	call := f.Call
	if spent == nil {
		return f
	}
	f.Call = func(memory api.Memory, stack []uint64) error {
		began := time.Now()
		defer func() { spent(time.Since(began)) }()
		return call(memory, stack)
	}
	return f
}

func (f *HostFunction) entry(holder *Instance) api.GoModuleFunc {
	call := f.Call
	return func(_ context.Context, caller api.Module, stack []uint64) {
		if holder != nil {
			caller = holder.module
		}
		if err := call(private.MemoryOf(caller), stack); err != nil {
			panic(err)
		}
	}
}
