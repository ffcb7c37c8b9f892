package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

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
