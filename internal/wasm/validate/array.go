package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// array checks the instructions on arrays. All but array.len name a type.
func (c *checker) array(op wasm.Op) bool {
	if op == wasm.OpArrayLen {
		return c.trade(wasm.RefNull(wasm.HeapArray), wasm.I32)
	}
	t, ok := c.defined(c.in.X, wasm.CompArray)
	if !ok {
		return false
	}
	elem := t.Fields[0]
	switch op {
	case wasm.OpArraySet, wasm.OpArrayFill, wasm.OpArrayCopy, wasm.OpArrayInitData, wasm.OpArrayInitElem:
		if !elem.Mutable {
			return c.fail(fault.New(fault.ImmutableArray))
		}
	}
	value := elem.Type.Unpacked()
	ref, made := wasm.RefNull(wasm.HeapType(c.in.X)), wasm.Ref(wasm.HeapType(c.in.X))
	switch op {
	case wasm.OpArrayNew:
		return c.trade2(value, wasm.I32, made)
	case wasm.OpArrayNewDefault:
		if !elem.Type.Defaultable() {
			return c.notDefaultable()
		}
		return c.trade(wasm.I32, made)
	case wasm.OpArrayNewFixed:
		return c.arrayNewFixed(value, made)
	case wasm.OpArrayNewData:
		return c.fromData(value) && c.trade2(wasm.I32, wasm.I32, made)
	case wasm.OpArrayNewElem:
		return c.fromElem(elem.Type) && c.trade2(wasm.I32, wasm.I32, made)
	case wasm.OpArrayInitData:
		return c.fromData(value) && c.popRange() && c.pop(wasm.I32) && c.pop(ref)
	case wasm.OpArrayInitElem:
		return c.fromElem(elem.Type) && c.popRange() && c.pop(wasm.I32) && c.pop(ref)
	case wasm.OpArraySet:
		return c.pop(value) && c.pop(wasm.I32) && c.pop(ref)
	case wasm.OpArrayFill:
		return c.pop(wasm.I32) && c.pop(value) && c.pop(wasm.I32) && c.pop(ref)
	case wasm.OpArrayCopy:
		return c.arrayCopy(elem.Type)
	}
	switch extends := op != wasm.OpArrayGet; {
	case elem.Type.IsPacked() && !extends:
		return c.fail(fault.New(fault.InvalidPackedArray))
	case extends && !elem.Type.IsPacked():
		return c.fail(fault.New(fault.InvalidUnpackedArray))
	}
	return c.trade2(ref, wasm.I32, value)
}

// popRange takes the place and number of elements to copy.
func (c *checker) popRange() bool {
	if !c.pop(wasm.I32) {
		return false
	}
	return c.pop(wasm.I32)
}

func (c *checker) arrayNewFixed(value, made wasm.ValType) bool {
	for range c.in.Y {
		if len(c.stack) == c.base && c.top().unreachable {
			break
		}
		if !c.pop(value) {
			return false
		}
	}
	c.push(made)
	return true
}

// fromData checks the data segment that fills an array of values.
func (c *checker) fromData(value wasm.ValType) bool {
	if value.IsRef() {
		return c.fail(fault.New(fault.ArrayTypesNumtypeRequired))
	}
	return c.hasData(c.in.Y)
}

// fromElem checks the element segment that fills an array of elem.
func (c *checker) fromElem(elem wasm.ValType) bool {
	if !elem.IsRef() {
		return c.fail(fault.New(fault.TypeCheckFailed))
	}
	if !c.hasElem(c.in.Y) {
		return false
	}
	if got := c.elems[c.in.Y]; !c.types.Matches(got, elem) {
		return c.fail(mismatch(fault.TypeCheckFailed, elem, got))
	}
	return true
}

func (c *checker) arrayCopy(elem wasm.ValType) bool {
	from, ok := c.defined(c.in.Y, wasm.CompArray)
	if !ok {
		return false
	}
	if got := from.Fields[0].Type; !c.types.Matches(got, elem) {
		return c.fail(mismatch(fault.ArrayTypesMismatch, elem, got))
	}
	return c.popRange() && c.pop(wasm.RefNull(wasm.HeapType(c.in.Y))) &&
		c.pop(wasm.I32) && c.pop(wasm.RefNull(wasm.HeapType(c.in.X)))
}
