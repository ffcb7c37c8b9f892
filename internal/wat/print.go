package wat

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/wazedge/wazedge/internal/wasm"
)

// spaceID is an index space whose entries have identifiers.
type spaceID uint8

const (
	spaceFuncs spaceID = iota
	spaceTypes
	spaceTables
	spaceMemories
	spaceGlobals
	spaceTags
	spaceElems
	spaceDatas
	numSpaces
)

// printer writes one module as text. Errors of the writer stick in w.
type printer struct {
	w   *bufio.Writer
	m   *wasm.Module
	ids [numSpaces]map[uint32]string // identifiers by index, as they are written

	localIDs, fieldIDs map[uint32]map[uint32]string // by function or type, then by index

	imported [5]uint32 // imports of each kind

	verbatimName  bool // the name of the module is not its identifier
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
	p.str("(module")
	if name := moduleName(m); name != "" && utf8.ValidString(name) {
		p.str(" " + quoteID(name))
	}
	if err := p.fields(); err != nil {
		return err
	}
	p.str("\n)\n")
	return p.w.Flush()
}

// fields writes what is in the module, each field on a line of its own.
func (p *printer) fields() error {
	m := p.m
	for i := range m.Imports {
		p.imported[m.Imports[i].Kind]++
	}
	p.identify()
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
		p.str("\n  (start " + p.ref(spaceFuncs, *m.Start) + ")")
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
	return nil
}

func (p *printer) str(s string) { p.w.WriteString(s) } //nolint:errcheck // sticks, see Flush

// index is that of the module's own entry i of kind k.
func (p *printer) index(k wasm.ExternKind, i int) uint32 { return p.imported[k] + uint32(i) }

// identify chooses the identifiers.
func (p *printer) identify() {
	section, sections := wasm.Custom{}, 0
	for _, c := range p.m.Customs {
		if c.Name == "name" {
			section = c
			sections++
		}
	}
	all := p.m.Names()
	n := p.printableNames(&all)
	p.ids = [numSpaces]map[uint32]string{
		spaceFuncs: quoted(n.Funcs), spaceTypes: quoted(n.Types), spaceTables: quoted(n.Tables),
		spaceMemories: quoted(n.Memories), spaceGlobals: quoted(n.Globals), spaceTags: quoted(n.Tags),
		spaceElems: quoted(n.Elems), spaceDatas: quoted(n.Datas),
	}
	p.localIDs, p.fieldIDs = quotedLists(n.Locals), quotedLists(n.Fields)
	p.verbatimNames = p.verbatimName && sections > 0 || sections > 1 || sections == 1 && !bytes.Equal(n.Custom().Data, section.Data)
}

// everything are the proposals that a printed module may use.
const everything = wasm.Wasm3 | wasm.Threads

// quoted are identifiers by index.
func quoted(names []wasm.Name) map[uint32]string {
	ids := make(map[uint32]string, len(names))
	for _, n := range names {
		ids[n.Index] = quoteID(n.Name)
	}
	return ids
}

func quotedLists(lists []wasm.IndirectNames) map[uint32]map[uint32]string {
	ids := make(map[uint32]map[uint32]string, len(lists))
	for _, l := range lists {
		ids[l.Index] = quoted(l.Names)
	}
	return ids
}

// ref is index i of a space: its identifier, or the number.
func (p *printer) ref(of spaceID, i uint32) string {
	if s, ok := p.ids[of][i]; ok {
		return s
	}
	return strconv.FormatUint(uint64(i), 10)
}

// binder is what stands behind the keyword of a definition: its identifier, or the
// index as a comment.
func (p *printer) binder(of spaceID, i uint32) string {
	if s, ok := p.ids[of][i]; ok {
		return " " + s
	}
	return " (;" + strconv.FormatUint(uint64(i), 10) + ";)"
}

// innerRef is entry j of ids, the locals or fields of something.
func innerRef(ids map[uint32]string, j uint32) string {
	if s, ok := ids[j]; ok {
		return s
	}
	return strconv.FormatUint(uint64(j), 10)
}
