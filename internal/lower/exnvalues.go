package lower

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// exnValues rewrites one body for [FlatExceptions] in which there are references
// to exceptions: each becomes several values. Code that is not reached is left out.
type exnValues struct {
	*unwinding
	p      *flatExceptions
	types  []wasm.ValType // of the values
	ops    operands       // of the original
	locals []exnLocals
	at     int
}

// exnLocals are locals first to first+n of the original, which are references. The
// first value of each is where it was, the others are at rest and behind.
type exnLocals struct {
	first, n uint32
	rest     []uint32
}

func newExnValues(p *flatExceptions, u *unwinding, b *body) *exnValues {
	v := &exnValues{unwinding: u, p: p, types: p.exception()}
	v.ops = newOperands(p.spaces, slices.Clone(b.typ.Params), b.typ.Results)
	runs := b.runs
	b.runs = slices.Clone(runs)
	for i, run := range runs {
		first := uint32(len(v.ops.locals))
		for range run.N {
			v.ops.locals = append(v.ops.locals, run.Type)
		}
		if !isExn(run.Type) {
			continue
		}
		b.runs[i].Type = v.types[0]
		l := exnLocals{first: first, n: run.N}
		for _, t := range v.types[1:] {
			l.rest = append(l.rest, b.locals)
			b.runs = append(b.runs, wasm.LocalRun{N: run.N, Type: t})
			b.locals += run.N
		}
		v.locals = append(v.locals, l)
	}
	return v
}

func (v *exnValues) rewrite(b *body, in *wasm.Instr) (bool, error) {
	was := *in
	v.at++
	defer v.ops.step(v.at, &was)
	switch in.Op {
	case wasm.OpElse, wasm.OpEnd:
		if v.ops.labels[len(v.ops.labels)-1].within {
			return true, nil
		}
	default:
		if v.ops.dead() {
			return true, nil
		}
	}
	if v.block(b, in) || v.local(b, in) || v.operand(b, in) {
		return true, nil
	}
	return v.unwinding.rewrite(b, in)
}

// block writes the beginning of a block that leaves a reference. Types that are
// indices have been changed already.
func (v *exnValues) block(b *body, in *wasm.Instr) bool {
	if in.Op.Info().Imm != wasm.ImmBlock && in.Op != wasm.OpTryTable || in.Block.Indexed || !isExn(in.Block.Result) {
		return false
	}
	in.Block = v.p.blocks.leaving(v.p.out, v.types)
	if in.Op == wasm.OpTryTable {
		v.try(b, in)
		return true
	}
	v.open(nil)
	b.Instr(in)
	return true
}

// local writes an access to a local that is a reference.
func (v *exnValues) local(b *body, in *wasm.Instr) bool {
	if in.Op.Info().Imm != wasm.ImmLocal || !isExn(v.ops.locals[in.X]) {
		return false
	}
	i := slices.IndexFunc(v.locals, func(l exnLocals) bool { return in.X-l.first < l.n })
	parts := []uint32{in.X}
	for _, rest := range v.locals[i].rest {
		parts = append(parts, rest+in.X-v.locals[i].first)
	}
	if in.Op != wasm.OpLocalGet {
		setAll(b, parts)
	}
	if in.Op != wasm.OpLocalSet {
		getAll(b, parts)
	}
	return true
}

func setAll(b *body, locals []uint32) {
	for _, x := range slices.Backward(locals) {
		b.X(wasm.OpLocalSet, x)
	}
}

func getAll(b *body, locals []uint32) {
	for _, x := range locals {
		b.X(wasm.OpLocalGet, x)
	}
}

// operand writes an instruction whose operand is a reference, but none on locals.
func (v *exnValues) operand(b *body, in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpRefNull:
		if !isExnHeap(in.Heap) {
			return false
		}
		for _, t := range v.types {
			zeroOf(&b.Emitter, t)
		}
		return true
	case wasm.OpSelectT:
		if !isExn(in.Types[0]) {
			return false
		}
		v.choose(b)
		return true
	case wasm.OpDrop, wasm.OpRefIsNull, wasm.OpRefAsNonNull, wasm.OpBrOnNull, wasm.OpBrOnNonNull:
		if !isExn(v.ops.top(0)) {
			return false
		}
	default:
		return false
	}
	switch in.Op {
	case wasm.OpDrop:
		v.drop(b, len(v.types))
	case wasm.OpRefIsNull:
		v.drop(b, len(v.types)-1)
		b.Op(wasm.OpI32Eqz)
	default:
		v.branchOn(b, in)
	}
	return true
}

func (v *exnValues) drop(b *body, n int) {
	for range n {
		b.Op(wasm.OpDrop)
	}
}

// branchOn writes what goes on, branches or traps by whether a reference is null.
func (v *exnValues) branchOn(b *body, in *wasm.Instr) {
	x := v.hold(b)
	if in.Op == wasm.OpBrOnNonNull {
		getAll(b, x)
	}
	b.X(wasm.OpLocalGet, x[0])
	switch in.Op {
	case wasm.OpBrOnNonNull:
		b.X(wasm.OpBrIf, v.label(in.X))
		v.drop(b, len(x))
	case wasm.OpBrOnNull:
		b.Op(wasm.OpI32Eqz)
		b.X(wasm.OpBrIf, v.label(in.X))
		getAll(b, x)
	default:
		b.Op(wasm.OpI32Eqz)
		trapIfNull(b)
		getAll(b, x)
	}
	v.free(b, x)
}

// choose writes a select between references.
func (v *exnValues) choose(b *body) {
	which := b.scratch(wasm.I32)
	b.X(wasm.OpLocalSet, which)
	second := v.hold(b)
	first := v.hold(b)
	for i := range v.types {
		b.X(wasm.OpLocalGet, first[i])
		b.X(wasm.OpLocalGet, second[i])
		b.X(wasm.OpLocalGet, which)
		b.Instr(&wasm.Instr{Op: wasm.OpSelectT, Types: v.types[i : i+1]})
	}
	b.release(wasm.I32, which)
	v.free(b, first)
	v.free(b, second)
}

// hold moves a reference to scratch locals, to be given back with free.
func (v *exnValues) hold(b *body) []uint32 {
	x := make([]uint32, len(v.types))
	for i, t := range v.types {
		x[i] = b.scratch(t)
	}
	setAll(b, x)
	return x
}

func (v *exnValues) free(b *body, x []uint32) {
	for i, t := range v.types {
		b.release(t, x[i])
	}
}
