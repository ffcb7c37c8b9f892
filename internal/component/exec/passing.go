package exec

import (
	"context"
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
)

// options are the canonical options of a lifted or lowered function.
type options struct {
	encoding   component.OptionKind
	pointer    types.Pointer
	memory     *coreItem
	realloc    *coreItem
	postReturn *coreItem
}

// passing is one side of a call: an instance whose core values and memory become values,
// or the other way.
type passing struct {
	bounds
	ctx      context.Context
	instance *Instance
	options  *options
	task     *task    // of a lifted function
	subtask  *subtask // of a lowered function
}

// passes is i's side of a call, which ends with [bounds.end].
func (i *Instance) passes(ctx context.Context, o *options) *passing {
	return &passing{ctx: ctx, instance: i, options: o, bounds: bounds{store: i.store, free: freely}}
}

// memory is the memory that values are passed through, as it is now.
func (p *passing) memory() []byte { return p.options.memory.memory() }

// bytes are n bytes of memory at a multiple of align.
func (p *passing) bytes(at, n, align uint64) ([]byte, error) {
	if at&(align-1) != 0 {
		return nil, trap("pointer not aligned")
	}
	m := p.memory()
	if at > uint64(len(m)) || n > uint64(len(m))-at {
		return nil, trap("pointer out of bounds of memory")
	}
	return m[at : at+n : at+n], nil
}

// liftAll makes values of the types list of core values, or of what lies where the first
// of them says.
func (p *passing) liftAll(list []types.ValType, inMemory bool, flat []uint64) ([]Value, error) {
	values, err := p.values(uint64(len(list)))
	if err != nil {
		return nil, err
	}
	if !inMemory {
		f := flatReader{values: flat}
		for i, t := range list {
			if err := p.lift(&values[i], t, &f); err != nil {
				return nil, err
			}
		}
		return values, nil
	}
	l := types.TupleLayout(list, p.options.pointer)
	b, err := p.bytes(p.address(flat[0]), l.Size, l.Align)
	if err != nil {
		return nil, err
	}
	return values, p.loadFields(values, list, b)
}

// address is a core value as an address.
func (p *passing) address(v uint64) uint64 {
	if p.options.pointer == types.Pointer32 {
		return uint64(uint32(v))
	}
	return v
}

// loadFields loads fields that lie one after the other in b.
func (p *passing) loadFields(values []Value, list []types.ValType, b []byte) error {
	at := uint64(0)
	for i, t := range list {
		l := t.Layout(p.options.pointer)
		at = types.AlignTo(at, l.Align)
		if err := p.load(&values[i], t, b[at:]); err != nil {
			return err
		}
		at += l.Size
	}
	return nil
}

// flatReader gives core values one after the other. Within a variant they are of other
// types than wanted.
type flatReader struct{ values []uint64 }

func (f *flatReader) next() uint64 {
	v := f.values[0]
	f.values = f.values[1:]
	return v
}

// load makes v of what is at the beginning of b.
func (p *passing) load(v *Value, t types.ValType, b []byte) error {
	if t.Type != nil {
		return p.loadValue(v, t.Type.Value, b)
	}
	return p.loadPrimitive(v, t.Primitive, b)
}

func (p *passing) loadPrimitive(v *Value, t component.Primitive, b []byte) error {
	switch t {
	case component.Bool, component.S8, component.U8:
		return p.fromBits(v, t, uint64(b[0]))
	case component.S16, component.U16:
		return p.fromBits(v, t, uint64(binary.LittleEndian.Uint16(b)))
	case component.S64, component.U64, component.F64:
		return p.fromBits(v, t, binary.LittleEndian.Uint64(b))
	case component.String:
		at, n := p.pair(b)
		return p.loadString(v, at, n)
	}
	return p.fromBits(v, t, uint64(binary.LittleEndian.Uint32(b)))
}

// pair are the address and the length at the beginning of b.
func (p *passing) pair(b []byte) (at, n uint64) {
	if p.options.pointer == types.Pointer64 {
		return binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	}
	return uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[4:]))
}

// The floats that stand for every NaN.
const (
	nan32 = 0x7fc00000
	nan64 = 0x7ff8000000000000
)

// fromBits makes v, a primitive value but a string, of bits, of which it has the low ones.
func (p *passing) fromBits(v *Value, t component.Primitive, bits uint64) error {
	bits, ok := Primitive(t, bits)
	if !ok {
		return trap("integer %d is not a valid char", bits)
	}
	v.Bits = bits
	return nil
}

