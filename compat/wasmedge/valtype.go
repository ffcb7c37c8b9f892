package wasmedge

import (
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/wasm"
)

// ValType is the type of a value.
type ValType struct{ typ compat.ValType }

// NewValTypeI32 is i32, in Go an int32.
func NewValTypeI32() *ValType { return &ValType{wasm.I32} }

// NewValTypeI64 is i64, in Go an int64.
func NewValTypeI64() *ValType { return &ValType{wasm.I64} }

// NewValTypeF32 is f32, in Go a float32.
func NewValTypeF32() *ValType { return &ValType{wasm.F32} }

// NewValTypeF64 is f64, in Go a float64.
func NewValTypeF64() *ValType { return &ValType{wasm.F64} }

// NewValTypeV128 is v128, in Go a [V128].
func NewValTypeV128() *ValType { return &ValType{wasm.V128} }

// NewValTypeFuncRef is funcref, in Go a [FuncRef].
func NewValTypeFuncRef() *ValType { return &ValType{wasm.FuncRef} }

// NewValTypeExternRef is externref, in Go an [ExternRef].
func NewValTypeExternRef() *ValType { return &ValType{wasm.ExternRef} }

// IsEqual reports whether t and vt are the same type.
func (t *ValType) IsEqual(vt *ValType) bool { return t.is(vt) }

func (t *ValType) is(u *ValType) bool { return t != nil && u != nil && t.typ == u.typ }

// IsI32 reports whether t is i32.
func (t *ValType) IsI32() bool { return t.typ == wasm.I32 }

// IsI64 reports whether t is i64.
func (t *ValType) IsI64() bool { return t.typ == wasm.I64 }

// IsF32 reports whether t is f32.
func (t *ValType) IsF32() bool { return t.typ == wasm.F32 }

// IsF64 reports whether t is f64.
func (t *ValType) IsF64() bool { return t.typ == wasm.F64 }

// IsV128 reports whether t is v128.
func (t *ValType) IsV128() bool { return t.typ == wasm.V128 }

// IsFuncRef reports whether t is a reference to functions of any type.
func (t *ValType) IsFuncRef() bool { return t.IsRef() && t.typ.Heap() == wasm.HeapFunc }

// IsExternRef reports whether t is a reference to what the host has made.
func (t *ValType) IsExternRef() bool { return t.IsRef() && t.typ.Heap() == wasm.HeapExtern }

// IsRef reports whether t is a type of references.
func (t *ValType) IsRef() bool { return t.typ.IsRef() }

// IsRefNull reports whether t is a type of references that may be null.
func (t *ValType) IsRefNull() bool { return t.IsRef() && t.typ.Nullable() }

// String is t in the text format.
func (t *ValType) String() string { return t.typ.String() }

func typesOf(list []*ValType) []compat.ValType {
	ts := make([]compat.ValType, 0, len(list))
	for _, t := range list {
		if t != nil {
			ts = append(ts, t.typ)
		}
	}
	return ts
}

func listOf(ts []compat.ValType) []*ValType {
	list := make([]*ValType, len(ts))
	for n, t := range ts {
		list[n] = &ValType{t}
	}
	return list
}

// ValMut is whether a global can change.
type ValMut uint32

// Globals that cannot, and can, change.
const (
	ValMut_Const ValMut = iota
	ValMut_Var
)

// String is "const" or "var".
func (m ValMut) String() string {
	if m == ValMut_Const {
		return "const"
	}
	return "var"
}
