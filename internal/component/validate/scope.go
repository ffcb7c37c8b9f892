package validate

import (
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// scopeKind tells what a scope is the inside of.
type scopeKind uint8

const (
	componentScope     scopeKind = iota // a component
	componentTypeScope                  // a component type
	instanceTypeScope                   // an instance type
	instanceScope                       // exports put together
)

// scope has the index spaces of a component, a component type or an instance type.
type scope struct {
	v     *validator
	outer *scope
	kind  scopeKind
	made  *types.Component // imports, exports and resource types so far

	modules       []*types.Module
	coreInstances []types.CoreExports
	coreTypes     coreTypes
	core          [component.SortCoreTag + 1][]wasm.ExternType
	funcs         []*types.Func
	types         []*types.Type
	instances     []*types.Instance
	components    []*types.Component

	local map[*types.Resource]bool // resource types that a component defines itself
	names [2]scopeNames            // of imports and of exports
	size  int                      // of all types that were defined
}

// scopeNames is what the imports or exports of a scope have named.
type scopeNames struct {
	taken     uniqueness
	resources map[string]*types.Type // resource types by name
	labels    map[*types.Type]string // and the name of each
	types     map[*types.Type]bool   // that may be used in those that follow
}

// direction says whether names are those of imports or of exports.
type direction uint8

const (
	importing direction = iota
	exporting
)

// String is the word for a name in messages.
func (d direction) String() string { return [...]string{"import", "export"}[d] }

func newScope(v *validator, outer *scope, kind scopeKind) *scope {
	s := &scope{v: v, outer: outer, kind: kind, made: &types.Component{}, local: map[*types.Resource]bool{}}
	s.coreTypes.space.Store = v.store
	for d := range s.names {
		s.names[d] = scopeNames{
			taken:     uniqueness{},
			resources: map[string]*types.Type{},
			labels:    map[*types.Type]string{},
			types:     map[*types.Type]bool{},
		}
	}
	return s
}

// at is the entry i of an index space.
func at[T any](space []T, i uint32, sort component.Sort) (T, error) {
	if uint64(i) >= uint64(len(space)) {
		var none T
		return none, failed(fault.InvalidIndex, "unknown %s %d: %s index out of bounds", sort, i, sort)
	}
	return space[i], nil
}

// extern is the type of entry i of the sort's index space, which imports and exports may
// have.
func (s *scope) extern(sort component.Sort, i uint32) (x types.Extern, err error) {
	x.Sort = sort
	switch sort {
	case component.SortCoreModule:
		x.Module, err = at(s.modules, i, sort)
	case component.SortFunc:
		x.Func, err = at(s.funcs, i, sort)
	case component.SortType:
		x.Type, err = at(s.types, i, sort)
	case component.SortInstance:
		x.Instance, err = at(s.instances, i, sort)
	case component.SortComponent:
		x.Component, err = at(s.components, i, sort)
	case component.SortValue:
		err = failed(fault.ComponentNotImplValidator, "values are not supported")
	default:
		err = failed(fault.MalformedSort, "a %s is not a valid import or export of a component", sort)
	}
	return x, err
}

// add appends x to the index space of its sort.
func (s *scope) add(x types.Extern) {
	switch x.Sort {
	case component.SortCoreModule:
		s.modules = append(s.modules, x.Module)
	case component.SortFunc:
		s.funcs = append(s.funcs, x.Func)
	case component.SortType:
		s.types = append(s.types, x.Type)
	case component.SortInstance:
		s.instances = append(s.instances, x.Instance)
	case component.SortComponent:
		s.components = append(s.components, x.Component)
	}
}

// addCore appends a core definition to the index space of its sort.
func (s *scope) addCore(sort component.Sort, x wasm.ExternType) {
	s.core[sort] = append(s.core[sort], x)
}

// alias checks an alias and adds what it stands for.
func (s *scope) alias(d *component.Alias) (Item, error) {
	switch d.Kind {
	case component.AliasExport:
		return s.aliasExport(d)
	case component.AliasCoreExport:
		return s.aliasCoreExport(d)
	}
	return Item{}, s.aliasOuter(d)
}

func (s *scope) aliasExport(d *component.Alias) (Item, error) {
	i, err := at(s.instances, d.Instance, component.SortInstance)
	if err != nil {
		return Item{}, err
	}
	x, ok := i.Exports.Get(d.Name)
	if !ok {
		return Item{}, failed(fault.ExportNotFound, "instance %d has no export named `%s`", d.Instance, d.Name)
	}
	if x.Sort != d.Sort {
		return Item{}, failed(fault.ExportNotFound, "export `%s` for instance %d is not a %s", d.Name, d.Instance, d.Sort)
	}
	s.add(x)
	return Item{Extern: x}, nil
}

func (s *scope) aliasCoreExport(d *component.Alias) (Item, error) {
	exports, err := at(s.coreInstances, d.Instance, component.SortCoreInstance)
	if err != nil {
		return Item{}, err
	}
	if d.Sort > component.SortCoreTag {
		return Item{}, failed(fault.MalformedAliasTarget, "a %s cannot be the alias of a core export", d.Sort)
	}
	x, ok := exports[d.Name]
	if !ok {
		return Item{}, failed(fault.ExportNotFound, "core instance %d has no export named `%s`", d.Instance, d.Name)
	}
	if component.Sort(x.Kind) != d.Sort {
		return Item{}, failed(fault.ExportNotFound, "export `%s` for core instance %d is not a %s", d.Name, d.Instance, x.Kind)
	}
	s.addCore(d.Sort, x)
	return Item{Core: x}, nil
}

// aliasOuter takes a definition from an enclosing scope. What crosses the border of a
// component has to be the same for each instance, so it has no resource types in it.
func (s *scope) aliasOuter(d *component.Alias) error {
	from, crosses := s, false
	for n := uint32(0); n < d.Count; n++ {
		crosses = crosses || from.kind == componentScope
		if from = from.outer; from == nil {
			return failed(fault.InvalidIndex, "invalid outer alias count of %d", d.Count)
		}
	}
	if s.kind != componentScope && d.Sort != component.SortType && d.Sort != component.SortCoreType {
		return failed(fault.MalformedAliasTarget, "only types may be outer aliases within types, not a %s", d.Sort)
	}
	switch d.Sort {
	case component.SortCoreType:
		return s.coreTypes.alias(&from.coreTypes, d.Index)
	case component.SortCoreModule, component.SortComponent, component.SortType:
	default:
		return failed(fault.MalformedAliasTarget, "outer aliases are of core modules, core types, types and components, not of a %s", d.Sort)
	}
	x, err := from.extern(d.Sort, d.Index)
	if err != nil {
		return err
	}
	if crosses {
		free := map[*types.Resource]bool{}
		x.Free(free)
		if len(free) > 0 {
			return failed(fault.InvalidTypeReference, "cannot alias outer type which transitively refers to resources not defined in the current component")
		}
	}
	s.add(x)
	return nil
}

// closed checks what can be checked when all is defined: that nothing from outside depends
// on resource types of the inside.
func (s *scope) closed() error {
	free := map[*types.Resource]bool{}
	for _, e := range s.made.Imports.List {
		e.Extern.Free(free)
	}
	for r := range free {
		if s.local[r] {
			return failed(fault.InvalidTypeReference, "local resource type found in imports")
		}
	}
	clear(free)
	for _, e := range s.made.Exports.List {
		e.Extern.Free(free)
	}
	var used []*types.Resource
	for _, r := range s.made.Defined {
		if free[r] {
			used = append(used, r)
		}
	}
	s.made.Defined = used
	return nil
}
