package wasm_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// everySection is a module with an entry of each kind in each section.
func everySection() *wasm.Module {
	start, count := uint32(1), uint32(3)
	i32 := func(n byte) wasm.Expr { return wasm.Expr{Code: []byte{0x41, n, 0x0B}} }
	null := wasm.Expr{Code: []byte{0xD0, 0x70, 0x0B}}
	return &wasm.Module{
		Types: []wasm.SubType{
			{Kind: wasm.CompFunc, Final: true},
			{Kind: wasm.CompFunc, Final: true, Func: wasm.FuncType{Params: []wasm.ValType{wasm.I32, wasm.V128}, Results: []wasm.ValType{wasm.Ref(0)}}},
			{Kind: wasm.CompStruct, Fields: []wasm.FieldType{{Type: wasm.I8, Mutable: true}, {Type: wasm.RefNull(2)}}},
			{Kind: wasm.CompStruct, Final: true, Supers: []uint32{2}, Fields: []wasm.FieldType{{Type: wasm.I8, Mutable: true}, {Type: wasm.RefNull(2)}}},
			{Kind: wasm.CompArray, Final: true, Fields: []wasm.FieldType{{Type: wasm.I16}}},
		},
		RecGroups: []wasm.RecGroup{{Start: 0, Len: 1}, {Start: 1, Len: 1}, {Start: 2, Len: 2, Explicit: true}, {Start: 4, Len: 1, Explicit: true}},
		Imports: []wasm.Import{
			{Module: "m", Name: "f", Kind: wasm.ExternFunc},
			{Module: "m", Name: "t", Kind: wasm.ExternTable, Table: wasm.TableType{Elem: wasm.ExternRef, Limits: wasm.Limits{Min: 1, Max: 2, HasMax: true}}},
			{Module: "m", Name: "m", Kind: wasm.ExternMemory, Memory: wasm.MemoryType{Limits: wasm.Limits{Min: 1, Max: 1, HasMax: true, Shared: true}}},
			{Module: "m", Name: "g", Kind: wasm.ExternGlobal, Global: wasm.GlobalType{Type: wasm.F64, Mutable: true}},
			{Module: "m", Name: "e", Kind: wasm.ExternTag},
		},
		Funcs:    []uint32{0, 0},
		Tables:   []wasm.Table{{Type: wasm.TableType{Elem: wasm.FuncRef, Limits: wasm.Limits{Addr64: true}}, Init: null}, {Type: wasm.TableType{Elem: wasm.ExnRef}}},
		Memories: []wasm.MemoryType{{Limits: wasm.Limits{Min: 1 << 33, Addr64: true}}},
		Tags:     []uint32{0},
		Globals:  []wasm.Global{{Type: wasm.GlobalType{Type: wasm.I32, Mutable: true}, Init: i32(7)}},
		Exports:  []wasm.Export{{Name: "", Kind: wasm.ExternFunc, Index: 1}, {Name: "é", Kind: wasm.ExternTag, Index: 1}},
		Start:    &start,
		Elems: []wasm.ElemSegment{
			{Flags: 0, Offset: i32(0), Type: wasm.Ref(wasm.HeapFunc), Funcs: []uint32{1}},
			{Flags: 1, Mode: wasm.Passive, Type: wasm.Ref(wasm.HeapFunc), Funcs: []uint32{1, 0}},
			{Flags: 2, Table: 1, Offset: i32(0), Type: wasm.Ref(wasm.HeapFunc), Funcs: []uint32{}},
			{Flags: 3, Mode: wasm.Declarative, Type: wasm.Ref(wasm.HeapFunc), Funcs: []uint32{1}},
			{Flags: 4, Offset: i32(0), Type: wasm.FuncRef, Exprs: []wasm.Expr{null}},
			{Flags: 5, Mode: wasm.Passive, Type: wasm.Ref(1), Exprs: []wasm.Expr{}},
			{Flags: 6, Table: 2, Offset: i32(0), Type: wasm.FuncRef, Exprs: []wasm.Expr{null, null}},
			{Flags: 7, Mode: wasm.Declarative, Type: wasm.FuncRef, Exprs: []wasm.Expr{null}},
		},
		DataCount: &count,
		Bodies:    []wasm.Body{{Code: []byte{0, 0x0B}}, {Code: []byte{1, 2, 0x7F, 0x0B}}},
		Datas: wasm.DataSegmentsOf([]wasm.DataSegment{
			{Offset: i32(0), Init: []byte("a")}, {Flags: 1, Mode: wasm.Passive, Init: []byte{}}, {Flags: 2, Memory: 1, Offset: i32(0), Init: []byte("bc")},
		}),
		Customs: []wasm.Custom{{Name: "first", Data: []byte{1}}, {Name: "mid", Data: []byte{}, Before: 4}, {Name: "last", Data: []byte{2}, Before: 13}},
	}
}

