package wasm

// Remap says where the entries of index spaces have gone. Where it is nil, the
// space stays as it was. Passes that insert, drop or reorder entries do that to
// the module's lists, and let Remap change whatever names the entries.
type Remap struct {
	Type, Func, Table, Memory, Global, Tag, Elem, Data func(uint32) uint32

	// Abstract says what stands for an abstract heap type; its results are as they
	// are to be, Type does not apply to them.
	Abstract func(HeapType) HeapType
}

// Shift is a map that moves the indices at or above from up by n.
func Shift(from, n uint32) func(uint32) uint32 {
	return func(i uint32) uint32 {
		if i >= from {
			return i + n
		}
		return i
	}
}

// Module is m with every index changed: in instructions, types, segments, exports,
// the start section and names. The order of the entries is as in m. Of the custom
// sections it keeps those that name no index, as far as their names tell.
func (r *Remap) Module(m *Module) (*Module, error) {
	out := *m
	r.declarations(&out)
	if err := r.definitions(&out); err != nil {
		return nil, err
	}
	if err := r.segments(&out); err != nil {
		return nil, err
	}
	r.customs(&out, m)
	return &out, nil
}

// index changes *i by to, and reports whether that is another index.
func index(to func(uint32) uint32, i *uint32) bool {
	if to == nil {
		return false
	}
	old := *i
	*i = to(old)
	return *i != old
}

func (r *Remap) heap(h *HeapType) bool {
	if !h.IsIndex() {
		old := *h
		if r.Abstract != nil {
			*h = r.Abstract(old)
		}
		return *h != old
	}
	i := uint32(*h)
	changed := index(r.Type, &i)
	*h = HeapType(i)
	return changed
}

func (r *Remap) valType(t *ValType) bool {
	if !t.IsRef() {
		return false
	}
	h := t.Heap()
	changed := r.heap(&h)
	*t = RefType(h, t.Nullable())
	return changed
}

func (r *Remap) block(b *BlockType) bool {
	if b.Indexed {
		return index(r.Type, &b.Index)
	}
	return r.valType(&b.Result)
}

// Instr changes the indices among the immediates of in, and reports whether any
// is another now.
func (r *Remap) Instr(in *Instr) bool {
	two := func(x, y func(uint32) uint32) bool {
		first := index(x, &in.X)
		return index(y, &in.Y) || first
	}
	switch in.Op.Info().Imm {
	case ImmFunc:
		return index(r.Func, &in.X)
	case ImmGlobal:
		return index(r.Global, &in.X)
	case ImmTable:
		return index(r.Table, &in.X)
	case ImmMem, ImmMemArg, ImmMemArgLane:
		return index(r.Memory, &in.X)
	case ImmTag:
		return index(r.Tag, &in.X)
	case ImmData:
		return index(r.Data, &in.X)
	case ImmElem:
		return index(r.Elem, &in.X)
	case ImmType, ImmTypeField, ImmTypeN:
		return index(r.Type, &in.X)
	case ImmTypeType:
		return two(r.Type, r.Type)
	case ImmTypeData:
		return two(r.Type, r.Data)
	case ImmTypeElem:
		return two(r.Type, r.Elem)
	case ImmCallIndirect:
		return two(r.Type, r.Table)
	case ImmMemMem:
		return two(r.Memory, r.Memory)
	case ImmTableTable:
		return two(r.Table, r.Table)
	case ImmDataMem:
		return two(r.Data, r.Memory)
	case ImmElemTable:
		return two(r.Elem, r.Table)
	case ImmBlock:
		return r.block(&in.Block)
	case ImmTryTable:
		return r.tryTable(in)
	case ImmHeapType:
		return r.heap(&in.Heap)
	case ImmSelectTypes, ImmBrOnCast:
		return r.valTypes(in.Types)
	}
	return false
}

func (r *Remap) tryTable(in *Instr) bool {
	changed := r.block(&in.Block)
	for i := range in.Catches {
		if c := &in.Catches[i]; c.Kind == CatchTag || c.Kind == CatchTagRef {
			changed = index(r.Tag, &c.Tag) || changed
		}
	}
	return changed
}

func (r *Remap) valTypes(types []ValType) bool {
	changed := false
	for i := range types {
		changed = r.valType(&types[i]) || changed
	}
	return changed
}

// code rewrites the instructions before rd, and returns out with them. What rd has
// already read from done on is copied in front of them. Where out is nil and
// nothing changes, the result is the very bytes that rd reads from. moved, unless
// it is nil, is told where each instruction goes.
func (r *Remap) code(out []byte, rd *Reader, done int, moved func(in *Instr, at int)) ([]byte, error) {
	in := rd.buf
	var instr Instr
	for rd.More() {
		start := rd.pos
		if err := rd.Next(&instr); err != nil {
			return nil, err
		}
		if moved != nil {
			moved(&instr, len(out)+start-done)
		}
		if !r.Instr(&instr) {
			continue
		}
		if out == nil {
			out = make([]byte, 0, len(in)+len(in)/8)
		}
		out = AppendInstr(append(out, in[done:start]...), &instr)
		done = rd.pos
	}
	if out == nil {
		return in, nil
	}
	return append(out, in[done:]...), nil
}

// expr changes a constant expression.
func (r *Remap) expr(e *Expr) error {
	if e.Code == nil {
		return nil
	}
	var err error
	e.Code, err = r.code(nil, NewReader(e.Code, e.Offset, Wasm3|Threads), 0, nil)
	return err
}

// Body changes a function body; with traced, it says where instructions come from. Its bytes are its own, unless nothing changes.
func (r *Remap) Body(b *Body, traced bool) error {
	runs, rd, err := b.Locals(Wasm3 | Threads)
	if err != nil {
		return err
	}
	var moved func(*Instr, int)
	var origins *Origins
	if traced {
		origins = new(Origins)
		moved = func(in *Instr, at int) {
			*origins = append(*origins, Origin{At: uint32(at), From: b.Origin(in.Offset)})
		}
	}
	changed := false
	for i := range runs {
		changed = r.valType(&runs[i].Type) || changed
	}
	var code []byte
	if changed {
		head := AppendLocals(make([]byte, 0, len(b.Code)+len(b.Code)/8), runs)
		code, err = r.code(head, rd, rd.pos, moved)
	} else {
		code, err = r.code(nil, rd, 0, moved)
	}
	b.Code, b.Origins = code, origins
	return err
}
