package limits

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// edit replaces code[pos:end] of a body by code.
type edit struct {
	pos, end int
	rank     rank
	code     []byte
}

// rank orders edits at one position.
type rank uint8

const (
	rankLocals rank = iota // declarations of locals
	rankOpen               // the block around the body
	rankStart              // code at the beginning of an edge
	rankEnd                // code at the end of an edge
	rankBulk               // in front of an instruction that can move much
	rankCall               // in front of a call
	rankBranch             // what br_if or a missing else becomes
	rankClose              // the end of the block around the body
	rankBehind             // code behind it
	rankLast               // and at its end
)

// writer makes the code of a variant.
type writer struct {
	variant    Variant
	counters   []uint32 // globals
	depth      uint32   // the global
	checkpoint uint32   // the account's functions
	deep       uint32
	locals     []wasm.LocalRun // of the function at hand, its parameters included
	added      []wasm.LocalRun // further ones that its code needs
	ends       []uint32        // the local behind each of locals
	next       uint32          // the local behind all
	latest     int64           // local that keeps the first counter for a moment, or negative
}

// edits adds to es the changes to a body that plan p asks for. bodyType gives the type of
// a block around its instructions.
func (w *writer) edits(es []edit, p *plan, bodyType func() []byte) []edit {
	for i := range p.edges {
		e := &p.edges[i]
		start, end := w.code(p, i)
		if len(start)+len(end) == 0 {
			continue
		}
		switch e.kind {
		case straight:
			if len(start) > 0 {
				es = append(es, edit{e.pos, e.pos, rankStart, start})
			}
			if len(end) > 0 {
				es = append(es, edit{e.end, e.end, rankEnd, end})
			}
		case final:
			es = append(es, edit{p.entry, p.entry, rankOpen, append([]byte{opcode(wasm.OpBlock)}, bodyType()...)},
				edit{e.pos, e.pos, rankClose, []byte{opcode(wasm.OpEnd)}},
				edit{e.pos, e.pos, rankBehind, start}, edit{e.pos, e.pos, rankLast, end})
		case taken:
			code := append([]byte{opcode(wasm.OpIf), emptyBlock}, start...)
			code = wasm.AppendU32(append(code, opcode(wasm.OpBr)), e.label+1)
			es = append(es, edit{e.pos, e.end, rankBranch, append(code, opcode(wasm.OpEnd))})
		case otherwise:
			es = append(es, edit{e.pos, e.pos, rankBranch, append([]byte{opcode(wasm.OpElse)}, start...)})
		case bare:
			panic("limits: code for an edge that has no place for it")
		}
	}
	return es
}

func sortEdits(es []edit) {
	slices.SortStableFunc(es, func(a, b edit) int {
		if a.pos != b.pos {
			return a.pos - b.pos
		}
		return int(a.rank) - int(b.rank)
	})
}

// code is what edge i has at its start and at its end.
func (w *writer) code(p *plan, i int) (start, end []byte) {
	e := &p.edges[i]
	v := &w.variant
	add := p.adds[i]
	if t, every := p.rarely(e); t != nil && !(v.Limited && e.observed) {
		return w.codeRarely(p, i, t, every)
	}
	// What charges at a checkpoint finds the counter in a local.
	checks := e.back || (e.entering || e.head) && !(v.Limited && e.observed)
	known := v.charges() && checks && e.kind != bare && add[0] != 0
	if add != (amounts{}) {
		if e.late() {
			end = w.advance(end, add, known)
		} else {
			start = w.advance(start, add, known)
		}
	}
	off := p.behind(i)[0]
	switch {
	case !v.Checked || e.kind == bare:
	case v.Precise:
		if e.cost != (amounts{}) {
			end = w.check(end, off, atEnd(i), false)
		}
	case v.Limited && e.observed:
		end = w.check(end, off, atEnd(i), false)
	case e.entering, e.head:
		start = w.check(start, p.within(i)[0], atStart(i), known)
	case e.back && e.kind == taken:
		start = w.checkRound(start, off, atEnd(i), known, p.loop(e), e.label+1)
	case e.back:
		end = w.checkRound(end, off, atEnd(i), known, p.loop(e), e.label)
	}
	return start, end
}

