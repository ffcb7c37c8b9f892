package wasmedge

import "github.com/wazedge/wazedge/compat"

// FunctionType is the type of a function.
type FunctionType struct{ typ compat.FuncType }

// NewFunctionType is the type of functions with these parameters and results.
func NewFunctionType(params []*ValType, returns []*ValType) *FunctionType {
	return &FunctionType{compat.FuncType{Params: typesOf(params), Results: typesOf(returns)}}
}

// GetParametersLength is the number of parameters.
func (t *FunctionType) GetParametersLength() uint { return uint(len(t.typ.Params)) }

// GetParameters are the types of the parameters.
func (t *FunctionType) GetParameters() []*ValType { return listOf(t.typ.Params) }

// GetReturnsLength is the number of results.
func (t *FunctionType) GetReturnsLength() uint { return uint(len(t.typ.Results)) }

// GetReturns are the types of the results.
func (t *FunctionType) GetReturns() []*ValType { return listOf(t.typ.Results) }

// Release does nothing: a type takes nothing but memory of Go's.
func (t *FunctionType) Release() {}

// TableType is the type of a table.
type TableType struct{ typ compat.TableType }

// NewTableType is the type of tables of references of a type; nil without one, or without
// a Limit.
func NewTableType(rtype *ValType, lim *Limit) *TableType {
	if rtype == nil || lim == nil || !rtype.IsRef() {
		return nil
	}
	return &TableType{compat.TableType{Elem: rtype.typ, Limits: lim.limits}}
}

// GetRefType is the type of the elements.
func (t *TableType) GetRefType() *ValType { return &ValType{t.typ.Elem} }

// GetLimit are the bounds.
func (t *TableType) GetLimit() *Limit { return &Limit{t.typ.Limits} }

// Release does nothing: a type takes nothing but memory of Go's.
func (t *TableType) Release() {}

// MemoryType is the type of a linear memory.
type MemoryType struct{ typ compat.MemoryType }

// NewMemoryType is the type of memories with these bounds; nil without them.
func NewMemoryType(lim *Limit) *MemoryType {
	if lim == nil {
		return nil
	}
	return &MemoryType{compat.MemoryType{Limits: lim.limits}}
}

// GetLimit are the bounds.
func (t *MemoryType) GetLimit() *Limit { return &Limit{t.typ.Limits} }

// Release does nothing: a type takes nothing but memory of Go's.
func (t *MemoryType) Release() {}

// GlobalType is the type of a global.
type GlobalType struct{ typ compat.GlobalType }

// NewGlobalType is the type of globals with values of a type; nil without one.
func NewGlobalType(vtype *ValType, vmut ValMut) *GlobalType {
	if vtype == nil {
		return nil
	}
	return &GlobalType{compat.GlobalType{Type: vtype.typ, Mutable: vmut == ValMut_Var}}
}

// GetValType is the type of the value.
func (t *GlobalType) GetValType() *ValType { return &ValType{t.typ.Type} }

// GetMutability is whether the value can change.
func (t *GlobalType) GetMutability() ValMut {
	if t.typ.Mutable {
		return ValMut_Var
	}
	return ValMut_Const
}

// Release does nothing: a type takes nothing but memory of Go's.
func (t *GlobalType) Release() {}

// TagType is the type of a tag.
type TagType struct{ typ compat.FuncType }

// GetFunctionType has what an exception with the tag carries as its parameters.
func (t *TagType) GetFunctionType() *FunctionType { return &FunctionType{t.typ} }

// Tag is an exported tag of exceptions.
type Tag struct{ typ compat.FuncType }

// GetTagType is the type of the tag.
func (t *Tag) GetTagType() *TagType { return &TagType{t.typ} }
