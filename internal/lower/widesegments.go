package lower

import "github.com/wazedge/wazedge/internal/wasm"

// computesOffsets reports whether an active segment of a wide memory or table has
// an offset other than a number.
func (w *wide) computesOffsets() bool {
	for _, d := range w.m.Datas.All() {
		if _, ok := number(d.Offset); !ok && d.Mode == wasm.Active && w.memories[d.Memory] {
			return true
		}
	}
	for i := range w.m.Elems {
		e := &w.m.Elems[i]
		if _, ok := number(e.Offset); !ok && e.Mode == wasm.Active && w.tables[e.Table] {
			return true
		}
	}
	return false
}

// segments gives out's active segments of wide memories and tables narrow offsets.
func (w *wide) segments(out *wasm.Module) {
	datas := out.Datas.Slice()
	for i := range datas {
		if d := &datas[i]; d.Mode == wasm.Active && w.memories[d.Memory] {
			narrowOffset(&d.Offset)
		}
	}
	out.Datas = wasm.DataSegmentsOf(datas)
	out.Elems = append([]wasm.ElemSegment(nil), out.Elems...)
	for i := range out.Elems {
		if e := &out.Elems[i]; e.Mode == wasm.Active && w.tables[e.Table] {
			narrowOffset(&e.Offset)
		}
	}
}

// number is the value of an i64 expression that is nothing but one.
func number(e wasm.Expr) (uint64, bool) {
	r := wasm.NewReader(e.Code, e.Offset, everything)
	var in wasm.Instr
	if r.Next(&in) != nil || in.Op != wasm.OpI64Const {
		return 0, false
	}
	v := in.Val
	return v, r.Next(&in) == nil && in.Op == wasm.OpEnd
}

// narrowOffset makes an i64 offset, a number, an i32 one.
func narrowOffset(e *wasm.Expr) {
	v, _ := number(*e)
	var w wasm.Emitter
	w.I32(int32(uint32(min(v, outOfBounds))))
	w.End()
	*e = wasm.Expr{Offset: e.Offset, Code: w.Code}
}