// Primitive is the value of type t, no string, of which bits has the low ones, as [Value.Bits] has
// it, and whether it is one: a char may be none.
func Primitive(t component.Primitive, bits uint64) (value uint64, ok bool) {
	switch t {
	case component.Bool:
		if bits = uint64(uint32(bits)); bits != 0 {
			bits = 1
		}
	case component.S8:
		bits = uint64(int64(int8(bits)))
	case component.U8:
		bits = uint64(uint8(bits))
	case component.S16:
		bits = uint64(int64(int16(bits)))
	case component.U16:
		bits = uint64(uint16(bits))
	case component.S32:
		bits = uint64(int64(int32(bits)))
	case component.U32:
		bits = uint64(uint32(bits))
	case component.F32:
		bits = uint64(uint32(bits))
		if f := math.Float32frombits(uint32(bits)); f != f {
			bits = nan32
		}
	case component.F64:
		if f := math.Float64frombits(bits); f != f {
			bits = nan64
		}
	case component.Char:
		bits = uint64(uint32(bits))
		if bits > utf8.MaxRune || bits >= 0xd800 && bits <= 0xdfff {
			return bits, false
		}
	}
	return bits, true
}

func (p *passing) loadValue(v *Value, t *types.Value, b []byte) error {
	switch t.Form {
	case component.FormRecord, component.FormTuple:
		fields := t.Fields()
		var err error
		if v.List, err = p.values(uint64(len(fields))); err != nil {
			return err
		}
		return p.loadFields(v.List, fields, b)
	case component.FormVariant, component.FormEnum, component.FormOption, component.FormResult:
		return p.loadVariant(v, t, b)
	case component.FormList, component.FormMap:
		at, n := p.pair(b)
		return p.loadList(v, t.Element(), at, n)
	case component.FormFixedList:
		return p.loadElements(v, *t.Elem, b, uint64(t.Length))
	case component.FormFlags:
		v.Bits = loadInt(b, t.Layout(p.options.pointer).Size) & (1<<len(t.Labels) - 1)
		return nil
	case component.FormOwn, component.FormBorrow:
		return p.liftHandle(v, t, binary.LittleEndian.Uint32(b))
	}
	prim, _ := t.Primitive()
	return p.loadPrimitive(v, prim, b)
}

// loadInt is the unsigned integer of size bytes at the beginning of b.
func loadInt(b []byte, size uint64) uint64 {
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	}
	return uint64(binary.LittleEndian.Uint32(b))
}

func (p *passing) loadVariant(v *Value, t *types.Value, b []byte) error {
	cases := t.Cases()
	v.Bits = loadInt(b, types.Discriminant(len(cases)))
	if v.Bits >= uint64(len(cases)) {
		return trap("invalid variant discriminant")
	}
	c := cases[v.Bits]
	if c == nil {
		return nil
	}
	var err error
	if v.List, err = p.values(1); err != nil {
		return err
	}
	return p.load(&v.List[0], *c, b[t.Payload(p.options.pointer):])
}

// maxBytes bounds strings and lists that are lifted (CanonicalABI.md, "Loading").
const maxBytes = 1<<28 - 1

func (p *passing) loadList(v *Value, elem types.ValType, at, n uint64) error {
	l := elem.Layout(p.options.pointer)
	if n > maxBytes || n*l.Size > maxBytes {
		return trap("list too long")
	}
	b, err := p.bytes(at, n*l.Size, l.Align)
	if err != nil {
		return err
	}
	return p.loadElements(v, elem, b, n)
}

// raw reports whether lists of t are passed as the bytes that they are in memory: all
// bits are values, the same on both sides.
func raw(t types.ValType) bool {
	prim := t.Primitive
	if t.Type != nil {
		prim, _ = t.Type.Value.Primitive()
	}
	switch prim {
	case component.S8, component.U8, component.S16, component.U16, component.S32, component.U32, component.S64, component.U64:
		return true
	}
	return false
}

func (p *passing) loadElements(v *Value, elem types.ValType, b []byte, n uint64) error {
	size := elem.Layout(p.options.pointer).Size
	if raw(elem) {
		v.Bytes = b[: n*size : n*size]
		return nil
	}
	var err error
	if v.List, err = p.values(n); err != nil {
		return err
	}
	for i := range v.List {
		if err := p.work(valueSize); err != nil {
			return err
		}
		if err := p.load(&v.List[i], elem, b[uint64(i)*size:]); err != nil {
			return err
		}
	}
	return nil
}

