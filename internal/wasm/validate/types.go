package validate

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// maxSubtypeDepth is how long a chain of supertypes may be, as in WasmEdge.
const maxSubtypeDepth = 63

// typeSection checks the types group by group (core 3.2, "Recursive Types"). Under the garbage
// collection proposal the types of a group may refer to each other, without it
// only to earlier types.
func (v *validator) typeSection() *fault.Error {
	for _, g := range v.m.RecGroups {
		v.types.Extend(g)
		if v.features.Has(wasm.GC) {
			v.known += int(g.Len)
		}
		for x := g.Start; x < g.Start+g.Len; x++ {
			e := v.subType(x)
			if e != nil && g.Explicit {
				return at(e, "recursive type")
			}
			if e != nil {
				return e
			}
		}
		if !v.features.Has(wasm.GC) {
			v.known += int(g.Len)
		}
	}
	return nil
}

func (v *validator) subType(x uint32) *fault.Error {
	t := &v.m.Types[x]
	if e := v.composite(t); e != nil {
		return e
	}
	if len(t.Supers) > 1 {
		return fault.New(fault.InvalidSubType, "Accepts only one super type currently.")
	}
	for _, super := range t.Supers {
		if e := v.superType(x, super); e != nil {
			return e
		}
	}
	return nil
}

func (v *validator) composite(t *wasm.SubType) *fault.Error {
	if t.Kind != wasm.CompFunc {
		for _, f := range t.Fields {
			if e := v.valType(f.Type); e != nil {
				return e
			}
		}
		return nil
	}
	for _, p := range t.Func.Params {
		if e := v.valType(p); e != nil {
			return at(e, "function type")
		}
	}
	if len(t.Func.Results) > 1 && !v.features.Has(wasm.MultiValue) {
		return at(needs(fault.InvalidResultArity, wasm.MultiValue), "function type")
	}
	for _, r := range t.Func.Results {
		if e := v.valType(r); e != nil {
			return at(e, "function type")
		}
	}
	return nil
}

// superType checks type x's declaration to be a subtype of super.
func (v *validator) superType(x, super uint32) *fault.Error {
	if int64(super) >= int64(v.known) {
		return beyond(fault.InvalidSubType, "defined type", super, v.known)
	}
	if super >= x {
		return fault.New(fault.InvalidSubType, fmt.Sprintf("Super type index %d must be smaller than the sub type index %d.", super, x))
	}
	if v.types.Store.Depth(v.types.IDs[super]) >= maxSubtypeDepth {
		return fault.New(fault.InvalidSubType,
			fmt.Sprintf("Subtype depth for type %d exceeded the limits of %d", super, maxSubtypeDepth),
			fmt.Sprintf("When checking subtype hierarchy of super type %d.", super))
	}
	if v.m.Types[super].Final {
		return fault.New(fault.InvalidSubType, "Super type should not be final.")
	}
	if !v.types.MatchesComposite(&v.m.Types[x], &v.m.Types[super]) {
		return fault.New(fault.InvalidSubType, "Super type not matched.")
	}
	return nil
}

// valType checks that the type which t refers to exists.
func (v *validator) valType(t wasm.ValType) *fault.Error {
	if h := t.Heap(); t.IsRef() && int64(h) >= int64(v.known) {
		return beyond(fault.InvalidFuncTypeIdx, "function type", uint32(h), v.known)
	}
	return nil
}

// notFuncType is the error for a type that must be one of functions.
func notFuncType(c fault.Code, x uint32) *fault.Error {
	return fault.New(c, fmt.Sprintf("Defined type index %d is not a function type.", x))
}

// limits checks what holds for memories and tables alike.
func limits(l wasm.Limits) *fault.Error {
	if l.HasMax && l.Min > l.Max {
		return at(fault.New(fault.InvalidLimit, fault.InLimits(l.Min, l.Max, true)), "limit")
	}
	if l.Shared && !l.HasMax {
		return at(fault.New(fault.SharedMemoryNoMax), "limit")
	}
	return nil
}

// within checks that l does not go beyond most. The code depends on whether
// memory64 brought the larger bounds, and with them another text.
func (v *validator) within(l wasm.Limits, most uint64, plain, with64 fault.Code) *fault.Error {
	if l.Min <= most && (!l.HasMax || l.Max <= most) {
		return nil
	}
	c := plain
	if v.features.Has(wasm.Memory64) {
		c = with64
	}
	return at(fault.New(c, fault.InLimits(l.Min, l.Max, l.HasMax)), "limit")
}

// tableType checks a table type (core 3.2, "Table Types").
func (v *validator) tableType(t wasm.TableType) *fault.Error {
	if e := v.valType(t.Elem); e != nil {
		return e
	}
	if e := limits(t.Limits); e != nil {
		return e
	}
	return v.within(t.Limits, maxAddress(t.Limits.AddrType()), fault.InvalidLimit, fault.InvalidTableSize64)
}

// memoryType checks a memory type (core 3.2, "Memory Types").
func (v *validator) memoryType(t wasm.MemoryType) *fault.Error {
	if e := limits(t.Limits); e != nil {
		return e
	}
	if t.Limits.Addr64 && !v.features.Has(wasm.Memory64) {
		return at(needs(fault.InvalidLimit, wasm.Memory64), "limit")
	}
	most := uint64(1) << 16
	if t.Limits.Addr64 {
		most = 1 << 48
	}
	return v.within(t.Limits, most, fault.InvalidMemPages, fault.InvalidMemPages64)
}

// maxAddress is the largest address of type t.
func maxAddress(t wasm.ValType) uint64 {
	if t == wasm.I64 {
		return 1<<64 - 1
	}
	return 1<<32 - 1
}
