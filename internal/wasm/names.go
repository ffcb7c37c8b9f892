package wasm

import (
	"slices"

	"github.com/wazedge/wazedge/internal/fault"
)

// Names are what the custom section "name" says (core 7.4.1, and the subsections
// of the extended name section proposal). Maps are in order of their indices.
type Names struct {
	Module string

	Funcs, Types, Tables, Memories, Globals, Elems, Datas, Tags []Name

	Locals []IndirectNames // of the locals of functions, parameters included
	Labels []IndirectNames // of the blocks of functions, in order of their opening
	Fields []IndirectNames // of the fields of structure types
}

// Name is the name of the entry at an index.
type Name struct {
	Index uint32
	Name  string
}

// IndirectNames are the names of what belongs to the entry at an index.
type IndirectNames struct {
	Index uint32
	Names []Name
}

// The subsections of the section "name".
const (
	nameModule = iota
	nameFuncs
	nameLocals
	nameLabels
	nameTypes
	nameTables
	nameMemories
	nameGlobals
	nameElems
	nameDatas
	nameFields
	nameTags
)

// maps are the subsections that are name maps, by their numbers.
func (n *Names) maps() [nameTags + 1]*[]Name {
	return [...]*[]Name{
		nameFuncs: &n.Funcs, nameTypes: &n.Types, nameTables: &n.Tables, nameMemories: &n.Memories,
		nameGlobals: &n.Globals, nameElems: &n.Elems, nameDatas: &n.Datas, nameTags: &n.Tags,
	}
}

// indirect are the subsections that are indirect name maps, by their numbers.
func (n *Names) indirect() [nameTags + 1]*[]IndirectNames {
	return [nameTags + 1]*[]IndirectNames{nameLocals: &n.Locals, nameLabels: &n.Labels, nameFields: &n.Fields}
}

// Names reads the first section "name" of m. A custom section is never an error:
// what is malformed is left out, with everything behind it in its subsection.
func (m *Module) Names() Names {
	var n Names
	i := slices.IndexFunc(m.Customs, func(c Custom) bool { return c.Name == "name" })
	if i < 0 {
		return n
	}
	maps, indirect := n.maps(), n.indirect()
	c := cursor{buf: m.Customs[i].Data}
	for c.rest() > 0 {
		id := c.byte()
		sub := cursor{buf: c.bytes(int(c.u32()))}
		switch {
		case id == nameModule:
			n.Module = sub.name()
		case id > nameTags:
		case maps[id] != nil:
			*maps[id] = sub.nameMap()
		case indirect[id] != nil:
			*indirect[id] = sub.indirectNameMap()
		}
	}
	return n
}

func (c *cursor) nameMap() []Name {
	n := c.count()
	names := make([]Name, 0, c.room(n, 2))
	for i := 0; i < n; i++ {
		name := Name{Index: c.u32(), Name: c.name()}
		if c.code != fault.Success {
			break
		}
		names = append(names, name)
	}
	return names
}

func (c *cursor) indirectNameMap() []IndirectNames {
	n := c.count()
	maps := make([]IndirectNames, 0, c.room(n, 2))
	for i := 0; i < n && c.code == fault.Success; i++ {
		m := IndirectNames{Index: c.u32()}
		if c.code == fault.Success {
			m.Names = c.nameMap()
			maps = append(maps, m)
		}
	}
	return maps
}

// Empty reports whether n names nothing.
func (n *Names) Empty() bool { return len(n.contents()) == 0 }

// Custom is the custom section that says n, to stand behind all others but
// custom sections.
func (n *Names) Custom() Custom {
	return Custom{Name: "name", Data: n.contents(), Before: len(sectionWriters)}
}

// contents are the subsections in the order of their numbers, without empty ones.
func (n *Names) contents() []byte {
	var out []byte
	subsection := func(id int, contents []byte) {
		out = AppendU32(append(out, byte(id)), uint32(len(contents)))
		out = append(out, contents...)
	}
	if n.Module != "" {
		subsection(nameModule, AppendName(nil, n.Module))
	}
	maps, indirect := n.maps(), n.indirect()
	for id := range maps {
		if names := maps[id]; names != nil && len(*names) > 0 {
			subsection(id, appendNameMap(nil, *names))
		}
		if of := indirect[id]; of != nil && len(*of) > 0 {
			contents := AppendU32(nil, uint32(len(*of)))
			for _, m := range *of {
				contents = appendNameMap(AppendU32(contents, m.Index), m.Names)
			}
			subsection(id, contents)
		}
	}
	return out
}

func appendNameMap(dst []byte, names []Name) []byte {
	dst = AppendU32(dst, uint32(len(names)))
	for _, n := range names {
		dst = AppendName(AppendU32(dst, n.Index), n.Name)
	}
	return dst
}

// WithNames is m with n for its names: other sections "name" are left out, and
// that of n is put last unless n is empty.
func (m *Module) WithNames(n Names) *Module {
	out := *m
	out.Customs = slices.DeleteFunc(slices.Clone(m.Customs), func(c Custom) bool { return c.Name == "name" })
	if c := n.Custom(); len(c.Data) > 0 {
		out.Customs = append(out.Customs, c)
	}
	return &out
}

// FuncName is the name of function index, or nothing.
func (n *Names) FuncName(index uint32) string {
	i, ok := slices.BinarySearchFunc(n.Funcs, index, func(e Name, x uint32) int {
		return int(int64(e.Index) - int64(x))
	})
	if !ok {
		return ""
	}
	return n.Funcs[i].Name
}
