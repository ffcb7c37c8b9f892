package lower

import (
	"errors"

	"github.com/wazedge/wazedge/internal/wasm"
)

// segments gives out's active segments of wide memories and tables narrow offsets.
func (w *wide) segments(out *wasm.Module) (*wasm.Module, error) {
	datas := out.Datas.Slice()
	for i := range datas {
		d := &datas[i]
		if d.Mode != wasm.Active || !w.memories[d.Memory] {
			continue
		}
		if err := narrowOffset(&d.Offset); err != nil {
			return nil, err
		}
	}
	out.Datas = wasm.DataSegmentsOf(datas)
	out.Elems = append([]wasm.ElemSegment(nil), out.Elems...)
	for i := range out.Elems {
		e := &out.Elems[i]
		if e.Mode != wasm.Active || !w.tables[e.Table] {
			continue
		}
		if err := narrowOffset(&e.Offset); err != nil {
			return nil, err
		}
	}
	return out, nil
}

var errWideOffset = errors.New("the offset of an active segment is not a constant")

// narrowOffset makes an i64 offset expression an i32 one.
func narrowOffset(e *wasm.Expr) error {
	r := wasm.NewReader(e.Code, e.Offset, everything)
	var in wasm.Instr
	if err := r.Next(&in); err != nil {
		return err
	}
	if in.Op != wasm.OpI64Const {
		return errWideOffset
	}
	var w wasm.Emitter
	w.I32(int32(uint32(min(in.Val, outOfBounds))))
	w.End()
	*e = wasm.Expr{Offset: e.Offset, Code: w.Code}
	return nil
}
