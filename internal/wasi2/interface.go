package wasi2

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/component/wave"
	"github.com/wazedge/wazedge/internal/fault"
)

// Interface is an interface of WASI: what it uses of others, its types, resources and
// functions. Functions are bound to no host: a call is given its own.
type Interface struct {
	Name      string // without a version
	Uses      []Use
	Types     []Definition
	Functions []Function
}

// Use takes types of another interface: "name", or "name as other".
type Use struct {
	From  string
	Types []string
}

// Definition is a type: its notation, or "resource".
type Definition struct{ Name, Notation string }

// Function is a function: its notation, and what it does. An error ends the component.
type Function struct {
	Name, Notation string
	Call           func(*Call, []exec.Value) (exec.Value, error)
}

// Call is a call of a function.
type Call struct {
	context.Context
	*Host
}

// Interfaces are the interfaces that components import, for any number of hosts. They are
// made when a component is linked: no start of anything else pays for them. Several
// goroutines may use one at once.
type Interfaces struct {
	mu       sync.Mutex
	packages map[string]Package // whose tables have not been asked for
	all      map[string]*Interface
	made     map[string]*made
}

// Package makes the tables of the interfaces of a package of WASI.
type Package func() []*Interface

// NewInterfaces are those of this package, and of more packages, by the names of these.
func NewInterfaces(more map[string]Package) *Interfaces {
	s := &Interfaces{packages: map[string]Package{
		"wasi:io": ioInterfaces, "wasi:cli": cliInterfaces, "wasi:clocks": clockInterfaces,
		"wasi:random": randomInterfaces, "wasi:filesystem": filesystemInterfaces, "wasi:sockets": socketInterfaces,
	}, all: map[string]*Interface{}, made: map[string]*made{}}
	maps.Copy(s.packages, more)
	return s
}

// table is the interface name, or nil. The tables of a package are made when one of them is
// asked for: most components use few.
func (s *Interfaces) table(name string) *Interface {
	of, _, _ := strings.Cut(name, "/")
	if tables := s.packages[of]; tables != nil {
		delete(s.packages, of)
		for _, i := range tables() {
			s.all[i.Name] = i
		}
	}
	return s.all[name]
}

// version is the one that interfaces have here; imports of it and of others that are
// compatible are given them.
const version = "0.2"

// made is an interface as components are given it.
type made struct {
	typ     *types.Instance
	exports exec.Exports
	scope   map[string]*types.Type
}

// find is the interface that a component imports as name.
func (s *Interfaces) find(name string) *made {
	base, v, _ := strings.Cut(name, "@")
	if v != version && !strings.HasPrefix(v, version+".") {
		return nil
	}
	return s.make(base)
}

// Has is what the interface that a component imports as name has here, by name, or nil.
func (s *Interfaces) Has(name string) *types.Entries {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.find(name); m != nil {
		return &m.typ.Exports
	}
	return nil
}

// make makes the interface name, unless it is there.
func (s *Interfaces) make(name string) *made {
	if m := s.made[name]; m != nil {
		return m
	}
	i := s.table(name)
	if i == nil {
		return nil
	}
	m := &made{typ: &types.Instance{}, exports: exec.Exports{}, scope: map[string]*types.Type{}}
	s.made[name] = m
	for _, u := range i.Uses {
		from := s.make(u.From)
		for _, t := range u.Types {
			t, as, renamed := strings.Cut(t, " as ")
			if !renamed {
				as = t
			}
			m.define(as, from.scope[t], from.exports[t])
		}
	}
	for _, d := range i.Types {
		if d.Notation == "resource" {
			t := &types.Type{Resource: &types.Resource{}}
			m.define(d.Name, t, exec.Export{Resource: &exec.ResourceType{Drop: drop}})
			continue
		}
		r := reader{d.Notation, m.scope}
		if t := m.scope[d.Notation]; t != nil { // another name of it
			m.define(d.Name, t, m.exports[d.Notation])
			continue
		}
		m.define(d.Name, named(r.typ()), exec.Export{})
	}
	for _, f := range i.Functions {
		r := reader{f.Notation, m.scope}
		t := r.function()
		m.typ.Exports.Add(f.Name, types.Extern{Sort: component.SortFunc, Func: t})
		m.exports[f.Name] = exec.Export{Func: &exec.Func{Type: t, Host: calling(name, f, t)}}
	}
	return m
}