// withoutPlaces is m less what only decoding from a file adds.
func withoutPlaces(m *wasm.Module) *wasm.Module {
	out := &wasm.Module{
		Types: m.Types, RecGroups: m.RecGroups, Imports: m.Imports, Funcs: m.Funcs, Tables: m.Tables, Memories: m.Memories,
		Tags: m.Tags, Globals: m.Globals, Exports: m.Exports, Start: m.Start, Elems: m.Elems, Bodies: m.Bodies,
		DataCount: m.DataCount, Customs: m.Customs,
	}
	for i := range out.Tables {
		out.Tables[i].Init.Offset = 0
	}
	for i := range out.Globals {
		out.Globals[i].Init.Offset = 0
	}
	for i := range out.Elems {
		out.Elems[i].Offset.Offset, out.Elems[i].FilePos = 0, 0
		for j := range out.Elems[i].Exprs {
			out.Elems[i].Exprs[j].Offset = 0
		}
	}
	for i := range out.Bodies {
		out.Bodies[i].Offset = 0
	}
	datas := m.Datas.Slice()
	for i := range datas {
		datas[i].Offset.Offset, datas[i].FilePos = 0, 0
	}
	out.Datas = wasm.DataSegmentsOf(datas)
	for i := range out.Customs {
		out.Customs[i].Offset = 0
	}
	return out
}

func TestDecodeGivesWhatWasEncoded(t *testing.T) {
	m, err := wasm.Decode(wasm.Encode(everySection()), everything)
	if err != nil {
		t.Fatal(err)
	}
	got, want := reflect.ValueOf(*withoutPlaces(m)), reflect.ValueOf(*everySection())
	for i := range want.NumField() {
		f := want.Type().Field(i)
		if f.IsExported() && !reflect.DeepEqual(got.Field(i).Interface(), want.Field(i).Interface()) {
			t.Errorf("%s: got %+v, want %+v", f.Name, got.Field(i), want.Field(i))
		}
	}
}

// TestPlacesAreFileOffsets finds each noted place in the file.
func TestPlacesAreFileOffsets(t *testing.T) {
	bin := wasm.Encode(everySection())
	m, err := wasm.Decode(bin, everything)
	if err != nil {
		t.Fatal(err)
	}
	at := func(what string, off int64, code []byte) {
		t.Helper()
		if !bytes.HasPrefix(bin[off:], code) {
			t.Errorf("%s is not at %#x", what, off)
		}
	}
	for _, b := range m.Bodies {
		at("body", b.Offset, b.Code)
	}
	for _, g := range m.Globals {
		at("global's value", g.Init.Offset, g.Init.Code)
	}
	for _, e := range m.Elems {
		at("element segment", e.FilePos, []byte{byte(e.Flags)})
		if e.Mode == wasm.Active {
			at("element offset", e.Offset.Offset, e.Offset.Code)
		}
	}
	for _, s := range m.Datas.All() {
		at("data segment", s.FilePos, []byte{byte(s.Flags)})
	}
	for _, c := range m.Customs {
		at("custom section", c.Offset, c.Data)
	}
	for _, s := range m.Sections {
		at("section", s.Offset-1, wasm.AppendU32(nil, uint32(s.Size)))
	}
}

