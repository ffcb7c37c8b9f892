package wasm

// Encode writes m in the binary format (core 5.5), every number in its shortest
// form, custom sections where they were. Sections without entries are left out
// unless m was decoded from a file that had them; a start section without a
// function cannot be. So a file written this way
// comes out of Decode and Encode as it was.
//
// Encode checks nothing: what m holds is written, be it valid or not.
func Encode(m *Module) []byte {
	e := &encoder{m: m, out: make([]byte, 0, m.roughSize())}
	e.out = append(e.out, magic+moduleVersion...)
	present := m.EncodedSections()
	for _, w := range sectionWriters {
		if !present.Has(w.id) {
			continue
		}
		e.customs()
		e.section(w.id, w.write)
		e.written++
	}
	for e.custom < len(m.Customs) {
		e.nextCustom()
	}
	return e.out
}

// SectionSet is a set of sections.
type SectionSet uint32

// Has reports whether id is in s.
func (s SectionSet) Has(id SectionID) bool { return s>>id&1 != 0 }

// SectionOrder are the sections that are not custom in the order of the file
// (core 5.5.17).
func SectionOrder() []SectionID {
	order := make([]SectionID, len(sectionWriters))
	for i, w := range sectionWriters {
		order[i] = w.id
	}
	return order
}

// EncodedSections are the sections that [Encode] writes for m, less custom ones.
func (m *Module) EncodedSections() SectionSet {
	var had, present SectionSet
	for _, s := range m.Sections {
		had |= 1 << s.ID
	}
	for _, w := range sectionWriters {
		if w.wanted(m) || had.Has(w.id) && w.id != SectionStart {
			present |= 1 << w.id
		}
	}
	return present
}

// CodeSize is how many bytes the bodies of m have.
func (m *Module) CodeSize() (n int) {
	for i := range m.Bodies {
		n += len(m.Bodies[i].Code)
	}
	return n
}

// roughSize is a little more than Encode needs for most modules.
func (m *Module) roughSize() int {
	n := 1024 + 24*len(m.Types) + 64*len(m.Imports) + 4*len(m.Funcs) + 32*len(m.Exports) + 16*len(m.Globals) + m.CodeSize() + 5*len(m.Bodies)
	n += 32*len(m.Datas.built) + m.Datas.fileSize()
	for i := range m.Datas.built {
		n += len(m.Datas.built[i].Init)
	}
	for i := range m.Elems {
		n += 4*len(m.Elems[i].Funcs) + 16*len(m.Elems[i].Exprs) + 32
	}
	for i := range m.Customs {
		n += len(m.Customs[i].Data) + len(m.Customs[i].Name) + 16
	}
	return n
}

type encoder struct {
	m       *Module
	out     []byte
	written int // sections so far, less custom ones
	custom  int // custom sections so far
}

// sectionWriters are the sections in the order of the file.
var sectionWriters = [...]struct {
	id     SectionID
	wanted func(*Module) bool
	write  func(*encoder)
}{
	{SectionType, func(m *Module) bool { return len(m.Types) > 0 }, (*encoder).types},
	{SectionImport, func(m *Module) bool { return len(m.Imports) > 0 }, (*encoder).imports},
	{SectionFunction, func(m *Module) bool { return len(m.Funcs) > 0 }, (*encoder).funcs},
	{SectionTable, func(m *Module) bool { return len(m.Tables) > 0 }, (*encoder).tables},
	{SectionMemory, func(m *Module) bool { return len(m.Memories) > 0 }, (*encoder).memories},
	{SectionTag, func(m *Module) bool { return len(m.Tags) > 0 }, (*encoder).tags},
	{SectionGlobal, func(m *Module) bool { return len(m.Globals) > 0 }, (*encoder).globals},
	{SectionExport, func(m *Module) bool { return len(m.Exports) > 0 }, (*encoder).exports},
	{SectionStart, func(m *Module) bool { return m.Start != nil }, (*encoder).start},
	{SectionElement, func(m *Module) bool { return len(m.Elems) > 0 }, (*encoder).elems},
	{SectionDataCount, func(m *Module) bool { return m.DataCount != nil }, (*encoder).dataCount},
	{SectionCode, func(m *Module) bool { return len(m.Bodies) > 0 }, (*encoder).bodies},
	{SectionData, func(m *Module) bool { return m.Datas.Len() > 0 }, (*encoder).datas},
}

