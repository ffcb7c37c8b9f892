package wasm

import "slices"

// Refers reports whether references may pass through im, an import of m.
func (m *Module) Refers(im *Import) bool {
	switch im.Kind {
	case ExternTable:
		return true
	case ExternGlobal:
		return im.Global.Type.IsRef()
	case ExternFunc, ExternTag:
		f := &m.Types[im.Type].Func
		return slices.ContainsFunc(slices.Concat(f.Params, f.Results), ValType.IsRef)
	}
	return false
}
