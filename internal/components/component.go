package components

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/component/validate"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasi2"
	"github.com/wazedge/wazedge/internal/wasihttp"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// Component is a component that is valid.
type Component struct {
	Type *types.Component

	// Client makes the requests of all instances; without one, each instance has its own.
	// Instances may be made when it is set.
	Client *wasihttp.Client

	runtime *link.Runtime
	code    *exec.Component

	// imports is what of WASI it imports, for all instances.
	imports func() (exec.Exports, error)
}

// Load decodes and checks b, a component in the binary format or as text, for stores of
// r, by the options o. The error is a *[fault.Error], or for text a [*wat.Error].
func Load(r *link.Runtime, o *prepare.Options, b []byte) (*Component, error) {
	c, checked, err := Check(b, o.Features, o.Workers)
	if err != nil {
		return nil, err
	}
	made := &Component{Type: checked.Type, runtime: r, code: exec.Compile(r, o, c, checked)}
	made.imports = sync.OnceValues(func() (exec.Exports, error) {
		return wasi2.NewInterfaces(wasihttp.Interfaces()...).Link(&types.Matcher{Core: checked.Core}, made.Type)
	})
	return made, nil
}

// Decode reads b, a component in the binary format or as text, whose core modules may use
// the proposals of f. The error is a *[fault.Error], or for text a [*wat.Error].
func Decode(b []byte, f wasm.Features) (*component.Component, error) {
	if wasm.IsComponent(b) {
		return component.Decode(b, f)
	}
	return wat.ParseComponent(b)
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
func Is(b []byte) bool { return wasm.IsComponent(b) || wat.IsComponent(b) }

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

// find is the function name: an interface may be named without its version, and a
// function without its interface where no other has its name.
func (c *Component) find(name string) (Function, error) {
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
