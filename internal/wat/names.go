package wat

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// namedLocals are a function's identifiers of parameters and locals.
type namedLocals struct {
	function uint32
	names    []named
}

// keepLocals notes the identifiers of a function's locals for the name section.
func (p *parser) keepLocals(function uint32, locals *space) {
	if len(locals.names) > 0 {
		p.locals = append(p.locals, namedLocals{function, locals.names})
	}
}

// The subsections of the name section (core 7.4 and the extended-name-section
// proposal).
const (
	nameModule   = 0
	nameFuncs    = 1
	nameLocals   = 2
	nameTypes    = 4
	nameTables   = 5
	nameMemories = 6
	nameGlobals  = 7
	nameElems    = 8
	nameDatas    = 9
	nameFields   = 10
	nameTags     = 11
)

// nameSection is the contents of the name section for the identifiers of the text,
// empty if there are none.
func (p *parser) nameSection() []byte {
	var out []byte
	s := &p.spaces
	if p.name != "" {
		out = appendSubsection(out, nameModule, wasm.AppendName(nil, p.name))
	}
	out = appendNameMap(out, nameFuncs, s.funcs.names)
	out = appendIndirectNameMap(out, nameLocals, p.locals)
	out = appendNameMap(out, nameTypes, s.types.names)
	out = appendNameMap(out, nameTables, s.tables.names)
	out = appendNameMap(out, nameMemories, s.memories.names)
	out = appendNameMap(out, nameGlobals, s.globals.names)
	out = appendNameMap(out, nameElems, s.elems.names)
	out = appendNameMap(out, nameDatas, s.datas.names)
	var fields []namedLocals
	for i, sp := range s.fields {
		fields = append(fields, namedLocals{i, sp.names})
	}
	slices.SortFunc(fields, func(a, b namedLocals) int { return int(a.function) - int(b.function) })
	out = appendIndirectNameMap(out, nameFields, fields)
	return appendNameMap(out, nameTags, s.tags.names)
}

func appendSubsection(dst []byte, id byte, contents []byte) []byte {
	dst = wasm.AppendU32(append(dst, id), uint32(len(contents)))
	return append(dst, contents...)
}

func appendNames(dst []byte, names []named) []byte {
	dst = wasm.AppendU32(dst, uint32(len(names)))
	for _, n := range names {
		dst = wasm.AppendName(wasm.AppendU32(dst, n.index), n.name)
	}
	return dst
}

func appendNameMap(dst []byte, id byte, names []named) []byte {
	if len(names) == 0 {
		return dst
	}
	return appendSubsection(dst, id, appendNames(nil, names))
}

func appendIndirectNameMap(dst []byte, id byte, maps []namedLocals) []byte {
	if len(maps) == 0 {
		return dst
	}
	contents := wasm.AppendU32(nil, uint32(len(maps)))
	for _, m := range maps {
		contents = appendNames(wasm.AppendU32(contents, m.function), m.names)
	}
	return appendSubsection(dst, id, contents)
}
