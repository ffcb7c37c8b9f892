package wat

import (
	"strconv"
	"strings"
	"sync"

	"github.com/wazedge/wazedge/internal/wasm"
)

// shortRefs are the words for nullable references to abstract heap types.
var shortRefs = sync.OnceValue(func() map[wasm.ValType]string {
	m := map[wasm.ValType]string{}
	for word, t := range typeWords() {
		m[t] = word
	}
	return m
})

// heap is a heap type.
func (p *printer) heap(h wasm.HeapType) string {
	if h.IsIndex() {
		return p.ref(spaceTypes, uint32(h))
	}
	return h.String()
}

// valType is a value or packed type.
func (p *printer) valType(t wasm.ValType) string {
	if s, ok := shortRefs()[t]; ok {
		return s
	}
	switch {
	case !t.IsRef():
		return t.String()
	case t.Nullable():
		return "(ref null " + p.heap(t.Heap()) + ")"
	}
	return "(ref " + p.heap(t.Heap()) + ")"
}

// valTypes are types with a blank before each.
func (p *printer) valTypes(types []wasm.ValType) string {
	var b strings.Builder
	for _, t := range types {
		b.WriteByte(' ')
		b.WriteString(p.valType(t))
	}
	return b.String()
}

// signature is " (param ...) (result ...)"; ids may name parameters.
func (p *printer) signature(ft *wasm.FuncType, ids map[uint32]string) string {
	var b strings.Builder
	b.WriteString(p.declarations("param", ft.Params, ids, 0))
	if len(ft.Results) > 0 {
		b.WriteString(" (result" + p.valTypes(ft.Results) + ")")
	}
	return b.String()
}

// declarations declares parameters or locals of the given types, the first with
// index first: named ones alone, others in runs.
func (p *printer) declarations(kw string, types []wasm.ValType, ids map[uint32]string, first uint32) string {
	var b strings.Builder
	open := false
	for i, t := range types {
		id, named := ids[first+uint32(i)]
		if open && named {
			b.WriteByte(')')
			open = false
		}
		switch {
		case named:
			b.WriteString(" (" + kw + " " + id + " " + p.valType(t) + ")")
		case open:
			b.WriteString(" " + p.valType(t))
		default:
			b.WriteString(" (" + kw + " " + p.valType(t))
			open = true
		}
	}
	if open {
		b.WriteByte(')')
	}
	return b.String()
}

// maxRepeated bounds the signatures that uses of a type repeat: a few bytes of a
// binary module can refer to the longest one.
const maxRepeated = 64

// repeats reports whether uses of function type x repeat its signature.
func (p *printer) repeats(x uint32) bool {
	if x >= uint32(len(p.m.Types)) || p.m.Types[x].Kind != wasm.CompFunc {
		return false
	}
	f := &p.m.Types[x].Func
	return len(f.Params)+len(f.Results) <= maxRepeated
}

// typeUse is a reference to function type x, and its signature for the reader.
func (p *printer) typeUse(x uint32, ids map[uint32]string) string {
	s := " (type " + p.ref(spaceTypes, x) + ")"
	if p.repeats(x) {
		s += p.signature(&p.m.Types[x].Func, ids)
	}
	return s
}

// types writes the type section.
func (p *printer) types() {
	for _, g := range p.m.RecGroups {
		indent := "\n  "
		rec := g.Explicit || g.Len != 1
		if rec {
			p.str("\n  (rec")
			indent = "\n    "
		}
		for i := range g.Len {
			p.str(indent + "(type" + p.binder(spaceTypes, g.Start+i) + p.subType(g.Start+i) + ")")
		}
		if rec {
			p.str(")")
		}
	}
}

// subType is type x behind its binder.
func (p *printer) subType(x uint32) string {
	t := &p.m.Types[x]
	comp := ""
	switch t.Kind {
	case wasm.CompFunc:
		comp = " (func" + p.signature(&t.Func, nil) + ")"
	case wasm.CompArray:
		comp = " (array " + p.fieldType(t.Fields[0]) + ")"
	case wasm.CompStruct:
		comp = " (struct"
		for i, f := range t.Fields {
			comp += " (field "
			if id, ok := p.fieldIDs[x][uint32(i)]; ok {
				comp += id + " "
			}
			comp += p.fieldType(f) + ")"
		}
		comp += ")"
	}
	if t.Final && len(t.Supers) == 0 {
		return comp
	}
	sub := " (sub"
	if t.Final {
		sub += " final"
	}
	for _, s := range t.Supers {
		sub += " " + p.ref(spaceTypes, s)
	}
	return sub + comp + ")"
}

func (p *printer) fieldType(f wasm.FieldType) string {
	if f.Mutable {
		return "(mut " + p.valType(f.Type) + ")"
	}
	return p.valType(f.Type)
}

func (p *printer) globalType(t wasm.GlobalType) string {
	return p.fieldType(wasm.FieldType(t))
}

// limits are bounds behind their address type, with a blank before each word.
func limits(l wasm.Limits) string {
	s := ""
	if l.Addr64 {
		s = " i64"
	}
	s += " " + strconv.FormatUint(l.Min, 10)
	if l.HasMax {
		s += " " + strconv.FormatUint(l.Max, 10)
	}
	if l.Shared {
		s += " shared"
	}
	return s
}

func (p *printer) tableType(t wasm.TableType) string {
	return limits(t.Limits) + " " + p.valType(t.Elem)
}
