package inspection

import "github.com/wazedge/wazedge/internal/wasm"

// featuresOf are the proposals in uses, in the order of WasmEdge's; enabled are those that
// are on.
func featuresOf(uses, enabled wasm.Features) []Feature {
	list := []Feature{}
	for f := wasm.MutableGlobals; f <= wasm.Threads; f <<= 1 {
		if uses&f == 0 {
			continue
		}
		one := Feature{Name: f.Name(), Since: since(f)}
		if !enabled.Has(f) {
			one.Option = optionFor(f)
		}
		list = append(list, one)
	}
	return list
}

// since is the standard that has taken up the proposal f.
func since(f wasm.Features) string {
	switch {
	case wasm.Wasm1.Has(f):
		return "1.0"
	case wasm.Wasm2.Has(f):
		return "2.0"
	case wasm.Wasm3.Has(f):
		return "3.0"
	}
	return "proposal"
}

// optionFor is what turns the proposal f on, which is off.
func optionFor(f wasm.Features) string {
	if f == wasm.Threads {
		return "--enable-threads"
	}
	return "no --disable option, no --wasm-1 or --wasm-2"
}
