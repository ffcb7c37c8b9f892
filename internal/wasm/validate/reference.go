package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// reference checks the instructions from ref.null to i31.get_u in WasmEdge's
// numbering: references, structures, arrays and casts.
func (c *checker) reference(op wasm.Op) bool {
	switch op {
	case wasm.OpRefNull:
		return c.refNull()
	case wasm.OpRefIsNull:
		if _, ok := c.popRef(); !ok {
			return false
		}
		c.push(wasm.I32)
		return true
	case wasm.OpRefFunc:
		return c.refFunc()
	case wasm.OpRefEq:
		return c.trade2(wasm.RefNull(wasm.HeapEq), wasm.RefNull(wasm.HeapEq), wasm.I32)
	case wasm.OpRefAsNonNull:
		t, ok := c.popRef()
		c.push(wasm.Ref(t.Heap()))
		return ok
	case wasm.OpBrOnNull:
		return c.branchOnNull()
	case wasm.OpBrOnNonNull:
		return c.branchOnNonNull()
	case wasm.OpStructNew, wasm.OpStructNewDefault:
		return c.structNew(op)
	case wasm.OpStructGet, wasm.OpStructGetS, wasm.OpStructGetU, wasm.OpStructSet:
		return c.structField(op)
	case wasm.OpRefTest, wasm.OpRefTestNull, wasm.OpRefCast, wasm.OpRefCastNull:
		return c.cast(op)
	case wasm.OpBrOnCast, wasm.OpBrOnCastFail:
		return c.branchOnCast(op)
	case wasm.OpAnyConvertExtern:
		return c.convert(wasm.HeapExtern, wasm.HeapAny)
	case wasm.OpExternConvertAny:
		return c.convert(wasm.HeapAny, wasm.HeapExtern)
	case wasm.OpRefI31:
		return c.trade(wasm.I32, wasm.Ref(wasm.HeapI31))
	case wasm.OpI31GetS, wasm.OpI31GetU:
		return c.trade(wasm.RefNull(wasm.HeapI31), wasm.I32)
	}
	return c.array(op)
}

// trade takes an operand of type in and leaves one of type out.
func (c *checker) trade(in, out wasm.ValType) bool {
	if !c.pop(in) {
		return false
	}
	c.push(out)
	return true
}

// trade2 takes operands of types in1 and, on top, in2 and leaves one of type out.
func (c *checker) trade2(in1, in2, out wasm.ValType) bool { return c.pop(in2) && c.trade(in1, out) }

// popRef takes a reference of any type. In unreachable code it is one below all.
func (c *checker) popRef() (wasm.ValType, bool) {
	t, ok := c.popAny()
	switch {
	case !ok:
		return t, false
	case t == wasm.Bottom:
		return wasm.Ref(wasm.HeapBottom), true
	case !t.IsRef():
		return t, c.fail(mismatch(fault.TypeCheckFailed, wasm.FuncRef, t))
	}
	return t, true
}

func (c *checker) refNull() bool {
	t := wasm.RefNull(c.in.Heap)
	if !c.refers(t) {
		return false
	}
	c.uses |= valUses(t)
	c.push(t)
	return true
}

// refFunc checks ref.func: a body may only refer to functions that occur in the
// module outside of bodies (core 3.4, "ref.func"). WasmEdge takes every imported
// function as occurring, the specification does not.
func (c *checker) refFunc() bool {
	x := c.in.X
	if int64(x) >= int64(len(c.funcs)) || !c.declared.has(x) {
		return c.fail(fault.New(fault.InvalidRefIdx))
	}
	c.push(wasm.Ref(wasm.HeapType(c.funcs[x])))
	return true
}

func (c *checker) branchOnNull() bool {
	f, ok := c.target(c.in.X)
	if !ok {
		return false
	}
	t, ok := c.popAny()
	if !ok {
		return false
	}
	if t == wasm.Bottom {
		t = wasm.Ref(wasm.HeapBottom)
	}
	if !t.IsRef() {
		return c.fail(fault.New(fault.InvalidBrRefType))
	}
	if !c.exchange(c.label(f)) {
		return false
	}
	c.push(wasm.Ref(t.Heap()))
	return true
}

func (c *checker) branchOnNonNull() bool {
	f, ok := c.target(c.in.X)
	if !ok {
		return false
	}
	types := c.label(f)
	n := len(types) - 1
	if n < 0 || !types[n].IsRef() {
		return c.fail(fault.New(fault.InvalidBrRefType))
	}
	return c.pop(wasm.RefNull(types[n].Heap())) && c.exchange(types[:n])
}

// cast checks ref.test and ref.cast: the operand must be of the hierarchy of the
// type asked for.
func (c *checker) cast(op wasm.Op) bool {
	nullable := op == wasm.OpRefTestNull || op == wasm.OpRefCastNull
	want := wasm.RefType(c.in.Heap, nullable)
	if !c.refers(want) {
		return false
	}
	got, ok := c.popAny()
	switch {
	case !ok:
		return false
	case got != wasm.Bottom && !got.IsRef():
		return c.fail(mismatch(fault.TypeCheckFailed, want, got))
	case got != wasm.Bottom && got.Heap() != wasm.HeapBottom && c.types.TopOf(got.Heap()) != c.types.TopOf(want.Heap()):
		return c.fail(mismatch(fault.TypeCheckFailed, got, want))
	case op == wasm.OpRefTest || op == wasm.OpRefTestNull:
		want = wasm.I32
	}
	c.push(want)
	return true
}

// branchOnCast checks br_on_cast and br_on_cast_fail. What goes on is the source
// type less the target type: without null if the target includes it.
func (c *checker) branchOnCast(op wasm.Op) bool {
	source, target := c.in.Types[0], c.in.Types[1]
	if !c.refers(source) || !c.refers(target) {
		return false
	}
	if !c.types.Matches(target, source) {
		return c.fail(mismatch(fault.TypeCheckFailed, source, target))
	}
	f, ok := c.target(c.in.X)
	if !ok {
		return false
	}
	types := c.label(f)
	n := len(types) - 1
	if n < 0 {
		return c.fail(fault.New(fault.InvalidBrRefType))
	}
	less := source
	if target.Nullable() {
		less = wasm.Ref(source.Heap())
	}
	branched, stays := target, less
	if op == wasm.OpBrOnCastFail {
		branched, stays = less, target
	}
	if !c.types.Matches(branched, types[n]) {
		return c.fail(mismatch(fault.TypeCheckFailed, types[n], branched))
	}
	if !c.pop(source) || !c.exchange(types[:n]) {
		return false
	}
	c.push(stays)
	return true
}

// convert takes a reference to from and leaves one to to, null if it may be.
func (c *checker) convert(from, to wasm.HeapType) bool {
	t, ok := c.popAny()
	if !ok {
		return false
	}
	if want := wasm.RefNull(from); !c.types.Matches(t, want) {
		return c.fail(mismatch(fault.TypeCheckFailed, want, t))
	}
	c.push(wasm.RefType(to, t.Nullable()))
	return true
}

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
