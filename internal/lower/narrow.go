package lower

import "github.com/wazedge/wazedge/internal/wasm"

// narrowing rewrites one body for [Memory64].
type narrowing struct {
	*wide
	next     int          // index of the next instruction
	produces map[int]bool // instructions whose one result is a wide address or size
	known    map[int]bool // accesses all of whose wide operands come from those
	// narrowed are the locals of which a narrowed copy is at hand, and where: in
	// straight-line code an address is checked once.
	narrowed map[uint32]uint32
	copies   map[uint32]uint32 // the local that holds copies of each local
}

func (w *wide) begin(_ *body, code wasm.Body) (rewriteFunc, error) {
	n := &narrowing{
		wide: w, produces: map[int]bool{}, known: map[int]bool{},
		narrowed: map[uint32]uint32{}, copies: map[uint32]uint32{},
	}
	touched, err := n.findProducers(code)
	if err != nil || !touched {
		return nil, err
	}
	return n.rewrite, nil
}

// findProducers fills produces and known, and reports whether the body uses a
// wide memory or table at all.
func (n *narrowing) findProducers(code wasm.Body) (touched bool, err error) {
	_, r, err := code.Locals(everything)
	if err != nil {
		return false, err
	}
	p := producers{m: n.m, frames: make([]frame, 1)}
	var in wasm.Instr
	for i := 0; r.More(); i++ {
		if err := r.Next(&in); err != nil {
			return false, err
		}
		_, isWide := n.operands(&in)
		touched = touched || isWide != nil || n.sizes(&in)
		if isWide != nil {
			n.known[i] = true
			for depth, wide := range isWide {
				if wide && p.operand(depth) == unknown {
					n.known[i] = false
				}
			}
			for depth, wide := range isWide {
				if wide && n.known[i] {
					n.produces[p.operand(depth)] = true
				}
			}
		}
		if r.More() {
			p.step(i, &in)
		}
	}
	return touched, nil
}

// sizes reports whether in leaves the size of a wide memory or table.
func (n *narrowing) sizes(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpMemorySize, wasm.OpMemoryGrow:
		return n.memories[in.X]
	case wasm.OpTableSize, wasm.OpTableGrow:
		return n.tables[in.X]
	}
	return false
}

func (n *narrowing) rewrite(b *body, in *wasm.Instr) (bool, error) {
	i := n.next
	n.next++
	n.forget(in)
	types, isWide := n.operands(in)
	if isWide != nil && !n.known[i] {
		n.narrowInPlace(b, types, isWide)
	}
	switch {
	case n.produces[i]:
		n.produce(b, in)
	case isWide != nil || n.sizes(in):
		n.write(b, in)
	default:
		return false, nil
	}
	return true, nil
}

// forget drops the narrowed copies that in makes stale: of a local it writes, and
// all where control joins.
func (n *narrowing) forget(in *wasm.Instr) {
	switch in.Op {
	case wasm.OpLocalSet, wasm.OpLocalTee:
		delete(n.narrowed, in.X)
	case wasm.OpLoop, wasm.OpElse, wasm.OpEnd:
		clear(n.narrowed)
	}
}

// write writes in itself, for a narrow memory or table, and widens a size.
func (n *narrowing) write(b *body, in *wasm.Instr) {
	if in.Op == wasm.OpMemoryGrow && n.open(in.X) {
		n.growOpen(b, in.X)
		return
	}
	narrow := *in
	if k := in.Op.Info().Imm; k == wasm.ImmMemArg || k == wasm.ImmMemArgLane {
		narrow.Val = min(in.Val, outOfBounds)
	}
	b.Instr(&narrow)
	switch {
	case !n.sizes(in):
	case in.Op == wasm.OpMemorySize || in.Op == wasm.OpTableSize:
		b.Op(wasm.OpI64ExtendI32U)
	case in.Op == wasm.OpTableGrow:
		n.widenGrown(b)
	default:
		b.Op(wasm.OpI64ExtendI32S) // pages fit; -1 stays -1
	}
}

// open reports whether memory x is wide, and may by its type become larger than any
// that the engine has. One that begins as large cannot grow.
func (w *wide) open(x uint32) bool {
	l := w.m.MemoryTypeOf(x).Limits
	return l.Addr64 && l.Min < openWidePages && (!l.HasMax || l.Max > maxWidePages)
}

// mostWidePages is how large a memory can be by the language.
const mostWidePages = 1 << 48

