package wasm

// Module is a decoded module (core 2.5). Index spaces begin with the imports of
// their kind, in the order of Imports, followed by the module's own entries.
type Module struct {
	Types     []SubType  // the type index space
	RecGroups []RecGroup // how Types is divided

	Imports  []Import
	Funcs    []uint32 // type index of each of the module's own functions
	Tables   []Table
	Memories []MemoryType
	Tags     []uint32 // type index of each of the module's own tags
	Globals  []Global
	Exports  []Export
	Start    *uint32 // function index, or nil
	Elems    []ElemSegment
	Bodies   []Body // one for each of Funcs
	Datas    DataSegments

	DataCount *uint32 // the data count section's number, or nil without one
	Customs   []Custom

	// Traced asks passes to say where the instructions they write come from: see
	// Body.Origins. It is for finding the place of a trap, after the fact.
	Traced bool

	// Odd says that the file, leaving bodies aside, has something written in a way
	// that [Misread] is about.
	Odd bool

	// Sections says where each section of the binary was, in file order; it is
	// empty for a module that was not decoded from bytes.
	Sections []Section

	source []byte // the file, for CheckBodies; nil for a module not decoded
}

// SectionID is the number that a section begins with (core 5.5.2).
type SectionID byte

// The sections.
const (
	SectionCustom SectionID = iota
	SectionType
	SectionImport
	SectionFunction
	SectionTable
	SectionMemory
	SectionGlobal
	SectionExport
	SectionStart
	SectionElement
	SectionCode
	SectionData
	SectionDataCount
	SectionTag
)

// Section is the place of a section in the file.
type Section struct {
	ID     SectionID
	Offset int64 // of the section's contents, behind id and size
	Size   int64 // bytes of the contents
}

// Import is an entry of the import section. Kind says which of the others holds
// its type.
type Import struct {
	Module, Name string
	Kind         ExternKind
	Type         uint32 // type index of a function or tag
	Table        TableType
	Memory       MemoryType
	Global       GlobalType
}

// Expr is a constant expression as its bytes, the final end included.
type Expr struct {
	Offset int64 // in the file
	Code   []byte
}

// Table is an entry of the table section.
type Table struct {
	Type TableType
	Init Expr // Code is nil when the elements begin as null
}

// Global is an entry of the global section.
type Global struct {
	Type GlobalType
	Init Expr
}

// Export is an entry of the export section.
type Export struct {
	Name  string
	Kind  ExternKind
	Index uint32
}

// SegmentMode tells how an element or data segment is used.
type SegmentMode byte

// The modes of segments; data segments are never declarative.
const (
	Active SegmentMode = iota
	Passive
	Declarative
)

// ElemSegment is an entry of the element section (core 5.5.12). Either Funcs or
// Exprs holds the elements; Flags keeps the form it was written in.
type ElemSegment struct {
	Flags   uint32 // 0 to 7
	Mode    SegmentMode
	Table   uint32 // when active
	Offset  Expr   // when active
	Type    ValType
	Funcs   []uint32 // when Flags&4 == 0
	Exprs   []Expr   // when Flags&4 != 0
	FilePos int64    // where the entry begins
}

// DataSegment is an entry of the data section (core 5.5.14).
type DataSegment struct {
	Flags   uint32 // 0 active, 1 passive, 2 active with a memory index
	Mode    SegmentMode
	Memory  uint32 // when active
	Offset  Expr   // when active
	Init    []byte
	FilePos int64 // where the entry begins
}

// Body is an entry of the code section: declarations of locals, then the
// instructions, the final end included (core 5.5.13).
type Body struct {
	Offset int64 // of Code in the file
	Code   []byte

	// Origins are those of a body that passes have rewritten in a traced module, in
	// the order of their places; nil for a body as it was read.
	Origins *Origins
}

// LocalRun is N locals of one type, as a body declares them.
type LocalRun struct {
	N    uint32
	Type ValType
}

// Custom is a custom section. Before is the section that it stands in front of,
// counted among those that are not custom: 0 puts it before the first, n after
// the nth.
type Custom struct {
	Name   string
	Data   []byte
	Before int
	Offset int64 // of Data in the file
}

// ImportedCount is how many imports are of kind k: the index of the module's own
// first entry of that kind.
func (m *Module) ImportedCount(k ExternKind) uint32 {
	var n uint32
	for i := range m.Imports {
		if m.Imports[i].Kind == k {
			n++
		}
	}
	return n
}
