package wasm

import (
	"strconv"
	"strings"
)

// heapNames are the abstract heap types by the second byte of their code, as
// WasmEdge names them; the text format has the same words.
var heapNames = [...]string{
	-HeapNoExn:    "noexn",
	-HeapNoFunc:   "nofunc",
	-HeapNoExtern: "noextern",
	-HeapNone:     "none",
	-HeapFunc:     "func",
	-HeapExtern:   "extern",
	-HeapAny:      "any",
	-HeapEq:       "eq",
	-HeapI31:      "i31",
	-HeapStruct:   "struct",
	-HeapArray:    "array",
	-HeapExn:      "exn",
}

// String is the heap type as WasmEdge's messages have it: func, extern, ... or
// type_index[N].
func (h HeapType) String() string {
	if h.IsIndex() {
		return "type_index[" + strconv.Itoa(int(h)) + "]"
	}
	if i := int(-h); i > 0 && i < len(heapNames) && heapNames[i] != "" {
		return heapNames[i]
	}
	return "bottom"
}

// String is the type as WasmEdge's messages have it: i32, ref_null extern, ref
// type_index[2].
func (t ValType) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	case I8:
		return "i8"
	case I16:
		return "i16"
	}
	switch {
	case !t.IsRef():
		return "bottom"
	case t.Nullable():
		return "ref_null " + t.Heap().String()
	}
	return "ref " + t.Heap().String()
}

// JoinTypes is a list of types as WasmEdge's messages have it: i32 , i64.
func JoinTypes(types []ValType) string {
	var b strings.Builder
	for i, t := range types {
		if i > 0 {
			b.WriteString(" , ")
		}
		b.WriteString(t.String())
	}
	return b.String()
}

// String is the type as WasmEdge's messages have it:
// FuncType {params{i32 , i32} returns{i32}}.
func (f FuncType) String() string {
	return "FuncType {params{" + JoinTypes(f.Params) + "} returns{" + JoinTypes(f.Results) + "}}"
}

// String is the bounds as WasmEdge's messages about imports have them: Limit{1} or
// Limit{1 , 2}.
func (l Limits) String() string {
	s := "Limit{" + strconv.FormatUint(l.Min, 10)
	if l.HasMax {
		s += " , " + strconv.FormatUint(l.Max, 10)
	}
	return s + "}"
}

// String is the type as WasmEdge's messages have it:
// TableType {RefType{ref_null func} Limit{1 , 2}}.
func (t TableType) String() string {
	return "TableType {RefType{" + t.Elem.String() + "} " + t.Limits.String() + "}"
}

// String is the type as WasmEdge's messages have it: MemoryType {Limit{1}}.
func (t MemoryType) String() string { return "MemoryType {" + t.Limits.String() + "}" }

// String is the type as WasmEdge's messages have it:
// GlobalType {Mutation{var} ValType{i32}}.
func (t GlobalType) String() string {
	mut := "const"
	if t.Mutable {
		mut = "var"
	}
	return "GlobalType {Mutation{" + mut + "} ValType{" + t.Type.String() + "}}"
}
