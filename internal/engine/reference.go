package engine

import "github.com/wazedge/wazedge/internal/engine/private"

// CallsAs reports whether element n of a table of i is a function with these parameters
// and results, in wasm's own encoding.
func (i *Instance) CallsAs(index, n uint32, params, results []byte) bool {
	return private.CallsAs(i.module, index, n, params, results)
}
