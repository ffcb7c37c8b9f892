package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/link"
)

// Instance is an instance of a component.
type Instance struct {
	Exports Exports

	store   *Store
	def     *Component
	of      *closure
	parent  *Instance
	entered bool // may not be entered
	closed  bool // may not be left: it allocates
	handles handles

	resources map[*types.Resource]*ResourceType
	lowerings map[int]*lowering // by the place of their definitions

	// The index spaces.
	modules       []*link.Module
	coreInstances []coreInstance
	core          [component.SortCoreTag + 1][]coreItem
	funcs         []*Func
	types         []*ResourceType // nil for those that are no resource types
	instances     []Exports
	components    []*closure
}

// Exports are the exports of an instance by name.
type Exports map[string]Export

// Export is an export of an instance, or what is given for an import. One of the fields is
// set; none for a type that is no resource type.
type Export struct {
	Func     *Func
	Resource *ResourceType
	Instance Exports

	module    *link.Module
	component *closure
}

// closure is a component with the instance in which it was defined: it may use definitions
// from there.
type closure struct {
	def    *Component
	within *Instance
}

// coreInstance is a core instance: of a module, or exports put together.
type coreInstance struct {
	linked *link.Instance
	items  map[string]coreItem // of inline ones
	inline inline
}

// coreItem is something that a core instance exports, or the canonical definition of a
// function.
type coreItem struct {
	linked *link.Instance
	name   string

	owner *Instance // of canonical definitions
	at    int
}

// memory is the memory that c is, as it is now.
func (c *coreItem) memory() []byte { return c.linked.MemoryHolder(c.name).Memory() }

// call calls the function that c is.
func (c *coreItem) call(ctx context.Context, stack []uint64) error {
	if c.linked == nil {
		d := c.owner.def.Definitions[c.at].(*component.Canon)
		return c.owner.canon(ctx, d, c.at, stack)
	}
	return trapped(c.linked, c.name, c.linked.Call(ctx, c.name, stack))
}

// CoreTrap is a trap of a core instance.
type CoreTrap struct {
	Instance *link.Instance
	Entry    string // the export that was called
	Trap     *engine.Trap
}

// Error is the trap.
func (t *CoreTrap) Error() string { return t.Trap.Error() }

// Unwrap is the trap's cause or its code.
func (t *CoreTrap) Unwrap() error {
	if t.Trap.Cause != nil {
		return t.Trap.Cause
	}
	return fault.New(t.Trap.Code)
}

// trapped is err, of a call of core, with where that was.
func trapped(core *link.Instance, entry string, err error) error {
	if t, ok := errors.AsType[*engine.Trap](err); ok && !errors.As(err, new(*CoreTrap)) {
		return &CoreTrap{core, entry, t}
	}
	return err
}

// lowering is a function lowered by an instance.
type lowering struct {
	callee  *Func
	typ     *types.Func
	sig     types.Signature
	options *options
}

// Instantiate makes an instance of c, which is given imports.
func (s *Store) Instantiate(ctx context.Context, c *Component, imports Exports) (*Instance, error) {
	if m := missing(c.Result.Type.Imports.List, imports, ""); m != nil {
		return nil, m
	}
	return s.instantiate(ctx, &closure{def: c}, nil, imports)
}

