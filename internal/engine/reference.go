package engine

import "github.com/tetratelabs/wazero/experimental/table"

// CallsAs reports whether element n of a table of i is a function with these parameters
// and results, in wasm's own encoding.
func (i *Instance) CallsAs(index, n uint32, params, results []byte) (ok bool) {
	// wazero says that it is another one by a panic.
	defer func() { ok = recover() == nil }()
	table.LookupFunction(i.module, index, n, params, results)
	return
}
