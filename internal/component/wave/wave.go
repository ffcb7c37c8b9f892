// Package wave has values of components as text, in the syntax of WAVE: 1, "text", [1, 2],
// {a: 1, b: "x"}, (1, 2), some(3), ok(4), err("no"), a-case, {flag-a, flag-b}.
package wave

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/types"
)

// Error is what is wrong with a text, at an offset in bytes.
type Error struct {
	Offset int
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("at %d: %s", e.Offset, e.Reason) }

// valueSize is about what a value takes of memory.
const valueSize = 64

// maxDepth bounds how deep values nest.
const maxDepth = 100

// Parse reads text as a value of type t. Values take more memory than their text: pausing is told
// of it. The error is a [*Error], or pausing's.
func Parse(text string, t types.ValType, pausing Pausing) (v exec.Value, err error) {
	p := &parser{text: text, pausing: pausing}
	defer func() {
		if e := recover(); e != nil {
			failure, ok := e.(failed)
			if !ok {
				panic(e)
			}
			err = failure.error
		}
	}()
	v = p.value(t, 0)
	if p.space(); p.at < len(text) {
		p.fail("nothing more is expected, found %s", p.ahead())
	}
	p.tell()
	return v, nil
}

// parser reads a value. It panics with a failed one.
type parser struct {
	text    string
	at      int
	pausing Pausing
	untold  int                             // bytes of values that it is not told of
	named   map[*types.Value]map[string]int // places of labels and cases, by name
}

// failed is what has ended a parser.
type failed struct{ error }

// takes notes that values take n bytes more.
func (p *parser) takes(n int) {
	if p.untold += n; p.untold >= pieceSize {
		p.tell()
	}
}

func (p *parser) tell() {
	if p.pausing == nil {
		return
	}
	if err := p.pausing(p.untold); err != nil {
		panic(failed{err})
	}
	p.untold = 0
}

// ahead is what comes next, for people.
func (p *parser) ahead() string {
	const most = 40
	rest := p.text[p.at:]
	if len(rest) <= most {
		return strconv.Quote(rest)
	}
	return strconv.Quote(strings.ToValidUTF8(rest[:most], "")) + "..."
}

// place is the place of the label or case name of d, or -1. A guest's type may have many.
func (p *parser) place(d *types.Value, name string) int {
	places := p.named[d]
	if places == nil {
		places = map[string]int{}
		for n := range caseCount(d) {
			places[caseName(d, n)] = n
		}
		if p.named == nil {
			p.named = map[*types.Value]map[string]int{}
		}
		p.named[d] = places
	}
	if n, ok := places[name]; ok {
		return n
	}
	return -1
}

func (p *parser) fail(format string, args ...any) {
	panic(failed{&Error{p.at, fmt.Sprintf(format, args...)}})
}

