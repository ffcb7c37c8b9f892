package diagnose

import (
	"context"
	"slices"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Frame is a call that was under way when a guest trapped.
type Frame struct {
	Function uint32 // index, imports included
	Offset   int64  // of its present instruction, in the file
	File     string // of the module; empty without one
	Instance int    // 0 is what was called; others are what it imports from, and what those do
}

// Report is what there is to tell of a trap.
type Report struct {
	Fault  *fault.Error
	Stack  []uint32 // function indices, outermost first, by WasmEdge's rule; at most 256
	Frames []Frame  // the calls that were under way within the module, innermost first
}

// maxCallingStack is how many entries WasmEdge gives a calling stack.
const maxCallingStack = 256

// Trap is what there is to tell of the trap t of s, in the function entry that was
// called.
func (s *Subject) Trap(ctx context.Context, t *engine.Trap, entry uint32) Report {
	ps := s.places(ctx, t)
	var r Report
	r.Fault, r.Stack = s.trapped(ctx, t, ps, entry)
	family := s.family()
	for _, p := range ps {
		r.Frames = append(r.Frames, Frame{
			Function: p.function, Offset: p.instr.Offset, File: p.in.File, Instance: slices.Index(family, p.in),
		})
	}
	return r
}

// trapped is the fault of t at ps, with what the instruction tells. The stack is the
// calling stack by WasmEdge's rule: the function that was called first, then the
// function of every call under way, outermost first, save those whose call is the
// first instruction of its function.
func (s *Subject) trapped(ctx context.Context, t *engine.Trap, ps []place, entry uint32) (f *fault.Error, stack []uint32) {
	if f, told := s.settle(t, ps); told {
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
		s.locate(ctx, f, t, ps[0])
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
func (s *Subject) locate(ctx context.Context, f *fault.Error, t *engine.Trap, p place) {
	in := &p.instr
	f.Offset = in.Offset
	f.Code = refine(t, in.Op)
	if p.in == s && telling(f.Code) {
		if told := s.replay(ctx, p, t, f.Code); told != nil {
			s.explain(f, in, told)
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
func inInstruction(in *wasm.Instr, args ...string) string {
	return fault.InInstruction(in.Op.Printed(), uint16(in.Op), in.Offset, args...)
}
