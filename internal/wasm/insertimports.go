package wasm

import "slices"

// InsertFuncImports is m with further imported functions. They come behind all of
// m's imports, so that m's own functions move up by their number.
func InsertFuncImports(m *Module, imports []Import) (*Module, error) {
	if len(imports) == 0 {
		return m, nil
	}
	out, moved, err := InsertFuncImportsAround(m, imports)
	if err != nil {
		return nil, err
	}
	out.Bodies = slices.Clone(m.Bodies)
	for i := range out.Bodies {
		if err := moved.Body(&out.Bodies[i], m.Traced); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// InsertFuncImportsAround is [InsertFuncImports] but for the bodies, which are those of m: moved is what changes them.
// It changes nothing of them where its Func is nil.
func InsertFuncImportsAround(m *Module, imports []Import) (out *Module, moved Remap, err error) {
	around := *m
	if len(imports) == 0 {
		return &around, moved, nil
	}
	moved.Func = Shift(m.ImportedCount(ExternFunc), uint32(len(imports)))
	around.Bodies = nil
	if out, err = moved.Module(&around); err != nil {
		return nil, moved, err
	}
	out.Imports = append(out.Imports, imports...) // a copy already
	out.Bodies = m.Bodies
	return out, moved, nil
}