// codeRarely is [writer.code] of an edge that goes round a loop and looks at the counter once in
// every times. Ticks are charged then, what is counted each time.
func (w *writer) codeRarely(p *plan, i int, t *step, every int64) (start, end []byte) {
	e, add := &p.edges[i], p.adds[i]
	label := e.label
	if e.kind == taken {
		label++
	}
	var code []byte
	ticks, off := !w.variant.exact(), int64(0)
	if !ticks {
		code = w.advance(code, add, false)
		off = p.behind(i)[0]
	}
	l := p.loop(e)
	code = t.comes(code, every)
	if l.values {
		// A branch out of an if would have to take the values along.
		code = append(code, opcode(wasm.OpI32Eqz), opcode(wasm.OpIf), emptyBlock)
	} else {
		code = goRound(code, label)
	}
	if ticks {
		code = w.advance(code, add, true)
	}
	code = w.checkRound(code, off, atEnd(i), ticks, l, label)
	if l.values {
		code = append(code, opcode(wasm.OpEnd))
	}
	if e.late() {
		return nil, code
	}
	return code, nil
}

// goRound appends code that branches to label if the top of the stack is not 0. The engine lays out code in the
// order in which it is written, and br_if goes by a jump of its own: so what mostly runs is in the if.
func goRound(code []byte, label uint32) []byte {
	code = append(code, opcode(wasm.OpIf), emptyBlock)
	code = wasm.AppendU32(append(code, opcode(wasm.OpBr)), label+1)
	return append(code, opcode(wasm.OpEnd))
}

const emptyBlock = 0x40

func opcode(op wasm.Op) byte { return byte(op.Info().Code) }

// advance appends code that adds to the counters. With keep, the first counter is
// then also in the local of [writer.latestLocal].
func (w *writer) advance(code []byte, add amounts, keep bool) []byte {
	for k, g := range w.counters {
		if add[k] == 0 {
			continue
		}
		code = wasm.AppendU32(append(code, opcode(wasm.OpGlobalGet)), g)
		code = wasm.AppendS64(append(code, opcode(wasm.OpI64Const)), add[k])
		code = append(code, opcode(wasm.OpI64Add))
		if k == 0 && keep {
			code = wasm.AppendU32(append(code, opcode(wasm.OpLocalTee)), w.latestLocal())
		}
		code = wasm.AppendU32(append(code, opcode(wasm.OpGlobalSet)), g)
	}
	return code
}

func (w *writer) latestLocal() uint32 {
	if w.latest < 0 {
		w.latest = int64(w.newLocal(wasm.I64))
	}
	return uint32(w.latest)
}

// where is the place of a check: an edge, and whether the check is at its end.
type where int32

func atStart(edge int) where { return where(2 * edge) }
func atEnd(edge int) where   { return where(2*edge + 1) }

// check appends code that calls the account if the first counter has run out. The
// true count exceeds the counter by off. With known, the counter is in the local.
func (w *writer) check(code []byte, off int64, at where, known bool) []byte {
	return append(w.callCheckpoint(w.ranOut(code, known), off, at), opcode(wasm.OpEnd))
}

// ranOut opens an if for when the first counter has run out.
func (w *writer) ranOut(code []byte, known bool) []byte {
	return append(w.compare(code, known, wasm.OpI64GtS), opcode(wasm.OpIf), emptyBlock)
}

// compare appends code that compares the first counter with 0.
func (w *writer) compare(code []byte, known bool, op wasm.Op) []byte {
	if known {
		code = wasm.AppendU32(append(code, opcode(wasm.OpLocalGet)), w.latestLocal())
	} else {
		code = wasm.AppendU32(append(code, opcode(wasm.OpGlobalGet)), w.counters[0])
	}
	return append(code, opcode(wasm.OpI64Const), 0, opcode(op))
}

func (w *writer) callCheckpoint(code []byte, off int64, at where) []byte {
	code = wasm.AppendU32(append(code, opcode(wasm.OpGlobalGet)), w.counters[0])
	code = wasm.AppendS64(append(code, opcode(wasm.OpI64Const)), off)
	code = wasm.AppendS64(append(code, opcode(wasm.OpI32Const)), int64(at))
	code = wasm.AppendU32(append(code, opcode(wasm.OpCall)), w.checkpoint)
	return wasm.AppendU32(append(code, opcode(wasm.OpGlobalSet)), w.counters[0])
}

