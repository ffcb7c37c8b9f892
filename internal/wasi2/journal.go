package wasi2

import (
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf8"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/journal"
)

// A call of a component is in a journal as one of a core module whose arguments are numbers, each
// the bits of an argument or a checksum of it, and which writes its result, encoded, to address 0
// of a memory that is there for this alone.

// journalled is a function as a journal has it.
type journalled struct {
	journal.Function
	number uint64 // that the writer has given it
}

const numberType = 0x7e // i64

// journalled is the function name of an interface, of type t, as the journal of h has it.
func (h *Host) journalled(from, name string, t *types.Func) *journalled {
	key := from + "#" + name
	is := h.functions[key]
	if is == nil {
		is = &journalled{Function: journal.Function{Module: from, Name: name, Params: make([]byte, len(t.Params))}}
		for n := range is.Params {
			is.Params[n] = numberType
		}
		if h.functions == nil {
			h.functions = map[string]*journalled{}
		}
		h.functions[key] = is
		if h.config.Record != nil {
			is.number = h.config.Record.Function(&is.Function)
		}
	}
	return is
}

// answer is what a call of f, of the interface from and of type t, comes to: what f does, of which a
// journal is told, or what it did when the journal was written.
func (c *Call) answer(from string, f *Function, t *types.Func, args []exec.Value) (exec.Value, error) {
	switch {
	case c.config.Player != nil:
		return c.play(c.journalled(from, f.Name, t), t, args)
	case c.config.Record != nil:
		return c.note(c.journalled(from, f.Name, t), f, t, args)
	}
	return f.Call(c, args)
}

// note is a call of f of which the journal is told.
func (c *Call) note(is *journalled, f *Function, t *types.Func, args []exec.Value) (exec.Value, error) {
	w := c.config.Record
	w.Begin(is.number, numbers(args))
	v, err := f.Call(c, args)
	if err != nil {
		w.End(nil, ending(err))
		return v, err
	}
	if t.Result != nil {
		w.Use(journal.Written, 0, appendAnswer(nil, &v, *t.Result), false)
	}
	w.End(nil, nil)
	return v, nil
}

// play answers a call as it was answered before.
func (c *Call) play(is *journalled, t *types.Func, args []exec.Value) (exec.Value, error) {
	var to answerMemory
	e, err := c.config.Player.Answer(&is.Function, numbers(args), &to, nil)
	switch {
	case to.refused:
		return exec.Value{}, journal.ErrDamaged
	case err != nil:
		return exec.Value{}, err
	}
	if err := c.guest.Cause(); err != nil {
		return exec.Value{}, err
	}
	switch {
	case e != nil:
		return exec.Value{}, ended(e)
	case t.Result == nil:
		return Done, nil
	}
	r := answerReader{rest: to.b, ok: true}
	v := r.value(*t.Result)
	if !r.ok || len(r.rest) > 0 {
		return exec.Value{}, journal.ErrDamaged
	}
	return v, nil
}

// ending is what err, which ends the component, is in a journal.
func ending(err error) *journal.Ending {
	if e, ok := errors.AsType[*Exit](err); ok {
		return &journal.Ending{Exit: true, Status: e.Status}
	}
	if t, ok := errors.AsType[*exec.Trap](err); ok {
		return &journal.Ending{Text: t.Reason}
	}
	return abi.Ending(err)
}

// ended is the error that e was.
func ended(e *journal.Ending) error {
	switch {
	case e.Exit:
		return &Exit{e.Status}
	case e.Code != 0:
		return &fault.Error{Code: fault.Code(e.Code), Offset: -1, Line: e.Line, Info: e.Info}
	}
	return exec.Trapf("%s", e.Text)
}

// numbers are args as a journal has them: the bits that each is, or a checksum.
func numbers(args []exec.Value) []uint64 {
	list := make([]uint64, len(args))
	for n := range list {
		if v := &args[n]; v.Composed() {
			list[n] = sum(0, v)
		} else {
			list[n] = v.Bits
		}
	}
	return list
}

// sum adds v to a checksum.
func sum(s uint64, v *exec.Value) uint64 {
	var head [16]byte
	binary.LittleEndian.PutUint64(head[:], v.Bits)
	binary.LittleEndian.PutUint64(head[8:], uint64(len(v.List)))
	s = journal.Sum(journal.Sum(s, head[:]), v.Bytes)
	for n := range v.List {
		s = sum(s, &v.List[n])
	}
	return s
}

