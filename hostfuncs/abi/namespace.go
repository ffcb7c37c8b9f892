package abi

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/engine"
)

// Namespace is a module of functions that the host offers to guests.
type Namespace interface {
	// Name is what guests import from.
	Name() string

	// Function is the function that an import of that name and type links to, and
	// whether there is one of that name. It may be of another type, with which
	// the import does not link.
	Function(name string, want Signature) (*Function, bool)
}

// Table is a list of functions: a [Namespace] whose functions are told apart by their
// names alone.
type Table struct {
	name      string
	functions []Function
}

// NewTable is the namespace name with the functions in list, which nobody else uses.
func NewTable(name string, list ...Function) *Table {
	for n := range list {
		list[n].Module = name
	}
	return &Table{name, list}
}

// Misaligned has the functions of t return result when an address among their
// parameters is not aligned as its type says. Without it nobody looks.
func (t *Table) Misaligned(result uint64) *Table {
	for i := range t.functions {
		t.functions[i].aligned, t.functions[i].misaligned = true, result
	}
	return t
}

// Name implements [Namespace].
func (t *Table) Name() string { return t.name }

// Functions are all functions of t, not to be changed.
func (t *Table) Functions() []Function { return t.functions }

// Function implements [Namespace].
func (t *Table) Function(name string, _ Signature) (*Function, bool) {
	for i := range t.functions {
		if f := &t.functions[i]; f.Name == name {
			return f, true
		}
	}
	return nil, false
}

// Import is a function that a module imports.
type Import struct {
	Name string
	Type Signature
}

// Importer is a state that is told what guests import.
type Importer interface{ Imported([]Import) }

// Instantiate makes an instance of ns in rt with the functions in imports and no
// others, which work on state for g. The instance has no name in rt, so that each
// guest can have its own. An import that the namespace does not have is an error.
// Names that occur twice are defined once. The memory that functions see is that of
// the calling module, or of holder unless that is nil.
func (g *Guest) Instantiate(ctx context.Context, rt *engine.Runtime, ns Namespace, state any, imports []Import, holder *engine.Instance) (*engine.Instance, error) {
	if s, ok := state.(Importer); ok {
		s.Imported(imports)
	}
	i, err := instantiate(ctx, rt, ns, imports, func(f *Function) api.GoModuleFunc {
		return g.entry(f, state, holder.Wazero())
	})
	if err != nil {
		return nil, fmt.Errorf("register %s: %w", ns.Name(), err)
	}
	if holder != nil {
		holder.Own(i)
	}
	return i, nil
}

// instantiate makes an instance of ns with the functions in imports, each with the entry
// that the engine calls for it.
func instantiate(ctx context.Context, rt *engine.Runtime, ns Namespace, imports []Import, entry func(*Function) api.GoModuleFunc) (*engine.Instance, error) {
	b := rt.Wazero().NewHostModuleBuilder(ns.Name())
	defined := make(map[string]bool, len(imports))
	for _, i := range imports {
		f, ok := ns.Function(i.Name, i.Type)
		if !ok {
			return nil, fmt.Errorf("no function %q", i.Name)
		}
		if defined[i.Name] {
			continue
		}
		defined[i.Name] = true
		fb := b.NewFunctionBuilder().
			WithGoModuleFunction(entry(f), f.Type.Params, f.Type.Results).
			WithName(ns.Name() + "." + f.Name)
		if f.params != "" {
			fb = fb.WithParameterNames(f.ParameterNames()...)
		}
		fb.Export(i.Name)
	}
	return rt.InstantiateHost(ctx, b)
}

// entry is what the engine calls for f.
func (g *Guest) entry(f *Function, state any, holder api.Module) api.GoModuleFunc {
	return func(ctx context.Context, caller api.Module, stack []uint64) {
		memory := caller
		if holder != nil {
			memory = holder
		}
		engine.Release(ctx)
		g.Call(f, state, Caller{MemoryOf(memory.Memory()), engine.CallerOf(caller)}, stack)
	}
}
