package compat

import (
	"context"
	"fmt"
	"slices"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// maxCallingStack is how many entries WasmEdge gives a calling stack.
const maxCallingStack = 256

// trapped is the fault of a trap, with what the instruction tells. The stack is the
// calling stack by WasmEdge's rule: the function that was called first, then the
// function of every call under way, outermost first, save those whose call is the
// first instruction of its function.
func (i *Instance) trapped(ctx context.Context, t *engine.Trap, entry uint32) (f *fault.Error, stack []uint32) {
	i.restore()
	ps := i.places(ctx, t)
	if f, told := i.settle(t, ps); told {
		return f, callingStack(entry, ps[1:])
	} else if f != nil {
		return f, nil
	}
	f = t.Cause
	if f == nil {
		f = fault.New(t.Code)
	}
	switch {
	case t.Code == fault.UncaughtException:
		return f, nil
	case len(t.Frames) == 0 && t.Code == fault.Interrupted:
		return f, nil // before the function was entered
	case len(ps) == 0:
		return f, []uint32{entry}
	case !ps[0].known, stoppedByAccount(t):
		ps = ps[1:]
	case t.Cause == nil || t.Code.Phase() == fault.Unreachable.Phase() && t.Code != fault.HostFuncError:
		i.locate(ctx, f, t, ps[0])
		ps = ps[1:]
	}
	return f, callingStack(entry, ps)
}

// callingStack is that of calls at ps, innermost first, beneath the function entry.
func callingStack(entry uint32, ps []place) []uint32 {
	stack := []uint32{entry}
	for _, p := range slices.Backward(ps) {
		if !p.first {
			stack = append(stack, p.function)
		}
	}
	return stack[:min(len(stack), maxCallingStack)]
}

// locate adds to f what the instruction at p tells, which t has happened at.
func (i *Instance) locate(ctx context.Context, f *fault.Error, t *engine.Trap, p place) {
	in := &p.instr
	f.Offset = in.Offset
	f.Code = refine(t, in.Op)
	if p.in == i && telling(f.Code) {
		if told := i.replay(ctx, p, t, f.Code); told != nil {
			i.explain(f, in, told)
			return
		}
	}
	f.With(inInstruction(in))
}

// refine tells apart what the engine has one trap for, by the instruction.
func refine(t *engine.Trap, op wasm.Op) fault.Code {
	switch {
	case t.Table && (op == wasm.OpCallIndirect || op == wasm.OpReturnCallIndirect):
		return fault.UninitializedElement
	case t.Code == fault.CastNullToNonNull:
		switch op {
		case wasm.OpCallRef, wasm.OpReturnCallRef:
			return fault.AccessNullFunc
		case wasm.OpThrowRef:
			return fault.AccessNullException
		}
	}
	return t.Code
}

// inInstruction is the information line of the instruction that failed.
func inInstruction(in *wasm.Instr) string {
	return fmt.Sprintf("In instruction: %s (0x%02x) , Bytecode offset: 0x%08x",
		in.Op.Printed(), byte(in.Op), in.Offset)
}
