package fault

import "sync"

// ImportHint is what WasmEdge says of an import from module where there is no such module;
// empty for most.
func ImportHint(module string) string { return importHints()[module] }

// importHints are what WasmEdge says of imports from modules that are not there.
var importHints = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"env":                           "This may be the import of host environment like JavaScript or Golang. Please check that you've registered the necessary host modules from the host programming language.",
		"wasi_nn":                       "This is a WASI-NN related import. Please ensure that you've turned on the WASI-NN configuration and installed the WASI-NN plug-in.",
		"wasi_crypto_common":            cryptoHint,
		"wasi_crypto_asymmetric_common": cryptoHint,
		"wasi_crypto_kx":                cryptoHint,
		"wasi_crypto_signatures":        cryptoHint,
		"wasi_crypto_symmetric":         cryptoHint,
	}
})

const cryptoHint = "This is a WASI-Crypto related import. Please ensure that you've turned on the WASI-Crypto configuration and installed the WASI-Crypto plug-in."
