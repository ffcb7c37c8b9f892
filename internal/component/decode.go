package component

import (
	"errors"
	"fmt"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// preamble is what a component begins with: magic, version and layer.
const preamble = "\x00asm\x0d\x00\x01\x00"

// maxDepth bounds how deep components and types nest in each other.
const maxDepth = 100

// Decode reads a component. Its core modules are decoded under the proposals of f. Errors
// are of type *[fault.Error], with a code of WasmEdge's loader.
//
// The component aliases bin.
func Decode(bin []byte, f wasm.Features) (*Component, error) {
	d := &decoder{features: f}
	return d.component(bin, 0, 0)
}

// decoder reads a component and those within it.
type decoder struct{ features wasm.Features }

// sectionDecoder reads the sections of one component.
type sectionDecoder struct {
	*wasm.Fragment
	outer *decoder
	c     *Component
	bin   []byte
	base  int64
	depth int
}

// component reads the component bin, at offset base of the file, which depth others are
// around.
func (d *decoder) component(bin []byte, base int64, depth int) (*Component, error) {
	s := &sectionDecoder{
		Fragment: wasm.NewFragment(bin, base, d.features),
		outer:    d, c: &Component{}, bin: bin, base: base, depth: depth,
	}
	if string(s.Bytes(len(preamble))) != preamble {
		s.Fail(fault.MalformedVersion, nil)
	}
	if depth > maxDepth {
		s.Fail(fault.IllegalGrammar, fmt.Errorf("components nest more than %d deep", maxDepth))
	}
	for s.More() {
		if err := s.section(); err != nil {
			return nil, err
		}
	}
	s.In("component")
	if err := s.Err(); err != nil {
		return nil, err
	}
	return s.c, nil
}

// The sections of a component.
const (
	sectionCustom = iota
	sectionCoreModule
	sectionCoreInstance
	sectionCoreType
	sectionComponent
	sectionInstance
	sectionAlias
	sectionType
	sectionCanon
	sectionStart
	sectionImport
	sectionExport
	sectionValue
)

// vectors are the sections that are vectors of definitions: the syntax node of each, and
// how an entry is read.
var vectors = [...]struct {
	node string
	read func(*sectionDecoder) Definition
}{
	sectionCoreInstance: {"component core instance section", (*sectionDecoder).coreInstance},
	sectionCoreType:     {"component core type section", func(s *sectionDecoder) Definition { return s.coreType() }},
	sectionInstance:     {"component instance section", (*sectionDecoder).instance},
	sectionAlias:        {"component alias section", func(s *sectionDecoder) Definition { return s.alias() }},
	sectionType:         {"component type section", func(s *sectionDecoder) Definition { return s.typeDef(0) }},
	sectionCanon:        {"component canonical section", (*sectionDecoder).canon},
	sectionImport:       {"component import section", func(s *sectionDecoder) Definition { return s.importDef() }},
	sectionExport:       {"component export section", (*sectionDecoder).exportDef},
}

// section reads a section.
func (s *sectionDecoder) section() error {
	id := s.Byte()
	size := s.U32()
	if s.OK() && uint64(size) > uint64(s.Rest()) {
		s.Fail(fault.LengthOutOfBounds, nil)
	}
	if !s.OK() {
		return nil
	}
	start := s.Offset()
	end := start + int64(size)
	switch {
	case id == sectionCustom:
		s.custom(end)
	case id == sectionCoreModule:
		b := s.Bytes(int(size))
		m, err := wasm.Decode(b, s.outer.features)
		if err != nil {
			return within(err, "component core module section")
		}
		s.add(&Module{Module: m, Bytes: b, Offset: start})
	case id == sectionComponent:
		c, err := s.outer.component(s.Bytes(int(size)), start, s.depth+1)
		if err != nil {
			return err
		}
		s.add(&Nested{c})
	case id == sectionStart, id == sectionValue:
		s.Fail(fault.ComponentNotImplLoader, errors.New("values at instantiation (sections start and value) are not supported"))
	case int(id) < len(vectors) && vectors[id].read != nil:
		v := &vectors[id]
		for n := s.Count(); n > 0 && s.OK(); n-- {
			s.add(v.read(s))
		}
		s.In(v.node)
	default:
		s.Fail(fault.MalformedSection, nil)
	}
	if s.OK() && s.Offset() != end {
		s.Fail(fault.SectionSizeMismatch, nil)
	}
	return nil
}

// within is err, of a module within a component, with the node around it.
func within(err error, node string) error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.With(fault.ASTNode(node), fault.ASTNode("component"))
	}
	return err
}

func (s *sectionDecoder) add(d Definition) { s.c.Definitions = append(s.c.Definitions, d) }

// custom reads a custom section.
func (s *sectionDecoder) custom(end int64) {
	c := wasm.Custom{Name: s.Name(), Offset: s.Offset(), Before: len(s.c.Definitions)}
	if s.Offset() > end {
		s.Fail(fault.UnexpectedEnd, nil)
	}
	if !s.OK() {
		return
	}
	c.Data = s.Bytes(int(end - s.Offset()))
	s.c.Customs = append(s.c.Customs, c)
}

// coreSort reads the sort of a core definition.
func (s *sectionDecoder) coreSort() Sort {
	switch b := s.Byte(); {
	case b <= 0x04:
		return Sort(b)
	case b >= 0x10 && b <= 0x12:
		return SortCoreType + Sort(b-0x10)
	}
	s.Fail(fault.MalformedSort, nil)
	return 0
}

// sort reads a sort.
func (s *sectionDecoder) sort() Sort {
	b := s.Byte()
	if b == 0 {
		return s.coreSort()
	}
	if b > 0x05 {
		s.Fail(fault.MalformedSort, nil)
		return 0
	}
	return SortFunc + Sort(b-1)
}