// TestEveryCutIsAnError: no proper beginning of the file is a whole module, unless
// it ends between two sections.
func TestEveryCutIsAnError(t *testing.T) {
	bin := wasm.Encode(everySection())
	m, err := wasm.Decode(bin, everything)
	if err != nil {
		t.Fatal(err)
	}
	between := map[int]bool{8: true}
	for _, s := range m.Sections {
		between[int(s.Offset+s.Size)] = true
	}
	for n := range bin {
		if err := load(bin[:n], everything); err == nil && !between[n] {
			t.Errorf("cut to %d bytes: no error", n)
		}
	}
}

// loadError is a module with one thing wrong, after the header, and what is
// logged of it. The lines of the nodes are joined by "<".
type loadError struct {
	name     string
	hex      string
	features wasm.Features
	code     fault.Code
	offset   int64
	need     string
	nodes    string
}

func (e loadError) binary() []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(e.hex, " ", ""))
	if err != nil {
		panic(err)
	}
	return append([]byte("\x00asm\x01\x00\x00\x00"), b...)
}

func (e loadError) log() string {
	lines := []string{e.code.Error()}
	if e.need != "" {
		lines = append(lines, "    "+fault.RequiresProposal(e.need))
	}
	if e.offset >= 0 {
		lines = append(lines, "    "+fault.ByteOffset(e.offset))
	}
	for n := range strings.SplitSeq(e.nodes, "<") {
		lines = append(lines, "    "+fault.ASTNode(n))
	}
	return strings.Join(lines, "\n")
}

const noRefs = wasm.Wasm2 &^ wasm.ReferenceTypes

const (
	inCode  = "instruction<expression<code segment<code section<module"
	fn      = "01 04 01 60 00 00  03 02 01 00  " // type and function section: the code section begins at 0x12
	codeAt  = 8 + 10
	wasm3   = wasm.Wasm3
	noMulti = wasm.Wasm3 &^ wasm.MultiMemory
)

