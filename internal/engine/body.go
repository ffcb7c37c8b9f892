package engine

import (
	"context"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// ReplaceBody gives function index of i, which is interpreted, the body of the only function
// of c, from its next call on; c was made of a module with the same index spaces, as far as
// the body names entries of them. It reports whether the engine is one in which that can be
// done. It is for host functions that i has called, and for who may call it.
func (i *Instance) ReplaceBody(index uint32, c *Code) bool {
	return i.known && !c.guarded && private.ReplaceBody(i.module, index, c.module)
}

// DropBodies frees the bodies of functions of i, which is interpreted and closed, while somebody may still hold on to i: nobody
// calls it any more.
func (i *Instance) DropBodies() {
	if i.known {
		private.DropBodies(i.module)
	}
}

// Close lets go of c. Instances of it go on.
func (c *Code) Close(ctx context.Context) error { return c.module.Close(ctx) }

// Beside is o for an instance in the store of i.
func (i *Instance) Beside(o Options) Options {
	o.Store = i.thread.store
	return o
}

// CloseStore closes the store of i.
func (i *Instance) CloseStore(ctx context.Context) error { return i.thread.store.Close(ctx) }
