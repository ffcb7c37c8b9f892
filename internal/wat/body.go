package wat

import "github.com/wazedge/wazedge/internal/wasm"

// body is the state of the instruction sequence that is being read. Nesting lives
// in its slices, so its depth is bounded by the length of the text alone.
type body struct {
	code   []byte  // the instructions so far, encoded
	held   []byte  // folded instructions that wait for their operands, encoded
	frames []frame // what is open
	labels []label
	latest map[string]int // the innermost label of each name, as its place in labels
	locals *space         // nil in constant expressions

	at     int     // of the instruction at hand, in the text
	places *places // told of instructions; nil for nobody
}

// label is an entry of the label stack.
type label struct {
	name     string // "" for none
	shadowed int    // what latest held for name before, or -1
}

// frameKind tells what a frame of the instruction parser waits for.
type frameKind uint8

const (
	flatBlock   frameKind = iota // "end" of a block, loop or try_table
	flatIf                       // "else" or "end"
	flatElse                     // "end"
	foldedPlain                  // operands, then ")"
	foldedBlock                  // instructions, then ")"
	foldedCond                   // the condition of an if, then "(then"
	foldedThen                   // instructions of the first branch, then ")"
	foldedRest                   // "(else" or ")"
	foldedElse                   // instructions of the second branch, then ")"
	foldedDone                   // ")"
)

// frame is an instruction that is open.
type frame struct {
	kind frameKind
	at   int // offset in the text
	held int // where its encoding begins in held
	name string
}

// function consumes the locals and instructions of a function.
func (p *parser) function(locals *space) []byte {
	var types []wasm.ValType
	for p.open("local") {
		if p.tok.kind == tokID {
			p.bind(locals)
			types = append(types, p.valType())
		} else {
			for p.more() {
				locals.add("")
				types = append(types, p.valType())
			}
		}
		p.close()
	}
	p.beginBody(locals)
	p.body.code = wasm.AppendLocals(p.body.code, localRuns(types))
	p.pushLabel("")
	p.instrs(false)
	return p.endBody()
}

// localRuns are the declarations of locals, equal neighbours together.
func localRuns(types []wasm.ValType) (runs []wasm.LocalRun) {
	for _, t := range types {
		if n := len(runs); n > 0 && runs[n-1].Type == t {
			runs[n-1].N++
		} else {
			runs = append(runs, wasm.LocalRun{N: 1, Type: t})
		}
	}
	return runs
}

// expr consumes a constant expression up to a closing parenthesis.
func (p *parser) expr() wasm.Expr {
	p.beginBody(nil)
	p.instrs(false)
	return wasm.Expr{Code: p.endBody()}
}

// foldedExpr consumes a constant expression that is one folded instruction.
func (p *parser) foldedExpr() wasm.Expr {
	p.beginBody(nil)
	if p.tok.kind != tokLParen {
		p.unexpected("(")
	}
	p.instrs(true)
	return wasm.Expr{Code: p.endBody()}
}

func (p *parser) beginBody(locals *space) {
	b := &p.body
	b.code, b.held, b.frames, b.labels = b.code[:0], b.held[:0], b.frames[:0], b.labels[:0]
	b.latest = nil
	b.locals = locals
}

// endBody is the encoded sequence with its end.
func (p *parser) endBody() []byte {
	p.body.at = p.tok.start
	p.emit(&wasm.Instr{Op: wasm.OpEnd})
	return append([]byte(nil), p.body.code...)
}

func (p *parser) emit(in *wasm.Instr) {
	p.body.placed(p.body.at)
	p.body.code = wasm.AppendInstr(p.body.code, in)
}

func (p *parser) pushLabel(name string) {
	b := &p.body
	l := label{name: name, shadowed: -1}
	if name != "" {
		if b.latest == nil {
			b.latest = map[string]int{}
		}
		if i, ok := b.latest[name]; ok {
			l.shadowed = i
		}
		b.latest[name] = len(b.labels)
	}
	b.labels = append(b.labels, l)
}

func (p *parser) popLabel() {
	b := &p.body
	l := b.labels[len(b.labels)-1]
	b.labels = b.labels[:len(b.labels)-1]
	switch {
	case l.name == "":
	case l.shadowed < 0:
		delete(b.latest, l.name)
	default:
		b.latest[l.name] = l.shadowed
	}
}

// label consumes a label: a number of enclosing blocks, or a name.
func (p *parser) label() uint32 {
	if p.tok.kind != tokID {
		return uint32(p.uint(32))
	}
	at := p.tok.start
	name := p.identifier()
	i, ok := p.body.latest[name]
	if !ok {
		p.failAt(at, "unknown label $%s", clip(name))
	}
	return uint32(len(p.body.labels) - 1 - i)
}

