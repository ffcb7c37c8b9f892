package types

import (
	"fmt"
	"strings"

	"github.com/wazedge/wazedge/internal/component"
)

// IsString reports whether values of t are strings.
func (t ValType) IsString() bool {
	p, ok := t.primitive()
	return ok && p == component.String
}

// String is t as WIT writes a type that is not named: what WIT would name is written out.
func (t ValType) String() string {
	if t.Type == nil {
		return t.Primitive.String()
	}
	return t.Type.Value.String()
}

// String is v as WIT writes a type that is not named.
func (v *Value) String() string {
	return v.Text(func(t ValType) string { return t.String() }, func(*Type) string { return "resource" })
}

// Text is v as WIT writes a type that is not named, with types within as of says, and
// resource types as named says.
func (v *Value) Text(of func(ValType) string, named func(*Type) string) string {
	optional := func(t *ValType) string {
		if t == nil {
			return "_"
		}
		return of(*t)
	}
	switch v.Form {
	case component.FormList:
		return "list<" + of(*v.Elem) + ">"
	case component.FormFixedList:
		return fmt.Sprintf("list<%s, %d>", of(*v.Elem), v.Length)
	case component.FormMap:
		return "map<" + of(*v.Elem) + ", " + of(*v.Second) + ">"
	case component.FormOption:
		return "option<" + of(*v.Elem) + ">"
	case component.FormOwn:
		return named(v.Handle)
	case component.FormBorrow:
		return "borrow<" + named(v.Handle) + ">"
	case component.FormTuple:
		parts := make([]string, len(v.Tuple))
		for n, t := range v.Tuple {
			parts[n] = of(t)
		}
		return "tuple<" + strings.Join(parts, ", ") + ">"
	case component.FormResult:
		switch {
		case v.Elem == nil && v.Second == nil:
			return "result"
		case v.Second == nil:
			return "result<" + of(*v.Elem) + ">"
		}
		return "result<" + optional(v.Elem) + ", " + of(*v.Second) + ">"
	case component.FormRecord, component.FormVariant, component.FormEnum, component.FormFlags:
		parts := make([]string, len(v.Labels))
		for n, l := range v.Labels {
			parts[n] = v.label(l, of)
		}
		return formNames()[v.Form] + " { " + strings.Join(parts, ", ") + " }"
	}
	p, _ := v.Primitive()
	return p.String()
}

// label is a field, case, tag or flag.
func (v *Value) label(l Label, of func(ValType) string) string {
	switch {
	case l.Type == nil:
		return l.Name
	case v.Form == component.FormRecord:
		return l.Name + ": " + of(*l.Type)
	}
	return l.Name + "(" + of(*l.Type) + ")"
}

// String is f as WIT writes it.
func (f *Func) String() string {
	of := func(t ValType) string { return t.String() }
	parts := make([]string, len(f.Params))
	for n, p := range f.Params {
		parts[n] = p.Name + ": " + of(*p.Type)
	}
	text := "func(" + strings.Join(parts, ", ") + ")"
	if f.Result != nil {
		text += " -> " + of(*f.Result)
	}
	return text
}