func (p *parser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// take consumes s if it is next.
func (p *parser) take(s string) bool {
	p.space()
	if !strings.HasPrefix(p.text[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *parser) want(s string) {
	if !p.take(s) {
		p.fail("expected %q", s)
	}
}

// word consumes letters, digits and what stands in names and numbers.
func (p *parser) word() string {
	p.space()
	p.take("%") // before a name that is a keyword
	start := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		if c != '-' && c != '+' && c != '.' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			break
		}
		p.at++
	}
	return p.text[start:p.at]
}

func (p *parser) value(t types.ValType, depth int) exec.Value {
	if depth > maxDepth {
		p.fail("values nest more than %d deep", maxDepth)
	}
	p.takes(valueSize)
	if t.Type == nil {
		return p.primitive(t.Primitive)
	}
	d := t.Type.Value
	if prim, ok := d.Primitive(); ok {
		return p.primitive(prim)
	}
	switch d.Form {
	case component.FormRecord:
		return p.record(d, depth)
	case component.FormTuple:
		p.want("(")
		v := exec.Value{}
		for n, f := range d.Tuple {
			if n > 0 {
				p.want(",")
			}
			v.List = append(v.List, p.value(f, depth+1))
		}
		p.take(",")
		p.want(")")
		return v
	case component.FormList, component.FormFixedList, component.FormMap:
		return p.list(d, depth)
	case component.FormFlags:
		return p.flags(d)
	case component.FormOption, component.FormResult, component.FormVariant, component.FormEnum:
		return p.variant(d, depth)
	}
	p.fail("a resource cannot be written as text")
	return exec.Value{}
}

func (p *parser) record(d *types.Value, depth int) exec.Value {
	p.takes(valueSize * len(d.Labels))
	v := exec.Value{List: make([]exec.Value, len(d.Labels))}
	seen := make([]bool, len(d.Labels))
	p.want("{")
	for first := true; !p.take("}"); first = false {
		if !first {
			p.want(",")
			if p.take("}") {
				break
			}
		}
		start := p.at
		name := p.word()
		n := p.place(d, name)
		if n < 0 || seen[n] {
			p.at = start
			p.fail("unknown or repeated field %q; fields are %s", name, names(d))
		}
		p.want(":")
		v.List[n], seen[n] = p.value(*d.Labels[n].Type, depth+1), true
	}
	for n, l := range d.Labels {
		if seen[n] {
			continue
		}
		if l.Type.Type == nil || l.Type.Type.Value.Form != component.FormOption {
			p.fail("field %q is missing", l.Name)
		}
	}
	return v
}

// mostNamed is how many names are told to choose from.
const mostNamed = 20

// names are those of the labels or cases of d, for people.
func names(d *types.Value) string {
	var list []string
	for n := range min(caseCount(d), mostNamed) {
		list = append(list, caseName(d, n))
	}
	if more := caseCount(d) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(list, ", ")
}

func (p *parser) list(d *types.Value, depth int) exec.Value {
	elem := d.Element()
	v := exec.Value{}
	p.want("[")
	n := 0
	for ; !p.take("]"); n++ {
		if n > 0 {
			p.want(",")
			if p.take("]") {
				break
			}
		}
		e := p.value(elem, depth+1)
		if size := exec.Packed(elem); size > 0 {
			v.Bytes = binary.LittleEndian.AppendUint64(v.Bytes, e.Bits)[:len(v.Bytes)+size]
		} else {
			v.List = append(v.List, e)
		}
	}
	if d.Form == component.FormFixedList && uint64(exec.Length(&v, elem)) != uint64(d.Length) {
		p.fail("expected a list of %d elements", d.Length)
	}
	return v
}

func (p *parser) flags(d *types.Value) exec.Value {
	v := exec.Value{}
	p.want("{")
	for first := true; !p.take("}"); first = false {
		if !first {
			p.want(",")
			if p.take("}") {
				break
			}
		}
		name := p.word()
		n := p.place(d, name)
		if n < 0 {
			p.fail("unknown flag %q; flags are %s", name, names(d))
		}
		v.Bits |= 1 << n
	}
	return v
}

// caseName is the name of case or label n of d.
func caseName(d *types.Value, n int) string {
	switch d.Form {
	case component.FormOption:
		return [...]string{"none", "some"}[n]
	case component.FormResult:
		return [...]string{"ok", "err"}[n]
	}
	return d.Labels[n].Name
}

// caseCount is how many cases or labels d has.
func caseCount(d *types.Value) int {
	switch d.Form {
	case component.FormOption, component.FormResult:
		return 2
	}
	return len(d.Labels)
}

func (p *parser) variant(d *types.Value, depth int) exec.Value {
	start := p.at
	if n := p.place(d, p.word()); n >= 0 {
		v := exec.Value{Bits: uint64(n)}
		if t := d.Cases()[n]; t != nil {
			p.want("(")
			v.List = []exec.Value{p.value(*t, depth+1)}
			p.want(")")
		}
		return v
	}
	p.at = start
	// An option or the first case of a result may be written as its value alone.
	if t := d.Cases()[map[component.TypeForm]int{component.FormOption: 1}[d.Form]]; t != nil && (d.Form == component.FormOption || d.Form == component.FormResult) {
		v := exec.Value{List: []exec.Value{p.value(*t, depth+1)}}
		if d.Form == component.FormOption {
			v.Bits = 1
		}
		return v
	}
	p.fail("expected one of %s", names(d))
	return exec.Value{}
}

var integers = sync.OnceValue(func() map[component.Primitive]struct {
	bits   int
	signed bool
} {
	return map[component.Primitive]struct {
		bits   int
		signed bool
	}{
		component.S8: {8, true}, component.U8: {8, false}, component.S16: {16, true}, component.U16: {16, false},
		component.S32: {32, true}, component.U32: {32, false}, component.S64: {64, true}, component.U64: {64, false},
	}
})

func (p *parser) primitive(t component.Primitive) exec.Value {
	p.space()
	if t == component.String || t == component.Char {
		return p.quotedText(t)
	}
	start := p.at
	word := p.word()
	bad := func() {
		p.at = start
		p.fail("expected %s, found %s", t, p.ahead())
	}
	var bits uint64
	var err error
	switch i, ok := integers()[t]; {
	case ok && i.signed:
		var n int64
		n, err = strconv.ParseInt(word, 0, i.bits)
		bits = uint64(n)
	case ok:
		bits, err = strconv.ParseUint(word, 0, i.bits)
	case t == component.Bool:
		bits = map[string]uint64{"true": 1}[word]
		if word != "true" && word != "false" {
			bad()
		}
	case t == component.F32:
		var f float64
		f, err = strconv.ParseFloat(word, 32)
		bits = uint64(math.Float32bits(float32(f)))
	default:
		var f float64
		f, err = strconv.ParseFloat(word, 64)
		bits = math.Float64bits(f)
	}
	if err != nil {
		bad()
	}
	return exec.Value{Bits: bits}
}

// quotedText consumes a string in double quotes or a character in single ones.
func (p *parser) quotedText(t component.Primitive) exec.Value {
	quote := byte('"')
	if t == component.Char {
		quote = '\''
	}
	if p.at >= len(p.text) || p.text[p.at] != quote {
		p.fail("expected %s in %c quotes", t, quote)
	}
	p.at++
	var b strings.Builder
	for {
		if p.at >= len(p.text) {
			p.fail("the closing quote is missing")
		}
		c := p.text[p.at]
		p.at++
		switch c {
		case quote:
			return p.quoted(b.String(), t)
		case '\\':
			b.WriteRune(p.escape())
		default:
			b.WriteByte(c)
		}
	}
}

func (p *parser) quoted(s string, t component.Primitive) exec.Value {
	if !utf8.ValidString(s) {
		p.fail("text is not UTF-8")
	}
	if t == component.String {
		p.takes(len(s))
		return exec.Text(s)
	}
	r, n := utf8.DecodeRuneInString(s)
	if n != len(s) || n == 0 {
		p.fail("expected one character")
	}
	return exec.Value{Bits: uint64(r)}
}

// escape consumes what is behind a backslash.
func (p *parser) escape() rune {
	if p.at >= len(p.text) {
		p.fail("the closing quote is missing")
	}
	c := p.text[p.at]
	p.at++
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case '"', '\'', '\\':
		return rune(c)
	case 'u':
		p.want("{")
		word := p.word()
		p.want("}")
		if n, err := strconv.ParseUint(word, 16, 32); err == nil && utf8.ValidRune(rune(n)) {
			return rune(n)
		}
	}
	p.fail("unknown escape")
	return 0
}