// customs writes the custom sections that stand before the next other one.
func (e *encoder) customs() {
	for e.custom < len(e.m.Customs) && e.m.Customs[e.custom].Before <= e.written {
		e.nextCustom()
	}
}

func (e *encoder) nextCustom() {
	c := &e.m.Customs[e.custom]
	e.custom++
	size := SizeU32(uint32(len(c.Name))) + len(c.Name) + len(c.Data)
	e.out = AppendU32(append(e.out, byte(SectionCustom)), uint32(size))
	e.out = append(AppendName(e.out, c.Name), c.Data...)
}

// section writes section id with the contents that write appends.
func (e *encoder) section(id SectionID, write func(*encoder)) {
	e.out = append(e.out, byte(id))
	start := len(e.out)
	write(e)
	size := uint32(len(e.out) - start)
	// Make room for the size in front of the contents.
	n := SizeU32(size)
	var pad [5]byte
	e.out = append(e.out, pad[:n]...)
	copy(e.out[start+n:], e.out[start:start+int(size)])
	AppendU32(e.out[:start], size)
}

func (e *encoder) u32(v uint32)      { e.out = AppendU32(e.out, v) }
func (e *encoder) byte(b byte)       { e.out = append(e.out, b) }
func (e *encoder) bytes(b []byte)    { e.out = append(e.out, b...) }
func (e *encoder) count(n int)       { e.u32(uint32(n)) }
func (e *encoder) valType(t ValType) { e.out = AppendValType(e.out, t) }

func (e *encoder) types() {
	e.count(len(e.m.RecGroups))
	e.recTypes()
}

// recTypes writes the recursion groups without their number.
func (e *encoder) recTypes() {
	for _, g := range e.m.RecGroups {
		if g.Explicit || g.Len != 1 {
			e.byte(formRec)
			e.u32(g.Len)
		}
		for i := range g.Len {
			e.subType(&e.m.Types[g.Start+i])
		}
	}
}

func (e *encoder) subType(t *SubType) {
	if !t.Final || len(t.Supers) > 0 {
		form := byte(formSub)
		if t.Final {
			form = formSubFinal
		}
		e.byte(form)
		e.count(len(t.Supers))
		for _, s := range t.Supers {
			e.u32(s)
		}
	}
	e.byte(byte(t.Kind))
	switch t.Kind {
	case CompFunc:
		e.resultType(t.Func.Params)
		e.resultType(t.Func.Results)
	case CompStruct:
		e.count(len(t.Fields))
		fallthrough
	case CompArray:
		for _, f := range t.Fields {
			e.valType(f.Type)
			e.mutability(f.Mutable)
		}
	}
}

func (e *encoder) resultType(types []ValType) {
	e.count(len(types))
	for _, t := range types {
		e.valType(t)
	}
}

func (e *encoder) mutability(mutable bool) {
	if mutable {
		e.byte(1)
	} else {
		e.byte(0)
	}
}

func (e *encoder) limits(l Limits) {
	var flags byte
	if l.HasMax {
		flags |= limitsMax
	}
	if l.Shared {
		flags |= limitsShared
	}
	if l.Addr64 {
		flags |= limitsAddr64
	}
	e.byte(flags)
	e.out = AppendU64(e.out, l.Min)
	if l.HasMax {
		e.out = AppendU64(e.out, l.Max)
	}
}

func (e *encoder) tableType(t TableType) {
	e.valType(t.Elem)
	e.limits(t.Limits)
}

func (e *encoder) globalType(t GlobalType) {
	e.valType(t.Type)
	e.mutability(t.Mutable)
}

func (e *encoder) tagType(typeIndex uint32) {
	e.byte(0)
	e.u32(typeIndex)
}

