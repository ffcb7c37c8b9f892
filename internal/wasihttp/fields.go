package wasihttp

import (
	"net/http"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/wasi2"
)

// fields are headers or trailers. Names compare without regard to case; order and case
// are kept.
type fields struct {
	list      []field
	size      int
	state     *State
	immutable bool
	refs      int // resources that they are, and what they are the headers of
}

type field struct{ name, value string }

// overhead is what a field takes beside its bytes.
const overhead = 32

// The cases of header-error.
const (
	invalidSyntax = iota
	forbidden
	immutable
)

// headerFailure is a result that is a header-error.
func headerFailure(n int) (exec.Value, error) { return wasi2.Failed(wasi2.Number(n)), nil }

// isForbidden reports whether a field is one that the host alone decides: those of the
// connection (RFC 9110, section 7.6.1), and the name of the other side.
func isForbidden(name string) bool {
	switch strings.ToLower(name) {
	case "connection", "host", "http2-settings", "keep-alive", "proxy-authenticate", "proxy-authorization",
		"proxy-connection", "transfer-encoding", "upgrade":
		return true
	}
	return false
}

// validName reports whether name is a token (RFC 9110, section 5.6.2).
func validName(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		case strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return name != ""
}

// validValue reports whether value may stand in a field (RFC 9110, section 5.5).
func validValue(value string) bool {
	for i := 0; i < len(value); i++ {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return value == "" || value[0] != ' ' && value[0] != '\t' && value[len(value)-1] != ' ' && value[len(value)-1] != '\t'
}

// fieldsOf are the fields of h that components see, in the order of their names. They
// cannot be changed.
func (s *State) fieldsOf(h http.Header) (*fields, error) {
	f := &fields{state: s}
	names := make([]string, 0, len(h))
	for name := range h {
		if !isForbidden(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		lower := strings.ToLower(name)
		for _, value := range h[name] {
			f.list = append(f.list, field{lower, value})
			f.size += len(name) + len(value) + overhead
		}
	}
	f.immutable = true
	return f, s.take(f.size)
}

// own notes another owner of f.
func (f *fields) own() *fields {
	f.refs++
	return f
}

// Close implements [wasi2.Closer]: an owner of f is gone.
func (f *fields) Close() {
	if f.refs--; f.refs == 0 {
		f.state.give(f.size)
		f.list, f.size = nil, 0
	}
}

// add appends a field. The error ends the component.
func (f *fields) add(name, value string) error {
	n := len(name) + len(value) + overhead
	if f.size+n > maxFields {
		return exec.Trapf("fields need more than %d KiB", maxFields>>10)
	}
	if err := f.state.take(n); err != nil {
		return err
	}
	f.list, f.size = append(f.list, field{name, value}), f.size+n
	return nil
}

// remove removes the fields of a name.
func (f *fields) remove(name string) {
	f.list = slices.DeleteFunc(f.list, func(x field) bool {
		if !strings.EqualFold(x.name, name) {
			return false
		}
		n := len(x.name) + len(x.value) + overhead
		f.size -= n
		f.state.give(n)
		return true
	})
}

// values are the values of a name.
func (f *fields) values(name string) (list []string) {
	for _, x := range f.list {
		if strings.EqualFold(x.name, name) {
			list = append(list, x.value)
		}
	}
	return list
}

// addTo adds f to h, in the form that net/http knows names in.
func (f *fields) addTo(h http.Header) {
	for _, x := range f.list {
		name := http.CanonicalHeaderKey(x.name)
		h[name] = append(h[name], x.value)
	}
}

// refused is the header-error for a change of f that sets name to values; -1 for none.
func (f *fields) refused(name string, values ...string) int {
	switch {
	case f.immutable:
		return immutable
	case !validName(name) || slices.ContainsFunc(values, func(v string) bool { return !validValue(v) }):
		return invalidSyntax
	case isForbidden(name):
		return forbidden
	}
	return -1
}

// addFields is f as a resource of the component.
func addFields(c *wasi2.Call, f *fields) (exec.Value, error) { return c.Add(f.own()) }

func fieldsFunctions() []wasi2.Function {
	const self = "(self: borrow<fields>"
	return []wasi2.Function{
		{Name: "[constructor]fields", Notation: "() -> fields", Call: func(c *wasi2.Call, _ []exec.Value) (exec.Value, error) {
			return addFields(c, &fields{state: of(c)})
		}},
		{Name: "[static]fields.from-list", Notation: "(entries: list<tuple<field-name, field-value>>) -> result<fields, header-error>", Call: fieldsFromList},
		{Name: "[method]fields.get", Notation: self + ", name: field-name) -> list<field-value>", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			list := wasi2.List()
			for _, v := range wasi2.Object[*fields](c, a[0]).values(a[1].String()) {
				list.List = append(list.List, wasi2.Bytes([]byte(v)))
			}
			return list, nil
		}},
		{Name: "[method]fields.has", Notation: self + ", name: field-name) -> bool", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			return wasi2.Boolean(len(wasi2.Object[*fields](c, a[0]).values(a[1].String())) > 0), nil
		}},
		{Name: "[method]fields.set", Notation: self + ", name: field-name, value: list<field-value>) -> result<_, header-error>", Call: setFields},
		{Name: "[method]fields.delete", Notation: self + ", name: field-name) -> result<_, header-error>", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			f, name := wasi2.Object[*fields](c, a[0]), a[1].String()
			if no := f.refused(name); no >= 0 {
				return headerFailure(no)
			}
			f.remove(name)
			return wasi2.Done, nil
		}},
		{Name: "[method]fields.append", Notation: self + ", name: field-name, value: field-value) -> result<_, header-error>", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			f, name, value := wasi2.Object[*fields](c, a[0]), a[1].String(), string(a[2].Bytes)
			if no := f.refused(name, value); no >= 0 {
				return headerFailure(no)
			}
			return wasi2.Done, f.add(name, value)
		}},
		{Name: "[method]fields.entries", Notation: self + ") -> list<tuple<field-name, field-value>>", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			list := wasi2.List()
			for _, x := range wasi2.Object[*fields](c, a[0]).list {
				list.List = append(list.List, wasi2.List(exec.Text(x.name), wasi2.Bytes([]byte(x.value))))
			}
			return list, nil
		}},
		{Name: "[method]fields.clone", Notation: self + ") -> fields", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			f := wasi2.Object[*fields](c, a[0])
			if err := f.state.take(f.size); err != nil {
				return exec.Value{}, err
			}
			return addFields(c, &fields{list: slices.Clone(f.list), size: f.size, state: f.state})
		}},
	}
}

func fieldsFromList(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
	f := &fields{state: of(c)}
	for _, e := range a[0].List {
		name, value := e.List[0].String(), string(e.List[1].Bytes)
		no := f.refused(name, value)
		var err error
		if no < 0 {
			err = f.add(name, value)
		}
		if no >= 0 || err != nil {
			f.own().Close()
			v, _ := headerFailure(no)
			return v, err
		}
	}
	v, err := addFields(c, f)
	return wasi2.OK(v), err
}

// setFields sets a name to values in the place of all that it had.
func setFields(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
	f, name := wasi2.Object[*fields](c, a[0]), a[1].String()
	values := make([]string, len(a[2].List))
	for n, v := range a[2].List {
		values[n] = string(v.Bytes)
	}
	if no := f.refused(name, values...); no >= 0 {
		return headerFailure(no)
	}
	f.remove(name)
	for _, v := range values {
		if err := f.add(name, v); err != nil {
			return exec.Value{}, err
		}
	}
	return wasi2.Done, nil
}
