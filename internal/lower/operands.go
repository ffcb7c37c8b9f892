package lower

import (
	"slices"
	"sync"

	"github.com/wazedge/wazedge/internal/wasm"
)

// operand is a value on the stack of the operands.
type operand struct {
	typ      wasm.ValType
	producer int // the instruction that made it
	result   int // which of its results it is
}

// label is a block that is open.
type label struct {
	height  int // of the operands below its parameters
	params  []wasm.ValType
	results []wasm.ValType
	dead    bool // the rest of it, up to else or end, is not reached
	within  bool // opened in code that is not reached
}

// operands follows the types on the operand stack of valid code, and skips what is
// not reached.
type operands struct {
	m      *wasm.Spaces
	locals []wasm.ValType
	stack  []operand
	labels []label
}

// newOperands follows a body or expression of m with these locals, parameters among them, and results.
func newOperands(m *wasm.Spaces, locals, results []wasm.ValType) operands {
	return operands{m: m, locals: locals, labels: []label{{results: results}}}
}

// dead reports whether the code at hand is not reached.
func (o *operands) dead() bool { return o.labels[len(o.labels)-1].dead }

func (o *operands) push(at int, types ...wasm.ValType) {
	for i, t := range types {
		o.stack = append(o.stack, operand{t, at, i})
	}
}

func (o *operands) pop() wasm.ValType {
	t := o.stack[len(o.stack)-1].typ
	o.stack = o.stack[:len(o.stack)-1]
	return t
}

// top is the type of the operand depth places below the top.
func (o *operands) top(depth int) wasm.ValType { return o.stack[len(o.stack)-1-depth].typ }

func (o *operands) open(at int, in *wasm.Instr) *label {
	params, results := blockTypes(o.m.Module, in.Block)
	o.stack = o.stack[:len(o.stack)-len(params)]
	o.labels = append(o.labels, label{
		height: len(o.stack), params: params, results: results,
	})
	o.push(at, params...)
	return &o.labels[len(o.labels)-1]
}

func blockTypes(m *wasm.Module, b wasm.BlockType) (params, results []wasm.ValType) {
	if b.Indexed {
		f := &m.Types[b.Index].Func
		return f.Params, f.Results
	}
	if b.Result != wasm.Bottom {
		return nil, []wasm.ValType{b.Result}
	}
	return nil, nil
}

// step follows in, the instruction number at.
func (o *operands) step(at int, in *wasm.Instr) {
	switch in.Op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTryTable:
		if o.dead() {
			o.labels = append(o.labels, label{dead: true, within: true})
			return
		}
		if in.Op == wasm.OpIf {
			o.pop()
		}
		o.open(at, in)
		return
	case wasm.OpElse:
		l := &o.labels[len(o.labels)-1]
		if !l.within {
			l.dead = false
			o.stack = o.stack[:l.height]
			o.push(at, l.params...)
		}
		return
	case wasm.OpEnd:
		l := o.labels[len(o.labels)-1]
		o.labels = o.labels[:len(o.labels)-1]
		if !l.within {
			o.stack = o.stack[:l.height]
			o.push(at, l.results...)
		}
		return
	}
	if o.dead() {
		return
	}
	results := o.results(in)
	pops, _, leaves := o.m.Arity(in)
	if leaves {
		l := &o.labels[len(o.labels)-1]
		l.dead = true
		o.stack = o.stack[:l.height]
		return
	}
	o.stack = o.stack[:len(o.stack)-pops]
	o.push(at, results...)
}

// results are the types that in leaves, which depend on its operands for some.
func (o *operands) results(in *wasm.Instr) []wasm.ValType {
	one := func(t wasm.ValType) []wasm.ValType { return []wasm.ValType{t} }
	switch in.Op {
	case wasm.OpCall:
		return o.m.FuncTypeOf(in.X).Results
	case wasm.OpCallIndirect, wasm.OpCallRef:
		return o.m.Types[in.X].Func.Results
	case wasm.OpLocalGet, wasm.OpLocalTee:
		return one(o.locals[in.X])
	case wasm.OpGlobalGet:
		return one(o.m.GlobalTypeOf(in.X).Type)
	case wasm.OpSelect:
		return one(o.top(1))
	case wasm.OpSelectT:
		return one(in.Types[0])
	case wasm.OpTableGet:
		return one(o.m.TableTypeOf(in.X).Elem)
	case wasm.OpTableGrow, wasm.OpTableSize:
		return one(o.m.TableTypeOf(in.X).Limits.AddrType())
	case wasm.OpMemorySize, wasm.OpMemoryGrow:
		return one(o.m.MemoryTypeOf(in.X).Limits.AddrType())
	case wasm.OpRefNull:
		return one(wasm.RefNull(in.Heap))
	case wasm.OpRefFunc:
		return one(wasm.Ref(wasm.HeapType(o.m.TypeIndexOf(in.X))))
	case wasm.OpRefAsNonNull, wasm.OpBrOnNull:
		return one(wasm.Ref(o.top(0).Heap()))
	case wasm.OpBrOnCast:
		return one(wasm.RefType(in.Types[0].Heap(), in.Types[0].Nullable() && !in.Types[1].Nullable()))
	case wasm.OpBrOnCastFail:
		return one(in.Types[1])
	case wasm.OpRefCast:
		return one(wasm.Ref(in.Heap))
	case wasm.OpRefCastNull:
		return one(wasm.RefNull(in.Heap))
	case wasm.OpStructNew, wasm.OpStructNewDefault, wasm.OpArrayNew, wasm.OpArrayNewDefault,
		wasm.OpArrayNewFixed, wasm.OpArrayNewData, wasm.OpArrayNewElem:
		return one(wasm.Ref(wasm.HeapType(in.X)))
	case wasm.OpStructGet, wasm.OpStructGetS, wasm.OpStructGetU:
		return one(o.m.Types[in.X].Fields[in.Y].Type.Unpacked())
	case wasm.OpArrayGet, wasm.OpArrayGetS, wasm.OpArrayGetU:
		return one(o.m.Types[in.X].Fields[0].Type.Unpacked())
	case wasm.OpAnyConvertExtern:
		return one(wasm.RefType(wasm.HeapAny, o.top(0).Nullable()))
	case wasm.OpExternConvertAny:
		return one(wasm.RefType(wasm.HeapExtern, o.top(0).Nullable()))
	case wasm.OpRefI31:
		return one(wasm.Ref(wasm.HeapI31))
	case wasm.OpArrayLen, wasm.OpRefIsNull, wasm.OpRefEq, wasm.OpRefTest, wasm.OpRefTestNull,
		wasm.OpI31GetS, wasm.OpI31GetU:
		return one(wasm.I32)
	}
	return sigResults(in.Op)
}

// sigResults are the results by the instruction table, none where it says "*".
func sigResults(op wasm.Op) []wasm.ValType { return resultsOfSigs()[op] }

var resultsOfSigs = sync.OnceValue(func() *[wasm.NumOps][]wasm.ValType {
	var of [wasm.NumOps][]wasm.ValType
	for op := range wasm.NumOps {
		if sig := op.Info().Sig; sig != "*" {
			of[op] = slices.Clip(signature(sig).Results)
		}
	}
	return &of
})