// growOpen grows memory x, which is open, by the pages on the stack: by those that are
// missing to openWidePages, if it is by more, and by too many for any memory if that
// is more than its type allows.
func (n *narrowing) growOpen(b *body, x uint32) {
	most := uint64(mostWidePages)
	if l := n.m.MemoryTypeOf(x).Limits; l.HasMax {
		most = min(most, l.Max)
	}
	pages, room := b.scratch(wasm.I64), b.scratch(wasm.I64)
	b.X(wasm.OpLocalSet, pages)
	b.I64(openWidePages)
	b.X(wasm.OpMemorySize, x)
	b.Op(wasm.OpI64ExtendI32U)
	b.Op(wasm.OpI64Sub)
	b.X(wasm.OpLocalSet, room)
	b.X(wasm.OpLocalGet, pages)
	b.X(wasm.OpLocalGet, room)
	b.X(wasm.OpLocalGet, pages)
	b.X(wasm.OpLocalGet, room)
	b.Op(wasm.OpI64LtU)
	b.Op(wasm.OpSelect)
	b.Op(wasm.OpI32WrapI64)
	b.I32(-1)
	b.X(wasm.OpLocalGet, pages)
	b.X(wasm.OpLocalGet, room)
	b.I64(int64(most - openWidePages))
	b.Op(wasm.OpI64Add)
	b.Op(wasm.OpI64LeU)
	b.Op(wasm.OpSelect)
	b.X(wasm.OpMemoryGrow, x)
	b.Op(wasm.OpI64ExtendI32S)
	b.release(wasm.I64, pages)
	b.release(wasm.I64, room)
}

// widenGrown widens the result of table.grow: -1, or a size that may use all 32 bits.
func (n *narrowing) widenGrown(b *body) {
	t := b.scratch(wasm.I32)
	b.X(wasm.OpLocalTee, t)
	b.Op(wasm.OpI64ExtendI32S)
	b.X(wasm.OpLocalGet, t)
	b.Op(wasm.OpI64ExtendI32U)
	b.X(wasm.OpLocalGet, t)
	b.I32(-1)
	b.Op(wasm.OpI32Eq)
	b.Op(wasm.OpSelect)
	b.release(wasm.I32, t)
}

// produce writes in, which makes an address, and narrows what it makes.
func (n *narrowing) produce(b *body, in *wasm.Instr) {
	switch in.Op {
	case wasm.OpI64Const:
		b.I32(int32(uint32(min(in.Val, outOfBounds))))
	case wasm.OpI64ExtendI32U:
		// What was just widened needs no check: it is the address.
	case wasm.OpLocalGet:
		n.narrowLocal(b, in.X)
	default:
		if _, isWide := n.operands(in); isWide != nil || n.sizes(in) {
			n.write(b, in)
		} else {
			b.Instr(in)
		}
		t := b.scratch(wasm.I64)
		b.X(wasm.OpLocalTee, t)
		narrowAddress(b, t)
		b.release(wasm.I64, t)
	}
}

// narrowLocal leaves local x narrowed, from the copy at hand or checked anew.
func (n *narrowing) narrowLocal(b *body, x uint32) {
	if have, ok := n.narrowed[x]; ok {
		b.X(wasm.OpLocalGet, have)
		return
	}
	held, ok := n.copies[x]
	if !ok {
		held = b.newLocal(wasm.I32)
		n.copies[x] = held
	}
	b.X(wasm.OpLocalGet, x)
	narrowAddress(b, x)
	b.X(wasm.OpLocalTee, held)
	n.narrowed[x] = held
}

// narrowAddress narrows the value on the stack, which local t holds too: to its
// low half, or to outOfBounds if the high half is not zero. A select, not a
// branch: the access behind it traps.
func narrowAddress(b *body, t uint32) {
	b.Op(wasm.OpI32WrapI64)
	b.I32(-1)
	b.X(wasm.OpLocalGet, t)
	b.I64(32)
	b.Op(wasm.OpI64ShrU)
	b.Op(wasm.OpI64Eqz)
	b.Op(wasm.OpSelect)
}

// narrowInPlace narrows the wide operands on the stack where not every one has a
// known producer, by way of scratch locals.
func (n *narrowing) narrowInPlace(b *body, types []wasm.ValType, isWide []bool) {
	held := make([]uint32, len(types))
	for d, t := range types {
		held[d] = b.scratch(t)
		b.X(wasm.OpLocalSet, held[d])
	}
	for d := len(types) - 1; d >= 0; d-- {
		b.X(wasm.OpLocalGet, held[d])
		if isWide[d] {
			narrowAddress(b, held[d])
		}
		b.release(types[d], held[d])
	}
}
