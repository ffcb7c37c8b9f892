package engine

import (
	"context"
	"errors"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// HostFunction is a function of the host for guests to import.
type HostFunction struct {
	Name            string
	Params, Results []api.ValueType // in wasm's own encoding

	// Call takes its parameters from the stack and leaves its results there, each in the
	// low bits of one element, a v128 in two. It ends the guest by an error.
	Call func(ctx context.Context, caller Caller, stack []uint64) error
}

// Caller is the instance that calls a function of the host.
type Caller struct{ module api.Module }

// CallerOf is m as who calls a function of the host.
func CallerOf(m api.Module) Caller { return Caller{m} }

// AsCaller is i as who calls functions of the host. It can be compared with others.
func (i *Instance) AsCaller() Caller { return Caller{i.module} }

// InstantiateFunctions makes an instance, called name in stack traces, that exports
// the functions list.
func (r *Runtime) InstantiateFunctions(ctx context.Context, name string, list []HostFunction) (*Instance, error) {
	b := r.wazero.NewHostModuleBuilder(name)
	for _, f := range list {
		call, halves := f.Call, halves(f.Results)
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, caller api.Module, stack []uint64) {
			Release(ctx)
			if err := call(ctx, Caller{caller}, stack); err != nil {
				panic(err)
			}
			for _, at := range halves {
				stack[at] = uint64(uint32(stack[at]))
			}
		}), f.Params, f.Results).WithName(name + "." + f.Name).Export(f.Name)
	}
	return r.InstantiateHost(ctx, b)
}

// halves are the elements of a stack in which values of types have 32 bits. wazero's
// interpreter computes with what is above them.
func halves(types []api.ValueType) (list []int) {
	at := 0
	for _, t := range types {
		switch t {
		case api.ValueTypeI32, api.ValueTypeF32:
			list = append(list, at)
		case v128:
			at++
		}
		at++
	}
	return list
}

// Release is called by functions of the host that may wait, before they do.
func Release(ctx context.Context) {
	if t := ThreadOf(ctx); t != nil && t.account != nil {
		t.account.Release()
	}
}

// InstantiateHost makes an instance of the host functions of b that others can import
// from whatever its name.
func (r *Runtime) InstantiateHost(ctx context.Context, b wazero.HostModuleBuilder) (*Instance, error) {
	r.hosts.RLock()
	code, err := b.Compile(ctx)
	r.hosts.RUnlock()
	if err != nil {
		return nil, err
	}
	m, err := r.wazero.InstantiateModule(ctx, code, moduleConfig)
	if err != nil {
		return nil, errors.Join(err, code.Close(ctx))
	}
	return &Instance{module: m, code: code}, nil
}

// OrTrap is v, or the end of the guest for err. It is for host functions.
func OrTrap(v uint32, err error) uint32 {
	if err != nil {
		panic(err)
	}
	return v
}

// Memory is the content of c's memory 0 as it is now; see [Instance.Memory].
func (c Caller) Memory() []byte { return (&Instance{module: c.module}).Memory() }
