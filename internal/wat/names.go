package wat

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/wazedge/wazedge/internal/wasm"
)

// names are the identifiers of the text that p has read.
func (p *parser) names() *wasm.Names {
	s := &p.spaces
	n := &wasm.Names{
		Module: p.name,
		Funcs:  s.funcs.names, Types: s.types.names, Tables: s.tables.names, Memories: s.memories.names,
		Globals: s.globals.names, Elems: s.elems.names, Datas: s.datas.names, Tags: s.tags.names,
		Locals: p.locals,
	}
	for i, sp := range s.fields {
		n.Fields = append(n.Fields, wasm.IndirectNames{Index: i, Names: sp.names})
	}
	slices.SortFunc(n.Fields, func(a, b wasm.IndirectNames) int { return cmp.Compare(a.Index, b.Index) })
	return n
}

// keepLocals notes the identifiers of a function's locals for the name section.
func (p *parser) keepLocals(function uint32, locals *space) {
	if len(locals.names) > 0 {
		p.locals = append(p.locals, wasm.IndirectNames{Index: function, Names: locals.names})
	}
}

// maxIdentifier bounds the names that become identifiers: each use writes them out.
const maxIdentifier = 1 << 10

// printable keeps the names that can stand as identifiers of the n entries of an
// index space, in the order of indices: UTF-8, of a fair length, and given once.
func printable(names []wasm.Name, n uint32) []wasm.Name {
	times := make(map[string]int, len(names))
	for _, e := range names {
		times[e.Name]++
	}
	var list []wasm.Name
	for _, e := range names {
		if e.Index < n && e.Name != "" && len(e.Name) <= maxIdentifier && times[e.Name] == 1 && utf8.ValidString(e.Name) {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b wasm.Name) int { return cmp.Compare(a.Index, b.Index) })
	return slices.CompactFunc(list, func(a, b wasm.Name) bool { return a.Index == b.Index })
}

// printableLists is printable for the lists of an indirect map, whose size is what
// size says of an index.
func printableLists(lists []wasm.IndirectNames, size func(index uint32) uint32) []wasm.IndirectNames {
	var out []wasm.IndirectNames
	for _, l := range lists {
		if names := printable(l.Names, size(l.Index)); len(names) > 0 {
			out = append(out, wasm.IndirectNames{Index: l.Index, Names: names})
		}
	}
	slices.SortStableFunc(out, func(a, b wasm.IndirectNames) int { return cmp.Compare(a.Index, b.Index) })
	return slices.CompactFunc(out, func(a, b wasm.IndirectNames) bool { return a.Index == b.Index })
}

// printableNames are the names of n that can be identifiers in m.
func (p *printer) printableNames(n *wasm.Names) *wasm.Names {
	m := p.m
	out := &wasm.Names{
		Funcs:    printable(n.Funcs, p.index(wasm.ExternFunc, len(m.Funcs))),
		Tables:   printable(n.Tables, p.index(wasm.ExternTable, len(m.Tables))),
		Memories: printable(n.Memories, p.index(wasm.ExternMemory, len(m.Memories))),
		Globals:  printable(n.Globals, p.index(wasm.ExternGlobal, len(m.Globals))),
		Tags:     printable(n.Tags, p.index(wasm.ExternTag, len(m.Tags))),
		Types:    printable(n.Types, uint32(len(m.Types))),
		Elems:    printable(n.Elems, uint32(len(m.Elems))),
		Datas:    printable(n.Datas, uint32(m.Datas.Len())),
	}
	if utf8.ValidString(n.Module) {
		out.Module = n.Module
	}
	imported := p.imported[wasm.ExternFunc]
	out.Locals = printableLists(n.Locals, func(f uint32) uint32 {
		if f < imported || int64(f-imported) >= int64(min(len(m.Bodies), len(m.Funcs))) {
			return 0
		}
		return p.countLocals(f - imported)
	})
	out.Fields = printableLists(n.Fields, func(t uint32) uint32 {
		if int64(t) >= int64(len(m.Types)) || m.Types[t].Kind != wasm.CompStruct {
			return 0
		}
		return uint32(len(m.Types[t].Fields))
	})
	return out
}

// countLocals is the number of parameters and locals of the module's own function
// i, as far as that can be told.
func (p *printer) countLocals(i uint32) uint32 {
	runs, _, err := p.m.Bodies[i].Locals(everything)
	if err != nil || !p.repeats(p.m.Funcs[i]) {
		return 0 // names of parameters stand in the signature
	}
	n := uint32(len(p.m.Types[p.m.Funcs[i]].Func.Params))
	for _, r := range runs {
		n += r.N
	}
	return n
}
