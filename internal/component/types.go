package component

import (
	"sync"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Primitive is a value type without parts, numbered as in the binary format.
type Primitive byte

// The primitive value types. None stands for a type index in a [ValType].
const (
	NoPrimitive  Primitive = 0
	Bool         Primitive = 0x7f
	S8           Primitive = 0x7e
	U8           Primitive = 0x7d
	S16          Primitive = 0x7c
	U16          Primitive = 0x7b
	S32          Primitive = 0x7a
	U32          Primitive = 0x79
	S64          Primitive = 0x78
	U64          Primitive = 0x77
	F32          Primitive = 0x76
	F64          Primitive = 0x75
	Char         Primitive = 0x74
	String       Primitive = 0x73
	ErrorContext Primitive = 0x64
)

var primitiveNames = sync.OnceValue(func() map[Primitive]string {
	return map[Primitive]string{
		Bool: "bool", S8: "s8", U8: "u8", S16: "s16", U16: "u16", S32: "s32", U32: "u32", S64: "s64", U64: "u64",
		F32: "f32", F64: "f64", Char: "char", String: "string", ErrorContext: "error-context",
	}
})

// String is the type as text and WIT write it.
func (p Primitive) String() string { return primitiveNames()[p] }

// ValType is a value type as a definition refers to one: a primitive type, or else an
// index of a type.
type ValType struct {
	Primitive Primitive
	Index     uint32
}

// TypeForm tells the forms of component types apart, by their number in the binary
// format; primitive types have their own.
type TypeForm byte

// The forms of types.
const (
	FormRecord    TypeForm = 0x72
	FormVariant   TypeForm = 0x71
	FormList      TypeForm = 0x70
	FormTuple     TypeForm = 0x6f
	FormFlags     TypeForm = 0x6e
	FormEnum      TypeForm = 0x6d
	FormOption    TypeForm = 0x6b
	FormResult    TypeForm = 0x6a
	FormOwn       TypeForm = 0x69
	FormBorrow    TypeForm = 0x68
	FormFixedList TypeForm = 0x67
	FormStream    TypeForm = 0x66
	FormFuture    TypeForm = 0x65
	FormMap       TypeForm = 0x63
	FormFunc      TypeForm = 0x40
	FormAsyncFunc TypeForm = 0x43
	FormComponent TypeForm = 0x41
	FormInstance  TypeForm = 0x42
	FormResource  TypeForm = 0x3f
)

// Type is the definition of a type. Form says which of the others it has.
type Type struct {
	Form   TypeForm
	Labels []Label  // fields, cases, flags, tags, or parameters
	Elem   *ValType // of lists, options, streams, futures and maps (their keys), the ok of results, the result of functions
	Second *ValType // the error of results, the values of maps
	Tuple  []ValType
	Length uint32 // of fixed-length lists
	Index  uint32 // the resource of handles

	Rep        wasm.ValType // of resources
	Destructor *uint32      // of resources, or nil

	Declarations []Definition // of component and instance types: *CoreType, *Type, *Alias, *Import and *ExportDecl
}

// Label is a named part of a type; a part without a value has a nil Type.
type Label struct {
	Name string
	Type *ValType
}

// ExportDecl is an export of a component or instance type.
type ExportDecl struct {
	Name Name
	Type ExternType
}

func (*ExportDecl) definition() {}

// ExternType is the type of an import or export.
type ExternType struct {
	Sort  Sort   // core module, func, value, type, component or instance
	Index uint32 // of a type; not of [SubResource]

	// SubResource is set for types that may be any resource type.
	SubResource bool
}

// CoreType is the definition of a core type: a recursion group, or a module type.
type CoreType struct {
	Rec    *wasm.Module // whose Types and RecGroups are one group; nil for module types
	Module *ModuleType
}

// ModuleType is the type of a core module.
type ModuleType struct{ Declarations []ModuleDecl }

// ModuleDecl is a declaration of a module type. One of its fields is set.
type ModuleDecl struct {
	Import *wasm.Import
	Type   *CoreType
	Outer  *Alias       // of a core type
	Export *wasm.Import // Name is the export's
}
