package wasi2

import (
	"context"
	"fmt"
	"strings"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/fault"
)

// iface is an interface of WASI: what it uses of others, its types, resources and
// functions.
type iface struct {
	name      string
	uses      []use
	types     []definition
	functions []function
}

// use takes types of another interface.
type use struct {
	from  string
	types []string
}

// definition is a type: its notation, or "resource".
type definition struct{ name, notation string }

// function is a function: its notation, and what it does.
type function struct {
	name, notation string
	call           func(*call, []exec.Value) (exec.Value, error)
}

// call is a call of a function.
type call struct {
	context.Context
	*Host
}

// interfaces are all interfaces by name, without their version. They are made when a
// component is linked: no start of anything else pays for them.
func interfaces() map[string]*iface {
	list := map[string]*iface{}
	for _, group := range [][]*iface{ioInterfaces(), cliInterfaces(), clockInterfaces(), randomInterfaces(), filesystemInterfaces(), socketInterfaces()} {
		for _, i := range group {
			list[i.name] = i
		}
	}
	return list
}

// version is the one that interfaces have here; imports of it and of others that are
// compatible are given them.
const version = "0.2"

// made is an interface as a store has it.
type made struct {
	typ     *types.Instance
	exports exec.Exports
	scope   map[string]*types.Type
}

// find is the interface that a component imports as name.
func (h *Host) find(name string) *made {
	base, v, _ := strings.Cut(name, "@")
	if v != version && !strings.HasPrefix(v, version+".") {
		return nil
	}
	return h.make(base)
}

// make makes the interface name, unless it is there.
func (h *Host) make(name string) *made {
	if m := h.made[name]; m != nil {
		return m
	}
	i := h.all[name]
	if i == nil {
		return nil
	}
	m := &made{typ: &types.Instance{}, exports: exec.Exports{}, scope: map[string]*types.Type{}}
	h.made[name] = m
	for _, u := range i.uses {
		from := h.make(u.from)
		for _, t := range u.types {
			m.define(t, from.scope[t], from.exports[t])
		}
	}
	for _, d := range i.types {
		if d.notation == "resource" {
			t := &types.Type{Resource: &types.Resource{}}
			m.define(d.name, t, exec.Export{Resource: &exec.ResourceType{Drop: h.drop}})
			continue
		}
		r := reader{d.notation, m.scope}
		m.define(d.name, named(r.typ()), exec.Export{})
	}
	for _, f := range i.functions {
		r := reader{f.notation, m.scope}
		t := r.function()
		m.typ.Exports.Add(f.name, types.Extern{Sort: component.SortFunc, Func: t})
		m.exports[f.name] = exec.Export{Func: &exec.Func{Type: t, Host: h.calling(name, &f)}}
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

// calling is f as components call it.
func (h *Host) calling(iface string, f *function) exec.HostFunc {
	full := iface + "#" + f.name
	return func(ctx context.Context, args []exec.Value) (exec.Value, error) {
		if h.config.Trace != nil {
			fmt.Fprintln(h.config.Trace, full)
		}
		return f.call(&call{ctx, h}, args)
	}
}

// Link is what c imports. The error is a *[fault.Error] that says what cannot be had.
func (h *Host) Link(m *types.Matcher, c *types.Component) (exec.Exports, error) {
	exports := exec.Exports{}
	var args types.Entries
	for _, im := range c.Imports.List {
		if m := h.find(im.Name); m != nil && im.Instance != nil {
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
