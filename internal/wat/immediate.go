package wat

import (
	"math/bits"
	"strings"
	"sync"

	"github.com/wazedge/wazedge/internal/wasm"
)

// mnemonics finds instructions by keyword. Where variants share one, the first is
// found and the immediates decide.
var mnemonics = sync.OnceValue(func() map[string]wasm.Op {
	m := make(map[string]wasm.Op, wasm.NumOps)
	for op := range wasm.NumOps {
		if _, variant := m[op.String()]; !variant {
			m[op.String()] = op
		}
	}
	return m
})

// mnemonic consumes the keyword of an instruction.
func (p *parser) mnemonic() (wasm.Op, bool) {
	op, ok := mnemonics()[p.text()]
	if p.tok.kind != tokKeyword || !ok {
		p.failAt(p.tok.start, "unknown operator %s", clip(p.text()))
		return 0, false
	}
	p.advance()
	return op, true
}

// immediates consumes what follows the keyword of op, a block's label excepted,
// and returns the instruction, which may be a variant of op.
func (p *parser) immediates(op wasm.Op) wasm.Instr {
	in := wasm.Instr{Op: op}
	s := &p.spaces
	switch op.Info().Imm {
	case wasm.ImmNone, wasm.ImmSelectTypes:
		if op == wasm.OpSelect {
			p.selectTypes(&in)
		}
	case wasm.ImmFence:
	case wasm.ImmBlock:
		in.Block = p.blockType()
	case wasm.ImmTryTable:
		in.Block = p.blockType()
		in.Catches = p.catches()
	case wasm.ImmLabel:
		in.X = p.label()
	case wasm.ImmBrTable:
		in.Labels = append(in.Labels, p.label())
		for p.isIndex() {
			in.Labels = append(in.Labels, p.label())
		}
	case wasm.ImmFunc:
		in.X = p.ref(&s.funcs)
	case wasm.ImmCallIndirect:
		in.Y = p.optRef(&s.tables)
		in.X, _ = p.typeUse(nil)
	case wasm.ImmType:
		in.X = p.ref(&s.types)
	case wasm.ImmTag:
		in.X = p.ref(&s.tags)
	case wasm.ImmLocal:
		in.X = p.local()
	case wasm.ImmGlobal:
		in.X = p.ref(&s.globals)
	case wasm.ImmTable:
		in.X = p.optRef(&s.tables)
	case wasm.ImmMem:
		in.X = p.optRef(&s.memories)
	case wasm.ImmData:
		p.dataUsed = true
		in.X = p.ref(&s.datas)
	case wasm.ImmElem:
		in.X = p.ref(&s.elems)
	case wasm.ImmMemMem:
		in.X, in.Y = p.refPair(&s.memories)
	case wasm.ImmTableTable:
		in.X, in.Y = p.refPair(&s.tables)
	case wasm.ImmDataMem:
		p.dataUsed = true
		in.Y, in.X = p.containerAndSegment(&s.memories, &s.datas)
	case wasm.ImmElemTable:
		in.Y, in.X = p.containerAndSegment(&s.tables, &s.elems)
	case wasm.ImmMemArg, wasm.ImmMemArgLane:
		p.memArg(&in)
	case wasm.ImmHeapType:
		p.heapImmediate(&in)
	case wasm.ImmBrOnCast:
		in.X = p.label()
		in.Types = []wasm.ValType{p.refType(), p.refType()}
	case wasm.ImmTypeField, wasm.ImmTypeN, wasm.ImmTypeData, wasm.ImmTypeElem, wasm.ImmTypeType:
		p.aggregateImmediates(&in)
	default:
		p.constant(&in)
	}
	return in
}

// constant consumes the immediates that are literals.
func (p *parser) constant(in *wasm.Instr) {
	switch in.Op.Info().Imm {
	case wasm.ImmI32:
		in.Val = p.int(32)
	case wasm.ImmI64:
		in.Val = p.int(64)
	case wasm.ImmF32:
		in.Val = p.float(format32)
	case wasm.ImmF64:
		in.Val = p.float(format64)
	case wasm.ImmV128:
		in.Val, in.Hi = p.vector()
	case wasm.ImmShuffle:
		var lanes [16]byte
		for i := range lanes {
			lanes[i] = byte(p.uint(8))
		}
		in.Val, in.Hi = packLanes(lanes[:])
	case wasm.ImmLane:
		in.Lane = uint8(p.uint(8))
	default:
		p.failAt(p.tok.start, "instruction %s cannot be written in text", in.Op)
	}
}

// selectTypes consumes the result types of select, which make it the form with
// types.
func (p *parser) selectTypes(in *wasm.Instr) {
	for p.open("result") {
		in.Op = wasm.OpSelectT
		for p.more() {
			in.Types = append(in.Types, p.valType())
		}
		p.close()
	}
}