// named is t as a type that has an index.
func named(t types.ValType) *types.Type {
	if t.Type != nil {
		return t.Type
	}
	v := &types.Value{Form: component.TypeForm(t.Primitive)}
	v.Complete()
	return &types.Type{Value: v}
}

// define adds a type to an interface.
func (m *made) define(name string, t *types.Type, x exec.Export) {
	m.scope[name] = t
	m.exports[name] = x
	m.typ.Exports.Add(name, types.Extern{Sort: component.SortType, Type: t})
}

// of is the host of the component that calls with ctx.
func of(ctx context.Context) *Host { return exec.StoreOf(ctx).World.(*Host) }

// drop is told that a resource has no owner any more.
func drop(ctx context.Context, rep uint64) error {
	if h := of(ctx); h.config.Player == nil {
		h.remove(rep)
	}
	return nil
}

// calling is f, of type t, as components call it.
func calling(name string, f Function, t *types.Func) exec.HostFunc {
	full := name + "#" + f.Name
	return func(ctx context.Context, args []exec.Value) (exec.Value, error) {
		h := of(ctx)
		if h.config.Trace == nil {
			return (&Call{ctx, h}).answer(name, &f, t, args)
		}
		given := argumentsText(args, t) // which are good until the call returns
		result, err := (&Call{ctx, h}).answer(name, &f, t, args)
		fmt.Fprintln(h.config.Trace, full+given+resultText(result, t, err))
		return result, err
	}
}

// maxTraced is how much of a value is traced, in bytes.
const maxTraced = 200

// argumentsText are args, of the parameters of t, in the syntax of WAVE.
func argumentsText(args []exec.Value, t *types.Func) string {
	parts := make([]string, len(args))
	for n, p := range t.Params {
		parts[n] = traced(args[n], *p.Type)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// resultText is how a call of a function of type t has ended.
func resultText(v exec.Value, t *types.Func, err error) string {
	switch {
	case err != nil:
		return ": " + err.Error()
	case t.Result == nil:
		return ""
	}
	return " = " + traced(v, *t.Result)
}

// errEnough ends a text that is long enough.
var errEnough = errors.New("that is enough")

// traced is v, of type t, as it is traced: what is long is cut before it is written.
func traced(v exec.Value, t types.ValType) string {
	if len(v.Bytes) > maxTraced && exec.Packed(t) == 1 {
		v.Bytes = v.Bytes[:maxTraced]
	}
	all := 0
	text, _ := wave.Append(nil, v, t, func(n int) error {
		if all += n; all > maxTraced {
			return errEnough
		}
		return nil
	})
	if len(text) > maxTraced {
		return strings.ToValidUTF8(string(text[:maxTraced]), "") + "..."
	}
	return string(text)
}

// Link is what c imports, for stores whose world is a [Host]. The error is a
// *[fault.Error] that says what cannot be had.
func (s *Interfaces) Link(m *types.Matcher, c *types.Component) (exec.Exports, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	exports := exec.Exports{}
	var args types.Entries
	for _, im := range c.Imports.List {
		if m := s.find(im.Name); m != nil && im.Instance != nil {
			exports[im.Name] = exec.Export{Instance: m.exports}
			args.Add(im.Name, types.Extern{Sort: component.SortInstance, Instance: m.typ})
		}
	}
	if _, _, mismatch := m.Instantiate(c, &args); mismatch != nil {
		code := fault.IncompatibleImportType
		if len(mismatch.Path) == 0 {
			code = fault.UnknownImport
		}
		e := fault.New(code)
		e.Err = mismatch
		return nil, e
	}
	return exports, nil
}
