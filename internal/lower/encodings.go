package lower

import "github.com/wazedge/wazedge/internal/wasm"

// Encodings writes all instructions anew, every number in its shortest form: see
// [wasm.Misread]. The sections are written so by whoever encodes a module that a
// pass has made.
func Encodings(m *wasm.Module) (*wasm.Module, error) {
	out, exprs := cloneExprs(m)
	for _, e := range exprs {
		if err := writeAnew(e); err != nil {
			return nil, err
		}
	}
	out.Odd = false
	return withBodies(out, func(*body, wasm.Body) (rewriteFunc, error) {
		return func(b *body, in *wasm.Instr) (bool, error) {
			b.Instr(in)
			return true, nil
		}, nil
	})
}

// writeAnew is Encodings for a constant expression, if there is one.
func writeAnew(e *wasm.Expr) error {
	if e.Code == nil {
		return nil
	}
	var b wasm.Emitter
	var in wasm.Instr
	for r := wasm.NewReader(e.Code, e.Offset, everything); r.More(); {
		if err := r.Next(&in); err != nil {
			return err
		}
		b.Instr(&in)
	}
	e.Code = b.Code
	return nil
}
