package validate

import (
	"strings"
	"sync"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/fault"
)

// externType resolves the type of an import or export.
func (s *scope) externType(t component.ExternType) (types.Extern, error) {
	x := types.Extern{Sort: t.Sort}
	if t.Sort == component.SortCoreModule {
		x.Module = s.coreTypes.modules[t.Index]
		if x.Module == nil {
			return x, failed(fault.InvalidIndex, "core type index %d is not a module type", t.Index)
		}
		return x, nil
	}
	if t.SubResource {
		x.Type = &types.Type{Resource: &types.Resource{}}
		return x, nil
	}
	d, err := at(s.types, t.Index, component.SortType)
	if err != nil {
		return x, err
	}
	switch t.Sort {
	case component.SortFunc:
		x.Func = d.Func
	case component.SortInstance:
		x.Instance = d.Instance
	case component.SortComponent:
		x.Component = d.Component
	case component.SortType:
		named := *d
		x.Type = &named
		return x, nil
	}
	if x.Func == nil && x.Instance == nil && x.Component == nil {
		return x, failed(fault.InvalidTypeReference, "type index %d is not a %s type", t.Index, sortWords()[t.Sort])
	}
	return x, nil
}

var sortWords = sync.OnceValue(func() map[component.Sort]string {
	return map[component.Sort]string{
		component.SortFunc: "function", component.SortInstance: "instance", component.SortComponent: "component",
	}
})

// importDef checks an import.
func (s *scope) importDef(d *component.Import) (types.Extern, error) {
	x, err := s.externType(d.Type)
	if err != nil {
		return x, err
	}
	x = s.opened(x, d.Type.SubResource, &s.made.Imported)
	return x, s.enter(&d.Name, x, importing)
}

// exportDecl checks an export of a component or instance type.
func (s *scope) exportDecl(d *component.ExportDecl) (types.Extern, error) {
	x, err := s.externType(d.Type)
	if err != nil {
		return x, err
	}
	x = s.opened(x, d.Type.SubResource, &s.made.Defined)
	return x, s.enter(&d.Name, x, exporting)
}

// opened is x, an import or export of its own type, with abstract resource types that
// nothing else has. They are added to list.
func (s *scope) opened(x types.Extern, abstract bool, list *[]*types.Resource) types.Extern {
	switch {
	case abstract:
		*list = append(*list, x.Type.Resource)
	case x.Instance != nil:
		made, resources := types.Fresh(x.Instance)
		x.Instance = made
		*list = append(*list, resources...)
	}
	return x
}

// exportDef checks an export of a component.
func (s *scope) exportDef(d *component.Export) (types.Extern, error) {
	got, err := s.extern(d.Sort, d.Index)
	if err != nil {
		return got, err
	}
	x := got
	if d.Type != nil {
		if x, err = s.ascribed(got, d.Type); err != nil {
			return x, err
		}
	}
	switch {
	case x.Type != nil:
		named := *x.Type
		x.Type = &named
	case x.Instance != nil:
		x.Instance = types.Renamed().Instance(x.Instance)
	}
	return x, s.enter(&d.Name, x, exporting)
}

// ascribed is the type that t gives to what is exported and has type got: it may say less.
func (s *scope) ascribed(got types.Extern, t *component.ExternType) (types.Extern, error) {
	x, err := s.externType(*t)
	if err != nil {
		return x, err
	}
	if t.SubResource {
		if got.Type == nil || got.Type.Resource == nil {
			return x, failed(fault.ExportAscriptionIncompatible, "ascribed type of export is not compatible with item's type: it is not a resource type")
		}
		x.Type.Resource.Rep = got.Type.Resource.Rep
		s.made.Defined = append(s.made.Defined, x.Type.Resource)
		return x, nil
	}
	if mismatch := s.v.match.Extern(got, x); mismatch != nil {
		return x, failed(fault.ExportAscriptionIncompatible, "ascribed type of export is not compatible with item's type: %w", mismatch)
	}
	if x.Instance != nil {
		x.Instance = types.Ascribe(got.Instance, x.Instance)
	}
	return x, nil
}

// enter adds an import or export to what the scope is made of, and to the index space of
// its sort.
func (s *scope) enter(n *component.Name, x types.Extern, d direction) error {
	if err := s.addEntry(n, x, d); err != nil {
		return err
	}
	if s.size++; s.size > maxTypes {
		return failed(fault.IllegalGrammar, "effective type size exceeds the limit of %d", maxTypes)
	}
	s.add(x)
	return nil
}