// lift makes v of core values.
func (p *passing) lift(v *Value, t types.ValType, f *flatReader) error {
	if t.Type != nil {
		return p.liftValue(v, t.Type.Value, f)
	}
	if t.Primitive == component.String {
		at, n := p.address(f.next()), p.address(f.next())
		return p.loadString(v, at, n)
	}
	return p.fromBits(v, t.Primitive, f.next())
}

func (p *passing) liftFields(v *Value, fields []types.ValType, f *flatReader) error {
	var err error
	if v.List, err = p.values(uint64(len(fields))); err != nil {
		return err
	}
	for i, t := range fields {
		if err := p.lift(&v.List[i], t, f); err != nil {
			return err
		}
	}
	return nil
}

func (p *passing) liftValue(v *Value, t *types.Value, f *flatReader) error {
	switch t.Form {
	case component.FormRecord, component.FormTuple:
		return p.liftFields(v, t.Fields(), f)
	case component.FormVariant, component.FormEnum, component.FormOption, component.FormResult:
		return p.liftVariant(v, t, f)
	case component.FormList, component.FormMap:
		at, n := p.address(f.next()), p.address(f.next())
		return p.loadList(v, t.Element(), at, n)
	case component.FormFixedList:
		return p.liftFixedList(v, t, f)
	case component.FormFlags:
		v.Bits = f.next() & (1<<len(t.Labels) - 1)
		return nil
	case component.FormOwn, component.FormBorrow:
		return p.liftHandle(v, t, uint32(f.next()))
	}
	prim, _ := t.Primitive()
	return p.lift(v, types.ValType{Primitive: prim}, f)
}

// liftFixedList lifts elements that are core values each.
func (p *passing) liftFixedList(v *Value, t *types.Value, f *flatReader) error {
	fields := make([]types.ValType, t.Length)
	for i := range fields {
		fields[i] = *t.Elem
	}
	if err := p.liftFields(v, fields, f); err != nil || !raw(*t.Elem) {
		return err
	}
	size := t.Elem.Layout(types.Pointer32).Size
	v.Bytes = make([]byte, 0, size*uint64(len(v.List)))
	for _, e := range v.List {
		v.Bytes = binary.LittleEndian.AppendUint64(v.Bytes, e.Bits)[:uint64(len(v.Bytes))+size]
	}
	v.List = nil
	return nil
}

// liftVariant lifts a discriminant and the core values of its case, which may be wider than
// the case needs.
func (p *passing) liftVariant(v *Value, t *types.Value, f *flatReader) error {
	cases := t.Cases()
	v.Bits = uint64(uint32(f.next()))
	if v.Bits >= uint64(len(cases)) {
		return trap("invalid variant discriminant")
	}
	// A float that shares its place with an integer is there as its bits, in a wider
	// integer as the low ones: whoever reads it takes as many as its type has.
	rest := f.values[t.FlatCount()-1:]
	if c := cases[v.Bits]; c != nil {
		var err error
		if v.List, err = p.values(1); err != nil {
			return err
		}
		if err := p.lift(&v.List[0], *c, f); err != nil {
			return err
		}
	}
	f.values = rest
	return nil
}

// liftHandle makes v the representation of what the handle n stands for. A handle that
// owns it is given away, one that is borrowed is lent.
func (p *passing) liftHandle(v *Value, t *types.Value, n uint32) error {
	typ := p.instance.resource(t.Handle)
	if t.Form == component.FormOwn {
		h, err := p.instance.handles.get(n, typ)
		if err != nil {
			return err
		}
		if !h.owned {
			return trap("cannot lift own resource from a borrow")
		}
		v.Bits = h.rep
		_, err = p.instance.handles.remove(n, typ)
		return err
	}
	h, err := p.instance.handles.get(n, typ)
	if err != nil {
		return err
	}
	if err := p.take(valueSize); err != nil {
		return err
	}
	h.lends++
	p.subtask.lent = append(p.subtask.lent, &lender{&p.instance.handles, n})
	v.Bits = h.rep
	return nil
}

// lowerHandle is a new handle for what v represents. A borrow of what the instance has
// made itself is passed as it is.
func (p *passing) lowerHandle(v *Value, t *types.Value) (uint64, error) {
	typ := p.instance.resource(t.Handle)
	h := handle{typ: typ, rep: v.Bits, owned: t.Form == component.FormOwn}
	if !h.owned {
		if typ.impl == p.instance {
			return v.Bits, nil
		}
		h.scope = p.task
		p.task.borrows++
	}
	n, err := p.instance.addHandle(h)
	return uint64(n), err
}

