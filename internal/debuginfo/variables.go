package debuginfo

import (
	"debug/dwarf"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// Machine is the state of a guest that variables are found in.
type Machine interface {
	// Local is the value of a local of the frame's function, and whether it is known. Numbers
	// of 32 bits are in its lower half.
	Local(n uint64) (uint64, bool)
	// Memory is n bytes of memory at an address, and whether they are there.
	Memory(at, n uint64) ([]byte, bool)
}

// Variable is a variable of the source.
type Variable struct {
	Name  string
	Value string // as a person reads it; empty if it is not known
}

// Bounds of what is told, and of how far is gone for it.
const (
	maxVariables = 64
	maxTypes     = 16      // that a type is made of
	maxEntries   = 1 << 16 // of a function
	maxInType    = 1 << 12 // entries of a type
	maxMembers   = 8       // of a structure that are told
	maxText      = 200     // bytes of a value's text
)

// Variables are those of each of the places that [Info.Places] tells of offset, in m; nil if the
// module says nothing of variables.
func (i *Info) Variables(offset int64, m Machine) (all [][]Variable) {
	if i.dwarf == nil {
		return nil
	}
	defer func() {
		if recover() != nil {
			all = nil // as in Places
		}
	}()
	pc := uint64(offset - i.code)
	unit, _ := i.dwarf.line(pc)
	if unit == nil {
		return nil
	}
	chain := i.dwarf.around(unit, pc)
	some := false
	base := i.dwarf.frameBase(chain, m)
	for _, f := range chain {
		v := i.dwarf.variables(unit, f.entry, pc, &frameOf{m, base, f.low})
		some = some || len(v) > 0
		all = append(all, v)
	}
	if !some {
		return nil
	}
	return all
}

// Locals are the names of the locals of a function in the section of names.
func (i *Info) Locals(function uint32) map[uint32]string {
	for _, f := range i.locals {
		if f.Index != function {
			continue
		}
		names := map[uint32]string{}
		for _, n := range f.Names {
			names[n.Index] = n.Name
		}
		return names
	}
	return nil
}

// maxRead is how many entries are read for the variables of a trap in all.
const maxRead = 1 << 22

// next is the next entry that r reads, or nil when there was enough.
func (l *lines) next(r *dwarf.Reader) (*dwarf.Entry, error) {
	if l.read++; l.read > maxRead {
		return nil, nil
	}
	return r.Next()
}

// frameOf is what expressions are computed in.
type frameOf struct {
	Machine
	base place
	low  uint64
}

// place is where a variable is.
type place struct {
	known bool
	value bool   // bits are the value, not the address
	bits  uint64 // the address, or the value
}

// frameBase is where the variables of the function that is not inlined lie.
func (l *lines) frameBase(chain []function, m Machine) place {
	for _, f := range chain {
		if f.entry.Tag != dwarf.TagSubprogram {
			continue
		}
		if expr, ok := f.entry.Val(dwarf.AttrFrameBase).([]byte); ok {
			p := compute(expr, &frameOf{Machine: m})
			p.value = false
			return p
		}
	}
	return place{}
}

// variables are those of function, or of what is inlined as that, which are visible at pc.
func (l *lines) variables(unit, function *dwarf.Entry, pc uint64, f *frameOf) []Variable {
	if !function.Children {
		return nil
	}
	var found []Variable
	r := l.data.Reader()
	r.Seek(function.Offset)
	if _, err := l.next(r); err != nil {
		return nil
	}
	depth := 1
	for range maxEntries {
		e, err := l.next(r)
		if err != nil || e == nil {
			return found
		}
		switch e.Tag {
		case 0:
			if depth--; depth == 0 {
				return found
			}
			continue
		case dwarf.TagFormalParameter, dwarf.TagVariable:
			if name := l.name(e, 0); name != "" && len(found) < maxVariables {
				found = append(found, Variable{name, l.value(e, l.find(unit, e, pc, f), f)})
			}
		case dwarf.TagLexDwarfBlock:
			if _, ok := l.has(e, pc); ok && e.Children {
				depth++
				continue
			}
		}
		skip(r, e, func() (*dwarf.Entry, error) { return l.next(r) })
	}
	return found
}

// find is where the variable e is at pc.
func (l *lines) find(unit, e *dwarf.Entry, pc uint64, f *frameOf) place {
	field := e.AttrField(dwarf.AttrLocation)
	if field == nil {
		switch v := e.Val(dwarf.AttrConstValue).(type) {
		case int64:
			return place{known: true, value: true, bits: uint64(v)}
		}
		return place{}
	}
	switch v := field.Val.(type) {
	case []byte:
		return compute(v, f)
	case int64:
		if expr := l.listed(unit, uint64(v), field.Class, pc); expr != nil {
			return compute(expr, f)
		}
	case uint64:
		if expr := l.listed(unit, v, field.Class, pc); expr != nil {
			return compute(expr, f)
		}
	}
	return place{}
}

// listed is the expression for pc in the list of locations at an offset, or of an index; nil for none.
func (l *lines) listed(unit *dwarf.Entry, at uint64, class dwarf.Class, pc uint64) []byte {
	low, _ := unit.Val(dwarf.AttrLowpc).(uint64)
	if class != dwarf.ClassLocList && l.loc != nil {
		return listedBefore5(l.loc, at, low, pc)
	}
	if class == dwarf.ClassLocList {
		base, _ := unit.Val(dwarf.AttrLoclistsBase).(int64)
		b := reader{b: l.loclists, at: uint64(base) + 4*at}
		at = uint64(base) + b.fixed(4)
	}
	addresses, _ := unit.Val(dwarf.AttrAddrBase).(int64)
	indexed := func(n uint64) uint64 {
		b := reader{b: l.addr, at: uint64(addresses) + 4*n}
		return b.fixed(4)
	}
	r := reader{b: l.loclists, at: at}
	for !r.bad {
		var begin, end uint64
		switch kind := r.fixed(1); kind {
		case 1: // DW_LLE_base_addressx
			low = indexed(r.number())
			continue
		case 2: // DW_LLE_startx_endx
			begin, end = indexed(r.number()), indexed(r.number())
		case 3: // DW_LLE_startx_length
			begin = indexed(r.number())
			end = begin + r.number()
		case 4: // DW_LLE_offset_pair
			begin, end = low+r.number(), low+r.number()
		case 5: // DW_LLE_default_location
			begin, end = 0, math.MaxUint64
		case 6: // DW_LLE_base_address
			low = r.fixed(4)
			continue
		case 7: // DW_LLE_start_end
			begin, end = r.fixed(4), r.fixed(4)
		case 8: // DW_LLE_start_length
			begin = r.fixed(4)
			end = begin + r.number()
		default: // DW_LLE_end_of_list
			return nil
		}
		if expr := r.bytes(r.number()); begin <= pc && pc < end && !r.bad {
			return expr
		}
	}
	return nil
}

// listedBefore5 is listed in the lists of DWARF before version 5.
func listedBefore5(lists []byte, at, low, pc uint64) []byte {
	r := reader{b: lists, at: at}
	for !r.bad {
		begin, end := r.fixed(4), r.fixed(4)
		switch {
		case begin == 0 && end == 0:
			return nil
		case begin == math.MaxUint32:
			low = end
			continue
		}
		if expr := r.bytes(r.fixed(2)); low+begin <= pc && pc < low+end && !r.bad {
			return expr
		}
	}
	return nil
}

// compute is where an expression says that a variable is: one of the few that compilers to
// WebAssembly write.
func compute(expr []byte, f *frameOf) place {
	r := reader{b: expr}
	var p place
	for r.at < uint64(len(expr)) && !r.bad {
		switch op := r.fixed(1); {
		case op == 0xed: // DW_OP_WASM_location
			kind, n := r.fixed(1), r.number()
			if kind != 0 {
				return place{} // globals, and what is on the stack of operands
			}
			p.bits, p.known = f.Local(n)
		case op == 0x9f: // DW_OP_stack_value
			p.value = true
		case op == 0x91: // DW_OP_fbreg
			p = f.base
			p.bits = uint64(uint32(p.bits + uint64(r.signed())))
		case op == 0x03: // DW_OP_addr
			p = place{known: true, bits: r.fixed(4)}
		case op == 0x11: // DW_OP_consts
			p = place{known: true, bits: uint64(r.signed())}
		case op == 0x10: // DW_OP_constu
			p = place{known: true, bits: r.number()}
		case op >= 0x30 && op <= 0x4f: // DW_OP_lit
			p = place{known: true, bits: op - 0x30}
		case op == 0x23: // DW_OP_plus_uconst
			p.bits = uint64(uint32(p.bits + r.number()))
		default:
			return place{}
		}
	}
	if r.bad {
		return place{}
	}
	return p
}

// value is the text of the variable e at p.
func (l *lines) value(e *dwarf.Entry, p place, m Machine) string {
	if !p.known {
		return ""
	}
	text := l.text(l.typeOf(e, 0), p, m, 0)
	if len(text) > maxText {
		return text[:maxText] + "…"
	}
	return text
}

// entry is that at an offset, or nil.
func (l *lines) entry(at dwarf.Offset) *dwarf.Entry {
	r := l.data.Reader()
	r.Seek(at)
	e, err := l.next(r)
	if err != nil {
		return nil
	}
	return e
}

// typeOf is the type of e, or of what e is a copy of, without names and qualifiers; nil for none.
func (l *lines) typeOf(e *dwarf.Entry, depth int) *dwarf.Entry {
	at, ok := e.Val(dwarf.AttrType).(dwarf.Offset)
	if !ok {
		if at, ok = e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset); ok && depth < maxOrigins {
			if o := l.entry(at); o != nil {
				return l.typeOf(o, depth+1)
			}
		}
		return nil
	}
	for range maxTypes {
		t := l.entry(at)
		if t == nil {
			return nil
		}
		switch t.Tag {
		case dwarf.TagTypedef, dwarf.TagConstType, dwarf.TagVolatileType, dwarf.TagRestrictType, dwarf.TagAtomicType:
			if at, ok = t.Val(dwarf.AttrType).(dwarf.Offset); !ok {
				return nil
			}
		default:
			return t
		}
	}
	return nil
}

