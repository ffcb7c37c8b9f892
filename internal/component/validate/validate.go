package validate

import (
	"errors"
	"fmt"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	modules "github.com/wazedge/wazedge/internal/wasm/validate"
)

// Result is what validation learned of a component.
type Result struct {
	Type *types.Component

	// Items has what was found of each definition, in their order.
	Items []Item

	// Core is what the core types among the results have their identities of.
	Core *wasm.TypeStore
}

// Item is what a definition is. Which fields are set depends on its kind.
type Item struct {
	Extern  types.Extern    // of imports, exports, aliases and instances: its type
	Core    wasm.ExternType // of aliases of core exports
	Type    *types.Type     // of types and of canonical definitions about resources
	Func    *types.Func     // of functions that are lifted or lowered
	Module  *modules.Result // of core modules
	Nested  *Result         // of components
	Pointer types.Pointer   // of lifted and lowered functions: the address type of their memory
}

// Options say how a component is checked.
type Options struct {
	Features wasm.Features // for core modules
	Workers  int           // of core modules: see package validate of modules

	// Known, unless nil, says which proposals core modules make use of, by their place in
	// [component.Component.Modules]. They are known to be valid, and may have no bodies.
	Known func(n int) wasm.Features
}

// Component checks c. Errors are of type *[fault.Error], with a code of WasmEdge's
// validator.
func Component(c *component.Component, o Options) (*Result, error) {
	v := &validator{options: o, store: wasm.NewTypeStore()}
	v.match.Core = v.store
	return v.component(c, nil)
}

// validator checks a component and those within it.
type validator struct {
	options Options
	store   *wasm.TypeStore
	match   types.Matcher
	modules int // so far
}

// failed is an error with a code and its explanation.
func failed(code fault.Code, format string, args ...any) error {
	e := fault.New(code)
	e.Err = fmt.Errorf(format, args...)
	return e
}

// inDefinition is err with the syntax node of the definition that it was found in.
func inDefinition(err error, d component.Definition) error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.With(fault.ASTNode("component " + nodeOf(d)))
	}
	return err
}

// nodeOf is what WasmEdge calls the section of d.
func nodeOf(d component.Definition) string {
	switch d.(type) {
	case *component.Module:
		return "core module section"
	case *component.CoreInstance:
		return "core instance section"
	case *component.CoreType:
		return "core type section"
	case *component.Instance:
		return "instance section"
	case *component.Alias:
		return "alias section"
	case *component.Type:
		return "type section"
	case *component.Canon:
		return "canonical section"
	case *component.Import:
		return "import section"
	case *component.Export:
		return "export section"
	}
	return "component section"
}

// component checks c, which is within outer.
func (v *validator) component(c *component.Component, outer *scope) (*Result, error) {
	s := newScope(v, outer, componentScope)
	r := &Result{Items: make([]Item, len(c.Definitions)), Core: v.store}
	for i, d := range c.Definitions {
		item, err := s.definition(d)
		if err != nil {
			return nil, inDefinition(err, d)
		}
		r.Items[i] = item
	}
	if err := s.closed(); err != nil {
		return nil, err
	}
	r.Type = s.made
	return r, nil
}

// definition checks d and adds what it defines to the index spaces.
func (s *scope) definition(d component.Definition) (Item, error) {
	switch d := d.(type) {
	case *component.Module:
		return s.module(d)
	case *component.Nested:
		r, err := s.v.component(d.Component, s)
		if err != nil {
			return Item{}, err
		}
		s.components = append(s.components, r.Type)
		return Item{Nested: r}, nil
	case *component.CoreInstance:
		return Item{}, s.coreInstance(d)
	case *component.CoreType:
		return Item{}, s.coreType(d)
	case *component.Instance:
		return s.instance(d)
	case *component.Alias:
		return s.alias(d)
	case *component.Type:
		t, err := s.typeDef(d)
		if err != nil {
			return Item{}, err
		}
		return Item{Type: t}, s.addType(t)
	case *component.Canon:
		return s.canon(d)
	case *component.Import:
		x, err := s.importDef(d)
		return Item{Extern: x}, err
	case *component.Export:
		x, err := s.exportDef(d)
		return Item{Extern: x}, err
	}
	return Item{}, failed(fault.IllegalGrammar, "a definition that components do not have")
}

// module checks a core module.
func (s *scope) module(d *component.Module) (Item, error) {
	r, err := s.v.coreModule(d.Module)
	if err != nil {
		return Item{}, err
	}
	if err := checkImports(d.Module); err != nil {
		return Item{}, err
	}
	s.modules = append(s.modules, moduleType(d.Module, r.Types))
	return Item{Module: r}, nil
}

// coreModule checks m, unless it is known to be valid.
func (v *validator) coreModule(m *wasm.Module) (*modules.Result, error) {
	n := v.modules
	v.modules++
	if v.options.Known != nil {
		return &modules.Result{Types: v.store.Space(m), Uses: v.options.Known(n)}, nil
	}
	return modules.Module(m, v.options.Features, modules.Options{Workers: v.options.Workers, Store: v.store})
}

