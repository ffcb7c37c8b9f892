package lower

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// unwinding rewrites one body for [Exceptions].
type unwinding struct {
	p      *exceptions
	labels []unwindLabel // the blocks of the original that are open
	depth  int           // blocks that are open in what is written, the body included
}

// unwindLabel is an open block of the original.
type unwindLabel struct {
	at  int         // how many blocks were open outside of the one that stands for it
	try *tryCatches // of a try_table with handlers
}

// tryCatches are the handlers of a try_table.
type tryCatches struct {
	catches []wasm.Catch
	at      int // of the block behind which they are looked through
}

func (p *exceptions) begin(*body, wasm.Body) (rewriteFunc, error) {
	u := &unwinding{p: p, labels: []unwindLabel{{}}, depth: 1}
	return u.rewrite, nil
}

func (u *unwinding) rewrite(b *body, in *wasm.Instr) (bool, error) {
	switch in.Op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
		u.open(nil)
		return false, nil
	case wasm.OpTryTable:
		u.try(b, in)
		return true, nil
	case wasm.OpEnd:
		return u.end(b), nil
	case wasm.OpThrow:
		b.X(wasm.OpCall, u.p.throwers[in.X])
		u.unwind(b)
		return true, nil
	case wasm.OpThrowRef:
		b.Op(wasm.OpRefAsNonNull)
		b.X(wasm.OpGlobalSet, u.p.pending)
		u.unwind(b)
		return true, nil
	}
	if u.p.throws(in) {
		b.Instr(in)
		u.check(b)
		return true, nil
	}
	return u.branch(b, in), nil
}

// open notes a block of the original that is written next.
func (u *unwinding) open(t *tryCatches) {
	u.labels = append(u.labels, unwindLabel{u.depth, t})
	u.depth++
}

// label is what d, a label of the original's, is in what is written.
func (u *unwinding) label(d uint32) uint32 {
	return uint32(u.depth - 1 - u.labels[len(u.labels)-1-int(d)].at)
}

// branch writes in with its labels, if it has any.
func (u *unwinding) branch(b *body, in *wasm.Instr) bool {
	switch in.Op.Info().Imm {
	case wasm.ImmLabel, wasm.ImmBrOnCast:
		in.X = u.label(in.X)
	case wasm.ImmBrTable:
		for i := range in.Labels {
			in.Labels[i] = u.label(in.Labels[i])
		}
	default:
		return false
	}
	b.Instr(in)
	return true
}

// try opens what stands for a try_table: a block, out of which its body is left,
// around one behind which the handlers are looked through, around the body.
func (u *unwinding) try(b *body, in *wasm.Instr) {
	block := wasm.Instr{Op: wasm.OpBlock, Block: in.Block}
	if len(in.Catches) == 0 {
		u.open(nil)
		b.Instr(&block)
		return
	}
	b.Instr(&block)
	inner := wasm.Instr{Op: wasm.OpBlock}
	if params, _ := blockTypes(b.m, in.Block); len(params) > 0 {
		inner.Block = wasm.BlockType{Indexed: true, Index: addFuncType(b.m, wasm.FuncType{Params: params})}
	}
	b.Instr(&inner)
	t := &tryCatches{slices.Clone(in.Catches), u.depth + 1}
	u.depth += 2
	u.open(t)
	b.Instr(&block)
}

// end closes a block, and writes the handlers of a try_table behind its body.
func (u *unwinding) end(b *body) bool {
	try := u.labels[len(u.labels)-1].try
	u.labels = u.labels[:len(u.labels)-1]
	u.depth--
	if try == nil {
		return false
	}
	b.End()
	b.X(wasm.OpBr, 1)
	b.End()
	u.depth--
	u.handle(b, try.catches)
	b.End()
	u.depth--
	return true
}

// handle writes the search for the first handler that fits.
func (u *unwinding) handle(b *body, catches []wasm.Catch) {
	for _, c := range catches {
		switch c.Kind {
		case wasm.CatchTag, wasm.CatchTagRef:
			u.handleTag(b, c)
		default:
			u.take(b, c.Kind == wasm.CatchAllRef)
			b.X(wasm.OpBr, u.label(c.Label))
			return
		}
	}
	u.unwind(b)
}

// handleTag writes the handler c of a tag.
func (u *unwinding) handleTag(b *body, c wasm.Catch) {
	thrown := u.p.thrown[c.Tag]
	b.X(wasm.OpGlobalGet, u.p.pending)
	b.XY(wasm.OpStructGet, exceptionType, 0)
	b.X(wasm.OpGlobalGet, u.p.tags[c.Tag])
	b.Op(wasm.OpRefEq)
	b.Block(wasm.OpIf)
	u.depth++
	if carried := len(u.p.out.Types[thrown].Fields) - 1; carried > 0 {
		t := wasm.RefNull(wasm.HeapType(thrown))
		x := b.scratch(t)
		b.X(wasm.OpGlobalGet, u.p.pending)
		b.Instr(&wasm.Instr{Op: wasm.OpRefCast, Heap: wasm.HeapType(thrown)})
		b.X(wasm.OpLocalSet, x)
		for i := range carried {
			b.X(wasm.OpLocalGet, x)
			b.XY(wasm.OpStructGet, thrown, uint32(i+1))
		}
		b.release(t, x)
	}
	u.take(b, c.Kind == wasm.CatchTagRef)
	b.X(wasm.OpBr, u.label(c.Label))
	b.End()
	u.depth--
}

// take has no exception be under way any more, and leaves the one that was if a
// handler wants it.
func (u *unwinding) take(b *body, wanted bool) {
	if wanted {
		b.X(wasm.OpGlobalGet, u.p.pending)
		b.Op(wasm.OpRefAsNonNull)
	}
	b.Null(wasm.HeapNone)
	b.X(wasm.OpGlobalSet, u.p.pending)
}

// check goes on to the handlers if an exception is under way.
func (u *unwinding) check(b *body) {
	b.X(wasm.OpGlobalGet, u.p.pending)
	b.Op(wasm.OpRefIsNull)
	b.Block(wasm.OpIf)
	b.Op(wasm.OpElse)
	u.depth++
	u.unwind(b)
	u.depth--
	b.End()
}

// unwind goes on to the handlers of the innermost try_table, or returns.
func (u *unwinding) unwind(b *body) {
	for _, l := range slices.Backward(u.labels) {
		if l.try != nil {
			b.X(wasm.OpBr, uint32(u.depth-1-l.try.at))
			return
		}
	}
	for _, t := range b.typ.Results {
		u.p.dummy(b, t)
	}
	b.Op(wasm.OpReturn)
}
