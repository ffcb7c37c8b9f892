package wasm

import (
	"bytes"

	"github.com/wazedge/wazedge/internal/fault"
)

// The bytes that begin a recursion group and the forms of sub types (core 5.3.10).
const (
	formRec      = 0x4E
	formSubFinal = 0x4F
	formSub      = 0x50
)

func (d *decoder) typeSection(end int) {
	n := d.count()
	d.in("type section")
	if !d.ok() {
		return
	}
	// Every type has one of these bytes; others may too, but hardly any does.
	contents := d.buf[d.pos:max(d.pos, end)]
	types := 0
	for _, form := range []CompKind{CompFunc, CompStruct, CompArray} {
		types += bytes.Count(contents, []byte{byte(form)})
	}
	d.m.Types = make([]SubType, 0, types)
	d.m.RecGroups = make([]RecGroup, 0, d.room(n, 2))
	for i := 0; i < n && d.ok(); i++ {
		d.recType()
	}
}

// recType reads a recursion group, or a sub type that is one by itself.
func (d *decoder) recType() {
	form := d.peek()
	if d.ok() && form != byte(CompFunc) && !d.features.Has(GC) {
		d.failNeed(fault.IntegerTooLong, GC, d.last)
	}
	g := RecGroup{Start: uint32(len(d.m.Types)), Len: 1}
	if d.ok() && form == formRec {
		d.byte()
		g.Explicit, g.Len = true, uint32(d.count())
	}
	if !d.ok() {
		d.in("type section")
		return
	}
	for i := uint32(0); i < g.Len && d.ok(); i++ {
		d.m.Types = append(d.m.Types, d.subType())
		d.in("type section")
	}
	d.m.RecGroups = append(d.m.RecGroups, g)
}

func (d *decoder) subType() SubType {
	t := SubType{Final: true}
	form := d.peek()
	if !d.ok() {
		d.in("recursive type")
		return t
	}
	if form == formSub || form == formSubFinal {
		d.byte()
		t.Final = form == formSubFinal
		d.vector("recursive type", func() {
			t.Supers = append(t.Supers, d.u32())
			d.in("recursive type")
		})
		d.odd = d.odd || t.Final && len(t.Supers) == 0
	}
	if d.ok() {
		d.compType(&t)
	}
	return t
}

// compType reads a composite type (core 5.3.8).
func (d *decoder) compType(t *SubType) {
	t.Kind = CompKind(d.byte())
	if !d.ok() {
		d.in("recursive type")
		return
	}
	switch t.Kind {
	case CompFunc:
		t.Func.Params = d.resultType()
		if d.ok() {
			t.Func.Results = d.resultType()
		}
	case CompStruct:
		n := d.count()
		d.in("recursive type")
		t.Fields = make([]FieldType, 0, d.room(n, 2))
		for i := 0; i < n && d.ok(); i++ {
			t.Fields = append(t.Fields, d.fieldType())
			d.in("recursive type")
		}
	case CompArray:
		t.Fields = []FieldType{d.fieldType()}
	default:
		d.fail(fault.IntegerTooLong)
		d.in("recursive type")
	}
}

// resultType reads a vector of value types (core 5.3.6).
func (d *decoder) resultType() []ValType {
	n := d.count()
	d.in("function type")
	if n == 0 {
		return nil
	}
	types := make([]ValType, 0, d.room(n, 1))
	for i := 0; i < n && d.ok(); i++ {
		types = append(types, d.valType(d.features, false))
		if !d.ok() {
			d.in("function type")
			d.in("function type")
		}
	}
	return types
}

func (d *decoder) fieldType() FieldType {
	t := FieldType{Type: d.valType(d.features, true)}
	t.Mutable = d.mutability()
	d.in("recursive type")
	return t
}

func (d *decoder) mutability() bool {
	m := d.byte()
	if m > 1 {
		d.fail(fault.InvalidMut)
	}
	return m == 1
}

// Flags of limits (core 5.3.11; bit 1 is of the threads proposal).
const (
	limitsMax    = 1
	limitsShared = 2
	limitsAddr64 = 4
)

func (d *decoder) limits() Limits {
	flags := d.byte()
	switch {
	case !d.ok() || flags < limitsShared:
	case !d.features.Has(Memory64) && flags&^1 == 0x80:
		d.fail(fault.IntegerTooLong) // flags were a LEB128 number once
	case !d.features.Has(Memory64) && (flags >= limitsAddr64 || !d.features.Has(Threads)):
		d.fail(fault.IntegerTooLarge)
	case flags >= 8 || flags&limitsShared != 0 && !d.features.Has(Threads):
		d.fail(fault.MalformedLimitFlags)
	}
	l := Limits{HasMax: flags&limitsMax != 0, Shared: flags&limitsShared != 0, Addr64: flags&limitsAddr64 != 0}
	l.Min = d.limit()
	if l.HasMax {
		l.Max = d.limit()
	}
	d.in("limit")
	return l
}

func (d *decoder) limit() uint64 {
	if !d.features.Has(Memory64) {
		return uint64(d.u32())
	}
	n := d.u64()
	d.shortest(5)
	return n
}

func (d *decoder) memoryType() MemoryType {
	t := MemoryType{d.limits()}
	d.in("memory type")
	return t
}

func (d *decoder) tableType() TableType {
	t := TableType{Elem: d.refType(d.features)}
	if d.ok() {
		t.Limits = d.limits()
	}
	d.in("table type")
	return t
}

func (d *decoder) globalType() GlobalType {
	t := GlobalType{Type: d.valType(d.features, false)}
	t.Mutable = d.mutability()
	d.in("global type")
	return t
}

// tagType reads a tag type: a zero byte and a type index (core 5.3.15).
func (d *decoder) tagType() uint32 {
	d.zero()
	i := d.u32()
	d.in("tag type")
	return i
}
