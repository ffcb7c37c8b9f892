package validate

import "github.com/wazedge/wazedge/internal/wasm"

// Slowly is Module with one worker and nothing quick.
func Slowly(m *wasm.Module, f wasm.Features) (*Result, error) {
	v := newValidator(m, f, Options{})
	v.rows = new([256]quickRow)
	return v.module(1)
}
