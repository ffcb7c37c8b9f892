package cli

import (
	"slices"
	"sync"
)

// foreignOption is an option of another runtime, or of an older WasmEdge, for who comes
// from there.
type foreignOption struct {
	name  string // without dashes
	whose string
	ours  string
}

// foreignOptions are those that people are used to. One that several have stands once.
var foreignOptions = []foreignOption{
	{"invoke", "Wasmtime and Wasmer", "wazedge --reactor FILE NAME [ARG ...]"},
	{"i", "Wasmer", "wazedge --reactor FILE NAME [ARG ...]"},
	{"entrypoint", "Wasmer", "wazedge --reactor FILE NAME [ARG ...]"},
	{"function", "WAMR", "wazedge --reactor FILE NAME [ARG ...]"},
	{"f", "WAMR", "wazedge --reactor FILE NAME [ARG ...]"},
	{"mapdir", "Wasmer and older Wasmtime", "--dir GUEST:HOST, like --dir /data:data"},
	{"map-dir", "WAMR", "--dir GUEST:HOST, like --dir /data:data"},
	{"volume", "Wasmer", "--dir GUEST:HOST, with the guest's name first"},
	{"mount", "wazero", "--dir GUEST:HOST, with the guest's name first, like --dir /:."},
	{"preopen", "other runtimes", "--dir GUEST:HOST, like --dir /data:data"},
	{"allow-read", "Deno", "--dir GUEST:HOST:readonly, like --dir /data:data:readonly"},
	{"allow-write", "Deno", "--dir GUEST:HOST, like --dir /data:data"},
	{"e", "Docker", "--env NAME=VALUE"},
	{"forward-host-env", "Wasmer", "--inherit-env"},
	{"env-inherit", "wazero", "--inherit-env"},
	{"allow-env", "Deno", "--inherit-env, or --env NAME for one variable"},
	{"preload", "Wasmtime", "--module NAME=FILE"},
	{"fuel", "Wasmtime", "--gas-limit GAS"},
	{"timeout", "wazero and WAMR", "--time-limit, like --time-limit 2s"},
	{"wasm-timeout", "older Wasmtime", "--time-limit, like --time-limit 2s"},
	{"max-wasm-stack", "Wasmtime", "--max-call-depth COUNT"},
	{"stack-size", "WAMR", "--max-call-depth COUNT"},
	{"max-memory-size", "Wasmtime", "--max-memory, like --max-memory 256MiB"},
	{"memory", "Docker", "--max-memory, like --max-memory 256MiB"},
	{"net", "Wasmer", "--allow-net HOST:PORT, or --allow-net all"},
	{"tcplisten", "Wasmtime", "--allow-net HOST:PORT: the guest opens its sockets itself"},
	{"listen", "wazero", "--allow-net HOST:PORT: the guest opens its sockets itself"},
	{"addr-pool", "WAMR", "--allow-net HOST:PORT"},
	{"cachedir", "wazero", "--cache-dir DIR"},
	{"disable-cache", "Wasmtime and Wasmer", "--no-cache"},
	{"interpreter", "wazero", "--run-mode interpreter"},
	{"interp", "WAMR", "--run-mode interpreter"},
	{"hostlogging", "wazero", "--trace wasi"},
	{"strace", "other runtimes", "--trace wasi"},
	{"cpuprofile", "wazero", "--profile FILE"},
	{"quiet", "other programs", "--log-level off"},
	{"verbose", "other programs", "--log-level debug"},
	{"debug", "other programs", "--log-level debug"},
	{"stat", "older WasmEdge", "--enable-all-statistics"},
	{"enable-reference-types", "older WasmEdge", "on without an option"},
	{"enable-simd", "older WasmEdge", "on without an option"},
	{"enable-bulk-memory", "older WasmEdge", "on without an option"},
	{"wasm-features", "older Wasmtime", "on without an option, but for --enable-threads; see wazedge help proposals"},
	{"all-proposals", "other runtimes", "--enable-all"},
	{"cranelift", "Wasmer", "not needed: guests run compiled without an option"},
	{"llvm", "Wasmer", "not needed: guests run compiled without an option"},
	{"singlepass", "Wasmer", "--cold-start lazy, until the module is in the cache"},
	{"wasi", "other runtimes", "not needed: guests have WASI without an option"},
	{"wasi-modules", "older Wasmtime", "not needed: guests have WASI without an option"},
	{"allow-precompiled", "Wasmtime", "not needed: see wazedge help trust"},
	{"V", "Wasmtime and Wasmer", "--version"},
	{"W", "Wasmtime", "options of their own; see wazedge help limits and wazedge help proposals"},
	{"S", "Wasmtime", "options of their own; see wazedge help host"},
	{"C", "Wasmtime", "not needed: guests run compiled without an option"},
	{"O", "Wasmtime", "wazedge compile --optimize"},
	{"D", "Wasmtime", "options of their own; see wazedge help diagnosis"},
}

// foreign is the option of others that is called name.
func foreign(name string) (foreignOption, bool) {
	n := slices.IndexFunc(foreignOptions, func(f foreignOption) bool { return f.name == name })
	if n < 0 {
		return foreignOption{}, false
	}
	return foreignOptions[n], true
}

// foreignCommands gives ours for commands of other runtimes and tools.
var foreignCommands = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"exec": "run", "start": "run", "aot": "compile", "build": "compile", "wasmedgec": "compile", "wat2wasm": "compile",
		"wasm2wat": "parse", "print": "parse", "disassemble": "parse", "objdump": "parse", "dump": "parse", "wast": "validate",
		"check": "validate", "info": "inspect", "explore": "inspect", "clean": "cache clear", "--list": "inspect",
	}
})
