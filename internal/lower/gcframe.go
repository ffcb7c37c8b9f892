package lower

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
)

// gcFunc is a function body being lowered.
type gcFunc struct {
	body
	g      *gc
	locals []wasm.ValType // original types of parameters and declared locals
	slots  []int          // each one's slot on the shadow stack, or -1
	frame  gcFrame
	fp     uint32 // local: where the frame begins
	plan   *gcPlan
	ops    operands
	old    *wasm.Body // the body being lowered, in a traced module
}

// gcFrame is a function's part of the shadow stack: a word for each local that
// holds references, then one for each operand that may have to be kept.
type gcFrame struct {
	locals, operands int
}

func frameOf(locals, operands int) gcFrame { return gcFrame{locals, operands} }

// bytes is the frame's size.
func (f gcFrame) bytes() int32 { return int32(4 * (f.locals + f.operands)) }

// newFunc begins a function with parameters and declared locals.
func (g *gc) newFunc(params []wasm.ValType, runs []wasm.LocalRun, typ *wasm.FuncType) *gcFunc {
	f := &gcFunc{g: g}
	f.m, f.typ = g.m, typ
	f.free = map[wasm.ValType][]uint32{}
	f.locals = append(f.locals, params...)
	for _, run := range runs {
		for range run.N {
			f.locals = append(f.locals, run.Type)
		}
		f.runs = append(f.runs, wasm.LocalRun{N: run.N, Type: lowered(run.Type)})
	}
	f.body.locals = uint32(len(f.locals))
	return f
}

// enter opens the frame: it moves the shadow stack's end, writes those of the
// first params locals, the parameters, that have slots to it and clears the rest.
// The function runs in a block, so that a branch to its label comes to where leave
// closes the frame.
func (f *gcFunc) enter(params int) {
	if f.frame == (gcFrame{}) {
		return
	}
	size := f.frame.bytes()
	f.fp = f.newLocal(wasm.I32)
	f.X(wasm.OpGlobalGet, f.g.sp)
	f.X(wasm.OpLocalTee, f.fp)
	f.I32(heap.ShadowLimit - size)
	f.Op(wasm.OpI32GtU)
	f.trapIf(fault.RuntimeError)
	f.resetEnd()
	at := int32(0)
	for i := range params {
		if f.keepLocal(uint32(i)) {
			at += 4
		}
	}
	f.clear(at, size)
	f.Instr(&wasm.Instr{Op: wasm.OpBlock, Block: f.resultType()})
}

// resultType is the type of a block that leaves the function's results.
func (f *gcFunc) resultType() wasm.BlockType {
	switch results := f.typ.Results; len(results) {
	case 0:
		return wasm.BlockType{}
	case 1:
		return wasm.BlockType{Result: lowered(results[0])}
	default:
		return wasm.BlockType{Indexed: true, Index: f.g.funcType(wasm.FuncType{Results: loweredAll(results)})}
	}
}

// leave closes the frame, and the block that enter has opened.
func (f *gcFunc) leave() {
	if f.frame == (gcFrame{}) {
		return
	}
	f.End()
	f.closeFrame()
}

// closeFrame sets the shadow stack's end back.
func (f *gcFunc) closeFrame() {
	if f.frame == (gcFrame{}) {
		return
	}
	f.X(wasm.OpLocalGet, f.fp)
	f.X(wasm.OpGlobalSet, f.g.sp)
}

// resetEnd sets the shadow stack's end behind the function's frame.
func (f *gcFunc) resetEnd() {
	f.X(wasm.OpLocalGet, f.fp)
	f.I32(f.frame.bytes())
	f.Op(wasm.OpI32Add)
	f.X(wasm.OpGlobalSet, f.g.sp)
}

// clear writes zeros to the frame's bytes from at up to end.
func (f *gcFunc) clear(at, end int32) {
	for at < end {
		f.X(wasm.OpLocalGet, f.fp)
		switch n := end - at; {
		case n >= 16:
			f.Op(wasm.OpV128Const)
			f.Mem(wasm.OpV128Store, f.g.memory, uint64(at))
			at += 16
		case n >= 8:
			f.I64(0)
			f.Mem(wasm.OpI64Store, f.g.memory, uint64(at))
			at += 8
		default:
			f.I32(0)
			f.Mem(wasm.OpI32Store, f.g.memory, uint64(at))
			at += 4
		}
	}
}

// keepLocal writes local x to its slot, if it has one, which it reports.
func (f *gcFunc) keepLocal(x uint32) bool {
	if f.slots == nil || f.slots[x] < 0 {
		return false
	}
	f.X(wasm.OpLocalGet, f.fp)
	f.X(wasm.OpLocalGet, x)
	f.Mem(wasm.OpI32Store, f.g.memory, uint64(4*f.slots[x]))
	return true
}

// spill writes the marked of the topmost operands, which one instruction has left,
// to the shadow stack; the operands stay.
func (f *gcFunc) spill(marks []bool) {
	if len(marks) == 0 {
		return
	}
	results := f.ops.stack[len(f.ops.stack)-f.produced():]
	first := 0
	for !marks[first] {
		first++
	}
	held := make([]uint32, len(results))
	for i := len(results) - 1; i >= first; i-- {
		held[i] = f.scratch(lowered(results[i].typ))
		f.X(wasm.OpLocalSet, held[i])
	}
	height := len(f.ops.stack) - len(results)
	for i := first; i < len(results); i++ {
		if i < len(marks) && marks[i] {
			f.X(wasm.OpLocalGet, f.fp)
			f.X(wasm.OpLocalGet, held[i])
			f.Mem(wasm.OpI32Store, f.g.memory, uint64(4*(f.frame.locals+height+i)))
		}
	}
	for i := first; i < len(results); i++ {
		f.X(wasm.OpLocalGet, held[i])
		f.release(lowered(results[i].typ), held[i])
	}
}

// produced is how many operands the last instruction has left.
func (f *gcFunc) produced() int {
	s := f.ops.stack
	n := 0
	for n < len(s) && s[len(s)-1-n].producer == s[len(s)-1].producer {
		n++
	}
	return n
}