// addEntry adds an import or export to what the scope is made of.
func (s *scope) addEntry(n *component.Name, x types.Extern, d direction) error {
	name, err := parseName(n.Name)
	if err != nil {
		code := fault.InvalidExternName
		if d == exporting {
			code = fault.InvalidExportName
		}
		return failed(code, "%s name `%s` is not a valid extern name: %w", d, n.Name, err)
	}
	if err := checkAttributes(n, &name, x.Sort); err != nil {
		return err
	}
	names := &s.names[d]
	if previous, ok := names.taken.add(n.Name, name.unique); !ok {
		return failed(fault.ComponentDuplicateName, "%s name `%s` conflicts with previous name `%s`", d, n.Name, previous)
	}
	if !s.named(x, d) {
		return failed(fault.InvalidTypeReference, "%s not valid to be used as %s: it refers to a type that has no name outside", x.Sort, d)
	}
	if x.Type != nil && x.Type.Resource != nil && name.kind == plainName {
		names.resources[n.Name], names.labels[x.Type] = x.Type, n.Name
	}
	if err := names.checkFunction(&name, x); err != nil {
		return err
	}
	entries := &s.made.Imports
	if d == exporting {
		entries = &s.made.Exports
	}
	entries.Add(n.Name, x)
	return nil
}

// checkAttributes checks the attributes of a name.
func checkAttributes(n *component.Name, name *externName, sort component.Sort) error {
	if n.Implements != nil {
		of, err := parseName(*n.Implements)
		switch {
		case err != nil:
			return failed(fault.InvalidExternName, "`%s` is not a valid name: %w", *n.Implements, err)
		case of.kind != interfaceName:
			return failed(fault.InvalidExternName, "`implements` name `%s` must be an interface name", *n.Implements)
		case sort != component.SortInstance:
			return failed(fault.InvalidExternName, "only instances can have an `implements` attribute")
		case name.kind != plainName:
			return failed(fault.InvalidExternName, "name `%s` is not valid with `implements`", n.Name)
		}
	}
	if n.VersionSuffix == nil {
		return nil
	}
	_, version, _ := strings.Cut(n.Name, "@")
	if name.kind != interfaceName || !isCanonVersion(version) {
		return failed(fault.InvalidExternName, "a `versionsuffix` needs an interface name with a canonical version before it")
	}
	if err := checkVersion(version + *n.VersionSuffix); err != nil {
		return failed(fault.InvalidExternName, "`%s%s` is not a valid version: %w", version, *n.VersionSuffix, err)
	}
	return nil
}

// checkFunction checks that a function called as one of a resource's is one.
func (n *scopeNames) checkFunction(name *externName, x types.Extern) error {
	if name.kind == plainName || name.kind == interfaceName {
		return nil
	}
	wrong := func(format string, args ...any) error {
		return failed(fault.InvalidExternName, "`%s`: "+format, append([]any{name.text}, args...)...)
	}
	if x.Func == nil {
		return wrong("item is not a func")
	}
	switch name.kind {
	case constructorName:
		r, reason := constructed(x.Func)
		if reason != "" {
			return wrong("%s", reason)
		}
		return n.checkResource(r, name, wrong)
	case methodName:
		r, reason := receiver(x.Func)
		if reason != "" {
			return wrong("%s", reason)
		}
		return n.checkResource(r, name, wrong)
	}
	if n.resources[name.resource] == nil {
		return wrong("static resource name is not known in this context")
	}
	return nil
}

// checkResource checks that r is the resource type that name is about.
func (n *scopeNames) checkResource(r *types.Type, name *externName, wrong func(string, ...any) error) error {
	label, ok := n.labels[r]
	if !ok {
		return wrong("resource used in function does not have a name in this context")
	}
	if n.resources[name.resource] != r {
		return wrong("function does not match expected resource name `%s`", label)
	}
	return nil
}

// handle is the resource type of t, if it is a handle of the given form.
func handle(t *types.ValType, form component.TypeForm) *types.Type {
	if t == nil || t.Type == nil || t.Type.Value.Form != form {
		return nil
	}
	return t.Type.Value.Handle
}

// constructed is what a constructor of type f makes, or what is wrong with it.
func constructed(f *types.Func) (r *types.Type, reason string) {
	if f.Result == nil {
		return nil, "function should return one value"
	}
	result := f.Result
	if result.Type != nil && result.Type.Value.Form == component.FormResult {
		result = result.Type.Value.Elem
	}
	if r = handle(result, component.FormOwn); r == nil {
		return nil, "function should return `(own $T)` or `(result (own $T))`"
	}
	return r, ""
}

// receiver is what a method of type f is called on, or what is wrong with it.
func receiver(f *types.Func) (r *types.Type, reason string) {
	if len(f.Params) == 0 {
		return nil, "function should have at least one argument"
	}
	if f.Params[0].Name != "self" {
		return nil, "function should have a first argument called `self`"
	}
	if r = handle(f.Params[0].Type, component.FormBorrow); r == nil {
		return nil, "function should take a first argument of `(borrow $T)`"
	}
	return r, ""
}
