// Package types has the types of components as validation finds them: indices are
// resolved, and resource types have identities. It says which types fit where
// (subtyping), what a type becomes when abstract resource types are known (substitution),
// and what values look like in memory and on the stack (the canonical ABI's layout and
// flattening).
package types

import (
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Resource is the identity of a resource type: two are the same type if they are the
// same pointer.
type Resource struct {
	Rep wasm.ValType // what represents it; 0 where that is not known
}

// Type is what an index of the type index space stands for. An import or export of a
// type makes one of its own for what it names, so that it can be asked whether a type
// has a name outside of its component. One of the fields is set.
type Type struct {
	Value     *Value
	Func      *Func
	Instance  *Instance
	Component *Component
	Resource  *Resource
}

// ValType is a value type as others refer to it: a primitive type, or else one that has
// an index.
type ValType struct {
	Primitive component.Primitive
	Type      *Type // of a Value
}

// Value is a defined value type. Form is [component.FormRecord] and so on, or the number
// of a primitive type.
type Value struct {
	Form   component.TypeForm
	Labels []Label
	Elem   *ValType // of lists, options and maps (their keys), the ok of results
	Second *ValType // the error of results, the values of maps
	Tuple  []ValType
	Length uint32
	Handle *Type // the resource type of handles

	pair     ValType    // of key and value of a map
	fields   []ValType  // of records and tuples
	cases    []*ValType // of variants, enums, options and results
	flat     int        // how many core values it is
	total    int        // how many parts it has, with the parts of its parts
	borrows  bool       // whether there is a borrow within
	pointers bool       // whether there is a string or list within
	payload  [2]uint64  // where those of a case begin
	layout   [2]Layout
}

// Primitive is the primitive type that v is, if it is one.
func (v *Value) Primitive() (component.Primitive, bool) {
	p := component.Primitive(v.Form)
	return p, p.String() != ""
}

// Label is a field, case, flag, tag or parameter. Type is nil for those without a value.
type Label struct {
	Name string
	Type *ValType
}

// Func is the type of a function.
type Func struct {
	Params []Label
	Result *ValType
}

// Extern is the type of an import or export. Sort says which of the others it has.
type Extern struct {
	Sort      component.Sort
	Module    *Module
	Func      *Func
	Type      *Type
	Instance  *Instance
	Component *Component
}

// Entry is an import or export.
type Entry struct {
	Name string
	Extern
}

// Entries are imports or exports in their order.
type Entries struct {
	List  []Entry
	index map[string]int
}

// Add appends an entry, unless there is one of that name already.
func (e *Entries) Add(name string, x Extern) bool {
	if _, dup := e.index[name]; dup {
		return false
	}
	if e.index == nil {
		e.index = map[string]int{}
	}
	e.index[name] = len(e.List)
	e.List = append(e.List, Entry{name, x})
	return true
}

// Get is the entry name.
func (e *Entries) Get(name string) (Extern, bool) {
	i, ok := e.index[name]
	if !ok {
		return Extern{}, false
	}
	return e.List[i].Extern, true
}

// Instance is the type of an instance. Defined are the resource types that it makes
// anew: abstract ones of an instance type.
type Instance struct {
	Exports Entries
	Defined []*Resource

	free map[*Resource]bool // those that it refers to and does not define; nil until asked
}

// Component is the type of a component. Imported are the abstract resource types among
// its imports, Defined those that each instance makes.
type Component struct {
	Imports, Exports  Entries
	Imported, Defined []*Resource

	free map[*Resource]bool
}

// Module is the type of a core module.
type Module struct {
	Imports []CoreImport
	Exports CoreExports
}

// CoreImport is an import of a core module.
type CoreImport struct {
	Module, Name string
	Type         wasm.ExternType
}

// CoreExports are the exports of a core module or instance.
type CoreExports map[string]wasm.ExternType
