package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

func (c *checker) structNew(op wasm.Op) bool {
	t, ok := c.defined(c.in.X, wasm.CompStruct)
	if !ok {
		return false
	}
	for i := len(t.Fields) - 1; i >= 0; i-- {
		field := t.Fields[i].Type
		if op == wasm.OpStructNew {
			if len(c.stack) == c.base && c.top().unreachable {
				break
			}
			if !c.pop(field.Unpacked()) {
				return false
			}
		} else if !field.Defaultable() {
			return c.notDefaultable()
		}
	}
	c.push(wasm.Ref(wasm.HeapType(c.in.X)))
	return true
}

func (c *checker) notDefaultable() bool {
	return c.fail(fault.New(fault.TypeCheckFailed, "Value type should be defaultable."))
}

// structField checks reading and writing of a structure's field.
func (c *checker) structField(op wasm.Op) bool {
	t, ok := c.defined(c.in.X, wasm.CompStruct)
	if !ok {
		return false
	}
	if int64(c.in.Y) >= int64(len(t.Fields)) {
		return c.fail(beyond(fault.InvalidFieldIdx, "field", c.in.Y, len(t.Fields)))
	}
	field := t.Fields[c.in.Y]
	ref := wasm.RefNull(wasm.HeapType(c.in.X))
	if op == wasm.OpStructSet {
		if !field.Mutable {
			return c.fail(fault.New(fault.ImmutableField))
		}
		return c.pop(field.Type.Unpacked()) && c.pop(ref)
	}
	switch extends := op != wasm.OpStructGet; {
	case field.Type.IsPacked() && !extends:
		return c.fail(fault.New(fault.InvalidPackedField))
	case extends && !field.Type.IsPacked():
		return c.fail(fault.New(fault.InvalidUnpackedField))
	}
	return c.trade(ref, field.Type.Unpacked())
}
