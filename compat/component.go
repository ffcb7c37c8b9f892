package compat

import (
	"context"

	"github.com/wazedge/wazedge/internal/components"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/wasi2"
)

// Component is a component of a [Runtime], of which any number of instances can be made.
type Component = components.Component

// ComponentInstance is an instance of a component, which one goroutine at a time uses.
type ComponentInstance = components.Instance

// IsComponent reports whether b is a component, in the binary format or as text.
func IsComponent(b []byte) bool { return components.Is(b) }

// LoadComponent decodes and checks b, whose file people call name; the error may be about text.
func (r *Runtime) LoadComponent(name string, b []byte) (*Component, error) {
	return components.Load(r.linked, &r.linked.Options, name, b)
}

// InstantiateComponent makes an instance of c, which r has loaded, with WASI 0.2 by the same
// configuration as preview 1. Its owner calls [ComponentInstance.Close]. The error has a [Code].
func (r *Runtime) InstantiateComponent(ctx context.Context, c *Component, sc StoreConfig) (*ComponentInstance, error) {
	own := r.own(&sc)
	l := link.Config{Limits: own.accounting(), Wakes: own.WASI.Interruptible, Log: own.Log}
	return c.Instantiate(ctx, l, func() wasi2.Config {
		w := components.World(own.world(), own.WASI.Trace)
		if w.Record = own.Record; own.Replay != nil {
			w.Player = own.Replay.Player
		}
		return w
	})
}