// text is what is at p, of type t.
func (l *lines) text(t *dwarf.Entry, p place, m Machine, depth int) string {
	if t == nil {
		return ""
	}
	size := uint64(number(t, dwarf.AttrByteSize))
	switch t.Tag {
	case dwarf.TagPointerType, dwarf.TagReferenceType, dwarf.TagRvalueReferenceType:
		if bits, ok := load(p, 4, m); ok {
			return fmt.Sprintf("%#x", bits) + l.pointed(t, bits, m, depth)
		}
	case dwarf.TagBaseType:
		if bits, ok := load(p, size, m); ok {
			return scalar(number(t, dwarf.AttrEncoding), size, bits)
		}
	case dwarf.TagEnumerationType:
		if bits, ok := load(p, size, m); ok {
			return l.enumerator(t, size, bits)
		}
	case dwarf.TagStructType, dwarf.TagClassType:
		if !p.value {
			return l.structure(t, p, m, depth)
		}
	case dwarf.TagArrayType:
		if !p.value && depth < 2 {
			return l.array(t, p, m, depth)
		}
	}
	return ""
}

// pointed is what a pointer of type t points at, behind a space, if that is a structure or a text.
func (l *lines) pointed(t *dwarf.Entry, at uint64, m Machine, depth int) string {
	to := l.typeOf(t, 0)
	if to == nil || depth > 0 {
		return ""
	}
	switch to.Tag {
	case dwarf.TagStructType, dwarf.TagClassType:
		if _, ok := m.Memory(at, uint64(max(0, number(to, dwarf.AttrByteSize)))); ok {
			if text := l.structure(to, place{known: true, bits: at}, m, 1); text != "" {
				return " " + text
			}
		}
	case dwarf.TagBaseType:
		switch number(to, dwarf.AttrEncoding) {
		case encodingSignedChar, encodingUnsignedChar:
			return printable(at, m)
		}
	}
	return ""
}

