package wat

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// ComponentValue is a value of a component's type in a script.
type ComponentValue struct {
	Word   string // what is before ".const", ".some" and the like: "u32", "str", "list", "option.some"
	Bits   uint64 // of numbers, booleans and characters
	Text   string // of strings; the case of variants and enums
	Labels []string
	List   []ComponentValue // elements, fields, or the one value of a case
	NaN    bool             // the pattern of a float is any NaN
}

// componentWords are the words of values that only components have.
var componentWords = sync.OnceValue(func() map[string]uint {
	return map[string]uint{
		"bool": 1, "u8": 8, "s8": 8, "u16": 16, "s16": 16, "u32": 32, "s32": 32, "u64": 64, "s64": 64, "char": 32,
		"str": 0, "list": 0, "record": 0, "tuple": 0, "variant": 0, "enum": 0, "flags": 0, "option": 0, "result": 0,
	}
})

// opensComponentValue reports whether a value that only components have is next.
func (p *scriptParser) opensComponentValue() bool {
	if p.tok.kind != tokLParen || p.ahead.kind != tokKeyword {
		return false
	}
	word, _, _ := strings.Cut(p.lex.src[p.ahead.start:p.ahead.end], ".")
	_, ok := componentWords()[word]
	return ok
}

// componentValue consumes a value in parentheses.
func (p *scriptParser) componentValue() ComponentValue {
	if p.tok.kind != tokLParen {
		p.unexpected("a value")
		return ComponentValue{}
	}
	p.advance()
	v := p.bareValue()
	p.close()
	return v
}

// bareValue consumes a value without its parentheses.
func (p *scriptParser) bareValue() ComponentValue {
	word := p.text()
	v := ComponentValue{Word: strings.TrimSuffix(word, ".const")}
	if p.tok.kind != tokKeyword || !strings.Contains(word, ".") {
		p.unexpected("a value")
		return v
	}
	p.advance()
	bits, known := componentWords()[v.Word]
	switch v.Word {
	case "bool":
		v.Bits = map[bool]uint64{true: 1}[p.keyword("true")]
		if v.Bits == 0 && !p.keyword("false") {
			p.unexpected("true or false")
		}
	case "char":
		r, _ := utf8.DecodeRuneInString(p.utf8Name())
		v.Bits = uint64(r)
	case "f32", "f64":
		p.floatValue(&v)
	case "str", "enum":
		v.Text = p.utf8Name()
	case "variant":
		v.Text = p.utf8Name()
		p.payload(&v)
	case "option.some", "result.ok", "result.err":
		p.payload(&v)
	case "option.none":
	case "flags":
		for p.tok.kind == tokString {
			v.Labels = append(v.Labels, p.utf8Name())
		}
	case "record":
		for p.open("field") {
			v.Labels = append(v.Labels, p.utf8Name())
			v.List = append(v.List, p.fieldValue())
			p.close()
		}
	case "list", "tuple":
		for p.tok.kind == tokLParen {
			v.List = append(v.List, p.componentValue())
		}
	default:
		if !known {
			p.unexpected("a value")
			return v
		}
		v.Bits = p.int(bits) << (64 - bits)
		if v.Word[0] == 's' {
			v.Bits = uint64(int64(v.Bits) >> (64 - bits))
		} else {
			v.Bits >>= 64 - bits
		}
	}
	return v
}

// fieldValue consumes the value of a field, with or without parentheses.
func (p *scriptParser) fieldValue() ComponentValue {
	if p.tok.kind == tokLParen {
		return p.componentValue()
	}
	return p.bareValue()
}

func (p *scriptParser) payload(v *ComponentValue) {
	if p.more() {
		v.List = []ComponentValue{p.fieldValue()}
	}
}

// floatValue consumes a float, or the pattern of NaNs.
func (p *scriptParser) floatValue(v *ComponentValue) {
	if p.keyword("nan:canonical") || p.keyword("nan:arithmetic") {
		v.NaN = true
		return
	}
	format := format32
	if v.Word == "f64" {
		format = format64
	}
	v.Bits = p.float(format)
}
