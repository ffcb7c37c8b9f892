package types

import (
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/wasm"
)

// What a function passes as core values, before it goes through memory (CanonicalABI.md,
// "Flattening").
const (
	MaxFlatParams  = 16
	MaxFlatResults = 1
)

// Flat are the core types of values of the types list, or ok is false if they are more
// than most.
func Flat(list []ValType, p Pointer, most int) (flat []wasm.ValType, ok bool) {
	f := flattener{pointer: p, most: most}
	for _, t := range list {
		f.add(t)
	}
	return f.flat, len(f.flat) <= most
}

// maxFlat is where the number of core values stops to grow.
const maxFlat = 1 << 20

// FlatCount is how many core values v is where it is not passed in memory, as long as that
// is few.
func (v *Value) FlatCount() int { return v.flat }

func (t ValType) flatCount() int {
	switch {
	case t.Type != nil:
		return t.Type.Value.flat
	case t.Primitive == component.String:
		return 2
	}
	return 1
}

// countFlat is [Value.FlatCount], of parts of which it is known.
func (v *Value) countFlat() int {
	n := 0
	switch v.Form {
	case component.FormRecord, component.FormTuple:
		for _, t := range v.fields {
			n = min(n+t.flatCount(), maxFlat)
		}
		return n
	case component.FormVariant, component.FormEnum, component.FormOption, component.FormResult:
		for _, c := range v.cases {
			if c != nil {
				n = max(n, c.flatCount())
			}
		}
		return min(n+1, maxFlat)
	case component.FormFixedList:
		return int(min(uint64(v.Elem.flatCount())*uint64(v.Length), maxFlat))
	}
	if v.isPointer() {
		return 2
	}
	return 1
}

// flattener collects core types, up to one more than most.
type flattener struct {
	pointer Pointer
	most    int
	flat    []wasm.ValType
}

func (f *flattener) full() bool { return len(f.flat) > f.most }

func (f *flattener) put(list ...wasm.ValType) {
	if !f.full() {
		f.flat = append(f.flat, list...)
	}
}

func (f *flattener) add(t ValType) {
	switch {
	case f.full():
	case t.Type != nil:
		f.value(t.Type.Value)
	default:
		f.primitive(t.Primitive)
	}
}

func (f *flattener) primitive(t component.Primitive) {
	switch t {
	case component.S64, component.U64:
		f.put(wasm.I64)
	case component.F32:
		f.put(wasm.F32)
	case component.F64:
		f.put(wasm.F64)
	case component.String:
		f.put(f.pointer.Type(), f.pointer.Type())
	default:
		f.put(wasm.I32)
	}
}

func (f *flattener) value(v *Value) {
	switch v.Form {
	case component.FormRecord, component.FormTuple:
		for _, t := range v.Fields() {
			f.add(t)
		}
	case component.FormVariant, component.FormEnum, component.FormOption, component.FormResult:
		f.variant(v)
	case component.FormList, component.FormMap:
		f.put(f.pointer.Type(), f.pointer.Type())
	case component.FormFixedList:
		for n := uint32(0); n < v.Length && !f.full(); n++ {
			f.add(*v.Elem)
		}
	case component.FormFlags, component.FormOwn, component.FormBorrow:
		f.put(wasm.I32)
	default:
		t, _ := v.Primitive()
		f.primitive(t)
	}
}

// variant has a discriminant, and behind it core types that can hold the values of every
// case.
func (f *flattener) variant(v *Value) {
	f.put(wasm.I32)
	var joined []wasm.ValType
	for _, c := range v.Cases() {
		if c == nil {
			continue
		}
		flat, ok := Flat([]ValType{*c}, f.pointer, f.most-len(f.flat))
		if !ok {
			f.flat = append(f.flat, flat...)
			return
		}
		for i, t := range flat {
			if i == len(joined) {
				joined = append(joined, t)
			} else {
				joined[i] = Join(joined[i], t)
			}
		}
	}
	f.put(joined...)
}

// Join is the core type that can hold values of both a and b.
func Join(a, b wasm.ValType) wasm.ValType {
	switch {
	case a == b:
		return a
	case a == wasm.I32 && b == wasm.F32, a == wasm.F32 && b == wasm.I32:
		return wasm.I32
	}
	return wasm.I64
}

// Direction says which way a function is wrapped.
type Direction bool

// The directions.
const (
	Lift  Direction = false
	Lower Direction = true
)

// ParamTypes are the types of f's parameters.
func (f *Func) ParamTypes() []ValType {
	list := make([]ValType, len(f.Params))
	for i, l := range f.Params {
		list[i] = *l.Type
	}
	return list
}

// ResultTypes are the types of f's results, one at the most.
func (f *Func) ResultTypes() []ValType {
	if f.Result == nil {
		return nil
	}
	return []ValType{*f.Result}
}

// Signature is the core type of f, lifted from a core function or lowered to one.
type Signature struct {
	Core         wasm.FuncType
	ParamsInMem  bool // there are too many parameters: the only one is where they lie
	ResultsInMem bool // there are too many results
}

// Signature is the core type that f has in direction d.
func (f *Func) Signature(p Pointer, d Direction) Signature {
	var s Signature
	params, ok := Flat(f.ParamTypes(), p, MaxFlatParams)
	if s.ParamsInMem = !ok; s.ParamsInMem {
		params = []wasm.ValType{p.Type()}
	}
	results, ok := Flat(f.ResultTypes(), p, MaxFlatResults)
	if s.ResultsInMem = !ok; s.ResultsInMem {
		results = nil
		if d == Lift {
			results = []wasm.ValType{p.Type()}
		} else {
			params = append(params, p.Type())
		}
	}
	s.Core = wasm.FuncType{Params: params, Results: results}
	return s
}