func (e *encoder) imports() {
	e.count(len(e.m.Imports))
	for i := range e.m.Imports {
		im := &e.m.Imports[i]
		e.out = AppendName(AppendName(e.out, im.Module), im.Name)
		e.externType(im)
	}
}

// externType writes the kind and type of im.
func (e *encoder) externType(im *Import) {
	e.byte(byte(im.Kind))
	switch im.Kind {
	case ExternFunc:
		e.u32(im.Type)
	case ExternTable:
		e.tableType(im.Table)
	case ExternMemory:
		e.limits(im.Memory.Limits)
	case ExternGlobal:
		e.globalType(im.Global)
	case ExternTag:
		e.tagType(im.Type)
	}
}

func (e *encoder) funcs() {
	e.count(len(e.m.Funcs))
	for _, f := range e.m.Funcs {
		e.u32(f)
	}
}

func (e *encoder) tables() {
	e.count(len(e.m.Tables))
	for _, t := range e.m.Tables {
		if t.Init.Code != nil {
			e.byte(0x40)
			e.byte(0)
		}
		e.tableType(t.Type)
		e.bytes(t.Init.Code)
	}
}

func (e *encoder) memories() {
	e.count(len(e.m.Memories))
	for _, t := range e.m.Memories {
		e.limits(t.Limits)
	}
}

func (e *encoder) tags() {
	e.count(len(e.m.Tags))
	for _, t := range e.m.Tags {
		e.tagType(t)
	}
}

func (e *encoder) globals() {
	e.count(len(e.m.Globals))
	for _, g := range e.m.Globals {
		e.globalType(g.Type)
		e.bytes(g.Init.Code)
	}
}

func (e *encoder) exports() {
	e.count(len(e.m.Exports))
	for i := range e.m.Exports {
		x := &e.m.Exports[i]
		e.out = AppendName(e.out, x.Name)
		e.byte(byte(x.Kind))
		e.u32(x.Index)
	}
}

func (e *encoder) start() { e.u32(*e.m.Start) }

func (e *encoder) dataCount() { e.count(e.m.Datas.Len()) }

func (e *encoder) elems() {
	e.count(len(e.m.Elems))
	for i := range e.m.Elems {
		e.elem(&e.m.Elems[i])
	}
}

// elem writes a segment in the form that its flags say, with an explicit table
// where the flags have none and the table is not the first.
func (e *encoder) elem(s *ElemSegment) {
	flags := s.Flags
	if s.Mode == Active && s.Table != 0 {
		flags |= elemExplicit
	}
	e.u32(flags)
	if flags&elemNotActive == 0 {
		if flags&elemExplicit != 0 {
			e.u32(s.Table)
		}
		e.bytes(s.Offset.Code)
	}
	if flags&elemExprs == 0 {
		if flags != 0 {
			e.byte(0) // the element kind: functions
		}
		e.count(len(s.Funcs))
		for _, f := range s.Funcs {
			e.u32(f)
		}
		return
	}
	if flags != elemExprs {
		e.valType(s.Type)
	}
	e.count(len(s.Exprs))
	for i := range s.Exprs {
		e.bytes(s.Exprs[i].Code)
	}
}

func (e *encoder) bodies() {
	e.count(len(e.m.Bodies))
	for i := range e.m.Bodies {
		e.count(len(e.m.Bodies[i].Code))
		e.bytes(e.m.Bodies[i].Code)
	}
}

func (e *encoder) datas() {
	e.count(e.m.Datas.Len())
	if n := e.m.Datas.fileSize(); n > 0 {
		e.bytes(e.m.Datas.section[e.m.Datas.at[0]:][:n])
	}
	for i := range e.m.Datas.built {
		e.data(&e.m.Datas.built[i])
	}
}

// data writes a segment in the form that its flags say, with an explicit memory
// where the memory is not the first.
func (e *encoder) data(s *DataSegment) {
	flags := s.Flags
	if s.Mode == Active && s.Memory != 0 {
		flags = 2
	}
	e.u32(flags)
	if flags == 2 {
		e.u32(s.Memory)
	}
	if flags != 1 {
		e.bytes(s.Offset.Code)
	}
	e.count(len(s.Init))
	e.bytes(s.Init)
}
