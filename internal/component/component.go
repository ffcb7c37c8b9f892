package component

import "github.com/wazedge/wazedge/internal/wasm"

// Component is a component: definitions in the order in which they add to its index
// spaces.
type Component struct {
	Definitions []Definition
	Customs     []wasm.Custom // whose Before counts definitions
	Identifiers Names         // of the text that the component was read from
}

// Definition is one of the definitions of a component: a [*Module], [*CoreInstance],
// [*CoreType], [*Nested], [*Instance], [*Alias], [*Type], [*Canon], [*Import] or [*Export].
type Definition interface{ definition() }

// Module is a core module that a component has within.
type Module struct {
	Module *wasm.Module
	Bytes  []byte // as they are in the file; nil for one that was text
	Offset int64  // of them
}

// Nested is a component within a component.
type Nested struct{ Component *Component }

func (*Module) definition()       {}
func (*CoreInstance) definition() {}
func (*CoreType) definition()     {}
func (*Nested) definition()       {}
func (*Instance) definition()     {}
func (*Alias) definition()        {}
func (*Type) definition()         {}
func (*Canon) definition()        {}
func (*Import) definition()       {}
func (*Export) definition()       {}

// Sort is a sort of definitions: each has an index space of its own.
type Sort uint8

// The sorts. Those of core WebAssembly have the numbers that the binary format gives them
// behind the byte of core sorts.
const (
	SortCoreFunc Sort = iota
	SortCoreTable
	SortCoreMemory
	SortCoreGlobal
	SortCoreTag
	SortCoreType
	SortCoreModule
	SortCoreInstance
	SortFunc
	SortValue
	SortType
	SortComponent
	SortInstance
	Sorts // how many there are
)

var sortNames = [...]string{
	"core func", "core table", "core memory", "core global", "core tag", "core type", "core module", "core instance",
	"func", "value", "type", "component", "instance",
}

// String is the sort as the text format writes it.
func (s Sort) String() string { return sortNames[s] }

// Core reports whether s is a sort of core WebAssembly.
func (s Sort) Core() bool { return s <= SortCoreInstance }

// CoreInstance is the definition of a core instance: a module instantiated, or, where
// Inline is set, exports put together.
type CoreInstance struct {
	Inline  bool
	Module  uint32
	Args    []CoreArg
	Exports []CoreExport
}

// CoreArg gives an instance for the imports of the module name Name.
type CoreArg struct {
	Name     string
	Instance uint32
}

// CoreExport is an export of an inline core instance.
type CoreExport struct {
	Name  string
	Sort  Sort
	Index uint32
}

// Instance is the definition of an instance: a component instantiated, or, where Inline
// is set, exports put together.
type Instance struct {
	Inline    bool
	Component uint32
	Args      []Arg
	Exports   []InlineExport
}

// Arg gives a definition for the import Name of a component.
type Arg struct {
	Name  string
	Sort  Sort
	Index uint32
}

// InlineExport is an export of an inline instance.
type InlineExport struct {
	Name  Name
	Sort  Sort
	Index uint32
}

// Name is what an import or export is called, with its attributes. Empty attributes are
// absent.
type Name struct {
	Name          string
	Implements    *string
	VersionSuffix *string
	ExternalID    *string
}

// AliasKind tells the targets of aliases apart.
type AliasKind uint8

// The targets of aliases.
const (
	AliasExport     AliasKind = iota // of an instance
	AliasCoreExport                  // of a core instance
	AliasOuter                       // of an enclosing component or type
)

// Alias takes a definition from elsewhere into an index space.
type Alias struct {
	Kind     AliasKind
	Sort     Sort
	Instance uint32 // of exports
	Name     string // of exports
	Count    uint32 // of outer ones: how many scopes outwards
	Index    uint32 // of outer ones
}

// Import is an import of a component or component type.
type Import struct {
	Name Name
	Type ExternType
}

// Export is an export of a component. It makes a new index of its sort.
type Export struct {
	Name  Name
	Sort  Sort
	Index uint32
	Type  *ExternType // nil for that of what is exported
}