func (s *sectionDecoder) coreInstance() Definition {
	i := &CoreInstance{}
	switch s.Byte() {
	case 0:
		i.Module = s.U32()
		for n := s.Count(); n > 0 && s.OK(); n-- {
			a := CoreArg{Name: s.Name()}
			if s.Byte() != 0x12 {
				s.Fail(fault.MalformedCoreInstance, nil)
			}
			a.Instance = s.U32()
			i.Args = append(i.Args, a)
		}
	case 1:
		i.Inline = true
		for n := s.Count(); n > 0 && s.OK(); n-- {
			i.Exports = append(i.Exports, CoreExport{s.Name(), s.coreSort(), s.U32()})
		}
	default:
		s.Fail(fault.MalformedCoreInstance, nil)
	}
	return i
}

func (s *sectionDecoder) instance() Definition {
	i := &Instance{}
	switch s.Byte() {
	case 0:
		i.Component = s.U32()
		for n := s.Count(); n > 0 && s.OK(); n-- {
			i.Args = append(i.Args, Arg{s.Name(), s.sort(), s.U32()})
		}
	case 1:
		i.Inline = true
		for n := s.Count(); n > 0 && s.OK(); n-- {
			i.Exports = append(i.Exports, InlineExport{s.name(), s.sort(), s.U32()})
		}
	default:
		s.Fail(fault.MalformedInstance, nil)
	}
	return i
}

func (s *sectionDecoder) alias() *Alias {
	a := &Alias{Sort: s.sort()}
	switch s.Byte() {
	case 0:
		a.Kind, a.Instance, a.Name = AliasExport, s.U32(), s.Name()
	case 1:
		a.Kind, a.Instance, a.Name = AliasCoreExport, s.U32(), s.Name()
	case 2:
		a.Kind, a.Count, a.Index = AliasOuter, s.U32(), s.U32()
	default:
		s.Fail(fault.MalformedAliasTarget, nil)
	}
	return a
}

// name reads the name of an import or export with its attributes.
func (s *sectionDecoder) name() Name {
	form := s.Byte()
	n := Name{Name: s.Name()}
	if form > 2 {
		s.Fail(fault.MalformedName, nil)
	}
	if form < 2 || !s.OK() {
		return n
	}
	for k := s.Count(); k > 0 && s.OK(); k-- {
		attribute := s.Byte()
		text := s.Name()
		var at **string
		switch attribute {
		case 0:
			at = &n.Implements
		case 1:
			at = &n.VersionSuffix
		case 2:
			at = &n.ExternalID
		}
		if at == nil || *at != nil {
			s.Fail(fault.MalformedName, errors.New("an attribute that is unknown or there twice"))
			return n
		}
		*at = &text
	}
	return n
}

func (s *sectionDecoder) importDef() *Import { return &Import{s.name(), s.externType()} }

func (s *sectionDecoder) exportDef() Definition {
	e := &Export{Name: s.name(), Sort: s.sort(), Index: s.U32()}
	if s.present() {
		t := s.externType()
		e.Type = &t
	}
	return e
}

// present reads whether something optional follows.
func (s *sectionDecoder) present() bool {
	b := s.Byte()
	if b > 1 {
		s.Fail(fault.IllegalGrammar, nil)
	}
	return b == 1
}

// externType reads the type of an import or export.
func (s *sectionDecoder) externType() ExternType {
	sort := s.sort()
	t := ExternType{Sort: sort}
	switch {
	case sort == SortCoreModule, sort == SortFunc, sort == SortComponent, sort == SortInstance:
		t.Index = s.U32()
	case sort == SortType:
		switch s.Byte() {
		case 0:
			t.Index = s.U32()
		case 1:
			t.SubResource = true
		default:
			s.Fail(fault.MalformedDefType, nil)
		}
	case sort == SortValue:
		s.Fail(fault.ComponentNotImplLoader, errors.New("imports and exports of values are not supported"))
	default:
		s.Fail(fault.MalformedSort, nil)
	}
	return t
}

func (s *sectionDecoder) canon() Definition {
	c := &Canon{Op: CanonOp(s.Byte())}
	switch c.Op {
	case CanonLift, CanonLower:
		if s.Byte() != 0 {
			s.Fail(fault.MalformedCanonical, nil)
		}
		c.Func, c.Options = s.U32(), s.canonOptions()
		if c.Op == CanonLift {
			c.Type = s.U32()
		}
	case CanonResourceNew, CanonResourceDrop, CanonResourceRep:
		c.Type = s.U32()
	default:
		if name, ok := concurrency()[c.Op]; ok {
			s.Fail(fault.ComponentNotImplLoader, errConcurrency(name))
			break
		}
		s.Fail(fault.MalformedCanonical, nil)
	}
	return c
}

// errConcurrency says that what is of the asynchronous part of the component model.
func errConcurrency(what string) error {
	return fmt.Errorf("%s is of the asynchronous component model (WASI 0.3), which is not supported", what)
}

func (s *sectionDecoder) canonOptions() []CanonOption {
	var list []CanonOption
	for n := s.Count(); n > 0 && s.OK(); n-- {
		o := CanonOption{Kind: OptionKind(s.Byte())}
		switch o.Kind {
		case OptionUTF8, OptionUTF16, OptionLatin1UTF16:
		case OptionMemory, OptionRealloc, OptionPostReturn:
			o.Index = s.U32()
		case OptionAsync, OptionCallback:
			s.Fail(fault.ComponentNotImplLoader, errConcurrency("the canonical option async"))
		default:
			s.Fail(fault.UnknownCanonicalOption, nil)
		}
		list = append(list, o)
	}
	return list
}
