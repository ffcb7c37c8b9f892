package lower

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// thrower is what exceptions become: where the one under way is, and how code gets
// at it. Methods that write have the operands of the instruction on the stack.
type thrower interface {
	// throws reports whether the call in may return with an exception.
	throws(in *wasm.Instr) bool
	// raise and reraise write what has an exception of tag, or the one that an
	// operand refers to, be under way.
	raise(b *body, tag uint32)
	reraise(b *body)
	// ifUnderWay writes the beginning of a block that is run when an exception is
	// under way, and ifThrownWith of one for when that is one of tag.
	ifUnderWay(b *body)
	ifThrownWith(b *body, tag uint32)
	// carried leaves what the exception under way, one of tag, carries.
	carried(b *body, tag uint32)
	// take has no exception be under way any more, and leaves a reference to the one
	// that was if a handler wants it.
	take(b *body, wanted bool)
	// dummy leaves a value of type t that nobody will look at.
	dummy(b *body, t wasm.ValType)
	// params is the type of a block that takes those of one of type t.
	params(t wasm.BlockType) wasm.BlockType
}

// unwinding rewrites one body such that its calls unwind to its handlers.
type unwinding struct {
	thrower
	labels []unwindLabel // the blocks of the original that are open
	depth  int           // blocks that are open in what is written, the body included

	// landing says that the function runs in a block behind which it returns with an
	// exception, and landed how many branches lead there.
	landing bool
	landed  int
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

// maxLanded is how many branches lead to one place of a function at most: the
// engine takes more than linear time for the predecessors of a block.
const maxLanded = 200

func newUnwinding(t thrower) *unwinding {
	return &unwinding{thrower: t, labels: []unwindLabel{{}}, depth: 1}
}

// land has the function that is written to b return with an exception at one place,
// which takes less code than to do so behind every call.
func (u *unwinding) land(b *body) {
	b.Block(wasm.OpBlock)
	u.depth++
	u.landing = true
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
		u.raise(b, in.X)
		u.unwind(b)
		return true, nil
	case wasm.OpThrowRef:
		u.reraise(b)
		u.unwind(b)
		return true, nil
	}
	if u.throws(in) {
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
	b.Instr(&wasm.Instr{Op: wasm.OpBlock, Block: u.params(in.Block)})
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
	if len(u.labels) == 0 && u.landing {
		b.Op(wasm.OpReturn)
		b.End()
		u.leave(b)
	}
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
	u.ifThrownWith(b, c.Tag)
	u.depth++
	u.carried(b, c.Tag)
	u.take(b, c.Kind == wasm.CatchTagRef)
	b.X(wasm.OpBr, u.label(c.Label))
	b.End()
	u.depth--
}

// check goes on to the handlers if an exception is under way.
func (u *unwinding) check(b *body) {
	u.ifUnderWay(b)
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
	if u.landing && u.landed < maxLanded {
		u.landed++
		b.X(wasm.OpBr, uint32(u.depth-2))
		return
	}
	u.leave(b)
	b.Op(wasm.OpReturn)
}

// leave leaves results that nobody will look at.
func (u *unwinding) leave(b *body) {
	for _, t := range b.typ.Results {
		u.dummy(b, t)
	}
}
