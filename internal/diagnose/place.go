package diagnose

import (
	"context"
	"slices"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/skeleton"
	"github.com/wazedge/wazedge/internal/wasm"
)

// place is an instruction of a module.
type place struct {
	in       *Subject // whose module it is of
	function uint32   // index, imports included
	instr    wasm.Instr
	known    bool // instr is
	first    bool // it is the first of its function's body
}

// places finds the instructions that the frames of t stand at, innermost first.
// Frames outside of the module and those it imports from, such as host functions,
// are left out.
func (s *Subject) places(ctx context.Context, t *engine.Trap) []place {
	var ps []place
	codes := map[*Subject]*codeSection{}
	family := s.family()
	for _, f := range t.Frames {
		n := slices.IndexFunc(family, func(in *Subject) bool { return in.Label == f.Label })
		if n < 0 || f.Function < 0 {
			continue
		}
		in := family[n]
		if codes[in] == nil {
			codes[in] = in.engineCode()
			codes[in].findOffsets(ctx, t.Frames, in.Label)
		}
		if p, ok := in.place(codes[in], f); ok {
			ps = append(ps, p)
		}
	}
	return ps
}

// family is s, the instances it imports from, those that they import from, and so
// on.
func (s *Subject) family() []*Subject {
	all := []*Subject{s}
	for n := 0; n < len(all); n++ {
		for _, in := range all[n].Imports {
			if !slices.Contains(all, in) {
				all = append(all, in)
			}
		}
	}
	return all
}

// place is where the frame f of s stands, and whether its function is one of the
// module's.
func (s *Subject) place(code *codeSection, f engine.Frame) (place, bool) {
	n := f.Function - int64(code.module.ImportedCount(wasm.ExternFunc))
	if n < 0 || n >= int64(len(s.Module.Bodies)) {
		return place{}, false
	}
	p := place{in: s, function: s.Module.ImportedCount(wasm.ExternFunc) + uint32(n)}
	offset := f.Offset
	if found, ok := code.offsets[returnOf(f)]; ok {
		offset = found
	}
	if f.Source > 0 {
		s.read(&p, &s.Module.Bodies[n], f.Source)
	} else if offset >= 0 {
		s.read(&p, &s.Module.Bodies[n], code.origin(int(n), offset))
	}
	return p, true
}

// read fills p in with the instruction at offset of the file, in body b.
func (s *Subject) read(p *place, b *wasm.Body, offset int64) {
	_, r, err := b.Locals(s.Plan.Features)
	if err != nil || offset < r.Pos() || offset-b.Offset >= int64(len(b.Code)) {
		return
	}
	p.first = r.Pos() == offset
	r.Reset(b.Code[offset-b.Offset:], offset, s.Plan.Features)
	p.known = r.Next(&p.instr) == nil
}

// codeSection is a code section that the engine was given.
type codeSection struct {
	module *wasm.Module
	starts []int64 // of each body, from the start of the section's contents

	// offsets are those, from the start, of frames that come without.
	offsets map[[2]int64]int64
}

// returnOf is the place that a frame without an offset goes on at.
func returnOf(f engine.Frame) [2]int64 { return [2]int64{f.Function, f.Return} }

// findOffsets finds the offsets of the frames of the module label that have none,
// as large modules are compiled without the record of them. The functions of the
// frames are compiled again, with it.
func (c *codeSection) findOffsets(ctx context.Context, frames []engine.Frame, label string) {
	var lost []engine.Frame
	imported := int64(c.module.ImportedCount(wasm.ExternFunc))
	few := skeleton.Of(c.module, skeleton.SegmentsStay)
	for _, f := range frames {
		n := f.Function - imported
		if f.Label != label || f.Source > 0 || f.Offset >= 0 || f.Return < 0 || n < 0 || n >= int64(len(few.Bodies)) {
			continue
		}
		lost = append(lost, f)
		few.Bodies[n] = c.module.Bodies[n]
	}
	if len(lost) == 0 {
		return
	}
	starts := EncodedStarts(few)
	c.offsets = map[[2]int64]int64{}
	for k, offset := range engine.Positions(ctx, wasm.Encode(few), lost) {
		if n := lost[k].Function - imported; offset >= 0 {
			c.offsets[returnOf(lost[k])] = offset - starts[n] + c.starts[n]
		}
	}
}

// EncodedStarts are the places of m's bodies, once it is encoded, from the start of
// the code section's contents.
func EncodedStarts(m *wasm.Module) []int64 {
	starts := make([]int64, len(m.Bodies))
	at := int64(wasm.SizeU32(uint32(len(m.Bodies))))
	for n := range m.Bodies {
		size := len(m.Bodies[n].Code)
		at += int64(wasm.SizeU32(uint32(size)))
		starts[n] = at
		at += int64(size)
	}
	return starts
}

// engineCode is the code section that the engine was given for s.
func (s *Subject) engineCode() *codeSection {
	if s.Rewrite == nil {
		c := &codeSection{module: s.Module, starts: make([]int64, len(s.Module.Bodies))}
		for n := range c.starts {
			c.starts[n] = s.Module.Bodies[n].Offset - s.CodeOffset
		}
		return c
	}
	m, err := s.Rewrite()
	if err != nil {
		panic("diagnose: a pass that has succeeded before fails: " + err.Error())
	}
	return &codeSection{module: m, starts: EncodedStarts(m)}
}

// origin is the file offset of the instruction of body n that stands, or that what
// stands comes from, at an offset from the start of the section.
func (c *codeSection) origin(n int, offset int64) int64 {
	b := &c.module.Bodies[n]
	return b.Origin(b.Offset + offset - c.starts[n])
}