// loadErrors hold the loader to WasmEdge's order of checks, codes and places. The
// cases down to "header end" repeat what was recorded of the real command.
var loadErrors = []loadError{
	{"section id alone", "01", wasm3, fault.UnexpectedEnd, 9, "", "type section<module"},
	{"section beyond the end", "01 05 01 60", wasm3, fault.LengthOutOfBounds, 9, "", "type section<module"},
	{"section shorter than said", "01 07 01 60 00 01 7f 00 00", wasm3, fault.SectionSizeMismatch, 0xF, "", "type section<module"},
	{"section longer than said", "01 02 01 60 00 01 7f", wasm3, fault.SectionSizeMismatch, 0xF, "", "type section<module"},
	{"section twice", "01 05 01 60 00 01 7f 01 05 01 60 00 01 7f", wasm3, fault.JunkSection, 0xF, "", "module"},
	{"unknown type form", "01 04 01 5d 00 00", wasm3, fault.IntegerTooLong, 0xB, "", "recursive type<type section<module"},
	{"unknown import kind", "02 07 01 01 61 01 62 07 00", wasm3, fault.MalformedImportKind, 0xF, "", "import description<import section<module"},
	{"name not UTF-8", "02 08 01 01 ff 01 61 03 7f 00", wasm3, fault.MalformedUTF8, 0xB, "", "import description<import section<module"},
	{"custom name beyond the end", "00 02 05 61", wasm3, fault.LengthOutOfBounds, 0xC, "", "custom section<module"},
	{"limits flags", "05 03 01 09 01", wasm3, fault.MalformedLimitFlags, 0xB, "", "limit<memory type<memory section<module"},
	{"limits cut", "05 03 01 01 01", wasm3, fault.UnexpectedEnd, 0xD, "", "limit<memory type<memory section<module"},
	{"element flags", "09 06 01 09 41 00 0b 00", wasm3, fault.IllegalGrammar, 0xB, "", "element segment<element section<module"},
	{"code without functions", "0a 04 01 02 00 0b", wasm3, fault.IncompatibleFuncCode, -1, "", "module"},
	{"data count off", "05 03 01 00 01 0c 01 02 0b 04 01 01 01 61", wasm3, fault.IncompatibleDataCount, -1, "", "module"},
	{"locals of no type", fn + "0a 06 01 04 01 01 41 0b", wasm3, fault.MalformedRefType, codeAt + 6, "", "code segment<code section<module"},
	{"too many locals", fn + "0a 0a 01 08 01 ff ff ff ff 0f 7f 0b", wasm3, fault.TooManyLocals, codeAt + 5, "", "code segment<code section<module"},
	{"body ends early", fn + "0a 04 01 06 00 0b", wasm3, fault.JunkSection, codeAt + 6, "", inCode},
	{"no end", fn + "0a 04 01 02 00 01", wasm3, fault.UnexpectedEnd, codeAt + 6, "", inCode},
	{"bulk memory off", "0c 01 00", wasm.Wasm1, fault.MalformedSection, 8, "Bulk Memory Operations", "module"},
	{"tags off", "0d 01 00", wasm.Wasm2, fault.MalformedSection, 8, "Exception Handling", "module"},
	{"64-bit memory off", "05 03 01 04 01", wasm.Wasm2, fault.IntegerTooLarge, 0xB, "", "limit<memory type<memory section<module"},
	{"shared memory off", "05 04 01 03 01 02", wasm3, fault.MalformedLimitFlags, 0xB, "", "limit<memory type<memory section<module"},
	{"struct off", "01 03 01 5f 00", wasm.Wasm2, fault.IntegerTooLong, 0xB, "Garbage Collection", "type section<module"},
	{"vectors off", "01 05 01 60 00 01 7b", wasm.Wasm1, fault.MalformedValType, 0xE, "Fixed-width SIMD", "function type<function type<type section<module"},
	{"references off", "04 04 01 6f 00 00", wasm.Wasm1, fault.MalformedElemType, 0xB, "Reference Types", "table type<table segment<table section<module"},

	{"header end", "0e 00", wasm3, fault.MalformedSection, 8, "", "module"},
	{"code before data count", fn + "0a 04 01 02 00 0b 0c 01 00", wasm3, fault.JunkSection, codeAt + 6, "", "module"},
	{"tags behind globals", "06 01 00 0d 01 00", wasm3, fault.JunkSection, 0xB, "", "module"},
	{"section size too long", "01 80 80 80 80 80 00", wasm3, fault.IntegerTooLong, 9, "", "type section<module"},
	{"section size too large", "01 ff ff ff ff 7f", wasm3, fault.IntegerTooLarge, 9, "", "type section<module"},
	{"count that no file holds", "01 06 ff ff ff ff 0f 00", wasm3, fault.IntegerTooLong, 0xA, "", "type section<module"},
	{"custom section shorter than its name", "00 01 02 61 62", wasm3, fault.UnexpectedEnd, 0xA, "", "custom section<module"},
	{"parameter of no type", "01 05 01 60 01 01 00", wasm3, fault.MalformedRefType, 0xD, "", "function type<function type<type section<module"},
	{"packed parameter", "01 05 01 60 01 78 00", wasm3, fault.MalformedValType, 0xD, "", "function type<function type<type section<module"},
	{"field mutability", "01 05 01 5f 01 7f 02", wasm3, fault.InvalidMut, 0xE, "", "recursive type<recursive type<type section<module"},
	{"element mutability", "01 04 01 5e 78 02", wasm3, fault.InvalidMut, 0xD, "", "recursive type<type section<module"},
	{"supertype cut", "01 03 01 50 01", wasm3, fault.UnexpectedEnd, 0xD, "", "recursive type<recursive type<type section<module"},
	{"recursion group cut", "01 02 01 4e", wasm3, fault.UnexpectedEnd, 0xC, "", "type section<module"},
	{"mutable import off", "02 08 01 01 61 01 62 03 7f 01", wasm.Wasm2 &^ wasm.MutableGlobals, fault.InvalidMut, 0x11,
		"Import/Export of Mutable Globals", "import description<import section<module"},
	{"imported tag off", "02 08 01 01 61 01 62 04 00 00", wasm.Wasm2, fault.MalformedImportKind, 0xF, "Exception Handling", "module<import section<module"},
	{"import's limits", "02 08 01 01 61 01 62 02 08 01", wasm3, fault.MalformedLimitFlags, 0x10, "", "limit<memory type<import section<module"},
	{"import's mutability", "02 08 01 01 61 01 62 03 7f 02", wasm3, fault.InvalidMut, 0x11, "", "global type<import section<module"},
	{"tag attribute", "0d 03 01 01 00", wasm3, fault.ExpectedZeroByte, 0xB, "", "tag type<tag section<module"},
	{"function index cut", "03 02 01 80", wasm3, fault.UnexpectedEnd, 0xC, "", "function section<function section<module"},
	{"table of numbers", "04 04 01 7f 00 00", wasm3, fault.MalformedRefType, 0xB, "", "table type<table segment<table section<module"},
	{"table with value, second byte", "04 05 01 40 01 70 00", wasm3, fault.MalformedTable, 0xC, "", "table segment<table section<module"},
	{"table with value off", "04 05 01 40 00 70 00", wasm.Wasm2, fault.MalformedTable, 0xB, "Typed Function References", "table segment<table section<module"},
	{"typed references off", "04 05 01 63 70 00 00", wasm.Wasm2, fault.MalformedRefType, 0xB, "Typed Function References", "table type<table segment<table section<module"},
	{"gc reference off", "04 04 01 6e 00 00", wasm.Wasm2, fault.MalformedRefType, 0xB, "Garbage Collection", "table type<table segment<table section<module"},
	{"exnref off", "04 04 01 69 00 00", wasm.Wasm2, fault.MalformedValType, 0xB, "Exception Handling", "table type<table segment<table section<module"},
	{"limits flags, once a number", "05 04 01 81 00 01", wasm.Wasm2, fault.IntegerTooLong, 0xB, "", "limit<memory type<memory section<module"},
	{"global value cut", "06 03 01 7f 00", wasm3, fault.UnexpectedEnd, 0xD, "", "instruction<expression<global segment<global section<module"},
	{"global value's opcode", "06 05 01 7f 00 ff 0b", wasm3, fault.IllegalOpCode, 0xD, "", "instruction<expression<global segment<global section<module"},
	{"exported tag off", "07 05 01 01 61 04 00", wasm.Wasm2, fault.MalformedImportKind, 0xD, "Exception Handling", "module<export section<module"},
	{"export kind", "07 05 01 01 61 05 00", wasm3, fault.MalformedExportKind, 0xD, "", "export description<export section<module"},
	{"start cut", "08 01 80", wasm3, fault.UnexpectedEnd, 0xB, "", "start section<module"},
	{"element kind", "09 04 01 01 01 00", wasm3, fault.ExpectedZeroByte, 0xC, "", "element segment<element section<module"},
	{"element functions cut", "09 05 01 01 00 02 00", wasm3, fault.UnexpectedEnd, 0xF, "", "instruction<element segment<element section<module"},
	{"element type", "09 04 01 05 7f 00", wasm3, fault.MalformedRefType, 0xC, "", "element segment<element section<module"},
	{"element expression", "09 06 01 05 70 01 ff 0b", wasm3, fault.IllegalOpCode, 0xE, "", "instruction<expression<element segment<element section<module"},
	{"data flags", "0b 03 01 03 00", wasm3, fault.IllegalGrammar, 0xB, "", "data segment<data section<module"},
	{"passive data off", "0b 03 01 01 00", wasm.Wasm1, fault.ExpectedZeroByte, 0xB, "Bulk Memory Operations", "data segment<data section<module"},
	{"data cut", "0b 04 01 01 02 61", wasm3, fault.UnexpectedEnd, 0xE, "", "data segment<data section<module"},
	{"body's error before data's", fn + "0a 04 01 02 00 ff 0b 03 01 03 00", wasm3, fault.IllegalOpCode, codeAt + 5, "", inCode},
	{"body's error before lengths", "0a 04 01 02 00 ff", wasm3, fault.IllegalOpCode, 0xD, "", inCode},
	{"body longer than said", fn + "0a 05 01 02 00 01 0b", wasm3, fault.SectionSizeMismatch, codeAt + 7, "", inCode},
	{"bodies shorter than the section", fn + "0a 05 01 02 00 0b 00", wasm3, fault.SectionSizeMismatch, codeAt + 6, "", "code section<module"},
	{"locals cut", fn + "0a 03 01 01 80", wasm3, fault.UnexpectedEnd, codeAt + 5, "", "element segment<code section<module"},
	{"else alone", fn + "0a 05 01 03 00 05 0b", wasm3, fault.IllegalOpCode, codeAt + 5, "", inCode},
	{"else twice", fn + "0a 0b 01 09 00 41 00 04 40 05 05 0b 0b", wasm3, fault.IllegalOpCode, codeAt + 10, "", inCode},
	{"else behind the body", fn + "0a 05 01 02 00 01 05", wasm3, fault.ENDCodeExpected, codeAt + 6, "", inCode},
	{"legacy try", fn + "0a 05 01 03 00 06 40", wasm3, fault.IllegalOpCode, codeAt + 5, "", inCode},
	{"sub-opcode", fn + "0a 06 01 04 00 fd 9a 01", wasm3, fault.IllegalOpCode, codeAt + 6, "", inCode},
	{"block type", fn + "0a 05 01 03 00 02 41", wasm3, fault.MalformedRefType, codeAt + 6, "", inCode},
	{"block parameters off", fn + "0a 05 01 03 00 02 00", wasm.Wasm1, fault.MalformedValType, codeAt + 6, "Multi-value", inCode},
	{"memory index off", fn + "0a 05 01 03 00 3f 01", noMulti, fault.ExpectedZeroByte, codeAt + 6, "", inCode},
	{"access flags off", fn + "0a 06 01 04 00 28 40 00", noMulti, fault.MalformedMemoryOpFlags, codeAt + 6, "", inCode},
	{"table index off", fn + "0a 06 01 04 00 11 00 01", noRefs, fault.ExpectedZeroByte, codeAt + 7, "Reference Types", inCode},
	{"offset beyond 32 bits off", fn + "0a 0a 01 08 00 28 02 80 80 80 80 10", wasm.Wasm2, fault.IntegerTooLarge, codeAt + 7, "", inCode},
	{"catch flags", fn + "0a 09 01 07 00 1f 40 01 04 00 0b", wasm3, fault.MalformedCatchFlags, codeAt + 8, "", inCode},
	{"either of two proposals", fn + "0a 05 01 03 00 d1 0b", wasm.Wasm1, fault.IllegalOpCode, codeAt + 5, "Reference Types", inCode},
	{"data count absent", fn + "0a 06 01 04 00 fc 09 00", wasm3, fault.DataCountRequired, codeAt + 5, "", inCode},
}