// blockType consumes the type of a block. A single result needs no type index, nor
// does nothing at all (core 6.5.3).
func (p *parser) blockType() wasm.BlockType {
	if !p.opens("type") {
		var ft wasm.FuncType
		p.signature(&ft, nil)
		switch {
		case len(ft.Params) == 0 && len(ft.Results) == 0:
			return wasm.BlockType{}
		case len(ft.Params) == 0 && len(ft.Results) == 1:
			return wasm.BlockType{Result: ft.Results[0]}
		}
		return wasm.BlockType{Indexed: true, Index: p.typeIndex(ft)}
	}
	index, _ := p.typeUse(nil)
	return wasm.BlockType{Indexed: true, Index: index}
}

// catches consumes the handlers of try_table. Their labels are those around it.
func (p *parser) catches() []wasm.Catch {
	var list []wasm.Catch
	for {
		var c wasm.Catch
		switch {
		case p.open("catch"):
			c.Kind, c.Tag = wasm.CatchTag, p.ref(&p.spaces.tags)
		case p.open("catch_ref"):
			c.Kind, c.Tag = wasm.CatchTagRef, p.ref(&p.spaces.tags)
		case p.open("catch_all"):
			c.Kind = wasm.CatchAll
		case p.open("catch_all_ref"):
			c.Kind = wasm.CatchAllRef
		default:
			return list
		}
		c.Label = p.label()
		p.close()
		list = append(list, c)
	}
}

// local consumes the index of a local.
func (p *parser) local() uint32 {
	if p.body.locals == nil {
		return p.ref(&space{what: "local"})
	}
	return p.ref(p.body.locals)
}

// refPair consumes two indices, or none, which stands for 0 and 0.
func (p *parser) refPair(s *space) (x, y uint32) {
	if !p.isIndex() {
		return 0, 0
	}
	x = p.ref(s)
	return x, p.ref(s)
}

// containerAndSegment consumes the index of a memory or table, which may be left
// out, and that of a segment.
func (p *parser) containerAndSegment(container, segment *space) (x, y uint32) {
	if p.ahead.kind == tokID || p.ahead.kind == tokNumber {
		x = p.ref(container)
	}
	return x, p.ref(segment)
}

// memArg consumes "memory? offset=n? align=n?" and a lane where op has one.
func (p *parser) memArg(in *wasm.Instr) {
	info := in.Op.Info()
	lane := info.Imm == wasm.ImmMemArgLane
	// A lone number in front of the end is the lane.
	if p.tok.kind == tokID || p.tok.kind == tokNumber && (!lane || p.ahead.kind == tokNumber || p.ahead.kind == tokKeyword && p.isMemArgWord(p.ahead)) {
		in.X = p.ref(&p.spaces.memories)
	}
	in.Val, _ = p.assigned("offset=", 64)
	in.Align = uint32(info.Access)
	at := p.tok.start
	if n, ok := p.assigned("align=", 64); ok {
		if bits.OnesCount64(n) != 1 {
			p.failAt(at, "alignment must be a power of two")
		}
		in.Align = uint32(bits.TrailingZeros64(n))
	}
	if lane {
		in.Lane = uint8(p.uint(8))
	}
}

func (p *parser) isMemArgWord(tok token) bool {
	text := p.lex.src[tok.start:tok.end]
	return strings.HasPrefix(text, "offset=") || strings.HasPrefix(text, "align=")
}

// assigned consumes a word that begins with prefix and a number, if it is next.
func (p *parser) assigned(prefix string, bits uint) (v uint64, ok bool) {
	if p.tok.kind != tokKeyword || !strings.HasPrefix(p.text(), prefix) {
		return 0, false
	}
	v, ok = parseUint(p.text()[len(prefix):], bits)
	if !ok {
		p.failAt(p.tok.start, "i%d constant out of range or malformed: %s", bits, clip(p.text()))
	}
	p.advance()
	return v, true
}

// heapImmediate consumes the heap type of ref.null, or the reference type of
// ref.test and ref.cast, whose null chooses the variant.
func (p *parser) heapImmediate(in *wasm.Instr) {
	if in.Op == wasm.OpRefNull {
		in.Heap = p.heapType()
		return
	}
	t := p.refType()
	in.Heap = t.Heap()
	switch {
	case !t.Nullable():
	case in.Op == wasm.OpRefTest:
		in.Op = wasm.OpRefTestNull
	case in.Op == wasm.OpRefCast:
		in.Op = wasm.OpRefCastNull
	}
}

// aggregateImmediates consumes the type that an instruction on structures or
// arrays names, and what goes with it.
func (p *parser) aggregateImmediates(in *wasm.Instr) {
	s := &p.spaces
	in.X = p.ref(&s.types)
	switch in.Op.Info().Imm {
	case wasm.ImmTypeField:
		names := s.fields[in.X]
		if names == nil {
			names = &space{what: "field"}
		}
		in.Y = p.ref(names)
	case wasm.ImmTypeN:
		in.Y = uint32(p.uint(32))
	case wasm.ImmTypeData:
		p.dataUsed = true
		in.Y = p.ref(&s.datas)
	case wasm.ImmTypeElem:
		in.Y = p.ref(&s.elems)
	case wasm.ImmTypeType:
		in.Y = p.ref(&s.types)
	}
}
