package wat

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/wazedge/wazedge/internal/wasm"
)

// heapWords are the abstract heap types by keyword (core 6.4.3).
var heapWords = sync.OnceValue(func() map[string]wasm.HeapType {
	return map[string]wasm.HeapType{
		"func": wasm.HeapFunc, "nofunc": wasm.HeapNoFunc, "extern": wasm.HeapExtern, "noextern": wasm.HeapNoExtern,
		"any": wasm.HeapAny, "eq": wasm.HeapEq, "i31": wasm.HeapI31, "struct": wasm.HeapStruct, "array": wasm.HeapArray,
		"none": wasm.HeapNone, "exn": wasm.HeapExn, "noexn": wasm.HeapNoExn,
	}
})

// typeWords are the value types that are one word; those of references are short
// for nullable references (core 6.4.4).
var typeWords = sync.OnceValue(func() map[string]wasm.ValType {
	return map[string]wasm.ValType{
		"i32": wasm.I32, "i64": wasm.I64, "f32": wasm.F32, "f64": wasm.F64, "v128": wasm.V128,
		"funcref": wasm.RefNull(wasm.HeapFunc), "nullfuncref": wasm.RefNull(wasm.HeapNoFunc),
		"externref": wasm.RefNull(wasm.HeapExtern), "nullexternref": wasm.RefNull(wasm.HeapNoExtern),
		"anyref": wasm.RefNull(wasm.HeapAny), "eqref": wasm.RefNull(wasm.HeapEq), "i31ref": wasm.RefNull(wasm.HeapI31),
		"structref": wasm.RefNull(wasm.HeapStruct), "arrayref": wasm.RefNull(wasm.HeapArray),
		"nullref": wasm.RefNull(wasm.HeapNone),
		"exnref":  wasm.RefNull(wasm.HeapExn), "nullexnref": wasm.RefNull(wasm.HeapNoExn),
	}
})

// isValType reports whether a value type is next.
func (p *parser) isValType() bool {
	if p.tok.kind == tokKeyword {
		_, ok := typeWords()[p.text()]
		return ok
	}
	return p.opens("ref")
}

// valType consumes a value type.
func (p *parser) valType() wasm.ValType {
	if p.open("ref") {
		nullable := p.keyword("null")
		h := p.heapType()
		p.close()
		return wasm.RefType(h, nullable)
	}
	t, ok := typeWords()[p.text()]
	if p.tok.kind != tokKeyword || !ok {
		p.unexpected("a value type")
		return wasm.I32
	}
	p.advance()
	return t
}

// refType consumes a reference type.
func (p *parser) refType() wasm.ValType {
	at := p.tok.start
	t := p.valType()
	if !t.IsRef() {
		p.failAt(at, "unexpected token: a number type, expected a reference type")
	}
	return t
}

// heapType consumes a heap type.
func (p *parser) heapType() wasm.HeapType {
	if p.isIndex() {
		at := p.tok.start
		index := p.ref(&p.spaces.types)
		if int32(index) < 0 {
			p.failAt(at, "unknown type %d", index)
		}
		return wasm.HeapType(index)
	}
	h, ok := heapWords()[p.text()]
	if p.tok.kind != tokKeyword || !ok {
		p.unexpected("a heap type")
		return wasm.HeapAny
	}
	p.advance()
	return h
}

// storageType consumes a value type or a packed type.
func (p *parser) storageType() wasm.ValType {
	switch {
	case p.keyword("i8"):
		return wasm.I8
	case p.keyword("i16"):
		return wasm.I16
	}
	return p.valType()
}

// fieldType consumes the type of a field or of an array's elements.
func (p *parser) fieldType() wasm.FieldType {
	if p.open("mut") {
		t := p.storageType()
		p.close()
		return wasm.FieldType{Type: t, Mutable: true}
	}
	return wasm.FieldType{Type: p.storageType()}
}

// globalType consumes the type of a global.
func (p *parser) globalType() wasm.GlobalType {
	if p.open("mut") {
		t := p.valType()
		p.close()
		return wasm.GlobalType{Type: t, Mutable: true}
	}
	return wasm.GlobalType{Type: p.valType()}
}

// addrType consumes i32 or i64 if one of them is next.
func (p *parser) addrType() (addr64 bool) {
	if p.keyword("i64") {
		return true
	}
	p.keyword("i32")
	return false
}

// limits consumes bounds; addr64 is what stood before them. Those of 32-bit
// addresses have the range of 64 bits too; validation has the last word.
func (p *parser) limits(addr64 bool) wasm.Limits {
	l := wasm.Limits{Addr64: addr64, Min: p.uint(64)}
	if p.tok.kind == tokNumber {
		l.Max, l.HasMax = p.uint(64), true
	}
	return l
}

// memoryType consumes the type of a memory behind its address type.
func (p *parser) memoryType(addr64 bool) wasm.MemoryType {
	l := p.limits(addr64)
	l.Shared = p.keyword("shared")
	return wasm.MemoryType{Limits: l}
}

// tableType consumes the type of a table behind its address type.
func (p *parser) tableType(addr64 bool) wasm.TableType {
	l := p.limits(addr64)
	return wasm.TableType{Limits: l, Elem: p.refType()}
}

// types reads the type fields: they come first in the type index space, before the
// types that other fields imply.
func (p *parser) types(fields []int) {
	for _, off := range fields {
		p.seek(off)
		switch {
		case p.open("type"):
			p.recGroup(false, func() { p.typeDef() })
		case p.open("rec"):
			p.recGroup(true, func() {
				for p.open("type") {
					p.typeDef()
				}
				p.close()
			})
		}
	}
}

