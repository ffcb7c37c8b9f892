// Package value is the form in which arguments and results of a function are
// typed and printed on WasmEdge's command line: the text of an argument becomes
// a [Value] by the rules of C's strtol and strtod, and a result becomes the text
// that WasmEdge prints for it.
//
// It knows nothing of modules: who calls a function maps its types to kinds.
package value

// Kind is the type of a [Value] as far as the command line tells types apart.
type Kind uint8

// The kinds. Reference types are told apart by the top type of their hierarchy
// only, as WasmEdge prints them: what is neither a function nor an external
// reference (a structure, an array, an i31, an exception) is an AnyRef.
const (
	Invalid Kind = iota // the zero Kind: no value
	I32
	I64
	F32
	F64
	V128
	FuncRef
	ExternRef
	AnyRef
)

var kindNames = [...]string{
	Invalid:   "invalid",
	I32:       "i32",
	I64:       "i64",
	F32:       "f32",
	F64:       "f64",
	V128:      "v128",
	FuncRef:   "funcref",
	ExternRef: "externref",
	AnyRef:    "anyref",
}

// String is the name of k in the text format of WebAssembly.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[Invalid]
}

// IsRef reports whether k is a reference type.
func (k Kind) IsRef() bool { return k >= FuncRef && k <= AnyRef }

// Typed reports whether an argument of kind k can be given as text. WasmEdge
// takes numbers only: the text for a vector or a reference is read and dropped.
func (k Kind) Typed() bool { return k >= I32 && k <= F64 }

// Value is one argument or result.
type Value struct {
	Kind Kind
	// Lo holds the bits of a number (the low 32 bits of it for i32 and f32), the
	// low half of a v128, or the engine's own representation of a reference.
	Lo uint64
	// Hi is the high half of a v128.
	Hi uint64
	// Null says that a reference is null.
	Null bool
}

// OfI32 is the i32 value of v.
func OfI32(v int32) Value { return Value{Kind: I32, Lo: uint64(uint32(v))} }

// OfI64 is the i64 value of v.
func OfI64(v int64) Value { return Value{Kind: I64, Lo: uint64(v)} }