// maxAnswer is how large a result that was recorded may be, encoded; those of this package
// are smaller.
const maxAnswer = 2 * maxRandom

// answerMemory is the memory of [journal.Guest] that results are written to.
type answerMemory struct {
	b       []byte
	refused bool
}

// Piece implements [journal.Guest].
func (m *answerMemory) Piece(at, n uint32) ([]byte, bool) {
	if at != 0 || n > maxAnswer || m.b != nil {
		m.refused = true
		return nil, false
	}
	m.b = make([]byte, n)
	return m.b, true
}

// appendAnswer appends v, of type t, as a journal has it: numbers in LEB128, the length in front of
// strings and lists, the case in front of its value.
func appendAnswer(b []byte, v *exec.Value, t types.ValType) []byte {
	if prim, ok := primitiveOf(t); ok {
		if prim != component.String {
			return binary.AppendUvarint(b, v.Bits)
		}
		s := v.String()
		return append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	d := t.Type.Value
	switch d.Form {
	case component.FormRecord, component.FormTuple:
		for n, f := range d.Fields() {
			b = appendAnswer(b, &v.List[n], f)
		}
		return b
	case component.FormList, component.FormFixedList, component.FormMap:
		if exec.Packed(d.Element()) > 0 {
			return append(binary.AppendUvarint(b, uint64(len(v.Bytes))), v.Bytes...)
		}
		b = binary.AppendUvarint(b, uint64(len(v.List)))
		for n := range v.List {
			b = appendAnswer(b, &v.List[n], d.Element())
		}
		return b
	}
	b = binary.AppendUvarint(b, v.Bits)
	if cases := d.Cases(); len(cases) > 0 && cases[v.Bits] != nil {
		b = appendAnswer(b, &v.List[0], *cases[v.Bits])
	}
	return b
}

// primitiveOf is the primitive type that t is, if it is one.
func primitiveOf(t types.ValType) (component.Primitive, bool) {
	if t.Type == nil {
		return t.Primitive, true
	}
	return t.Type.Value.Primitive()
}

// answerReader reads what [appendAnswer] has written. Nobody vouches for it: ok says whether what
// was read is of its type.
type answerReader struct {
	rest []byte
	ok   bool
}

// number reads a number of at most most.
func (r *answerReader) number(most uint64) uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > most || !r.ok {
		r.ok = false
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// length reads a length of parts that take a byte each at least.
func (r *answerReader) length() int { return int(r.number(uint64(len(r.rest)))) }

// bytes reads a length and as many bytes.
func (r *answerReader) bytes() []byte {
	n := r.length()
	if n > len(r.rest) {
		r.ok = false
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *answerReader) value(t types.ValType) exec.Value {
	if prim, ok := primitiveOf(t); ok {
		return r.primitive(prim)
	}
	d := t.Type.Value
	switch d.Form {
	case component.FormRecord, component.FormTuple:
		v := exec.Value{List: make([]exec.Value, len(d.Fields()))}
		for n, f := range d.Fields() {
			v.List[n] = r.value(f)
		}
		return v
	case component.FormList, component.FormFixedList, component.FormMap:
		return r.list(d)
	case component.FormFlags:
		return exec.Value{Bits: r.number(1<<len(d.Labels) - 1)}
	case component.FormOwn, component.FormBorrow:
		return exec.Value{Bits: r.number(math.MaxUint32)}
	}
	cases := d.Cases()
	v := exec.Value{Bits: r.number(uint64(len(cases) - 1))}
	if c := cases[v.Bits]; c != nil {
		v.List = []exec.Value{r.value(*c)}
	}
	return v
}

func (r *answerReader) list(d *types.Value) exec.Value {
	elem := d.Element()
	v := exec.Value{}
	if size := exec.Packed(elem); size > 0 {
		v.Bytes = r.bytes()
		r.ok = r.ok && len(v.Bytes)%size == 0
	} else {
		for n := r.length(); n > 0 && r.ok; n-- {
			v.List = append(v.List, r.value(elem))
		}
	}
	if d.Form == component.FormFixedList && exec.Length(&v, elem) != int(d.Length) {
		r.ok = false
	}
	return v
}

func (r *answerReader) primitive(t component.Primitive) exec.Value {
	if t == component.String {
		b := r.bytes()
		r.ok = r.ok && utf8.Valid(b)
		return exec.Value{Bytes: b}
	}
	v := exec.Value{Bits: r.number(math.MaxUint64)}
	if n, ok := exec.Primitive(t, v.Bits); !ok || n != v.Bits {
		r.ok = false
	}
	return v
}