// instrs consumes instructions up to the closing parenthesis of what encloses
// them, or one folded instruction if single.
func (p *parser) instrs(single bool) {
	b := &p.body
	for p.err == nil {
		switch p.tok.kind {
		case tokRParen:
			if len(b.frames) == 0 {
				return
			}
			p.closeFrame()
			if single && len(b.frames) == 0 {
				return
			}
		case tokLParen:
			p.foldedInstr()
		case tokKeyword:
			p.flatInstr()
		default:
			p.unexpected("an instruction")
		}
	}
}

// top is the innermost open frame, or nil.
func (b *body) top() *frame {
	if len(b.frames) == 0 {
		return nil
	}
	return &b.frames[len(b.frames)-1]
}

func (b *body) pop() { b.frames = b.frames[:len(b.frames)-1] }

// flush moves the held encoding of f, which must be the last, to the code.
func (b *body) flush(f *frame) {
	b.placed(f.at)
	b.code = append(b.code, b.held[f.held:]...)
	b.held = b.held[:f.held]
}

// closeFrame consumes the parenthesis that closes the innermost frame.
func (p *parser) closeFrame() {
	b := &p.body
	f := b.top()
	kind := f.kind
	b.at = p.tok.start
	switch kind {
	case foldedPlain:
		b.flush(f)
	case foldedBlock, foldedRest, foldedDone:
		p.emit(&wasm.Instr{Op: wasm.OpEnd})
		p.popLabel()
	case foldedThen, foldedElse:
	case foldedCond:
		p.unexpected("(then")
		return
	default:
		p.unexpected("end")
		return
	}
	p.advance()
	b.pop()
	switch kind {
	case foldedThen:
		b.top().kind = foldedRest
	case foldedElse:
		b.top().kind = foldedDone
	}
}

// foldedInstr consumes the head of a folded instruction and opens a frame for it.
func (p *parser) foldedInstr() {
	b := &p.body
	at := p.tok.start
	b.at = at
	if f := b.top(); f != nil {
		switch {
		case f.kind == foldedCond && p.open("then"):
			b.flush(f)
			p.pushLabel(f.name)
			b.frames = append(b.frames, frame{kind: foldedThen, at: at})
			return
		case f.kind == foldedRest && p.open("else"):
			p.emit(&wasm.Instr{Op: wasm.OpElse})
			b.frames = append(b.frames, frame{kind: foldedElse, at: at})
			return
		case f.kind == foldedRest, f.kind == foldedDone:
			p.unexpected(")")
			return
		}
	}
	p.advance()
	op, ok := p.mnemonic()
	if !ok {
		return
	}
	f := frame{kind: foldedPlain, at: at, held: len(b.held)}
	switch op {
	case wasm.OpElse, wasm.OpEnd:
		p.failAt(at, "unexpected token: %s", op)
		return
	case wasm.OpBlock, wasm.OpLoop, wasm.OpTryTable:
		f.kind = foldedBlock
		f.name = p.optIdentifier()
		in := p.immediates(op)
		p.emit(&in)
		p.pushLabel(f.name)
	case wasm.OpIf:
		f.kind = foldedCond
		f.name = p.optIdentifier()
		in := p.immediates(op)
		b.held = wasm.AppendInstr(b.held, &in)
	default:
		in := p.immediates(op)
		b.held = wasm.AppendInstr(b.held, &in)
	}
	b.frames = append(b.frames, f)
}

// flatInstr consumes an instruction that is not folded.
func (p *parser) flatInstr() {
	b := &p.body
	top := b.top()
	if top != nil && (top.kind == foldedPlain || top.kind >= foldedCond && top.kind != foldedThen && top.kind != foldedElse) {
		p.unexpected("a folded instruction")
		return
	}
	at := p.tok.start
	b.at = at
	op, ok := p.mnemonic()
	if !ok {
		return
	}
	switch op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpTryTable, wasm.OpIf:
		f := frame{kind: flatBlock, at: at, name: p.optIdentifier()}
		if op == wasm.OpIf {
			f.kind = flatIf
		}
		in := p.immediates(op)
		p.emit(&in)
		p.pushLabel(f.name)
		b.frames = append(b.frames, f)
	case wasm.OpElse:
		if top == nil || top.kind != flatIf {
			p.failAt(at, "unexpected token: else without an if")
			return
		}
		p.sameLabel(top.name)
		top.kind = flatElse
		p.emit(&wasm.Instr{Op: wasm.OpElse})
	case wasm.OpEnd:
		if top == nil || top.kind > flatElse {
			p.failAt(at, "unexpected token: end without a block")
			return
		}
		p.sameLabel(top.name)
		b.pop()
		p.popLabel()
		p.emit(&wasm.Instr{Op: wasm.OpEnd})
	default:
		in := p.immediates(op)
		p.emit(&in)
	}
}

// sameLabel consumes the identifier that may follow else and end: that of the
// block (core 6.5.3).
func (p *parser) sameLabel(name string) {
	at := p.tok.start
	if id := p.optIdentifier(); id != "" && id != name {
		p.failAt(at, "mismatching label $%s", clip(id))
	}
}