func TestLoadErrors(t *testing.T) {
	for _, tc := range loadErrors {
		if got := log(load(tc.binary(), tc.features)); got != tc.log() {
			t.Errorf("%s: got\n%s\nwant\n%s", tc.name, got, tc.log())
		}
	}
}

func TestWhatIsNoModule(t *testing.T) {
	for _, tc := range []struct {
		name     string
		bin      string
		features wasm.Features
		want     string
	}{
		{"nothing", "", wasm3, "loading failed: unexpected end, Code: 0x102\n    Bytecode offset: 0x00000000\n    At AST node: module"},
		{"part of the magic", "\x00as", wasm3, "loading failed: unexpected end, Code: 0x102\n    Bytecode offset: 0x00000003\n    At AST node: module"},
		{"text", "(module)", wasm3, "Might an invalid wasm file, magic expected, but got 0x28 0x6D 0x6F 0x64\n" +
			"loading failed: magic header not detected, Code: 0x103\n    Bytecode offset: 0x00000000\n    At AST node: module"},
		{"version 2", "\x00asm\x02\x00\x00\x00", wasm3,
			"loading failed: unknown binary version, Code: 0x104\n    Bytecode offset: 0x00000004\n    At AST node: component model module"},
		{"component", "\x00asm\x0d\x00\x01\x00", wasm3, "loading failed: unknown binary version, Code: 0x104\n" +
			"    This instruction or syntax requires enabling Component Model proposal\n" +
			"    Bytecode offset: 0x00000004\n    At AST node: component model module"},
	} {
		if got := log(load([]byte(tc.bin), tc.features)); got != tc.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tc.name, got, tc.want)
		}
	}
	_, err := wasm.Decode([]byte("\x00asm\x0d\x00\x01\x00"), wasm3)
	if !errors.Is(err, wasm.ErrComponent) {
		t.Errorf("component: %v, want ErrComponent as its cause", err)
	}
}

