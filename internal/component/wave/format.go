package wave

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/types"
)

// Pausing is told of a text or of values that they have got so many bytes larger, and says
// whether that goes on: an error ends it. Nil lets all go on.
type Pausing func(n int) error

// pieceSize is how large what a [Pausing] is told of is, at least unless it is the last.
const pieceSize = 32 << 10

// Format is v, of type t, as text.
func Format(v exec.Value, t types.ValType) string {
	b, _ := Append(nil, v, t, nil) // there is nothing that fails
	return string(b)
}

// Append appends v, of type t, to b as text. A value may be as large as a guest says: p is told
// of each piece. The error is p's; what there is of the text until then comes with it.
func Append(b []byte, v exec.Value, t types.ValType, p Pausing) ([]byte, error) {
	w := &writer{b: b, pausing: p, told: len(b), next: len(b) + pieceSize}
	if p == nil {
		w.next = math.MaxInt
	}
	err := w.value(&v, t)
	if err == nil {
		err = w.tell()
	}
	return w.b, err
}

// writer writes a value.
type writer struct {
	b       []byte
	pausing Pausing
	told    int // how much of b it knows of
	next    int // how long b is when it is told again
}

// tell tells what has been written since it did last.
func (w *writer) tell() error {
	if w.pausing == nil {
		return nil
	}
	n := len(w.b) - w.told
	w.told = len(w.b)
	w.next = w.told + pieceSize
	return w.pausing(n)
}

// pause tells what has been written, if that is much.
func (w *writer) pause() error {
	if len(w.b) < w.next {
		return nil
	}
	return w.tell()
}

func (w *writer) text(s string) { w.b = append(w.b, s...) }

func (w *writer) value(v *exec.Value, t types.ValType) error {
	if err := w.pause(); err != nil {
		return err
	}
	if t.Type == nil {
		return w.primitive(v, t.Primitive)
	}
	d := t.Type.Value
	if prim, ok := d.Primitive(); ok {
		return w.primitive(v, prim)
	}
	switch d.Form {
	case component.FormRecord:
		return w.record(v, d)
	case component.FormTuple:
		return w.list("()", len(v.List), func(n int) error { return w.value(&v.List[n], d.Tuple[n]) })
	case component.FormList, component.FormFixedList, component.FormMap:
		return w.elements(v, d.Element())
	case component.FormFlags:
		return w.flags(v, d)
	case component.FormOwn, component.FormBorrow:
		w.text("<resource>")
		return nil
	}
	w.text(caseName(d, int(v.Bits)))
	c := d.Cases()[v.Bits]
	if c == nil {
		return nil
	}
	w.text("(")
	err := w.value(&v.List[0], *c)
	w.text(")")
	return err
}

// list writes n parts between brackets.
func (w *writer) list(brackets string, n int, part func(int) error) error {
	w.text(brackets[:1])
	for i := range n {
		if i > 0 {
			w.text(", ")
		}
		if err := part(i); err != nil {
			return err
		}
	}
	w.text(brackets[1:])
	return nil
}

// record leaves options without a value out.
func (w *writer) record(v *exec.Value, d *types.Value) error {
	var shown []int
	for n, l := range d.Labels {
		if v.List[n].Bits != 0 || l.Type.Type == nil || l.Type.Type.Value.Form != component.FormOption {
			shown = append(shown, n)
		}
	}
	if len(shown) == 0 {
		w.text("{:}")
		return nil
	}
	return w.list("{}", len(shown), func(i int) error {
		n := shown[i]
		w.text(d.Labels[n].Name)
		w.text(": ")
		return w.value(&v.List[n], *d.Labels[n].Type)
	})
}

func (w *writer) flags(v *exec.Value, d *types.Value) error {
	w.text("{")
	first := true
	for n, l := range d.Labels {
		if v.Bits>>n&1 == 0 {
			continue
		}
		if !first {
			w.text(", ")
		}
		w.text(l.Name)
		first = false
	}
	w.text("}")
	return nil
}

func (w *writer) elements(v *exec.Value, elem types.ValType) error {
	size := exec.Packed(elem)
	if size == 0 {
		return w.list("[]", len(v.List), func(n int) error { return w.value(&v.List[n], elem) })
	}
	return w.list("[]", len(v.Bytes)/size, func(n int) error {
		var word [8]byte
		copy(word[:], v.Bytes[n*size:(n+1)*size])
		bits := binary.LittleEndian.Uint64(word[:])
		return w.value(&exec.Value{Bits: signExtended(bits, size)}, elem)
	})
}

// signExtended has the sign of the low size bytes of bits in all others; unsigned types
// look at the low ones only.
func signExtended(bits uint64, size int) uint64 {
	shift := 64 - 8*size
	return uint64(int64(bits<<shift) >> shift)
}

func (w *writer) primitive(v *exec.Value, t component.Primitive) error {
	switch t {
	case component.Bool:
		w.b = strconv.AppendBool(w.b, v.Bits != 0)
	case component.S8, component.S16, component.S32, component.S64:
		w.b = strconv.AppendInt(w.b, int64(v.Bits), 10)
	case component.U8, component.U16, component.U32, component.U64:
		bits := integers()[t].bits
		w.b = strconv.AppendUint(w.b, v.Bits<<(64-bits)>>(64-bits), 10)
	case component.F32:
		w.float(float64(math.Float32frombits(uint32(v.Bits))), 32)
	case component.F64:
		w.float(math.Float64frombits(v.Bits), 64)
	case component.Char:
		w.text("'")
		w.rune(rune(v.Bits), '\'')
		w.text("'")
	default:
		return w.string(v)
	}
	return nil
}

func (w *writer) float(f float64, bits int) {
	switch {
	case f != f:
		w.text("nan")
	case math.IsInf(f, 1):
		w.text("inf")
	case math.IsInf(f, -1):
		w.text("-inf")
	default:
		w.b = strconv.AppendFloat(w.b, f, 'g', -1, bits)
	}
}

// string writes a string in quotes.
func (w *writer) string(v *exec.Value) error {
	w.text(`"`)
	for r := range v.Runes() {
		w.rune(r, '"')
		if err := w.pause(); err != nil {
			return err
		}
	}
	w.text(`"`)
	return nil
}

// rune writes r within quotes. Control characters are escaped: what is printed may be read on a
// terminal.
func (w *writer) rune(r, quote rune) {
	switch {
	case r == quote, r == '\\':
		w.b = append(w.b, '\\', byte(r))
	case r == '\n':
		w.text(`\n`)
	case r == '\r':
		w.text(`\r`)
	case r == '\t':
		w.text(`\t`)
	case !strconv.IsPrint(r):
		w.b = append(strconv.AppendUint(append(w.b, `\u{`...), uint64(r), 16), '}')
	default:
		w.b = utf8.AppendRune(w.b, r)
	}
}
