package component

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Encode writes c in the binary format, every number in its shortest form. Definitions of
// one kind that follow each other share a section.
//
// Encode checks nothing: what c holds is written, be it valid or not.
func Encode(c *Component) []byte {
	e := &encoder{out: []byte(preamble)}
	customs := c.withNames()
	for i := 0; i < len(c.Definitions); {
		for len(customs) > 0 && customs[0].Before <= i {
			e.custom(&customs[0])
			customs = customs[1:]
		}
		n := len(c.Definitions) - i
		if len(customs) > 0 {
			n = min(n, customs[0].Before-i)
		}
		i += e.definitions(c.Definitions[i : i+n])
	}
	for i := range customs {
		e.custom(&customs[i])
	}
	return e.out
}

// encoder appends to out.
type encoder struct{ out []byte }

func (e *encoder) byte(b byte)    { e.out = append(e.out, b) }
func (e *encoder) u32(v uint32)   { e.out = wasm.AppendU32(e.out, v) }
func (e *encoder) count(n int)    { e.u32(uint32(n)) }
func (e *encoder) name(s string)  { e.out = wasm.AppendName(e.out, s) }
func (e *encoder) bytes(b []byte) { e.out = append(e.out, b...) }

// section appends a section, of the contents that write appends.
func (e *encoder) section(id byte, write func(*encoder)) {
	var contents encoder
	write(&contents)
	e.byte(id)
	e.count(len(contents.out))
	e.bytes(contents.out)
}

func (e *encoder) custom(c *wasm.Custom) {
	e.section(sectionCustom, func(e *encoder) {
		e.name(c.Name)
		e.bytes(c.Data)
	})
}

// sectionOf is the section that d stands in.
func sectionOf(d Definition) byte {
	switch d.(type) {
	case *Module:
		return sectionCoreModule
	case *Nested:
		return sectionComponent
	case *CoreInstance:
		return sectionCoreInstance
	case *CoreType:
		return sectionCoreType
	case *Instance:
		return sectionInstance
	case *Alias:
		return sectionAlias
	case *Type:
		return sectionType
	case *Canon:
		return sectionCanon
	case *Import:
		return sectionImport
	}
	return sectionExport
}

// definitions appends the first section of list, and returns how many it has taken.
func (e *encoder) definitions(list []Definition) int {
	id := sectionOf(list[0])
	switch d := list[0].(type) {
	case *Module:
		e.section(id, func(e *encoder) { e.bytes(d.bytes()) })
		return 1
	case *Nested:
		e.section(id, func(e *encoder) { e.bytes(Encode(d.Component)) })
		return 1
	}
	n := slices.IndexFunc(list, func(d Definition) bool { return sectionOf(d) != id })
	if n < 0 {
		n = len(list)
	}
	e.section(id, func(e *encoder) {
		e.count(n)
		for _, d := range list[:n] {
			e.definition(d)
		}
	})
	return n
}

// bytes is m in the binary format.
func (m *Module) bytes() []byte {
	if m.Bytes != nil {
		return m.Bytes
	}
	return wasm.Encode(m.Module)
}

func (e *encoder) definition(d Definition) {
	switch d := d.(type) {
	case *CoreInstance:
		e.coreInstance(d)
	case *CoreType:
		e.coreType(d)
	case *Instance:
		e.instance(d)
	case *Alias:
		e.alias(d)
	case *Type:
		e.typeDef(d)
	case *Canon:
		e.canon(d)
	case *Import:
		e.externName(&d.Name)
		e.externType(&d.Type)
	case *Export:
		e.externName(&d.Name)
		e.sort(d.Sort)
		e.u32(d.Index)
		e.present(d.Type != nil)
		if d.Type != nil {
			e.externType(d.Type)
		}
	}
}

func (e *encoder) present(is bool) {
	if is {
		e.byte(1)
	} else {
		e.byte(0)
	}
}

func (e *encoder) coreSort(s Sort) {
	if s >= SortCoreType {
		s += 0x10 - SortCoreType
	}
	e.byte(byte(s))
}

func (e *encoder) sort(s Sort) {
	if s.Core() {
		e.byte(0)
		e.coreSort(s)
		return
	}
	e.byte(byte(s-SortFunc) + 1)
}

func (e *encoder) coreInstance(d *CoreInstance) {
	e.present(d.Inline)
	if d.Inline {
		e.count(len(d.Exports))
		for _, x := range d.Exports {
			e.name(x.Name)
			e.coreSort(x.Sort)
			e.u32(x.Index)
		}
		return
	}
	e.u32(d.Module)
	e.count(len(d.Args))
	for _, a := range d.Args {
		e.name(a.Name)
		e.coreSort(SortCoreInstance)
		e.u32(a.Instance)
	}
}

func (e *encoder) instance(d *Instance) {
	e.present(d.Inline)
	if d.Inline {
		e.count(len(d.Exports))
		for i := range d.Exports {
			e.externName(&d.Exports[i].Name)
			e.sort(d.Exports[i].Sort)
			e.u32(d.Exports[i].Index)
		}
		return
	}
	e.u32(d.Component)
	e.count(len(d.Args))
	for _, a := range d.Args {
		e.name(a.Name)
		e.sort(a.Sort)
		e.u32(a.Index)
	}
}

func (e *encoder) alias(d *Alias) {
	e.sort(d.Sort)
	e.byte(byte(d.Kind))
	if d.Kind == AliasOuter {
		e.u32(d.Count)
		e.u32(d.Index)
		return
	}
	e.u32(d.Instance)
	e.name(d.Name)
}

