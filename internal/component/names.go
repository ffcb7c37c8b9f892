package component

import (
	"bytes"
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// namesSection is the custom section that names a component and its definitions.
const namesSection = "component-name"

// The subsections of the names (Binary.md, "Name Section").
const (
	nameComponent = 0
	nameSort      = 1
)

// Names are what a component and its definitions are called, for people.
type Names struct {
	Component string
	Sorts     [Sorts][]wasm.Name // by sort, in the order of indices
}

// Names are what the section of names says, or else the identifiers of the text. What is
// malformed is left out.
func (c *Component) Names() *Names {
	i := slices.IndexFunc(c.Customs, func(s wasm.Custom) bool { return s.Name == namesSection })
	if i < 0 {
		return &c.Identifiers
	}
	return readNames(c.Customs[i].Data)
}

func readNames(b []byte) *Names {
	n := &Names{}
	r := &sectionDecoder{Fragment: wasm.NewFragment(b, 0, 0)}
	for r.More() {
		id := r.Byte()
		sub := &sectionDecoder{Fragment: wasm.NewFragment(r.Bytes(int(r.U32())), 0, 0)}
		switch id {
		case nameComponent:
			if name := sub.Name(); sub.OK() {
				n.Component = name
			}
		case nameSort:
			sort := sub.sort()
			for k := sub.Count(); k > 0 && sub.OK(); k-- {
				name := wasm.Name{Index: sub.U32(), Name: sub.Name()}
				if sub.OK() {
					n.Sorts[sort] = append(n.Sorts[sort], name)
				}
			}
		}
	}
	return n
}

// Custom is the section that says n; ok is false where n says nothing.
func (n *Names) Custom() (c wasm.Custom, ok bool) {
	e := &encoder{}
	subsection := func(id byte, write func(*encoder)) { e.section(id, write) }
	if n.Component != "" {
		subsection(nameComponent, func(e *encoder) { e.name(n.Component) })
	}
	for sort, names := range n.Sorts {
		if len(names) > 0 {
			subsection(nameSort, func(e *encoder) {
				e.sort(Sort(sort))
				e.count(len(names))
				for _, name := range names {
					e.u32(name.Index)
					e.name(name.Name)
				}
			})
		}
	}
	return wasm.Custom{Name: namesSection, Data: e.out}, len(e.out) > 0
}

// Say reports whether the names are all that the section s says.
func (n *Names) Say(s *wasm.Custom) bool {
	c, _ := n.Custom()
	return s.Name == namesSection && bytes.Equal(c.Data, s.Data)
}

// withNames are the custom sections of c, with one for the identifiers of the text if there
// is none of names.
func (c *Component) withNames() []wasm.Custom {
	if slices.ContainsFunc(c.Customs, func(s wasm.Custom) bool { return s.Name == namesSection }) {
		return c.Customs
	}
	names, ok := c.Identifiers.Custom()
	if !ok {
		return c.Customs
	}
	names.Before = len(c.Definitions)
	return append(slices.Clip(slices.Clone(c.Customs)), names)
}
