package compat

import (
	"context"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/stack"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Instance is an instantiated module. It lives as long as its [Store].
type Instance struct {
	store  *Store
	linked *link.Instance
	sole   bool   // its store is its alone
	plugin string // the file of a plug-in; empty for a guest
}

// FunctionType is the type of the exported function name, and whether there is
// one.
func (i *Instance) FunctionType(name string) (wasm.FuncType, bool) {
	return i.linked.Module.ExportedFunc(name)
}

// Invoke is [VM.Invoke] for this instance.
func (i *Instance) Invoke(ctx context.Context, name string, args ...value.Value) ([]value.Value, error) {
	x, ok := i.linked.Module.Exported(wasm.ExternFunc, name)
	if !ok {
		return nil, &InvokeError{Fault: fault.New(fault.FuncNotFound), Function: name}
	}
	t := i.linked.Module.FuncTypeOf(x)
	if err := stack.Check(t, args, i.linked.Types()); err != nil {
		return nil, &InvokeError{Fault: err, Function: name}
	}
	results, began, err := i.linked.Invoke(ctx, name, t, args)
	if err != nil {
		return nil, i.invokeError(ctx, name, x, began, err)
	}
	return results, nil
}
