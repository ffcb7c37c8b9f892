package abi

import (
	"context"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/engine"
)

// Hosts are the states of the namespaces of one guest, by number: what the instances
// that [Shared] makes find in the store that calls them, as its [engine.StoreConfig.Host].
type Hosts struct {
	Guest  *Guest
	States []any
	Owner  any // the store, as who embeds it has it
}

// Shared is the instance of ns in rt with the functions in imports, which stores share:
// a call is for the guest, and works on state number n, of the store that it comes
// from. Otherwise it is as [Guest.Instantiate] says; memory is the caller's.
func Shared(ctx context.Context, rt *engine.Runtime, ns Namespace, n int, imports []Import) (*engine.Instance, error) {
	return rt.SharedBy(sharedKey(ns, imports), ns.Name(), func() (*engine.Instance, error) {
		return instantiate(ctx, rt, ns, imports, func(f *Function) api.GoModuleFunc {
			return func(ctx context.Context, caller api.Module, stack []uint64) {
				h := engine.HostOf(ctx).(*Hosts)
				engine.Release(ctx)
				h.Guest.Call(f, h.States[n], Caller{MemoryOf(caller.Memory()), engine.CallerOf(caller)}, stack)
			}
		})
	})
}

// sharedKey tells instances of namespaces apart.
func sharedKey(ns Namespace, imports []Import) string {
	var b strings.Builder
	b.WriteString(ns.Name())
	for _, i := range imports {
		fmt.Fprintf(&b, "\x00%s %x %x", i.Name, i.Type.Params, i.Type.Results)
	}
	return b.String()
}
