package wat

import (
	"bufio"
	"io"
	"strconv"

	"github.com/wazedge/wazedge/internal/wasm"
)

// printer writes one module as text. Errors of the writer stick in w.
type printer struct {
	w     *bufio.Writer
	m     *wasm.Module
	ids   [numNames]map[uint32]string            // identifiers by index, as they are written
	inner [numNames]map[uint32]map[uint32]string // those of locals and fields
	names *nameMaps                              // what the identifiers stand for

	imported [5]uint32 // imports of each kind

	verbatimNames bool // the name section has more than identifiers can say
}

// Print writes m as text that [Parse] turns into the same module. Names of the name
// section become identifiers where they are unique; custom sections, and a name
// section that says more than identifiers can, become annotations.
//
// Two encodings of one thing come out alike: how locals of one type are grouped,
// element segments and empty sections, and a data count section that no
// instruction needs. An error is one of w, or of a body that cannot be decoded.
func Print(w io.Writer, m *wasm.Module) error {
	p := &printer{w: bufio.NewWriter(w), m: m}
	for i := range m.Imports {
		p.imported[m.Imports[i].Kind]++
	}
	p.identify()
	p.str("(module")
	if p.names.module != "" {
		p.str(" " + quoteID(p.names.module))
	}
	p.types()
	p.imports()
	if err := p.tables(); err != nil {
		return err
	}
	p.memories()
	p.tags()
	if err := p.globals(); err != nil {
		return err
	}
	p.exports()
	if m.Start != nil {
		p.str("\n  (start " + p.ref(nameFuncs, *m.Start) + ")")
	}
	if err := p.elems(); err != nil {
		return err
	}
	if err := p.functions(); err != nil {
		return err
	}
	if err := p.datas(); err != nil {
		return err
	}
	p.customs()
	p.str("\n)\n")
	return p.w.Flush()
}

func (p *printer) str(s string) { p.w.WriteString(s) } //nolint:errcheck // sticks, see Flush

// index is that of the module's own entry i of kind k.
func (p *printer) index(k wasm.ExternKind, i int) uint32 { return p.imported[k] + uint32(i) }

// identify chooses the identifiers.
func (p *printer) identify() {
	all := &nameMaps{}
	var section []byte
	sections := 0
	for i := range p.m.Customs {
		if p.m.Customs[i].Name == "name" {
			section = p.m.Customs[i].Data
			sections++
			all = decodeNames(section)
		}
	}
	n := &nameMaps{module: all.module}
	for id, size := range map[int]uint32{
		nameFuncs:    p.index(wasm.ExternFunc, len(p.m.Funcs)),
		nameTables:   p.index(wasm.ExternTable, len(p.m.Tables)),
		nameMemories: p.index(wasm.ExternMemory, len(p.m.Memories)),
		nameGlobals:  p.index(wasm.ExternGlobal, len(p.m.Globals)),
		nameTags:     p.index(wasm.ExternTag, len(p.m.Tags)),
		nameTypes:    uint32(len(p.m.Types)), nameElems: uint32(len(p.m.Elems)), nameDatas: uint32(p.m.Datas.Len()),
	} {
		n.plain[id] = printable(all.plain[id], size)
		p.ids[id] = quoted(n.plain[id])
	}
	imported := p.imported[wasm.ExternFunc]
	n.indirect[nameLocals] = printableLists(all.indirect[nameLocals], func(f uint32) uint32 {
		if f < imported || f-imported >= uint32(len(p.m.Bodies)) || f-imported >= uint32(len(p.m.Funcs)) {
			return 0
		}
		return p.countLocals(f - imported)
	})
	n.indirect[nameFields] = printableLists(all.indirect[nameFields], func(t uint32) uint32 {
		if t >= uint32(len(p.m.Types)) || p.m.Types[t].Kind != wasm.CompStruct {
			return 0
		}
		return uint32(len(p.m.Types[t].Fields))
	})
	for _, id := range []int{nameLocals, nameFields} {
		p.inner[id] = map[uint32]map[uint32]string{}
		for _, l := range n.indirect[id] {
			p.inner[id][l.index] = quoted(l.names)
		}
	}
	p.names = n
	p.verbatimNames = sections > 1 || sections == 1 && string(n.encode()) != string(section)
}

// countLocals is the number of parameters and locals of the module's own function
// i, as far as that can be told.
func (p *printer) countLocals(i uint32) uint32 {
	runs, _, err := p.m.Bodies[i].Locals(everything)
	if err != nil || p.m.Funcs[i] >= uint32(len(p.m.Types)) {
		return 0
	}
	n := uint32(len(p.m.Types[p.m.Funcs[i]].Func.Params))
	for _, r := range runs {
		n += r.N
	}
	return n
}

// everything are the proposals that a printed module may use.
const everything = wasm.Wasm3 | wasm.Threads

// quoted are identifiers by index.
func quoted(names []named) map[uint32]string {
	ids := make(map[uint32]string, len(names))
	for _, n := range names {
		ids[n.index] = quoteID(n.name)
	}
	return ids
}

// ref is index i of the space id: its identifier, or the number.
func (p *printer) ref(id int, i uint32) string {
	if s, ok := p.ids[id][i]; ok {
		return s
	}
	return strconv.FormatUint(uint64(i), 10)
}

// binder is what stands behind the keyword of a definition: its identifier, or the
// index as a comment.
func (p *printer) binder(id int, i uint32) string {
	if s, ok := p.ids[id][i]; ok {
		return " " + s
	}
	return " (;" + strconv.FormatUint(uint64(i), 10) + ";)"
}

// innerRef is entry j of the locals or fields of i.
func (p *printer) innerRef(id int, i, j uint32) string {
	if s, ok := p.inner[id][i][j]; ok {
		return s
	}
	return strconv.FormatUint(uint64(j), 10)
}