// checkImports refuses a module that imports two things by the same names, of which an
// instance could be given one only.
func checkImports(m *wasm.Module) error {
	seen := map[[2]string]bool{}
	for i := range m.Imports {
		key := [2]string{m.Imports[i].Module, m.Imports[i].Name}
		if seen[key] {
			return errDuplicateImport(key)
		}
		seen[key] = true
	}
	return nil
}

func errDuplicateImport(names [2]string) error {
	return failed(fault.ComponentDuplicateName, "duplicate import name `%s:%s` already defined", names[0], names[1])
}

// moduleType is the type of m.
func moduleType(m *wasm.Module, space *wasm.TypeSpace) *types.Module {
	t := &types.Module{Exports: types.CoreExports{}}
	for i := range m.Imports {
		im := &m.Imports[i]
		t.Imports = append(t.Imports, types.CoreImport{Module: im.Module, Name: im.Name, Type: space.Import(im)})
	}
	for _, e := range m.Exports {
		t.Exports[e.Name] = space.Export(m, e.Kind, e.Index)
	}
	return t
}

// coreInstance checks that an instance of a module has what the module imports, or puts
// together what there is.
func (s *scope) coreInstance(d *component.CoreInstance) error {
	if d.Inline {
		return s.inlineCoreInstance(d)
	}
	m, err := at(s.modules, d.Module, component.SortCoreModule)
	if err != nil {
		return err
	}
	args := map[string]types.CoreExports{}
	for _, a := range d.Args {
		exports, err := at(s.coreInstances, a.Instance, component.SortCoreInstance)
		if err != nil {
			return err
		}
		if _, dup := args[a.Name]; dup {
			return failed(fault.ComponentDuplicateName, "duplicate module instantiation argument named `%s`", a.Name)
		}
		args[a.Name] = exports
	}
	for _, im := range m.Imports {
		exports, ok := args[im.Module]
		if !ok {
			return failed(fault.MissingArgument, "missing module instantiation argument named `%s`", im.Module)
		}
		got, ok := exports[im.Name]
		if !ok {
			return failed(fault.MissingArgument, "module instantiation argument `%s` does not export an item named `%s`", im.Module, im.Name)
		}
		if !s.v.store.MatchesExtern(got, im.Type) {
			return failed(fault.ArgTypeMismatch, "%s of module instantiation argument `%s`", coreMismatch(im.Name, got, im.Type), im.Module)
		}
	}
	s.coreInstances = append(s.coreInstances, m.Exports)
	return nil
}

func coreMismatch(name string, got, want wasm.ExternType) string {
	if got.Kind != want.Kind {
		return fmt.Sprintf("expected %s, found %s for `%s`", want.Kind, got.Kind, name)
	}
	return fmt.Sprintf("type mismatch for export `%s`", name)
}

func (s *scope) inlineCoreInstance(d *component.CoreInstance) error {
	exports := types.CoreExports{}
	for _, e := range d.Exports {
		if e.Sort > component.SortCoreTag {
			return failed(fault.InvalidCoreSort, "a core instance cannot export a %s", e.Sort)
		}
		x, err := at(s.core[e.Sort], e.Index, e.Sort)
		if err != nil {
			return err
		}
		if _, dup := exports[e.Name]; dup {
			return failed(fault.ComponentDuplicateName, "duplicate instantiation export name `%s` already defined", e.Name)
		}
		exports[e.Name] = x
	}
	s.coreInstances = append(s.coreInstances, exports)
	return nil
}

// instance checks the definition of an instance.
func (s *scope) instance(d *component.Instance) (Item, error) {
	made, err := s.makeInstance(d)
	if err != nil {
		return Item{}, err
	}
	s.instances = append(s.instances, made)
	return Item{Extern: types.Extern{Sort: component.SortInstance, Instance: made}}, nil
}

func (s *scope) makeInstance(d *component.Instance) (*types.Instance, error) {
	if d.Inline {
		return s.inlineInstance(d)
	}
	c, err := at(s.components, d.Component, component.SortComponent)
	if err != nil {
		return nil, err
	}
	var args types.Entries
	for _, a := range d.Args {
		x, err := s.extern(a.Sort, a.Index)
		if err != nil {
			return nil, err
		}
		if !args.Add(a.Name, x) {
			return nil, failed(fault.ComponentDuplicateName, "instantiation argument `%s` conflicts with previous argument `%s`", a.Name, a.Name)
		}
	}
	made, resources, mismatch := s.v.match.Instantiate(c, &args)
	if mismatch != nil {
		return nil, failed(fault.ArgTypeMismatch, "%w", mismatch)
	}
	s.made.Defined = append(s.made.Defined, resources...)
	return made, nil
}

// inlineInstance puts an instance together. Its names obey the rules of exports.
func (s *scope) inlineInstance(d *component.Instance) (*types.Instance, error) {
	inner := newScope(s.v, s, instanceScope)
	for _, e := range d.Exports {
		x, err := s.extern(e.Sort, e.Index)
		if err != nil {
			return nil, err
		}
		if x.Type != nil {
			named := *x.Type
			x.Type = &named
		}
		if err := inner.addEntry(&e.Name, x, exporting); err != nil {
			return nil, err
		}
	}
	return &types.Instance{Exports: inner.made.Exports}, nil
}
