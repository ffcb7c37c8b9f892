package private

// wazero records which instruction a return address belongs to when, and only
// when, a module has DWARF debugging information, and its stack traces then begin
// the line below a frame with the instruction's offset in the code section. The
// record is small, as it covers only instructions that can appear in a trace.
//
// PositionSections are custom sections with the least DWARF that makes wazero do
// so: one compilation unit and one line that span all offsets. A module's own
// DWARF is of no use to us; coming last, these sections take its place.
var PositionSections = customSections(
	customSection{".debug_abbrev", []byte{
		1, 0x11, 0, // abbreviation 1: DW_TAG_compile_unit without children
		0x10, 0x17, // DW_AT_stmt_list, DW_FORM_sec_offset
		0x11, 0x01, // DW_AT_low_pc, DW_FORM_addr
		0x12, 0x01, // DW_AT_high_pc, DW_FORM_addr
		0, 0, // end of the attributes
		0, // end of the abbreviations
	}},
	customSection{".debug_info", []byte{
		20, 0, 0, 0, // length of what follows
		4, 0, // DWARF version 4
		0, 0, 0, 0, // offset of the abbreviations
		4,          // bytes per address
		1,          // abbreviation 1
		0, 0, 0, 0, // stmt_list
		1, 0, 0, 0, // low_pc; wazero ignores units that begin at 0
		0xF0, 0xFF, 0xFF, 0xFF, // high_pc
	}},
	customSection{".debug_line", []byte{
		49, 0, 0, 0, // length of what follows
		4, 0, // version 4
		25, 0, 0, 0, // length of the header behind this number
		1, 1, 1, // minimum instruction length, operations per instruction, is_stmt
		0xFB, 14, 13, // line base -5, line range, first special opcode
		0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, // operands of the standard opcodes
		0,               // no include directories
		'f', 0, 0, 0, 0, // one file
		0,                   // end of the files
		0, 5, 2, 1, 0, 0, 0, // set the address to 1
		1,                               // emit a row
		0, 5, 2, 0xF0, 0xFF, 0xFF, 0xFF, // set the address to the end
		0, 1, 1, // end the sequence
	}},
)

type customSection struct {
	name string
	data []byte
}

// customSections encodes sections whose sizes each fit one byte of LEB128.
func customSections(sections ...customSection) []byte {
	var b []byte
	for _, s := range sections {
		b = append(b, 0, byte(1+len(s.name)+len(s.data)), byte(len(s.name)))
		b = append(b, s.name...)
		b = append(b, s.data...)
	}
	return b
}
