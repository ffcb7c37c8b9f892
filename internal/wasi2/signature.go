package wasi2

import (
	"fmt"
	"strings"
	"sync"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
)

// reader reads types in the notation of WIT, where record{a: u8}, variant{a, b(u8)},
// enum{a} and flags{a} are types like others. Names are those of scope.
type reader struct {
	rest  string
	scope map[string]*types.Type
}

// The tables of interfaces are constant: what is wrong in them is a mistake of this
// package, which a test finds.
func (r *reader) fail(want string) {
	panic(fmt.Sprintf("wasi2: want %s at %q", want, r.rest))
}

func (r *reader) space() { r.rest = strings.TrimLeft(r.rest, " \n\t") }

// take consumes text if it is next.
func (r *reader) take(text string) bool {
	r.space()
	rest, ok := strings.CutPrefix(r.rest, text)
	if ok {
		r.rest = rest
	}
	return ok
}

func (r *reader) want(text string) {
	if !r.take(text) {
		r.fail(text)
	}
}

// word consumes a name.
func (r *reader) word() string {
	r.space()
	n := 0
	for n < len(r.rest) && (r.rest[n] == '-' || r.rest[n] == '_' || r.rest[n] >= '0' && r.rest[n] <= '9' || r.rest[n] >= 'a' && r.rest[n] <= 'z' || r.rest[n] >= 'A' && r.rest[n] <= 'Z') {
		n++
	}
	word := r.rest[:n]
	if word == "" {
		r.fail("a name")
	}
	if r.rest = r.rest[n:]; strings.HasPrefix(word, "-") {
		r.fail("a name")
	}
	return word
}

var primitives = sync.OnceValue(func() map[string]component.Primitive {
	return map[string]component.Primitive{
		"bool": component.Bool, "s8": component.S8, "u8": component.U8, "s16": component.S16, "u16": component.U16,
		"s32": component.S32, "u32": component.U32, "s64": component.S64, "u64": component.U64,
		"f32": component.F32, "f64": component.F64, "char": component.Char, "string": component.String,
	}
})

// typ consumes a type.
func (r *reader) typ() types.ValType {
	word := r.word()
	if p, ok := primitives()[word]; ok {
		return types.ValType{Primitive: p}
	}
	v := &types.Value{}
	switch word {
	case "list":
		v.Form, v.Elem = component.FormList, r.parameter()
	case "option":
		v.Form, v.Elem = component.FormOption, r.parameter()
	case "own":
		v.Form, v.Handle = component.FormOwn, r.resource()
	case "borrow":
		v.Form, v.Handle = component.FormBorrow, r.resource()
	case "tuple":
		v.Form = component.FormTuple
		r.want("<")
		for more := true; more; more = r.take(",") {
			v.Tuple = append(v.Tuple, r.typ())
		}
		r.want(">")
	case "result":
		v.Form = component.FormResult
		if r.take("<") {
			v.Elem = r.orNone()
			if r.take(",") {
				v.Second = r.orNone()
			}
			r.want(">")
		}
	case "record", "variant", "enum", "flags":
		r.labels(v, word)
	default:
		t := r.scope[word]
		if t == nil {
			r.fail("a known type, not " + word)
		}
		if t.Resource == nil {
			return types.ValType{Type: t}
		}
		v.Form, v.Handle = component.FormOwn, t
	}
	v.Complete()
	return types.ValType{Type: &types.Type{Value: v}}
}

// parameter consumes a type in angle brackets.
func (r *reader) parameter() *types.ValType {
	r.want("<")
	t := r.typ()
	r.want(">")
	return &t
}

func (r *reader) orNone() *types.ValType {
	if r.take("_") {
		return nil
	}
	t := r.typ()
	return &t
}

func (r *reader) resource() *types.Type {
	r.want("<")
	t := r.scope[r.word()]
	r.want(">")
	return t
}

var labelled = sync.OnceValue(func() map[string]component.TypeForm {
	return map[string]component.TypeForm{
		"record": component.FormRecord, "variant": component.FormVariant, "enum": component.FormEnum, "flags": component.FormFlags,
	}
})

// labels consumes the fields, cases, tags or flags of a type.
func (r *reader) labels(v *types.Value, word string) {
	v.Form = labelled()[word]
	r.want("{")
	for more := true; more; more = r.take(",") {
		l := types.Label{Name: r.word()}
		switch word {
		case "record":
			r.want(":")
			t := r.typ()
			l.Type = &t
		case "variant":
			if r.take("(") {
				t := r.typ()
				l.Type = &t
				r.want(")")
			}
		}
		v.Labels = append(v.Labels, l)
	}
	r.want("}")
}

// function consumes (a: T, b: T) -> R.
func (r *reader) function() *types.Func {
	f := &types.Func{}
	r.want("(")
	for !r.take(")") {
		name := r.word()
		r.want(":")
		t := r.typ()
		f.Params = append(f.Params, types.Label{Name: name, Type: &t})
		r.take(",")
	}
	if r.take("->") {
		t := r.typ()
		f.Result = &t
	}
	return f
}
