package wave

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/types"
)

// Format is v, of type t, as text.
func Format(v exec.Value, t types.ValType) string { return string(appendValue(nil, v, t)) }

func appendValue(b []byte, v exec.Value, t types.ValType) []byte {
	if t.Type == nil {
		return appendPrimitive(b, v, t.Primitive)
	}
	d := t.Type.Value
	if prim, ok := d.Primitive(); ok {
		return appendPrimitive(b, v, prim)
	}
	switch d.Form {
	case component.FormRecord:
		return appendRecord(b, v, d)
	case component.FormTuple:
		return appendList(b, "()", len(v.List), func(b []byte, n int) []byte { return appendValue(b, v.List[n], d.Tuple[n]) })
	case component.FormList, component.FormFixedList, component.FormMap:
		return appendElements(b, v, d.Element())
	case component.FormFlags:
		return appendFlags(b, v, d)
	case component.FormOwn, component.FormBorrow:
		return append(b, "<resource>"...)
	}
	b = append(b, caseNames(d)[v.Bits]...)
	if c := d.Cases()[v.Bits]; c != nil {
		b = append(appendValue(append(b, '('), v.List[0], *c), ')')
	}
	return b
}

// appendList appends n parts between brackets.
func appendList(b []byte, brackets string, n int, part func([]byte, int) []byte) []byte {
	b = append(b, brackets[0])
	for i := range n {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = part(b, i)
	}
	return append(b, brackets[1])
}

// appendRecord leaves options without a value out.
func appendRecord(b []byte, v exec.Value, d *types.Value) []byte {
	var shown []int
	for n, l := range d.Labels {
		if v.List[n].Bits != 0 || l.Type.Type == nil || l.Type.Type.Value.Form != component.FormOption {
			shown = append(shown, n)
		}
	}
	if len(shown) == 0 {
		return append(b, "{:}"...)
	}
	return appendList(b, "{}", len(shown), func(b []byte, i int) []byte {
		n := shown[i]
		return appendValue(append(append(b, d.Labels[n].Name...), ": "...), v.List[n], *d.Labels[n].Type)
	})
}

func appendFlags(b []byte, v exec.Value, d *types.Value) []byte {
	var set []string
	for n, l := range d.Labels {
		if v.Bits>>n&1 != 0 {
			set = append(set, l.Name)
		}
	}
	return append(b, "{"+strings.Join(set, ", ")+"}"...)
}

func appendElements(b []byte, v exec.Value, elem types.ValType) []byte {
	size := exec.Packed(elem)
	if size == 0 {
		return appendList(b, "[]", len(v.List), func(b []byte, n int) []byte { return appendValue(b, v.List[n], elem) })
	}
	return appendList(b, "[]", len(v.Bytes)/size, func(b []byte, n int) []byte {
		var word [8]byte
		copy(word[:], v.Bytes[n*size:(n+1)*size])
		bits := binary.LittleEndian.Uint64(word[:])
		return appendValue(b, exec.Value{Bits: signExtended(bits, size)}, elem)
	})
}

// signExtended has the sign of the low size bytes of bits in all others; unsigned types
// look at the low ones only.
func signExtended(bits uint64, size int) uint64 {
	shift := 64 - 8*size
	return uint64(int64(bits<<shift) >> shift)
}

func appendPrimitive(b []byte, v exec.Value, t component.Primitive) []byte {
	switch t {
	case component.Bool:
		return strconv.AppendBool(b, v.Bits != 0)
	case component.S8, component.S16, component.S32, component.S64:
		return strconv.AppendInt(b, int64(v.Bits), 10)
	case component.U8, component.U16, component.U32, component.U64:
		bits := integers()[t].bits
		return strconv.AppendUint(b, v.Bits<<(64-bits)>>(64-bits), 10)
	case component.F32:
		return appendFloat(b, float64(math.Float32frombits(uint32(v.Bits))), 32)
	case component.F64:
		return appendFloat(b, math.Float64frombits(v.Bits), 64)
	case component.Char:
		return appendText(b, string(rune(v.Bits)), '\'')
	}
	return appendText(b, v.String(), '"')
}

func appendFloat(b []byte, f float64, bits int) []byte {
	switch {
	case f != f:
		return append(b, "nan"...)
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, bits)
}

// appendText appends s in quotes. Control characters are escaped: what is printed may be
// read on a terminal.
func appendText(b []byte, s string, quote rune) []byte {
	b = append(b, byte(quote))
	for _, r := range s {
		switch {
		case r == quote, r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case !strconv.IsPrint(r):
			b = fmt.Appendf(b, `\u{%x}`, r)
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, byte(quote))
}