// recGroup reads types that were defined together, and notes a lone function type
// as one that type uses may refer to.
func (p *parser) recGroup(explicit bool, read func()) {
	start := uint32(len(p.m.Types))
	read()
	group := wasm.RecGroup{Start: start, Len: uint32(len(p.m.Types)) - start, Explicit: explicit}
	p.m.RecGroups = append(p.m.RecGroups, group)
	if group.Len != 1 {
		return
	}
	if t := &p.m.Types[start]; t.Kind == wasm.CompFunc && t.Final && len(t.Supers) == 0 {
		key := typeKey(t.Func)
		if _, dup := p.implicit[key]; !dup {
			p.implicit[key] = start
		}
	}
}

// typeDef consumes "$id? subtype)".
func (p *parser) typeDef() {
	p.optIdentifier()
	sub := wasm.SubType{Final: true}
	if p.open("sub") {
		sub.Final = p.keyword("final")
		for p.isIndex() {
			sub.Supers = append(sub.Supers, p.ref(&p.spaces.types))
		}
		p.compType(&sub)
		p.close()
	} else {
		p.compType(&sub)
	}
	p.close()
	p.m.Types = append(p.m.Types, sub)
}

// compType consumes a composite type.
func (p *parser) compType(sub *wasm.SubType) {
	switch {
	case p.open("func"):
		sub.Kind = wasm.CompFunc
		p.signature(&sub.Func, &space{what: "parameter"})
	case p.open("struct"):
		sub.Kind = wasm.CompStruct
		p.structFields(sub)
	case p.open("array"):
		sub.Kind = wasm.CompArray
		sub.Fields = []wasm.FieldType{p.fieldType()}
	default:
		p.unexpected("a composite type")
	}
	p.close()
}

// structFields consumes the fields of a structure.
func (p *parser) structFields(sub *wasm.SubType) {
	names := &space{what: "field"}
	for p.open("field") {
		if p.tok.kind == tokID {
			p.bind(names)
			sub.Fields = append(sub.Fields, p.fieldType())
		} else {
			for p.more() {
				names.add("")
				sub.Fields = append(sub.Fields, p.fieldType())
			}
		}
		p.close()
	}
	if len(names.names) > 0 {
		p.spaces.fields[uint32(len(p.m.Types))] = names
	}
}

// signature consumes parameters, then results. Identifiers of parameters are bound
// in names; nil forbids them.
func (p *parser) signature(ft *wasm.FuncType, names *space) (written bool) {
	for p.open("param") {
		written = true
		if p.tok.kind == tokID && names != nil {
			p.bind(names)
			ft.Params = append(ft.Params, p.valType())
		} else {
			for p.more() {
				if names != nil {
					names.add("")
				}
				ft.Params = append(ft.Params, p.valType())
			}
		}
		p.close()
	}
	for p.open("result") {
		written = true
		for p.more() {
			ft.Results = append(ft.Results, p.valType())
		}
		p.close()
	}
	return written
}

// inlineUse is a type use that names a type and repeats its signature.
type inlineUse struct {
	off   int
	index uint32
	ft    wasm.FuncType
}

// typeUse consumes a reference to a function type: by index, by signature, or both
// (core 6.4.15). The returned type is the signature, as far as it is known.
func (p *parser) typeUse(names *space) (index uint32, ft wasm.FuncType) {
	at := p.tok.start
	named := p.open("type")
	if named {
		index = p.ref(&p.spaces.types)
		p.close()
	}
	written := p.signature(&ft, names)
	switch {
	case !named:
		return p.typeIndex(ft), ft
	case written:
		p.inline = append(p.inline, inlineUse{at, index, ft})
	case int(index) < len(p.m.Types):
		ft = p.m.Types[index].Func
		if names != nil {
			names.n += uint32(len(ft.Params))
		}
	}
	return index, ft
}

// typeIndex is the first function type that equals ft; a new one is added behind
// the others if there is none.
func (p *parser) typeIndex(ft wasm.FuncType) uint32 {
	key := typeKey(ft)
	if index, ok := p.implicit[key]; ok {
		return index
	}
	index := uint32(len(p.m.Types))
	p.implicit[key] = index
	p.m.Types = append(p.m.Types, wasm.SubType{Kind: wasm.CompFunc, Func: ft, Final: true})
	p.m.RecGroups = append(p.m.RecGroups, wasm.RecGroup{Start: index, Len: 1})
	return index
}

// typeKey is a string that only equal function types share.
func typeKey(ft wasm.FuncType) string {
	key := binary.AppendUvarint(nil, uint64(len(ft.Params)))
	for _, t := range ft.Params {
		key = binary.AppendUvarint(key, uint64(t))
	}
	for _, t := range ft.Results {
		key = binary.AppendUvarint(key, uint64(t))
	}
	return string(key)
}

// checkInline holds the type uses that say a type twice to it. It comes last, as
// their index may be that of a type that a later field implies.
func (p *parser) checkInline() {
	for _, use := range p.inline {
		if int(use.index) >= len(p.m.Types) {
			p.failAt(use.off, "unknown type %d", use.index)
			return
		}
		t := &p.m.Types[use.index]
		if t.Kind != wasm.CompFunc || !slices.Equal(t.Func.Params, use.ft.Params) || !slices.Equal(t.Func.Results, use.ft.Results) {
			p.failAt(use.off, "inline function type does not match type %d", use.index)
		}
	}
}