// checkRound is check in front of a branch to the label of loop l, which what mostly runs does itself.
//
// A call evicts registers, and the engine keeps what goes from one iteration to
// the next in memory throughout, if it is live across a call. So the locals are
// copied before the call, and the branch behind it is another one.
func (w *writer) checkRound(code []byte, off int64, at where, known bool, l *loop, label uint32) []byte {
	if l.values {
		return w.check(code, off, at, known)
	}
	code = goRound(w.compare(code, known, wasm.OpI64LeS), label)
	for _, x := range l.carried {
		code = w.copyLocal(code, x)
	}
	return w.callCheckpoint(code, off, at)
}

// copyLocal appends code that sets a local to its own value, in a way that the
// engine takes for another value.
func (w *writer) copyLocal(code []byte, x uint32) []byte {
	get := wasm.AppendU32([]byte{opcode(wasm.OpLocalGet)}, x)
	set := wasm.AppendU32([]byte{opcode(wasm.OpLocalSet)}, x)
	switch w.localType(x) {
	case wasm.I32:
		code = append(append(code, get...), opcode(wasm.OpI32Const), 0, opcode(wasm.OpI32Or))
	case wasm.I64:
		code = append(append(code, get...), opcode(wasm.OpI64Const), 0, opcode(wasm.OpI64Or))
	case wasm.F32:
		code = append(append(code, get...), opcode(wasm.OpI32ReinterpretF32), opcode(wasm.OpI32Const), 0, opcode(wasm.OpI32Or), opcode(wasm.OpF32ReinterpretI32))
	case wasm.F64:
		code = append(append(code, get...), opcode(wasm.OpI64ReinterpretF64), opcode(wasm.OpI64Const), 0, opcode(wasm.OpI64Or), opcode(wasm.OpF64ReinterpretI64))
	case wasm.V128:
		code = wasm.AppendInstr(append(append(code, get...), get...), &wasm.Instr{Op: wasm.OpV128Or})
	default:
		return code
	}
	return append(code, set...)
}

// begin turns to a function with these locals.
func (w *writer) begin(locals []wasm.LocalRun) {
	w.locals, w.added, w.ends, w.next = locals, w.added[:0], w.ends[:0], 0
	for _, run := range locals {
		w.next += run.N
		w.ends = append(w.ends, w.next)
	}
}

// newLocal is a further local of the function at hand.
func (w *writer) newLocal(t wasm.ValType) uint32 {
	w.added = append(w.added, wasm.LocalRun{N: 1, Type: t})
	w.next++
	return w.next - 1
}

// localType is the type of local x, one of the function's own.
func (w *writer) localType(x uint32) wasm.ValType {
	run, _ := slices.BinarySearch(w.ends, x+1)
	return w.locals[run].Type
}

// apply makes the edits, which are in order, to code.
func apply(code []byte, es []edit) []byte {
	size := len(code)
	for i := range es {
		size += len(es[i].code)
	}
	out := make([]byte, 0, size)
	at := 0
	for i := range es {
		out = append(append(out, code[at:es[i].pos]...), es[i].code...)
		at = es[i].end
	}
	return append(out, code[at:]...)
}

// origins are those of body b with the edits es. Code in front of an instruction
// stands for it.
func origins(b *wasm.Body, es []edit) (*wasm.Origins, error) {
	_, r, err := b.Locals(features)
	if err != nil {
		return nil, err
	}
	var in wasm.Instr
	var list wasm.Origins
	shift, next := 0, 0 // position after the edits less position before; next edit
	for r.More() {
		pos := int(r.Pos() - b.Offset)
		for next < len(es) && es[next].pos < pos {
			shift += len(es[next].code) - (es[next].end - es[next].pos)
			next++
		}
		list = append(list, wasm.Origin{At: uint32(pos + shift), From: b.Origin(r.Pos())})
		if err := r.Next(&in); err != nil {
			return nil, err
		}
	}
	return &list, nil
}
