package components

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/component/validate"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasi2"
	"github.com/wazedge/wazedge/internal/wasihttp"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Component is a component that is valid.
type Component struct {
	Type *types.Component

	// Client makes the requests of all instances; without one, each instance has its own.
	// Instances may be made when it is set.
	Client *wasihttp.Client

	runtime *link.Runtime
	code    *exec.Component
	syntax  *component.Component
	members *prepare.Members

	// imports is what of WASI it imports, for all instances.
	imports func() (exec.Exports, error)
}

// Load decodes and checks b, a component in the binary format or as text, whose file people
// call name, for stores of r, by the options o. A component whose code was kept is not checked
// again. Its owner calls [Component.Close]. The error is a *[fault.Error], or for text a [*wat.Error].
func Load(r *link.Runtime, o *prepare.Options, name string, b []byte) (*Component, error) {
	if !r.Options.Linked {
		r.Accompany() // core modules of a component are linked with each other
	}
	members := o.Members(name, b)
	c, checked, err := load(members, o)
	if err != nil && members.StoodIn() {
		members.Discard(err)
		members.Without()
		c, checked, err = load(members, o)
	}
	if err != nil {
		return nil, errors.Join(err, members.Close())
	}
	made := &Component{Type: checked.Type, runtime: r, syntax: c, members: members}
	made.code = exec.Compile(r, o, c, checked, members)
	made.imports = sync.OnceValues(func() (exec.Exports, error) {
		return wasi2.NewInterfaces(wasihttp.Packages()).Link(&types.Matcher{Core: checked.Core}, made.Type)
	})
	return made, nil
}

// load is what members are of, checked unless an entry stands in for it.
func load(members *prepare.Members, o *prepare.Options) (*component.Component, *validate.Result, error) {
	features := o.Features
	var known func(n int) wasm.Features
	if members.StoodIn() {
		features, known = wasm.Wasm3|wasm.Threads, members.Uses
	}
	c, err := prepare.AssembleComponent(members.Bytes(), features)
	if err != nil {
		return nil, nil, err
	}
	checked, err := validate.Component(c, validate.Options{Features: o.Features, Workers: o.Workers, Known: known})
	return c, checked, err
}

// Precompile compiles the core modules of c, and returns the component, less what was compiled
// before, with the entries that make it a universal one; see [prepare.Members.Precompile].
func (c *Component) Precompile(ctx context.Context, p *prepare.Precompiling) (b []byte, entries []*cache.Contents, err error) {
	entries, err = c.members.Precompile(ctx, c.runtime.Target(ctx, prepare.Compile), c.syntax, p)
	return c.members.Whole(), entries, err
}

// Improvable is [prepare.Members.Improvable].
func (c *Component) Improvable(ran time.Duration) bool { return c.members.Improvable(ran) }

// Improve is [prepare.Members.Improve].
func (c *Component) Improve(ctx context.Context) error {
	return c.members.Improve(ctx, c.runtime.Target(ctx, prepare.Compile), c.syntax)
}

// Binary is b, a component in the binary format or as text, in the binary format. The error is
// one of [Decode].
func Binary(b []byte, f wasm.Features) ([]byte, error) {
	if wasm.IsComponent(b) {
		return b, nil
	}
	c, err := Decode(b, f)
	if err != nil {
		return nil, err
	}
	return component.Encode(c), nil
}

// Linkable is why what c imports cannot be had, or nil.
func (c *Component) Linkable() error {
	_, err := c.imports()
	return err
}

// Close lets go of what c holds beside its code.
func (c *Component) Close() error { return c.members.Close() }

// Decode is [prepare.DecodeComponent].
func Decode(b []byte, f wasm.Features) (*component.Component, error) {
	return prepare.DecodeComponent(b, f)
}

// Check reads b as [Decode] does, and validates it, by so many workers.
func Check(b []byte, f wasm.Features, workers int) (*component.Component, *validate.Result, error) {
	c, err := Decode(b, f)
	if err != nil {
		return nil, nil, err
	}
	checked, err := validate.Component(c, validate.Options{Features: f, Workers: workers})
	return c, checked, err
}

// Is reports whether b is a component, in the binary format or as text.
func Is(b []byte) bool { return prepare.IsComponent(b) }

// Function is a function that a component exports. Name is "name", or
// "interface#name" for one of an instance.
type Function struct {
	Name string
	Type *types.Func
}

// Functions are the functions that c exports.
func (c *Component) Functions() []Function {
	var list []Function
	for _, e := range c.Type.Exports.List {
		switch {
		case e.Func != nil:
			list = append(list, Function{e.Name, e.Func})
		case e.Instance != nil:
			for _, f := range e.Instance.Exports.List {
				if f.Func != nil {
					list = append(list, Function{e.Name + "#" + f.Name, f.Func})
				}
			}
		}
	}
	return list
}

// Find is the function name: an interface may be named without its version, and a
// function without its interface where no other has its name. The error is a *[NoFunctionError].
func (c *Component) Find(name string) (Function, error) {
	list := c.Functions()
	var close []Function
	for _, f := range list {
		if f.Name == name {
			return f, nil
		}
		iface, fn, of := strings.Cut(f.Name, "#")
		base, _, _ := strings.Cut(iface, "@")
		if of && (base+"#"+fn == name || fn == name) {
			close = append(close, f)
		}
	}
	if len(close) == 1 {
		return close[0], nil
	}
	if len(close) > 1 {
		list = close
	}
	return Function{}, &NoFunctionError{Name: name, Functions: list}
}

// NoFunctionError is the error of a call of a function that a component does not export,
// or exports several of.
type NoFunctionError struct {
	Name      string
	Functions []Function // that there are
}

// Error names the function.
func (e *NoFunctionError) Error() string {
	return fmt.Sprintf("the component exports no function %q", e.Name)
}

// runName is how commands export the function that is their program.
const runName = "wasi:cli/run"

// handlerName is how components export the function that answers requests.
const handlerName = "wasi:http/incoming-handler"

// Command reports whether c is a program: it exports wasi:cli/run.
func (c *Component) Command() bool { return c.run() != "" }

// Handler reports whether c answers requests: it exports wasi:http/incoming-handler.
func (c *Component) Handler() bool { return c.exported(handlerName) != "" }

// usesHTTP reports whether c imports something of wasi:http.
func (c *Component) usesHTTP() bool {
	return slices.ContainsFunc(c.Type.Imports.List, func(e types.Entry) bool { return strings.HasPrefix(e.Name, "wasi:http/") })
}

func (c *Component) run() string {
	if name := c.exported(runName); name != "" {
		return name + "#run"
	}
	return ""
}

// exported is the name under which c exports the interface name in a version 0.2; empty for
// none.
func (c *Component) exported(name string) string {
	i := slices.IndexFunc(c.Type.Exports.List, func(e types.Entry) bool {
		return e.Instance != nil && (e.Name == name || strings.HasPrefix(e.Name, name+"@0.2."))
	})
	if i < 0 {
		return ""
	}
	return c.Type.Exports.List[i].Name
}