// missing reports an import that nothing is given for.
func missing(list []types.Entry, given Exports, within string) error {
	for _, e := range list {
		x, ok := given[e.Name]
		switch {
		case e.Type != nil && e.Type.Resource == nil:
			continue
		case !ok, e.Func != nil && x.Func == nil, e.Instance != nil && x.Instance == nil,
			e.Type != nil && x.Resource == nil, e.Module != nil && x.module == nil, e.Component != nil && x.component == nil:
			f := fault.New(fault.UnknownImport)
			f.Err = fmt.Errorf("component imports %s %q%s, which is not there", e.Sort, e.Name, within)
			return f
		case e.Instance != nil:
			if err := missing(e.Instance.Exports.List, x.Instance, " of "+e.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) instantiate(ctx context.Context, c *closure, parent *Instance, imports Exports) (*Instance, error) {
	i := &Instance{
		Exports: Exports{}, store: s, def: c.def, of: c, parent: parent,
		resources: map[*types.Resource]*ResourceType{}, lowerings: map[int]*lowering{},
	}
	s.instances = append(s.instances, i)
	for at, d := range c.def.Definitions {
		if err := i.define(ctx, at, d, imports); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// define executes the definition at a place.
func (i *Instance) define(ctx context.Context, at int, d component.Definition, imports Exports) error {
	item := &i.def.Result.Items[at]
	switch d := d.(type) {
	case *component.Module:
		i.modules = append(i.modules, i.def.modules[at])
	case *component.Nested:
		i.components = append(i.components, &closure{i.def.nested[at], i})
	case *component.CoreInstance:
		return i.coreInstance(ctx, at, d)
	case *component.CoreType:
	case *component.Instance:
		return i.instance(ctx, d, item.Extern)
	case *component.Alias:
		i.alias(d)
	case *component.Type:
		i.typeDef(d, item.Type)
	case *component.Canon:
		i.canonical(at, d)
	case *component.Import:
		x := imports[d.Name.Name]
		i.bind(item.Extern, x)
		i.add(item.Extern.Sort, x)
	case *component.Export:
		x := i.extern(d.Sort, d.Index)
		i.bind(item.Extern, x)
		i.add(d.Sort, x)
		i.Exports[d.Name.Name] = x
	}
	return nil
}

// bind notes which resource types of the instance those of the component are, in x, which
// is of type t.
func (i *Instance) bind(t types.Extern, x Export) {
	switch {
	case t.Type != nil && t.Type.Resource != nil:
		i.resources[t.Type.Resource] = x.Resource
	case t.Instance != nil:
		for _, e := range t.Instance.Exports.List {
			i.bind(e.Extern, x.Instance[e.Name])
		}
	}
}

// resource is the resource type of the instance that t is.
func (i *Instance) resource(t *types.Type) *ResourceType { return i.resources[t.Resource] }

// add appends x to the index space of its sort.
func (i *Instance) add(sort component.Sort, x Export) {
	switch sort {
	case component.SortCoreModule:
		i.modules = append(i.modules, x.module)
	case component.SortFunc:
		i.funcs = append(i.funcs, x.Func)
	case component.SortType:
		i.types = append(i.types, x.Resource)
	case component.SortInstance:
		i.instances = append(i.instances, x.Instance)
	case component.SortComponent:
		i.components = append(i.components, x.component)
	}
}

// extern is entry n of an index space.
func (i *Instance) extern(sort component.Sort, n uint32) Export {
	switch sort {
	case component.SortCoreModule:
		return Export{module: i.modules[n]}
	case component.SortFunc:
		return Export{Func: i.funcs[n]}
	case component.SortType:
		return Export{Resource: i.types[n]}
	case component.SortInstance:
		return Export{Instance: i.instances[n]}
	}
	return Export{component: i.components[n]}
}

// typeDef notes a type that is defined. A resource type is a new one for each instance.
func (i *Instance) typeDef(d *component.Type, t *types.Type) {
	var r *ResourceType
	if t.Resource != nil {
		r = &ResourceType{impl: i}
		if d.Destructor != nil {
			r.destructor = &i.core[component.SortCoreFunc][*d.Destructor]
		}
		i.resources[t.Resource] = r
	}
	i.types = append(i.types, r)
}

// alias adds what d stands for.
func (i *Instance) alias(d *component.Alias) {
	switch d.Kind {
	case component.AliasExport:
		i.add(d.Sort, i.instances[d.Instance][d.Name])
	case component.AliasCoreExport:
		i.core[d.Sort] = append(i.core[d.Sort], i.coreInstances[d.Instance].item(d.Name))
	case component.AliasOuter:
		if d.Sort == component.SortCoreType {
			return
		}
		from := i
		for n := uint32(0); n < d.Count; n++ {
			from = from.of.within
		}
		i.add(d.Sort, from.extern(d.Sort, d.Index))
	}
}

// item is the export name of a core instance.
func (c *coreInstance) item(name string) coreItem {
	if c.items != nil {
		return c.items[name]
	}
	return coreItem{linked: c.linked, name: name}
}

// canonical adds the function that a canonical definition makes.
func (i *Instance) canonical(at int, d *component.Canon) {
	item := &i.def.Result.Items[at]
	switch d.Op {
	case component.CanonLift:
		i.funcs = append(i.funcs, &Func{
			Type: item.Func, instance: i, core: i.core[component.SortCoreFunc][d.Func],
			options: i.options(d, item.Pointer), sig: item.Func.Signature(item.Pointer, types.Lift),
		})
		return
	case component.CanonLower:
		i.lowerings[at] = &lowering{
			callee: i.funcs[d.Func], typ: item.Func, sig: item.Func.Signature(item.Pointer, types.Lower),
			options: i.options(d, item.Pointer),
		}
	}
	i.core[component.SortCoreFunc] = append(i.core[component.SortCoreFunc], coreItem{owner: i, at: at})
}

// options are the options of d.
func (i *Instance) options(d *component.Canon, p types.Pointer) *options {
	o := &options{pointer: p}
	for _, opt := range d.Options {
		function := func() *coreItem { return &i.core[component.SortCoreFunc][opt.Index] }
		switch opt.Kind {
		case component.OptionMemory:
			o.memory = &i.core[component.SortCoreMemory][opt.Index]
		case component.OptionRealloc:
			o.realloc = function()
		case component.OptionPostReturn:
			o.postReturn = function()
		default:
			o.encoding = opt.Kind
		}
	}
	return o
}

// instance makes an instance of a component within, or puts one together.
func (i *Instance) instance(ctx context.Context, d *component.Instance, t types.Extern) error {
	exports := Exports{}
	if d.Inline {
		for _, e := range d.Exports {
			exports[e.Name.Name] = i.extern(e.Sort, e.Index)
		}
	} else {
		imports := Exports{}
		for _, a := range d.Args {
			imports[a.Name] = i.extern(a.Sort, a.Index)
		}
		made, err := i.store.instantiate(ctx, i.components[d.Component], i, imports)
		if err != nil {
			return err
		}
		exports = made.Exports
	}
	i.bind(t, Export{Instance: exports})
	i.instances = append(i.instances, exports)
	return nil
}

// coreInstance makes a core instance.
func (i *Instance) coreInstance(ctx context.Context, at int, d *component.CoreInstance) error {
	if d.Inline {
		items := map[string]coreItem{}
		for _, e := range d.Exports {
			items[e.Name] = i.core[e.Sort][e.Index]
		}
		i.coreInstances = append(i.coreInstances, coreInstance{items: items, inline: i.def.inline[at]})
		return nil
	}
	args := make([]argument, len(d.Args))
	for n, a := range d.Args {
		args[n] = argument{component.LinkName(a.Name), &i.coreInstances[a.Instance]}
	}
	made, err := i.instantiateModule(ctx, i.modules[d.Module], args)
	if err != nil {
		return err
	}
	i.coreInstances = append(i.coreInstances, coreInstance{linked: made})
	return nil
}

// argument is a core instance that a module imports from, by a name.
type argument struct {
	name     string
	instance *coreInstance
}

// instantiateModule makes an instance of m, which imports from args.
func (i *Instance) instantiateModule(ctx context.Context, m *link.Module, args []argument) (*link.Instance, error) {
	s := i.store
	hosts := map[string]link.Host{}
	wanted := importsByModule(m.Decoded())
	var together []*shim
	for _, a := range args {
		c := a.instance
		linked := c.linked
		switch {
		case linked != nil:
		case c.inline.only:
			hosts[a.name] = c.inline.host
			continue
		default:
			items := c.wanted(wanted[a.name])
			if len(items) == 0 {
				continue
			}
			if linked = whole(items); linked == nil {
				together = putTogether(together, a.name, items)
				continue
			}
		}
		s.Linked.Link(a.name, linked)
		defer s.Linked.Unlink(a.name)
	}
	for _, t := range together {
		linked, err := i.shim(ctx, t)
		if err != nil {
			return nil, err
		}
		for _, name := range t.names {
			s.Linked.Link(name, linked)
			defer s.Linked.Unlink(name)
		}
	}
	return i.instantiateLinked(ctx, m, hosts)
}

// instantiateLinked makes an instance of m, which imports from hosts and from instances
// that have names.
func (i *Instance) instantiateLinked(ctx context.Context, m *link.Module, hosts map[string]link.Host) (*link.Instance, error) {
	s := i.store
	linking, making := s.linking, s.making
	s.linking, s.making = hosts, i
	defer func() { s.linking, s.making = linking, making }()
	made, err := s.Linked.Instantiate(ctx, m)
	if made != nil {
		made.Owner = i
	}
	return made, err
}
