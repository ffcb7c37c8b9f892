package compat

import (
	"context"

	"github.com/wazedge/wazedge/internal/components"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/wasi2"
)

// Component is a component of a [Runtime]: core modules and how they are put together, with
// imports and exports of high-level types. Any number of instances can be made of it.
type Component = components.Component

// ComponentInstance is an instance of a component, in a store of its own. One goroutine at
// a time uses it.
type ComponentInstance = components.Instance

// IsComponent reports whether b is a component, in the binary format or as text.
func IsComponent(b []byte) bool { return components.Is(b) }

// LoadComponent decodes and checks the component b, in the binary format or as text, which
// the caller must not change afterwards. The error has a [Code], or is about the text.
func (r *Runtime) LoadComponent(b []byte) (*Component, error) {
	return components.Load(r.linked, &r.linked.Options, b)
}

// InstantiateComponent makes an instance of c, which r has loaded, with WASI 0.2 as the configuration says: files,
// network, environment and limits are those of preview 1. Its owner calls [ComponentInstance.Close]. The error has a [Code].
func (r *Runtime) InstantiateComponent(ctx context.Context, c *Component, sc StoreConfig) (*ComponentInstance, error) {
	own := r.own(&sc)
	l := link.Config{Limits: own.accounting(), Wakes: own.WASI.Interruptible, Log: own.Log}
	return c.Instantiate(ctx, l, func() wasi2.Config { return components.World(own.world(), own.WASI.Trace) })
}
