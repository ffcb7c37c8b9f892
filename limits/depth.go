package limits

import "github.com/wazedge/wazedge/internal/wasm"

// depthEdits are the changes to the body of function i that bound the nesting of
// calls. A function keeps in a local how deep it is, which is one more than the
// global said when it was entered, and sets the global to that in front of its
// calls. So nothing has to be done when it is left, be it by an exception.
func (mt *meter) depthEdits(i int) ([]edit, error) {
	b := mt.module.Bodies[i]
	_, r, err := b.Locals(features)
	if err != nil {
		return nil, err
	}
	w := &mt.writer
	x := w.newLocal(wasm.I32)
	entry := int(r.Pos() - b.Offset)
	es := []edit{{entry, entry, rankOpen, w.enter(x)}}
	var in wasm.Instr
	for r.More() {
		if err := r.Next(&in); err != nil {
			return nil, err
		}
		var e wasm.Emitter
		e.X(wasm.OpLocalGet, x)
		switch in.Op {
		case wasm.OpCall, wasm.OpCallIndirect, wasm.OpCallRef:
		case wasm.OpReturnCall, wasm.OpReturnCallIndirect, wasm.OpReturnCallRef:
			e.I32(1)
			e.Op(wasm.OpI32Sub)
		default:
			continue
		}
		e.X(wasm.OpGlobalSet, w.depth)
		pos := int(in.Offset - b.Offset)
		es = append(es, edit{pos, pos, rankCall, e.Code})
	}
	return es, nil
}

// enter is the code at the beginning of a function whose local x says how deep it
// is.
func (w *writer) enter(x uint32) []byte {
	var e wasm.Emitter
	e.X(wasm.OpGlobalGet, w.depth)
	e.I32(1)
	e.Op(wasm.OpI32Add)
	e.X(wasm.OpLocalTee, x)
	e.I32(int32(w.variant.MaxDepth))
	e.Op(wasm.OpI32GtU)
	e.Block(wasm.OpIf)
	e.X(wasm.OpCall, w.deep)
	e.End()
	return e.Code
}
