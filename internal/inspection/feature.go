package inspection

import "github.com/wazedge/wazedge/internal/wasm"

// FeaturesOf are the proposals in uses, in the order of WasmEdge's; enabled are those that
// are on.
func FeaturesOf(uses, enabled wasm.Features) []Feature {
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

// Standard is the version of WebAssembly that has all of features, with "and proposals" if some are
// in none.
func Standard(features []Feature) string {
	version, rest := "1.0", ""
	for _, f := range features {
		if f.Since == "proposal" {
			rest = " and proposals"
		} else {
			version = max(version, f.Since)
		}
	}
	return version + rest
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
