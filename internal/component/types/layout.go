package types

import (
	"math/bits"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Layout is how a value lies in a linear memory, in bytes (CanonicalABI.md, "Alignment"
// and "Element Size").
type Layout struct{ Size, Align uint64 }

// Pointer is the address type of the memory that values lie in.
type Pointer uint8

// The address types.
const (
	Pointer32 Pointer = iota
	Pointer64
)

// Size is how many bytes an address takes.
func (p Pointer) Size() uint64 { return 4 << p }

// Type is the core type of an address.
func (p Pointer) Type() wasm.ValType {
	if p == Pointer64 {
		return wasm.I64
	}
	return wasm.I32
}

// AlignTo is the first address from at on that is a multiple of align.
func AlignTo(at, align uint64) uint64 { return (at + align - 1) &^ (align - 1) }

// maxSize is where sizes stop to grow: beyond what validation lets pass.
const maxSize = 1 << 40

// Complete finds what is known of v from its parts, which must be complete. It is called
// once for each value type, when it has been put together.
func (v *Value) Complete() {
	v.borrows, v.pointers = v.Form == component.FormBorrow, v.isPointer()
	if v.Form == component.FormMap {
		pair := &Value{Form: component.FormTuple, Tuple: []ValType{*v.Elem, *v.Second}}
		pair.Complete()
		v.pair = ValType{Type: &Type{Value: pair}}
	}
	v.fields, v.cases = v.findFields(), v.findCases()
	v.flat = v.countFlat()
	v.total = 1
	v.parts(func(t ValType) {
		v.total = min(v.total+t.total(), maxParts)
		v.borrows = v.borrows || t.Borrows()
		v.pointers = v.pointers || t.Pointers()
	})
	for p := range v.layout {
		v.payload[p] = v.findPayload(Pointer(p))
		v.layout[p] = v.lay(Pointer(p))
	}
}

// maxParts is where the number of parts stops to grow.
const maxParts = 1 << 30

// Parts is how many parts v has, each counted with its own.
func (v *Value) Parts() int { return v.total }

func (t ValType) total() int {
	if t.Type == nil {
		return 1
	}
	return t.Type.Value.total
}

func (v *Value) isPointer() bool {
	return v.Form == component.FormList || v.Form == component.FormMap || v.Form == component.TypeForm(component.String)
}

// parts calls f with each type that v is made of.
func (v *Value) parts(f func(ValType)) {
	for _, l := range v.Labels {
		if l.Type != nil {
			f(*l.Type)
		}
	}
	for _, t := range v.Tuple {
		f(t)
	}
	for _, t := range []*ValType{v.Elem, v.Second} {
		if t != nil {
			f(*t)
		}
	}
}

// Borrows reports whether there is a borrow in t.
func (t ValType) Borrows() bool { return t.Type != nil && t.Type.Value.borrows }

// Pointers reports whether there is a string or a list of any length in t.
func (t ValType) Pointers() bool {
	if t.Type == nil {
		return t.Primitive == component.String
	}
	return t.Type.Value.pointers
}

// Layout is how a value of t lies in memory.
func (t ValType) Layout(p Pointer) Layout {
	if t.Type == nil {
		return primitiveLayout(t.Primitive, p)
	}
	return t.Type.Value.layout[p]
}

func primitiveLayout(t component.Primitive, p Pointer) Layout {
	switch t {
	case component.Bool, component.S8, component.U8:
		return Layout{1, 1}
	case component.S16, component.U16:
		return Layout{2, 2}
	case component.S64, component.U64, component.F64:
		return Layout{8, 8}
	case component.String:
		return Layout{2 * p.Size(), p.Size()}
	}
	return Layout{4, 4}
}

func (v *Value) lay(p Pointer) Layout {
	switch v.Form {
	case component.FormRecord, component.FormTuple:
		return recordLayout(v.Fields(), p)
	case component.FormVariant, component.FormEnum, component.FormOption, component.FormResult:
		return v.variantLayout(p)
	case component.FormList, component.FormMap:
		return Layout{2 * p.Size(), p.Size()}
	case component.FormFixedList:
		e := v.Elem.Layout(p)
		return Layout{product(e.Size, uint64(v.Length)), e.Align}
	case component.FormFlags:
		n := flagBytes(len(v.Labels))
		return Layout{n, n}
	case component.FormOwn, component.FormBorrow:
		return Layout{4, 4}
	}
	t, _ := v.Primitive()
	return primitiveLayout(t, p)
}

func product(a, b uint64) uint64 {
	if hi, lo := bits.Mul64(a, b); hi == 0 && lo < maxSize {
		return lo
	}
	return maxSize
}

// Fields are the types of a record or tuple.
func (v *Value) Fields() []ValType { return v.fields }

func (v *Value) findFields() []ValType {
	if v.Form != component.FormRecord {
		return v.Tuple
	}
	fields := make([]ValType, len(v.Labels))
	for i, l := range v.Labels {
		fields[i] = *l.Type
	}
	return fields
}

// Cases are what the cases of a variant, enum, option or result have; nil for those
// without a value.
func (v *Value) Cases() []*ValType { return v.cases }

func (v *Value) findCases() []*ValType {
	switch v.Form {
	case component.FormVariant, component.FormEnum:
	case component.FormOption:
		return []*ValType{nil, v.Elem}
	case component.FormResult:
		return []*ValType{v.Elem, v.Second}
	default:
		return nil
	}
	cases := make([]*ValType, len(v.Labels))
	for i, l := range v.Labels {
		cases[i] = l.Type
	}
	return cases
}

func recordLayout(fields []ValType, p Pointer) Layout {
	r := Layout{0, 1}
	for _, f := range fields {
		l := f.Layout(p)
		r.Size = min(AlignTo(r.Size, l.Align)+l.Size, maxSize)
		r.Align = max(r.Align, l.Align)
	}
	r.Size = AlignTo(r.Size, r.Align)
	return r
}

// Discriminant is how many bytes say which of n cases a variant is.
func Discriminant(n int) uint64 {
	switch {
	case n <= 1<<8:
		return 1
	case n <= 1<<16:
		return 2
	}
	return 4
}

// Payload is where in a variant the values of its cases begin.
func (v *Value) Payload(p Pointer) uint64 { return v.payload[p] }

func (v *Value) findPayload(p Pointer) uint64 {
	align := uint64(1)
	for _, c := range v.Cases() {
		if c != nil {
			align = max(align, c.Layout(p).Align)
		}
	}
	return AlignTo(Discriminant(len(v.Cases())), align)
}

func (v *Value) variantLayout(p Pointer) Layout {
	cases := v.Cases()
	r := Layout{v.Payload(p), Discriminant(len(cases))}
	size := uint64(0)
	for _, c := range cases {
		if c != nil {
			l := c.Layout(p)
			size, r.Align = max(size, l.Size), max(r.Align, l.Align)
		}
	}
	r.Size = AlignTo(r.Size+size, r.Align)
	return r
}

// flagBytes is how many bytes n flags take.
func flagBytes(n int) uint64 {
	switch {
	case n <= 8:
		return 1
	case n <= 16:
		return 2
	}
	return 4
}

// TupleLayout is how values of the types list lie in memory, one after the other.
func TupleLayout(list []ValType, p Pointer) Layout { return recordLayout(list, p) }

// Layout is how a value of v lies in memory.
func (v *Value) Layout(p Pointer) Layout { return v.layout[p] }

// Element is the type of the elements of a list, or of a map: tuples of key and value.
func (v *Value) Element() ValType {
	if v.Form == component.FormMap {
		return v.pair
	}
	return *v.Elem
}
