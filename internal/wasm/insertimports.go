package wasm

// InsertFuncImports is m with further imported functions. They come behind all of
// m's imports, so that m's own functions move up by their number.
func InsertFuncImports(m *Module, imports []Import) (*Module, error) {
	if len(imports) == 0 {
		return m, nil
	}
	r := Remap{Func: Shift(m.ImportedCount(ExternFunc), uint32(len(imports)))}
	out, err := r.Module(m)
	if err != nil {
		return nil, err
	}
	out.Imports = append(out.Imports, imports...) // a copy already
	return out, nil
}