// externName appends a name, with the attributes that it has.
func (e *encoder) externName(n *Name) {
	attributes := []*string{n.Implements, n.VersionSuffix, n.ExternalID}
	count := 0
	for _, a := range attributes {
		if a != nil {
			count++
		}
	}
	if count == 0 {
		e.byte(0)
		e.name(n.Name)
		return
	}
	e.byte(2)
	e.name(n.Name)
	e.count(count)
	for i, a := range attributes {
		if a != nil {
			e.byte(byte(i))
			e.name(*a)
		}
	}
}

func (e *encoder) externType(t *ExternType) {
	e.sort(t.Sort)
	if t.Sort == SortType {
		e.present(t.SubResource)
		if t.SubResource {
			return
		}
	}
	e.u32(t.Index)
}

func (e *encoder) canon(d *Canon) {
	e.byte(byte(d.Op))
	switch d.Op {
	case CanonLift, CanonLower:
		e.byte(0)
		e.u32(d.Func)
		e.count(len(d.Options))
		for _, o := range d.Options {
			e.byte(byte(o.Kind))
			if o.Kind.indexed() {
				e.u32(o.Index)
			}
		}
		if d.Op == CanonLift {
			e.u32(d.Type)
		}
	default:
		e.u32(d.Type)
	}
}

// indexed reports whether the option k has an index.
func (k OptionKind) indexed() bool {
	return k == OptionMemory || k == OptionRealloc || k == OptionPostReturn
}

func (e *encoder) valType(t *ValType) {
	if t.Primitive != NoPrimitive {
		e.byte(byte(t.Primitive))
		return
	}
	e.out = wasm.AppendS33(e.out, int64(t.Index))
}

func (e *encoder) optionalType(t *ValType) {
	e.present(t != nil)
	if t != nil {
		e.valType(t)
	}
}

// typeDef appends the definition of a type.
func (e *encoder) typeDef(t *Type) {
	e.byte(byte(t.Form))
	switch t.Form {
	case FormRecord, FormVariant, FormFlags, FormEnum:
		e.labels(t)
	case FormTuple:
		e.count(len(t.Tuple))
		for i := range t.Tuple {
			e.valType(&t.Tuple[i])
		}
	case FormList, FormOption:
		e.valType(t.Elem)
	case FormFixedList:
		e.valType(t.Elem)
		e.u32(t.Length)
	case FormMap:
		e.valType(t.Elem)
		e.valType(t.Second)
	case FormResult:
		e.optionalType(t.Elem)
		e.optionalType(t.Second)
	case FormStream, FormFuture:
		e.optionalType(t.Elem)
	case FormOwn, FormBorrow:
		e.u32(t.Index)
	case FormFunc, FormAsyncFunc:
		e.function(t)
	case FormResource:
		e.out = wasm.AppendValType(e.out, t.Rep)
		e.present(t.Destructor != nil)
		if t.Destructor != nil {
			e.u32(*t.Destructor)
		}
	case FormComponent, FormInstance:
		e.count(len(t.Declarations))
		for _, d := range t.Declarations {
			e.declaration(d)
		}
	}
}

func (e *encoder) labels(t *Type) {
	e.count(len(t.Labels))
	for _, l := range t.Labels {
		e.name(l.Name)
		switch t.Form {
		case FormRecord:
			e.valType(l.Type)
		case FormVariant:
			e.optionalType(l.Type)
			e.byte(0)
		}
	}
}

func (e *encoder) function(t *Type) {
	e.count(len(t.Labels))
	for _, l := range t.Labels {
		e.name(l.Name)
		e.valType(l.Type)
	}
	if t.Elem == nil {
		e.bytes([]byte{1, 0})
		return
	}
	e.byte(0)
	e.valType(t.Elem)
}

// declaration appends a declaration of a component or instance type.
func (e *encoder) declaration(d Definition) {
	switch d := d.(type) {
	case *CoreType:
		e.byte(0)
	case *Type:
		e.byte(1)
	case *Alias:
		e.byte(2)
	case *Import:
		e.byte(3)
	case *ExportDecl:
		e.byte(4)
		e.externName(&d.Name)
		e.externType(&d.Type)
		return
	}
	e.definition(d)
}

// coreType appends the definition of a core type.
func (e *encoder) coreType(t *CoreType) {
	if t.Module != nil {
		e.byte(formModuleType)
		e.count(len(t.Module.Declarations))
		for i := range t.Module.Declarations {
			e.moduleDecl(&t.Module.Declarations[i])
		}
		return
	}
	at := len(e.out)
	e.out = wasm.AppendRecTypes(e.out, t.Rec)
	if e.out[at] == formModuleType {
		e.out = slices.Insert(e.out, at, formNonFinal)
	}
}

func (e *encoder) moduleDecl(d *ModuleDecl) {
	switch {
	case d.Import != nil:
		e.byte(0)
		e.name(d.Import.Module)
		e.name(d.Import.Name)
		e.out = wasm.AppendExternType(e.out, d.Import)
	case d.Type != nil:
		e.byte(1)
		e.coreType(d.Type)
	case d.Outer != nil:
		e.bytes([]byte{2, 0x10, 1})
		e.u32(d.Outer.Count)
		e.u32(d.Outer.Index)
	default:
		e.byte(3)
		e.name(d.Export.Name)
		e.out = wasm.AppendExternType(e.out, d.Export)
	}
}
