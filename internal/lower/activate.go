package lower

import "github.com/wazedge/wazedge/internal/wasm"

// Activate makes m's active segments passive and copies them into their tables and
// memories in a start function of its own, which ends in m's start function: the
// order and the traps of instantiation (core 4.7.4) with offsets that are ordinary
// code, for passes whose offsets are no constant expression.
func Activate(m *wasm.Module) *wasm.Module {
	out := *m
	var e wasm.Emitter
	out.Elems = append([]wasm.ElemSegment(nil), m.Elems...)
	for i := range out.Elems {
		s := &out.Elems[i]
		if s.Mode == wasm.Active {
			copySegment(&e, s.Offset, segmentLen(s), wasm.OpTableInit, uint32(i), s.Table)
			e.X(wasm.OpElemDrop, uint32(i))
			s.Mode, s.Flags, s.Offset, s.Table = wasm.Passive, s.Flags&4|1, wasm.Expr{}, 0
		}
	}
	datas := m.Datas.Slice()
	for i := range datas {
		s := &datas[i]
		if s.Mode == wasm.Active {
			copySegment(&e, s.Offset, len(s.Init), wasm.OpMemoryInit, uint32(i), s.Memory)
			e.X(wasm.OpDataDrop, uint32(i))
			s.Mode, s.Flags, s.Offset, s.Memory = wasm.Passive, 1, wasm.Expr{}, 0
		}
	}
	if len(e.Code) == 0 {
		return m
	}
	out.Datas = wasm.DataSegmentsOf(datas)
	count := uint32(len(datas))
	out.DataCount = &count
	if m.Start != nil {
		e.X(wasm.OpCall, *m.Start)
	}
	e.End()
	start := addFunction(&out, wasm.FuncType{}, e.Code)
	out.Start = &start
	return &out
}

// copySegment writes the copy of a whole segment to where its offset says.
func copySegment(e *wasm.Emitter, offset wasm.Expr, n int, op wasm.Op, segment, into uint32) {
	e.Code = append(e.Code, offset.Code[:len(offset.Code)-1]...) // without its end
	e.I32(0)
	e.I32(int32(uint32(n)))
	e.XY(op, segment, into)
}
