package wat

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/wazedge/wazedge/internal/wasm"
)

// namedList are the identifiers of the entries of something that has an index
// itself: the locals of a function, the fields of a type.
type namedList struct {
	index uint32
	names []named
}

// The subsections of the name section (core 7.4 and the extended-name-section
// proposal), less those of labels.
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
	numNames     = 12
)

// nameMaps is the contents of a name section: a map by index, or an indirect one,
// for each subsection.
type nameMaps struct {
	module   string
	plain    [numNames][]named
	indirect [numNames][]namedList
}

// isIndirect reports whether subsection id maps two indices to a name.
func isIndirect(id int) bool { return id == nameLocals || id == nameFields }

// names are the identifiers of the text that p has read.
func (p *parser) names() *nameMaps {
	s := &p.spaces
	n := &nameMaps{module: p.name}
	n.plain = [numNames][]named{
		nameFuncs: s.funcs.names, nameTypes: s.types.names, nameTables: s.tables.names, nameMemories: s.memories.names,
		nameGlobals: s.globals.names, nameElems: s.elems.names, nameDatas: s.datas.names, nameTags: s.tags.names,
	}
	n.indirect[nameLocals] = p.locals
	for i, sp := range s.fields {
		n.indirect[nameFields] = append(n.indirect[nameFields], namedList{i, sp.names})
	}
	slices.SortFunc(n.indirect[nameFields], func(a, b namedList) int { return cmp.Compare(a.index, b.index) })
	return n
}

// keepLocals notes the identifiers of a function's locals for the name section.
func (p *parser) keepLocals(function uint32, locals *space) {
	if len(locals.names) > 0 {
		p.locals = append(p.locals, namedList{function, locals.names})
	}
}

// encode is the contents of the name section, empty without names.
func (n *nameMaps) encode() []byte {
	var out []byte
	if n.module != "" {
		out = appendSubsection(out, nameModule, wasm.AppendName(nil, n.module))
	}
	for id := range numNames {
		if names := n.plain[id]; len(names) > 0 {
			out = appendSubsection(out, id, appendNames(nil, names))
		}
		if lists := n.indirect[id]; len(lists) > 0 {
			contents := wasm.AppendU32(nil, uint32(len(lists)))
			for _, l := range lists {
				contents = appendNames(wasm.AppendU32(contents, l.index), l.names)
			}
			out = appendSubsection(out, id, contents)
		}
	}
	return out
}

func appendSubsection(dst []byte, id int, contents []byte) []byte {
	dst = wasm.AppendU32(append(dst, byte(id)), uint32(len(contents)))
	return append(dst, contents...)
}

func appendNames(dst []byte, names []named) []byte {
	dst = wasm.AppendU32(dst, uint32(len(names)))
	for _, n := range names {
		dst = wasm.AppendName(wasm.AppendU32(dst, n.index), n.name)
	}
	return dst
}

// nameReader reads a name section as far as it is well-formed. Names are not part
// of a module's meaning (core 7.4): what cannot be read is left out.
type nameReader struct {
	buf []byte
	bad bool
}

// decodeNames reads the contents of a name section.
func decodeNames(data []byte) *nameMaps {
	n := &nameMaps{}
	r := &nameReader{buf: data}
	for len(r.buf) > 0 && !r.bad {
		id := int(r.buf[0])
		r.buf = r.buf[1:]
		sub := &nameReader{buf: r.bytes(r.u32())}
		switch {
		case id == nameModule:
			n.module = string(sub.bytes(sub.u32()))
			if !utf8.ValidString(n.module) {
				n.module = ""
			}
		case id >= numNames:
		case isIndirect(id):
			for k := sub.u32(); k > 0 && !sub.bad; k-- {
				n.indirect[id] = append(n.indirect[id], namedList{sub.u32(), sub.names()})
			}
		default:
			n.plain[id] = sub.names()
		}
	}
	return n
}

func (r *nameReader) u32() uint32 {
	var v uint64
	for shift := uint(0); shift < 35; shift += 7 {
		if len(r.buf) == 0 {
			break
		}
		b := r.buf[0]
		r.buf = r.buf[1:]
		v |= uint64(b&0x7F) << shift
		if b < 0x80 {
			return uint32(v)
		}
	}
	r.bad = true
	return 0
}

func (r *nameReader) bytes(n uint32) []byte {
	if uint64(n) > uint64(len(r.buf)) {
		r.bad = true
		return nil
	}
	b := r.buf[:n]
	r.buf = r.buf[n:]
	return b
}

func (r *nameReader) names() []named {
	var list []named
	for n := r.u32(); n > 0 && !r.bad; n-- {
		index := r.u32()
		name := string(r.bytes(r.u32()))
		if !r.bad {
			list = append(list, named{index, name})
		}
	}
	return list
}

// printable keeps the names that can stand as identifiers of the n entries of an
// index space, in their order: UTF-8, not empty, and given once.
func printable(names []named, n uint32) []named {
	times := make(map[string]int, len(names))
	for _, e := range names {
		times[e.name]++
	}
	var list []named
	for _, e := range names {
		if e.index < n && e.name != "" && times[e.name] == 1 && utf8.ValidString(e.name) {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b named) int { return cmp.Compare(a.index, b.index) })
	return slices.CompactFunc(list, func(a, b named) bool { return a.index == b.index })
}

// printableLists is printable for the lists of an indirect map, whose size is what
// size says of an index.
func printableLists(lists []namedList, size func(index uint32) uint32) []namedList {
	var out []namedList
	for _, l := range lists {
		if names := printable(l.names, size(l.index)); len(names) > 0 {
			out = append(out, namedList{l.index, names})
		}
	}
	slices.SortStableFunc(out, func(a, b namedList) int { return cmp.Compare(a.index, b.index) })
	return slices.CompactFunc(out, func(a, b namedList) bool { return a.index == b.index })
}
