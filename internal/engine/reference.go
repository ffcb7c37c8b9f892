package engine

import (
	"runtime"

	"github.com/tetratelabs/wazero/experimental/table"
)

// CallsAs reports whether element n of a table of i is a function with these parameters
// and results, in wasm's own encoding.
func (i *Instance) CallsAs(index, n uint32, params, results []byte) (ok bool) {
	defer func() {
		switch recover().(type) {
		case nil, runtime.Error:
			// Of the host's functions wazero may not find the definition, which it looks for
			// when it has compared the types.
			ok = true
		}
	}()
	table.LookupFunction(i.module, index, n, params, results) // panics for another type
	return false
}
