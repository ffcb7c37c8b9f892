package compat

import (
	"context"

	"github.com/wazedge/wazedge/internal/components"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/limits"
)

// Component is a component of a [Runtime]: core modules and how they are put together, with
// imports and exports of high-level types. Any number of instances can be made of it.
type Component struct {
	runtime *Runtime
	loaded  *components.Component
}

// IsComponent reports whether b is a component, in the binary format or as text.
func IsComponent(b []byte) bool { return components.Is(b) }

// LoadComponent decodes and checks the component b, in the binary format or as text, which
// the caller must not change afterwards. The error has a [Code], or is about the text.
func (r *Runtime) LoadComponent(b []byte) (*Component, error) {
	c, err := components.Load(r.linked, &r.linked.Options, b)
	if err != nil {
		return nil, err
	}
	return &Component{r, c}, nil
}

// ComponentFunction is a function that a component exports: "name", or "interface#name",
// with its type as WIT writes it.
type ComponentFunction struct{ Name, Type string }

// Functions are the functions that c exports.
func (c *Component) Functions() []ComponentFunction {
	var list []ComponentFunction
	for _, f := range c.loaded.Functions() {
		list = append(list, ComponentFunction{f.Name, f.Type.String()})
	}
	return list
}

// Command reports whether c is a program: it exports wasi:cli/run.
func (c *Component) Command() bool { return c.loaded.Command() }

// ComponentInstance is an instance of a component, in a store of its own. One goroutine at
// a time uses it.
type ComponentInstance struct{ made *components.Instance }

// Instantiate makes an instance of c, with WASI 0.2 as the configuration says: files,
// network, environment and limits are those of preview 1. Its owner calls
// [ComponentInstance.Close]. The error has a [Code].
func (c *Component) Instantiate(ctx context.Context, sc StoreConfig) (*ComponentInstance, error) {
	own := c.runtime.own(&sc)
	i, err := c.loaded.Instantiate(ctx, link.Config{
		Limits: own.accounting(), Wakes: own.WASI.Interruptible, Log: own.Log,
	}, components.World(own.world(), own.WASI.Trace))
	if err != nil {
		return nil, err
	}
	return &ComponentInstance{i}, nil
}

// Run runs the program of a command. The status is what it has ended with; an error has a
// [Code], and is one of [Component.Functions] not being there for what is no command.
func (i *ComponentInstance) Run(ctx context.Context) (status uint32, err error) {
	return components.Status(i.made.Run(ctx))
}

// Invoke calls the function name with args in the syntax of WAVE (1, "x", [1, 2],
// {a: 1}, some(3)) and returns its result so, if it has one. A function may be named
// without its interface, or with that less its version, where that is no other's name.
func (i *ComponentInstance) Invoke(ctx context.Context, name string, args ...string) (result string, has bool, err error) {
	return i.made.Invoke(ctx, name, args)
}

// Statistics are those of the calls so far.
func (i *ComponentInstance) Statistics() limits.Statistics {
	return i.made.Linked().Account.Statistics()
}

// Interrupt ends the call that is under way, or the next one, with cause.
func (i *ComponentInstance) Interrupt(cause error) { i.made.Linked().Interrupt(cause) }

// Close closes the instance and what it has open.
func (i *ComponentInstance) Close(ctx context.Context) error { return i.made.Close(ctx) }