// allocate is the address of n bytes that the component has allocated, or more of those
// that it has.
func (p *passing) allocate(old, oldSize, align, n uint64) (uint64, error) {
	stack := []uint64{old, oldSize, align, n}
	if err := p.instance.within(func() error { return p.options.realloc.call(p.ctx, stack) }); err != nil {
		return 0, err
	}
	at := p.address(stack[0])
	if at&(align-1) != 0 {
		return 0, trap("realloc return: result not aligned")
	}
	if m := uint64(len(p.memory())); at > m || n > m-at {
		return 0, trap("realloc return: beyond end of memory")
	}
	return at, nil
}

// lowerAll puts values of the types list on stack as core values; in memory if they are
// too many: where out says, or else where the component allocates.
func (p *passing) lowerAll(values []Value, list []types.ValType, inMemory bool, out *uint64, stack []uint64) error {
	if !inMemory {
		w := flatWriter{stack: stack}
		for i, t := range list {
			if err := p.lower(&values[i], t, &w); err != nil {
				return err
			}
		}
		return nil
	}
	l := types.TupleLayout(list, p.options.pointer)
	var at uint64
	var err error
	if out != nil {
		at = p.address(*out)
		_, err = p.bytes(at, l.Size, l.Align)
	} else {
		at, err = p.allocate(0, 0, l.Align, l.Size)
		stack[0] = at
	}
	if err != nil {
		return err
	}
	return p.storeFields(values, list, at)
}

// flatWriter puts core values on a stack.
type flatWriter struct {
	stack []uint64
	n     int
}

func (w *flatWriter) put(v uint64) {
	w.stack[w.n] = v
	w.n++
}

func (p *passing) storeFields(values []Value, list []types.ValType, at uint64) error {
	for i, t := range list {
		l := t.Layout(p.options.pointer)
		at = types.AlignTo(at, l.Align)
		if err := p.store(&values[i], t, at); err != nil {
			return err
		}
		at += l.Size
	}
	return nil
}

// put writes the low bytes of bits to memory.
func (p *passing) put(at, size, bits uint64) {
	b := p.memory()[at:]
	switch size {
	case 1:
		b[0] = byte(bits)
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(bits))
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(bits))
	default:
		binary.LittleEndian.PutUint64(b, bits)
	}
}

// putPair writes an address and a length to memory.
func (p *passing) putPair(at, first, second uint64) {
	size := p.options.pointer.Size()
	p.put(at, size, first)
	p.put(at+size, size, second)
}

// store writes v to memory at the address at. Memory may move in between: components
// allocate.
func (p *passing) store(v *Value, t types.ValType, at uint64) error {
	if t.Type != nil {
		return p.storeValue(v, t.Type.Value, at)
	}
	if t.Primitive == component.String {
		begin, n, err := p.storeString(v)
		if err == nil {
			p.putPair(at, begin, n)
		}
		return err
	}
	p.put(at, t.Layout(p.options.pointer).Size, v.Bits)
	return nil
}

func (p *passing) storeValue(v *Value, t *types.Value, at uint64) error {
	switch t.Form {
	case component.FormRecord, component.FormTuple:
		return p.storeFields(v.List, t.Fields(), at)
	case component.FormVariant, component.FormEnum, component.FormOption, component.FormResult:
		cases := t.Cases()
		p.put(at, types.Discriminant(len(cases)), v.Bits)
		if c := cases[v.Bits]; c != nil {
			return p.store(&v.List[0], *c, at+t.Payload(p.options.pointer))
		}
		return nil
	case component.FormList, component.FormMap:
		begin, n, err := p.storeList(v, t.Element())
		if err == nil {
			p.putPair(at, begin, n)
		}
		return err
	case component.FormFixedList:
		return p.storeElements(v, *t.Elem, at)
	case component.FormFlags:
		p.put(at, t.Layout(p.options.pointer).Size, v.Bits)
		return nil
	case component.FormOwn, component.FormBorrow:
		n, err := p.lowerHandle(v, t)
		if err == nil {
			p.put(at, 4, n)
		}
		return err
	}
	prim, _ := t.Primitive()
	return p.store(v, types.ValType{Primitive: prim}, at)
}

