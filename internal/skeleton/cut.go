package skeleton

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// CutSegments is m with no more than the first elems and datas of its segments
// active, and without its start function.
func CutSegments(m *wasm.Module, elems, datas int) *wasm.Module {
	out := *m
	out.Start = nil
	out.Elems = slices.Clone(m.Elems)
	for n := elems; n < len(out.Elems); n++ {
		s := &out.Elems[n]
		if s.Mode == wasm.Active {
			s.Mode, s.Flags, s.Table, s.Offset = wasm.Passive, s.Flags&4|1, 0, wasm.Expr{}
		}
	}
	segments := m.Datas.Slice()
	for n := datas; n < len(segments); n++ {
		segments[n] = wasm.DataSegment{Mode: wasm.Passive, Flags: 1}
	}
	out.Datas = wasm.DataSegmentsOf(segments)
	return &out
}
