package compat

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// maxCallingStack is how many entries WasmEdge gives a calling stack.
const maxCallingStack = 256

// ownModules begins the names of modules that are ours and not the user's.
const ownModules = "wazedge:"

// place is an instruction of a module.
type place struct {
	in       *Instance // whose module it is of
	function uint32    // index, imports included
	instr    wasm.Instr
	known    bool // instr is
	first    bool // it is the first of its function's body
}

// places finds the instructions that the frames of t stand at, innermost first.
// Frames outside of the module and those it imports from, such as host functions,
// are left out.
func (i *Instance) places(t *engine.Trap) []place {
	var ps []place
	family := i.family()
	sections := make([]*codeSection, len(family))
	for n, in := range family {
		sections[n] = in.engineCode()
	}
	for _, f := range t.Frames {
		if f.Offset < 0 || strings.HasPrefix(f.Name, ownModules) {
			continue
		}
		for n, in := range family {
			p, ok := in.place(sections[n], f.Offset)
			if ok && (len(family) == 1 || sections[n].name(p.function-in.module.ImportedCount(wasm.ExternFunc)) == f.Name) {
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

// place finds the instruction of i's module for an offset in its code section, and
// whether the code is that of one of the module's functions.
func (i *Instance) place(code *codeSection, offset int64) (place, bool) {
	n, origin := code.find(offset)
	if n < 0 || n >= len(i.module.Bodies) {
		return place{}, false
	}
	p := place{in: i, function: i.module.ImportedCount(wasm.ExternFunc) + uint32(n)}
	i.read(&p, &i.module.Bodies[n], origin)
	return p, true
}

// read fills p in with the instruction at offset of the file, in body b.
func (i *Instance) read(p *place, b *wasm.Body, offset int64) {
	_, r, err := b.Locals(i.features)
	if err != nil || offset < r.Pos() || offset-b.Offset >= int64(len(b.Code)) {
		return
	}
	p.first = r.Pos() == offset
	r.Reset(b.Code[offset-b.Offset:], offset, i.features)
	p.known = r.Next(&p.instr) == nil
}

// codeSection is a code section that the engine was given.
type codeSection struct {
	module *wasm.Module
	starts []int64 // of each body, from the start of the section's contents
}

// engineCode is the code section that the engine was given for i.
func (i *Instance) engineCode() *codeSection {
	if i.rewrite == nil {
		c := &codeSection{module: i.module, starts: make([]int64, len(i.module.Bodies))}
		for n := range c.starts {
			c.starts[n] = i.module.Bodies[n].Offset - i.codeOffset
		}
		return c
	}
	m, err := i.rewrite()
	if err != nil {
		panic("compat: a pass that has succeeded before fails: " + err.Error())
	}
	c := &codeSection{module: m, starts: make([]int64, len(m.Bodies))}
	at := int64(wasm.SizeU32(uint32(len(m.Bodies))))
	for n := range m.Bodies {
		size := len(m.Bodies[n].Code)
		at += int64(wasm.SizeU32(uint32(size)))
		c.starts[n] = at
		at += int64(size)
	}
	return c
}

// find is the body that an offset from the start of the section is in, or -1, and
// the file offset of the instruction that stands there or that it stands for.
func (c *codeSection) find(offset int64) (n int, origin int64) {
	n = sort.Search(len(c.starts), func(n int) bool { return c.starts[n] > offset }) - 1
	if n < 0 || offset-c.starts[n] >= int64(len(c.module.Bodies[n].Code)) {
		return -1, 0
	}
	b := &c.module.Bodies[n]
	return n, b.Origin(b.Offset + offset - c.starts[n])
}

// name is what a frame of the engine calls the function with body n, see
// [engine.Frame].
func (c *codeSection) name(n uint32) string {
	x := c.module.ImportedCount(wasm.ExternFunc) + n
	names := c.module.Names()
	if name := names.FuncName(x); name != "" {
		return names.Module + "." + name
	}
	return fmt.Sprintf("%s.$%d", names.Module, x)
}

// trapped is the fault of a trap, with what the instruction tells. The stack is the
// calling stack by WasmEdge's rule: the function that was called first, then the
// function of every call under way, outermost first, save those whose call is the
// first instruction of its function.
func (i *Instance) trapped(ctx context.Context, t *engine.Trap, entry uint32) (f *fault.Error, stack []uint32) {
	i.restore()
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
	case !ps[0].known:
		ps = ps[1:]
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
