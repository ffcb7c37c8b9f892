package preinit

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// apply is m as it is in the state s: without a start function and the exports in called,
// and with the exports of renames.
func (s *state) apply(m *wasm.Module, renames []Rename, called []string) *wasm.Module {
	out := *m
	out.Start = nil
	out.Sections = slices.DeleteFunc(slices.Clone(m.Sections), func(s wasm.Section) bool { return s.ID == wasm.SectionData })
	out.Exports = exportsOf(m, renames, called)
	out.Globals = slices.Clone(m.Globals)
	for n, v := range s.globals {
		var e wasm.Emitter
		e.Const(m.Globals[n].Type.Type, v.Lo, v.Hi)
		e.End()
		out.Globals[n].Init = wasm.Expr{Code: e.Code}
	}
	out.Memories = slices.Clone(m.Memories)
	for n := range out.Memories {
		out.Memories[n].Limits.Min = s.memories[n].pages
	}
	datas := s.kept(m)
	for n, held := range s.memories {
		for _, part := range held.segments {
			datas = append(datas, active(n, m.Memories[n].Limits.Addr64, part))
		}
	}
	out.Datas = wasm.DataSegmentsOf(datas)
	if m.DataCount != nil {
		count := uint32(len(datas))
		out.DataCount = &count
	}
	if names := m.Names(); len(names.Datas) > 0 {
		names.Datas = nil // there are others now
		return out.WithNames(names)
	}
	return &out
}

// kept are the data segments of m that instructions may still name, under their indices:
// those that are used up without their contents.
func (s *state) kept(m *wasm.Module) []wasm.DataSegment {
	if m.DataCount == nil {
		return nil // no instruction names any (core 5.5.16)
	}
	list := m.Datas.Slice()
	for n := range list {
		used := list[n].Mode == wasm.Active || s.dropped[n]
		list[n].Flags, list[n].Mode, list[n].Offset, list[n].Memory = 1, wasm.Passive, wasm.Expr{}, 0
		if used {
			list[n].Init = nil
		}
	}
	return list
}

// exportsOf are the exports of m, less those in called, and with the names that renames give.
func exportsOf(m *wasm.Module, renames []Rename, called []string) []wasm.Export {
	list := make([]wasm.Export, 0, len(m.Exports))
	for _, e := range m.Exports {
		gone := e.Kind == wasm.ExternFunc && slices.Contains(called, e.Name)
		for _, r := range renames {
			gone = gone || e.Name == r.New || e.Name == r.Old
		}
		if !gone {
			list = append(list, e)
		}
	}
	for _, r := range renames {
		if x, ok := m.Exported(wasm.ExternFunc, r.Old); ok {
			list = append(list, wasm.Export{Name: r.New, Kind: wasm.ExternFunc, Index: x})
		}
	}
	return list
}

// active is the data segment of a part of memory n.
func active(n int, addr64 bool, part segment) wasm.DataSegment {
	var e wasm.Emitter
	if addr64 {
		e.I64(int64(part.at))
	} else {
		e.I32(int32(uint32(part.at)))
	}
	e.End()
	d := wasm.DataSegment{Mode: wasm.Active, Memory: uint32(n), Offset: wasm.Expr{Code: e.Code}, Init: part.bytes}
	if n > 0 {
		d.Flags = 2
	}
	return d
}
