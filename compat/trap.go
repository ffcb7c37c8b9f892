package compat

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// maxCallingStack is how many entries WasmEdge gives a calling stack.
const maxCallingStack = 256

// place is an instruction of a module.
type place struct {
	in       *Instance // whose module it is of
	function uint32    // index, imports included
	instr    wasm.Instr
	first    bool // it is the first of its function's body
}

// places finds the instructions that the frames of t stand at, innermost first.
// Frames outside of the module and those it imports from, such as host functions,
// are left out.
func (i *Instance) places(t *engine.Trap) []place {
	var ps []place
	family := i.family()
	for _, f := range t.Frames {
		if f.Offset < 0 {
			continue
		}
		for _, in := range family {
			p, ok := in.place(in.origin(f.Offset))
			if ok && (len(family) == 1 || in.frameName(p.function) == f.Name) {
				ps = append(ps, p)
				break
			}
		}
	}
	return ps
}

// frames are the calls within the module that were under way at t.
func (i *Instance) frames(t *engine.Trap) []Frame {
	var fs []Frame
	for _, p := range i.places(t) {
		fs = append(fs, Frame{Function: p.function, Offset: p.instr.Offset})
	}
	return fs
}

// family is i, the instances it imports from, those that they import from, and so
// on.
func (i *Instance) family() []*Instance {
	all := []*Instance{i}
	for n := 0; n < len(all); n++ {
		for _, in := range all[n].imports {
			if !slices.Contains(all, in) {
				all = append(all, in)
			}
		}
	}
	return all
}

// frameName is what a frame of the engine calls function x, see [engine.Frame].
func (i *Instance) frameName(x uint32) string {
	names := i.module.Names()
	if name := names.FuncName(x); name != "" {
		return names.Module + "." + name
	}
	return fmt.Sprintf("%s.$%d", names.Module, x)
}

// origin is the file offset of the instruction that stands at an offset in the
// code section of what the engine was given.
func (i *Instance) origin(offset int64) int64 {
	return i.codeOffset + offset
}

// place finds the instruction at offset of the file.
func (i *Instance) place(offset int64) (place, bool) {
	bodies := i.module.Bodies
	n := sort.Search(len(bodies), func(n int) bool { return bodies[n].Offset > offset }) - 1
	if n < 0 || offset-bodies[n].Offset >= int64(len(bodies[n].Code)) {
		return place{}, false
	}
	p := place{in: i, function: i.module.ImportedCount(wasm.ExternFunc) + uint32(n)}
	_, r, err := bodies[n].Locals(i.features)
	if err != nil {
		return place{}, false
	}
	p.first = r.Pos() == offset
	r.Reset(bodies[n].Code[offset-bodies[n].Offset:], offset, i.features)
	if err := r.Next(&p.instr); err != nil {
		return place{}, false
	}
	return p, true
}

// trapped is the fault of a trap, with what the instruction tells. The stack is the
// calling stack by WasmEdge's rule: the function that was called first, then the
// function of every call under way, outermost first, save those whose call is the
// first instruction of its function.
func (i *Instance) trapped(ctx context.Context, t *engine.Trap, entry uint32) (f *fault.Error, stack []uint32) {
	ps := i.places(t)
	f = t.Cause
	if f == nil {
		f = fault.New(t.Code)
	}
	switch {
	case t.Code == fault.UncaughtException:
		return f, nil
	case len(ps) == 0:
		return f, []uint32{entry}
	case t.Cause == nil || t.Code.Phase() == fault.Unreachable.Phase() && t.Code != fault.HostFuncError:
		i.locate(ctx, f, t, ps[0])
		ps = ps[1:]
	}
	stack = []uint32{entry}
	for _, p := range slices.Backward(ps) {
		if !p.first {
			stack = append(stack, p.function)
		}
	}
	return f, stack[:min(len(stack), maxCallingStack)]
}

// locate adds to f what the instruction at p tells, which t has happened at.
func (i *Instance) locate(ctx context.Context, f *fault.Error, t *engine.Trap, p place) {
	in := &p.instr
	f.Offset = in.Offset
	if t.Cause != nil {
		f.With(inInstruction(in))
		return
	}
	f.Code = refine(t, in.Op)
	if p.in == i {
		if told := i.testify(ctx, p, len(t.Frames)); told != nil {
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