// maxPrintable is how many bytes of a text are told.
const maxPrintable = 40

// printable is the text at an address, quoted and behind a space, if there is one of ASCII.
func printable(at uint64, m Machine) string {
	var b []byte
	for n := range uint64(maxPrintable) {
		c, ok := m.Memory(at+n, 1)
		if !ok || c[0] != 0 && (c[0] < 0x20 || c[0] >= 0x7f) && c[0] != '\n' && c[0] != '\t' {
			return ""
		}
		if c[0] == 0 {
			return fmt.Sprintf(" %q", b)
		}
		b = append(b, c[0])
	}
	return fmt.Sprintf(" %q…", b)
}

// array is the first elements of the array t at p.
func (l *lines) array(t *dwarf.Entry, p place, m Machine, depth int) string {
	element := l.typeOf(t, 0)
	if element == nil {
		return ""
	}
	count := l.length(t)
	size := uint64(max(0, number(element, dwarf.AttrByteSize)))
	if element.Tag == dwarf.TagPointerType {
		size = 4
	}
	var texts []string
	for n := range min(count, maxMembers) {
		text := l.text(element, place{known: true, bits: p.bits + uint64(n)*size}, m, depth+1)
		if text == "" {
			return ""
		}
		texts = append(texts, text)
	}
	if count > maxMembers {
		texts = append(texts, "…")
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// length is how many elements the array t has, which has one dimension; or 0.
func (l *lines) length(t *dwarf.Entry) int {
	r := l.data.Reader()
	r.Seek(t.Offset)
	if _, err := l.next(r); err != nil || !t.Children {
		return 0
	}
	e, err := l.next(r)
	if err != nil || e == nil || e.Tag != dwarf.TagSubrangeType {
		return 0
	}
	if next, err := l.next(r); err != nil || next == nil || next.Tag != 0 {
		return 0
	}
	if n, ok := e.Val(dwarf.AttrCount).(int64); ok {
		return int(max(0, n))
	}
	if n, ok := e.Val(dwarf.AttrUpperBound).(int64); ok {
		return int(max(0, n+1))
	}
	return 0
}

// load is the number of size bytes at p.
func load(p place, size uint64, m Machine) (uint64, bool) {
	if size == 0 || size > 8 {
		return 0, false
	}
	bits := p.bits
	if !p.value {
		b, ok := m.Memory(p.bits, size)
		if !ok {
			return 0, false
		}
		r := reader{b: b}
		bits = r.fixed(int(size))
	}
	return bits << (64 - 8*size) >> (64 - 8*size), true
}

// The encodings of base types.
const (
	encodingBool         = 0x02
	encodingFloat        = 0x04
	encodingSigned       = 0x05
	encodingSignedChar   = 0x06
	encodingUnsignedChar = 0x08
	encodingUTF          = 0x10
)

// scalar is a number of a base type.
func scalar(encoding int, size, bits uint64) string {
	signed := int64(bits) << (64 - 8*size) >> (64 - 8*size)
	switch encoding {
	case encodingBool:
		return fmt.Sprint(bits != 0)
	case encodingFloat:
		if size == 4 {
			return fmt.Sprint(math.Float32frombits(uint32(bits)))
		}
		return fmt.Sprint(math.Float64frombits(bits))
	case encodingSigned:
		return fmt.Sprint(signed)
	case encodingSignedChar, encodingUnsignedChar, encodingUTF:
		if bits >= 0x20 && bits < 0x7f {
			return fmt.Sprintf("%d %q", bits, rune(bits))
		}
		if encoding == encodingSignedChar {
			return fmt.Sprint(signed)
		}
	}
	return fmt.Sprint(bits)
}

// enumerator is the name of a value of the enumeration t.
func (l *lines) enumerator(t *dwarf.Entry, size, bits uint64) string {
	r := l.data.Reader()
	r.Seek(t.Offset)
	if _, err := l.next(r); err != nil || !t.Children {
		return fmt.Sprint(bits)
	}
	for range maxInType {
		e, err := l.next(r)
		if err != nil || e == nil || e.Tag == 0 {
			break
		}
		v, ok := e.Val(dwarf.AttrConstValue).(int64)
		if name, named := e.Val(dwarf.AttrName).(string); ok && named && e.Tag == dwarf.TagEnumerator && uint64(v)<<(64-8*size) == bits<<(64-8*size) {
			return name
		}
		skip(r, e, func() (*dwarf.Entry, error) { return l.next(r) })
	}
	return fmt.Sprint(bits)
}

// structure is what is at p, of the structure t.
func (l *lines) structure(t *dwarf.Entry, p place, m Machine, depth int) string {
	if depth > 1 || !t.Children {
		return ""
	}
	r := l.data.Reader()
	r.Seek(t.Offset)
	if _, err := l.next(r); err != nil {
		return ""
	}
	var members []string
	for range maxInType {
		e, err := l.next(r)
		if err != nil || e == nil || e.Tag == 0 {
			break
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		at, ok := e.Val(dwarf.AttrDataMemberLoc).(int64)
		if e.Tag == dwarf.TagMember && name != "" && ok {
			if len(members) == maxMembers {
				members = append(members, "…")
				break
			}
			inner := l.text(l.typeOf(e, 0), place{known: true, bits: p.bits + uint64(at)}, m, depth+1)
			if inner == "" {
				inner = "?"
			}
			members = append(members, name+" = "+inner)
		}
		skip(r, e, func() (*dwarf.Entry, error) { return l.next(r) })
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// reader reads what is malformed, too.
type reader struct {
	b   []byte
	at  uint64
	bad bool // more was read than there is
}

// bytes are the next n.
func (r *reader) bytes(n uint64) []byte {
	if r.bad || r.at > uint64(len(r.b)) || n > uint64(len(r.b))-r.at {
		r.bad = true
		return nil
	}
	b := r.b[r.at:][:n]
	r.at += n
	return b
}

// fixed is a little-endian number of n bytes.
func (r *reader) fixed(n int) uint64 {
	var b [8]byte
	copy(b[:], r.bytes(uint64(n)))
	return binary.LittleEndian.Uint64(b[:])
}

// number is an unsigned LEB128.
func (r *reader) number() (v uint64) {
	for shift := 0; shift < 64; shift += 7 {
		c := r.fixed(1)
		v |= c & 0x7f << shift
		if c < 0x80 {
			break
		}
	}
	return v
}

// signed is a signed LEB128.
func (r *reader) signed() int64 {
	var v int64
	for shift := 0; shift < 64; shift += 7 {
		c := r.fixed(1)
		v |= int64(c&0x7f) << shift
		if c < 0x80 {
			if c&0x40 != 0 && shift+7 < 64 {
				v |= -1 << (shift + 7)
			}
			break
		}
	}
	return v
}