// TestCheckBodiesReadsWhatTheModuleHas: not what it was decoded from.
func TestCheckBodiesReadsWhatTheModuleHas(t *testing.T) {
	m, err := wasm.Decode(wasm.Encode(everySection()), everything)
	if err != nil {
		t.Fatal(err)
	}
	changed := *m
	changed.Bodies = []wasm.Body{m.Bodies[0], {Code: []byte{0x00, 0xFF, 0x0B}}}
	if err := changed.CheckBodies(everything); !errors.Is(err, fault.IllegalOpCode) {
		t.Errorf("with an illegal opcode: %v", err)
	}
	if err := m.CheckBodies(everything); err != nil {
		t.Error(err)
	}
}

func TestLegacyExceptionsAreNamed(t *testing.T) {
	for code, name := range map[string]string{"06": "try", "07": "catch", "09": "rethrow", "18": "delegate", "19": "catch_all"} {
		err := load(loadError{hex: fn + "0a 05 01 03 00 " + code + " 40"}.binary(), everything)
		if !errors.Is(err, wasm.ErrLegacyExceptions) || !strings.Contains(err.Error(), ": "+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDecodeTakesLittleMemory: what decoding adds to a file is at most three
// tenths of it, for code in short functions and data in short segments.
func TestDecodeTakesLittleMemory(t *testing.T) {
	m := &wasm.Module{
		Types:     []wasm.SubType{{Kind: wasm.CompFunc, Final: true}},
		RecGroups: []wasm.RecGroup{{Len: 1}},
		Funcs:     make([]uint32, 20000),
		Bodies:    make([]wasm.Body, 20000),
	}
	body := append(bytes.Repeat([]byte{0x01}, 150), 0x0B) // nop
	body[0] = 0                                           // no locals
	for i := range m.Bodies {
		m.Bodies[i].Code = body
	}
	for range 20000 {
		m.Datas.Append(wasm.DataSegment{Offset: wasm.Expr{Code: []byte{0x41, 0x00, 0x0B}}, Init: make([]byte, 20)})
	}
	bin := wasm.Encode(m)
	used := allocated(func() {
		if _, err := wasm.Decode(bin, everything); err != nil {
			t.Error(err)
		}
	})
	if limit := uint64(len(bin)) * 3 / 10; used > limit {
		t.Errorf("%d bytes for a file of %d, want at most %d", used, len(bin), limit)
	}
}

// A file of nothing but sections must not take much more memory than its size.
func TestManySectionsTakeLittleMemory(t *testing.T) {
	for _, tc := range []struct {
		name, section string
		valid         bool
	}{
		{"without a name", "\x00\x00", false},
		{"with an empty name", "\x00\x01\x00", true},
	} {
		bin := append([]byte("\x00asm\x01\x00\x00\x00"), bytes.Repeat([]byte(tc.section), 1<<20)...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := wasm.Decode(bin, wasm.Wasm3)
		runtime.ReadMemStats(&after)
		if (err == nil) != tc.valid {
			t.Errorf("sections %s: %v", tc.name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
			t.Errorf("sections %s: %d bytes for a file of %d", tc.name, n, len(bin))
		}
	}
}
