// Package stack has the values of guests as the engine's calls take and give them: on
// a stack of 64 bits an element, a v128 in two, references as numbers of the engine's or
// of the heap's.
package stack

import (
	"errors"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine/objects"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Size is how many elements values of types ts take.
func Size(ts []wasm.ValType) int {
	n := len(ts)
	for _, t := range ts {
		if t == wasm.V128 {
			n++
		}
	}
	return n
}

// For is a stack for a call of a function of type t, with its results.
func For(t *wasm.FuncType) []uint64 { return make([]uint64, max(Size(t.Params), Size(t.Results))) }

// ofHeap marks, in [value.Value.Lo], a reference that is a number of the heap's, as
// against one that the host has made.
const ofHeap = 1 << 63

// Put writes vs to s. References of the host's become objects of the heap h, unless that
// is nil.
func Put(s []uint64, vs []value.Value, h *objects.Heap) *fault.Error {
	at := 0
	for _, v := range vs {
		s[at] = v.Lo
		if h != nil && !v.Null && (v.Kind == value.ExternRef || v.Kind == value.AnyRef) {
			ref, err := referenceIn(h, v)
			if err != nil {
				return err
			}
			s[at] = ref
		}
		at++
		if v.Kind == value.V128 {
			s[at] = v.Hi
			at++
		}
	}
	return nil
}

// referenceIn is the reference v as a number of h's.
func referenceIn(h *objects.Heap, v value.Value) (uint64, *fault.Error) {
	if v.Lo&ofHeap != 0 {
		return uint64(uint32(v.Lo)), nil
	}
	box, err := h.NewBox(v.Lo)
	f, _ := errors.AsType[*fault.Error](err)
	return uint64(box), f
}

// Take reads values of types ts, which are in types, from s; h is the heap that their
// references are into, or nil.
func Take(s []uint64, ts []wasm.ValType, types *wasm.TypeSpace, h *objects.Heap) []value.Value {
	vs := make([]value.Value, len(ts))
	at := 0
	for n, t := range ts {
		v := value.Value{Kind: KindOf(t, types), Lo: s[at]}
		at++
		switch {
		case v.Kind == value.I32 || v.Kind == value.F32:
			v.Lo = uint64(uint32(v.Lo))
		case v.Kind == value.V128:
			v.Hi = s[at]
			at++
		case v.Kind.IsRef():
			v.Null = v.Lo == 0
			if h != nil && !v.Null && v.Kind != value.FuncRef && t.Heap() != wasm.HeapExn {
				v.Lo = referenceOf(h, uint32(v.Lo))
			}
		}
		vs[n] = v
	}
	return vs
}

// referenceOf is [value.Value.Lo] of the object ref of h: what the host has made of it, if
// it has made it.
func referenceOf(h *objects.Heap, ref uint32) uint64 {
	if ref&1 == 0 && h.KindOf(ref) == heap.Box {
		return h.BoxValueOf(ref)
	}
	return ofHeap | uint64(ref)
}
