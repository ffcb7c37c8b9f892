package components

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/wave"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/wasi2"
	"github.com/wazedge/wazedge/internal/wasihttp"
	"github.com/wazedge/wazedge/limits"
)

// Instance is an instance of a component, in a store of its own.
type Instance struct {
	component *Component
	store     *exec.Store
	world     func() wasi2.Config
	host      *wasi2.Host
	http      *wasihttp.State  // nil for one that does not use it
	client    *wasihttp.Client // of its own; nil for none
	linked    *exec.Instance
	trapped   *link.Instance // the core instance that has trapped last, or nil
}

// Instantiate makes an instance of c, which finds what world makes. What is about host
// modules in the configuration s is not looked at.
func (c *Component) Instantiate(ctx context.Context, s link.Config, world func() wasi2.Config) (*Instance, error) {
	i := &Instance{component: c, store: exec.NewStore(c.runtime, s), world: world}
	i.open()
	imports, err := c.imports()
	if err == nil {
		i.linked, err = i.store.Instantiate(ctx, c.code, imports)
	}
	if err != nil {
		return nil, errors.Join(err, i.Close(ctx))
	}
	c.members.Keep(c.syntax)
	return i, nil
}

// open makes the world of i.
func (i *Instance) open() {
	w := i.world()
	if i.component.usesHTTP() {
		client := i.component.Client
		if client == nil {
			client = i.client
		}
		if client == nil {
			i.client = wasihttp.NewClient(w.Policy, w.Refused)
			client = i.client
		}
		i.http = wasihttp.NewState(client)
		w.State = i.http
	}
	i.host = wasi2.New(i.store.Linked.Guest, w)
	i.store.World = i.host
}

// Mark notes what i has now, once, for [Instance.Reset] to take it back to. The error is why
// that cannot be done: then each request takes an instance of its own.
func (i *Instance) Mark() error { return i.store.Mark() }

// Reset takes i back to what it was when it was marked, whatever has become of it, in a world
// that is new. No call is under way. After an error, i is to be closed.
func (i *Instance) Reset() error {
	if err := i.host.Close(); err != nil {
		return err
	}
	if err := i.store.Reset(); err != nil {
		return err
	}
	i.open()
	return nil
}

// Statistics are those of the calls so far.
func (i *Instance) Statistics() limits.Statistics { return i.store.Linked.Account.Statistics() }

// Profile is that of the instance, if one was asked for, of all its core modules.
func (i *Instance) Profile() *limits.Profile { return i.store.Linked.Profile }

// Interrupt ends the call that is under way, or the next one, with cause.
func (i *Instance) Interrupt(cause error) { i.store.Linked.Interrupt(cause) }

// Close closes what the component has open, and its store.
func (i *Instance) Close(ctx context.Context) error {
	err := errors.Join(i.host.Close(), i.store.Close(ctx))
	if i.client != nil {
		i.client.Close()
	}
	return err
}

// Handle has i, which answers requests, answer that of x. The error is how it has ended
// otherwise.
func (i *Instance) Handle(ctx context.Context, x *wasihttp.Exchange) error {
	name := i.component.exported(handlerName)
	if name == "" {
		return &NoFunctionError{Name: handlerName + "#handle", Functions: i.component.Functions()}
	}
	args, err := x.Arguments(i.http, i.host)
	if err != nil {
		return err
	}
	err = i.store.Call(ctx, i.function(name+"#handle"), args, func(exec.Value) error { return nil })
	if exit, ok := errors.AsType[*wasi2.Exit](err); ok && exit.Status == 0 {
		return nil
	}
	return err
}

// function is the exported function of that name.
func (i *Instance) function(name string) *exec.Func {
	iface, fn, of := strings.Cut(name, "#")
	if of {
		return i.linked.Exports[iface].Instance[fn].Func
	}
	return i.linked.Exports[name].Func
}

// Run runs the program of a command. The status is what it has ended with: 1 if it says that
// it has failed.
func (i *Instance) Run(ctx context.Context) (status uint32, err error) {
	name := i.component.run()
	if name == "" {
		return 0, &NoFunctionError{Name: runName + "#run", Functions: i.component.Functions()}
	}
	err = i.store.Call(ctx, i.function(name), nil, func(result exec.Value) error {
		status = uint32(result.Bits)
		return nil
	})
	if exit, ok := errors.AsType[*wasi2.Exit](err); ok {
		return exit.Status, nil // it has ended itself
	}
	if err != nil {
		return 0, i.failed(ctx, name, err)
	}
	return status, nil
}

// ArgumentError is what is wrong with the arguments of a call.
type ArgumentError struct {
	Function Function
	Reason   string
}

// Error is the reason.
func (e *ArgumentError) Error() string { return e.Reason }

// Invoke calls the function name with args in the syntax of WAVE (1, "x", [1, 2], {a: 1},
// some(3)) and returns its result so, if it has one. A function may be named without its
// interface, or with that less its version, where that is no other's name.
func (i *Instance) Invoke(ctx context.Context, name string, args ...string) (result string, has bool, err error) {
	f, err := i.component.Find(name)
	if err != nil {
		return "", false, err
	}
	held := i.store.Hold()
	defer held.Release()
	values, err := f.parse(args, held.More)
	if err != nil {
		return "", false, err
	}
	err = i.store.Call(ctx, i.function(f.Name), values, func(v exec.Value) error {
		if f.Type.Result == nil {
			return nil
		}
		text, err := wave.Append(nil, v, *f.Type.Result, func(n int) error { return held.More(2 * n) }) // it is copied
		result, has = string(text), err == nil
		return err
	})
	if err != nil && !errors.As(err, new(*wasi2.Exit)) {
		err = i.failed(ctx, f.Name, err)
	}
	return result, has, err
}

// parse reads args as parameters of f. What is no text in quotes is taken for one where
// a string is wanted. The error is a *[ArgumentError], or pausing's.
func (f Function) parse(args []string, pausing wave.Pausing) ([]exec.Value, error) {
	if len(args) != len(f.Type.Params) {
		return nil, &ArgumentError{f, fmt.Sprintf("%s takes %d arguments, not %d: %s", f.Name, len(f.Type.Params), len(args), f)}
	}
	values := make([]exec.Value, len(args))
	for n, p := range f.Type.Params {
		v, err := wave.Parse(args[n], *p.Type, pausing)
		if err != nil && p.Type.IsString() && !strings.HasPrefix(strings.TrimSpace(args[n]), `"`) {
			v, err = exec.Text(args[n]), nil
		}
		if err != nil && !errors.As(err, new(*wave.Error)) {
			return nil, err
		}
		if err != nil {
			return nil, &ArgumentError{f, fmt.Sprintf("argument %d (%s: %s): %s", n+1, p.Name, p.Type, err)}
		}
		values[n] = v
	}
	return values, nil
}

// String is f as WIT has it.
func (f Function) String() string { return f.Name + ": " + f.Type.String() }
