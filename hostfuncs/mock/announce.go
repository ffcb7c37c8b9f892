package mock

import "github.com/wazedge/wazedge/compat/logline"

// announced are the plugins of WasmEdge, and their modules, in the place of which it
// registers functions that fail, in the order in which it says so.
var announced = [...]struct{ plugin, module string }{
	{"wasi_nn", "wasi_nn"},
	{"wasi_crypto", "wasi_crypto_common"},
	{"wasi_crypto", "wasi_crypto_asymmetric_common"},
	{"wasi_crypto", "wasi_crypto_kx"},
	{"wasi_crypto", "wasi_crypto_signatures"},
	{"wasi_crypto", "wasi_crypto_symmetric"},
	{"wasmedge_process", "wasmedge_process"},
	{"wasmedge_tensorflow", "wasmedge_tensorflow"},
	{"wasmedge_tensorflowlite", "wasmedge_tensorflowlite"},
	{"wasmedge_image", "wasmedge_image"},
	{"wasmedge_stablediffusion", "wasmedge_stablediffusion"},
}

// Announce logs what WasmEdge says of absent plugins when it makes a VM; absent reports whether one is,
// by its name.
func Announce(log *logline.Logger, absent func(plugin string) bool) {
	if !log.Enabled(logline.Debug) {
		return
	}
	for _, m := range announced {
		if absent(m.plugin) {
			log.Debug("Plugin: " + m.plugin + " , module name: " + m.module + " not found. Mock instead.")
		}
	}
}