// length is how many elements of type t the list v has.
func length(v *Value, t types.ValType) uint64 {
	if raw(t) {
		return uint64(len(v.Bytes)) / t.Layout(types.Pointer32).Size
	}
	return uint64(len(v.List))
}

func (p *passing) storeList(v *Value, elem types.ValType) (at, n uint64, err error) {
	n = length(v, elem)
	l := elem.Layout(p.options.pointer)
	if n > math.MaxUint32 || n*l.Size > math.MaxUint32 {
		return 0, 0, trap("list too long")
	}
	if at, err = p.allocate(0, 0, l.Align, n*l.Size); err != nil {
		return 0, 0, err
	}
	return at, n, p.storeElements(v, elem, at)
}

func (p *passing) storeElements(v *Value, elem types.ValType, at uint64) error {
	if raw(elem) {
		return p.copy(at, v.Bytes)
	}
	size := elem.Layout(p.options.pointer).Size
	for i := range v.List {
		if err := p.work(valueSize); err != nil {
			return err
		}
		if err := p.store(&v.List[i], elem, at+uint64(i)*size); err != nil {
			return err
		}
	}
	return nil
}

// lower puts v on the stack as core values.
func (p *passing) lower(v *Value, t types.ValType, w *flatWriter) error {
	if t.Type != nil {
		return p.lowerValue(v, t.Type.Value, w)
	}
	switch t.Primitive {
	case component.String:
		at, n, err := p.storeString(v)
		w.put(at)
		w.put(n)
		return err
	case component.S8, component.S16, component.S32:
		w.put(uint64(uint32(v.Bits)))
	default:
		w.put(v.Bits)
	}
	return nil
}

func (p *passing) lowerValue(v *Value, t *types.Value, w *flatWriter) error {
	switch t.Form {
	case component.FormRecord, component.FormTuple:
		for i, f := range t.Fields() {
			if err := p.lower(&v.List[i], f, w); err != nil {
				return err
			}
		}
		return nil
	case component.FormVariant, component.FormEnum, component.FormOption, component.FormResult:
		return p.lowerVariant(v, t, w)
	case component.FormList, component.FormMap:
		at, n, err := p.storeList(v, t.Element())
		w.put(at)
		w.put(n)
		return err
	case component.FormFixedList:
		return p.lowerFixedList(v, t, w)
	case component.FormFlags:
		w.put(v.Bits)
		return nil
	case component.FormOwn, component.FormBorrow:
		n, err := p.lowerHandle(v, t)
		w.put(n)
		return err
	}
	prim, _ := t.Primitive()
	return p.lower(v, types.ValType{Primitive: prim}, w)
}

func (p *passing) lowerFixedList(v *Value, t *types.Value, w *flatWriter) error {
	size := t.Elem.Layout(types.Pointer32).Size
	for i := uint64(0); i < uint64(t.Length); i++ {
		var e Value
		if !raw(*t.Elem) {
			e = v.List[i]
		} else if size == 8 {
			e.Bits = binary.LittleEndian.Uint64(v.Bytes[8*i:])
		} else if err := p.fromBits(&e, primitiveOf(*t.Elem), loadInt(v.Bytes[i*size:], size)); err != nil {
			return err
		}
		if err := p.lower(&e, *t.Elem, w); err != nil {
			return err
		}
	}
	return nil
}

// primitiveOf is the primitive type that t is, by itself or by its index.
func primitiveOf(t types.ValType) component.Primitive {
	if t.Type == nil {
		return t.Primitive
	}
	prim, _ := t.Type.Value.Primitive()
	return prim
}

// lowerVariant puts the discriminant and the case's core values on the stack, and zeros
// for those that other cases have more.
func (p *passing) lowerVariant(v *Value, t *types.Value, w *flatWriter) error {
	end := w.n + t.FlatCount()
	w.put(v.Bits)
	if c := t.Cases()[v.Bits]; c != nil {
		if err := p.lower(&v.List[0], *c, w); err != nil {
			return err
		}
	}
	for w.n < end {
		w.put(0)
	}
	return nil
}

// Packed is how many bytes each element of type t takes in the [Value.Bytes] of a list; 0
// for types whose lists are in [Value.List].
func Packed(t types.ValType) int {
	if !raw(t) {
		return 0
	}
	return int(t.Layout(types.Pointer32).Size)
}

// Length is how many elements of type t the list v has.
func Length(v *Value, t types.ValType) int { return int(length(v, t)) }
