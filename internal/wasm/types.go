package wasm

// HeapType is what a reference points to: an index into the type section when it
// is not negative, else one of the abstract heap types, whose values are those of
// their one-byte signed LEB128 encoding (core 5.3.4).
type HeapType int32

// The abstract heap types.
const (
	HeapNoExn    HeapType = -0x0C
	HeapNoFunc   HeapType = -0x0D
	HeapNoExtern HeapType = -0x0E
	HeapNone     HeapType = -0x0F
	HeapFunc     HeapType = -0x10
	HeapExtern   HeapType = -0x11
	HeapAny      HeapType = -0x12
	HeapEq       HeapType = -0x13
	HeapI31      HeapType = -0x14
	HeapStruct   HeapType = -0x15
	HeapArray    HeapType = -0x16
	HeapExn      HeapType = -0x17
)

// IsIndex reports whether h is an index into the type section.
func (h HeapType) IsIndex() bool { return h >= 0 }

// ValType is a value type, or in fields a packed type (core 2.3). The low byte is
// the leading byte of the binary encoding; for references, [kindRef] or
// [kindRefNull], the upper half holds the heap type. Two value types of one
// module are the same type if they are equal or their heap types are equivalent.
type ValType uint64

const (
	kindRef     = 0x64
	kindRefNull = 0x63
)

// The number, vector and packed types, and the references that have a short form.
// Bottom is no type of the language: validation gives it to unreachable operands.
const (
	Bottom ValType = 0
	I32    ValType = 0x7F
	I64    ValType = 0x7E
	F32    ValType = 0x7D
	F64    ValType = 0x7C
	V128   ValType = 0x7B
	I8     ValType = 0x78 // packed
	I16    ValType = 0x77 // packed
)

// The nullable references to abstract heap types.
var (
	FuncRef   = RefNull(HeapFunc)
	ExternRef = RefNull(HeapExtern)
	AnyRef    = RefNull(HeapAny)
	ExnRef    = RefNull(HeapExn)
)

// Ref is the type of non-null references to h.
func Ref(h HeapType) ValType { return kindRef | ValType(uint32(h))<<32 }

// RefNull is the type of references to h and null.
func RefNull(h HeapType) ValType { return kindRefNull | ValType(uint32(h))<<32 }

// RefType is RefNull(h) or Ref(h).
func RefType(h HeapType, nullable bool) ValType {
	if nullable {
		return RefNull(h)
	}
	return Ref(h)
}

// IsRef reports whether t is a reference type.
func (t ValType) IsRef() bool { k := byte(t); return k == kindRef || k == kindRefNull }

// IsNum reports whether t is i32, i64, f32 or f64.
func (t ValType) IsNum() bool { return t >= F64 && t <= I32 }

// IsPacked reports whether t is i8 or i16, which only fields may have.
func (t ValType) IsPacked() bool { return t == I8 || t == I16 }

// Size is how many bytes a field or an element of type t takes. A reference counts as one
// of 32 bits, as which the heap of objects has them.
func (t ValType) Size() uint32 {
	switch t {
	case I8:
		return 1
	case I16:
		return 2
	case I64, F64:
		return 8
	case V128:
		return 16
	}
	return 4
}

// Nullable reports whether t is a reference type that includes null.
func (t ValType) Nullable() bool { return byte(t) == kindRefNull }

// Heap is the heap type of a reference type.
func (t ValType) Heap() HeapType { return HeapType(int32(t >> 32)) }

// Defaultable reports whether t has a default value (core 3.3.2).
func (t ValType) Defaultable() bool { return byte(t) != kindRef }

// Unpacked is the type of the values of a field of type t (core 2.3.8).
func (t ValType) Unpacked() ValType {
	if t.IsPacked() {
		return I32
	}
	return t
}

// CompKind tells the composite types apart.
type CompKind byte

// The composite types; the values are those of the binary encoding.
const (
	CompFunc   CompKind = 0x60
	CompStruct CompKind = 0x5F
	CompArray  CompKind = 0x5E
)

// FieldType is the type of a struct's field or of an array's elements.
type FieldType struct {
	Type    ValType // may be packed
	Mutable bool
}

// FuncType is a function's parameters and results.
type FuncType struct {
	Params  []ValType
	Results []ValType
}

// SubType is an entry of the type section: a composite type, and the types it
// declares itself a subtype of (core 2.3.11).
type SubType struct {
	Kind   CompKind
	Func   FuncType    // when Kind is CompFunc
	Fields []FieldType // when Kind is CompStruct, or CompArray (exactly one)
	Supers []uint32    // declared supertypes; at most one in a valid module
	Final  bool        // no type may declare itself a subtype of it
}

// RecGroup is a run of the type section's entries that were defined together.
type RecGroup struct {
	Start, Len uint32 // Types[Start : Start+Len]
	Explicit   bool   // written with the rec form although it may have one entry
}

// Limits are the size bounds of a memory, in its pages, or a table, in elements.
type Limits struct {
	Min    uint64
	Max    uint64 // when HasMax
	HasMax bool
	Shared bool // threads: the memory may be shared
	Addr64 bool // addresses are i64
}

// AddrType is the type of addresses: i64 under memory64, else i32.
func (l Limits) AddrType() ValType {
	if l.Addr64 {
		return I64
	}
	return I32
}

// MemoryType is the type of a memory.
type MemoryType struct{ Limits Limits }

// TableType is the type of a table.
type TableType struct {
	Elem   ValType // a reference type
	Limits Limits
}

// GlobalType is the type of a global.
type GlobalType struct {
	Type    ValType
	Mutable bool
}

// ExternKind tells imports and exports apart; the values are those of the binary
// encoding (core 5.5.5).
type ExternKind byte

// The kinds of imports and exports.
const (
	ExternFunc   ExternKind = 0
	ExternTable  ExternKind = 1
	ExternMemory ExternKind = 2
	ExternGlobal ExternKind = 3
	ExternTag    ExternKind = 4
)

// String is the word of WasmEdge's messages: function, table, memory, global, tag.
func (k ExternKind) String() string {
	switch k {
	case ExternFunc:
		return "function"
	case ExternTable:
		return "table"
	case ExternMemory:
		return "memory"
	case ExternGlobal:
		return "global"
	case ExternTag:
		return "tag"
	}
	return "unknown"
}
