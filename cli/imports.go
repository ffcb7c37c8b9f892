package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// builder is a way to build modules for another host than a command line.
type builder struct {
	module string // that imports are from, or its beginning before a *
	name   string // of the import, in the same way; empty for any
	says   string
}

// builders are told by what modules import. The first that fits counts.
var builders = []builder{
	{"go", "", "it was built by Go for a browser; build it with GOOS=wasip1 GOARCH=wasm"},
	{"gojs", "", "it was built by Go for a browser; build it with GOOS=wasip1 GOARCH=wasm"},
	{"wbg", "", wasmBindgen},
	{"__wbindgen*", "", wasmBindgen},
	{"./*", "", wasmBindgen},
	{"wasm:js-*", "", "it was built for an engine of JavaScript; build it for WASI"},
	{"wasix_*", "", "it was built for WASIX, which only Wasmer has; build it for WASI (wasm32-wasip1)"},
	{"wasi:*", "", "it was built for WASI 0.2; build it for WASI 0.1 (wasm32-wasip1)"},
	{"cm32p2*", "", "it was built for WASI 0.2; build it for WASI 0.1 (wasm32-wasip1)"},
	{"env", "__linear_memory", "it is an object file or a library that is not linked yet; link it: clang --target=wasm32-wasip1, or wasm-ld"},
	{"env", "__indirect_function_table", "it is a library to be loaded by another module; build it without -shared"},
	{"GOT.*", "", "it is a library to be loaded by another module; build it without -shared"},
	{"env", "abort", "it was built by AssemblyScript for JavaScript; build it with its WASI shim (@assemblyscript/wasi-shim)"},
	{"env", "seed", "it was built by AssemblyScript for JavaScript; build it with its WASI shim (@assemblyscript/wasi-shim)"},
	{"env", "trace", "it was built by AssemblyScript for JavaScript; build it with its WASI shim (@assemblyscript/wasi-shim)"},
	{"env", "emscripten_*", emscripten},
	{"env", "_emscripten*", emscripten},
	{"env", "__syscall_*", emscripten},
	{"env", "invoke_*", emscripten},
	{"env", "__cxa_*", emscripten},
	{"a", "", emscripten},
	{"env", "proxy_*", "it is a filter for a proxy (Envoy and the like), not a program"},
	{"env", "memory", "its memory is to be another's; build it without --import-memory"},
	{"wasi_snapshot_preview1", "", "there is no such function in WASI 0.1 (wasi_snapshot_preview1)"},
	{"wasi_unstable", "", "there is no such function in this version of WASI (wasi_unstable)"},
	{"env", "", "a host program is to provide it, and this command is none"},
}

const (
	wasmBindgen = "it was built for JavaScript by wasm-bindgen; build it for wasm32-wasip1 without it"
	emscripten  = "it was built by Emscripten for JavaScript; build it with emcc -sSTANDALONE_WASM, or by the WASI SDK"
)

// fits reports whether text is what pattern stands for.
func fits(text, pattern string) bool {
	if start, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(text, start)
	}
	return pattern == "" || text == pattern
}

// explainImport tells a person for what host the module in the file path was built, if it was refused for
// an import that nobody here provides.
func (r *runner) explainImport(path string, err error) {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Code != fault.UnknownImport && e.Code != fault.IncompatibleImportType || !r.explains() {
		return
	}
	for _, im := range r.vm.Imports() {
		if !slices.Contains(e.Info, fault.Linking(im.Module, im.Kind.String(), im.Name)) {
			continue
		}
		says, plugged := r.pluginOffers(im)
		if !plugged {
			says = builtFor(im)
		}
		if plugged || e.Code == fault.UnknownImport {
			r.say("%s imports %s %q of %q: %s", path, im.Kind, im.Name, im.Module, says)
		}
		return
	}
}

// builtFor says for what host a module with this import was built.
func builtFor(im wasm.Import) string {
	n := slices.IndexFunc(builders, func(b builder) bool { return fits(im.Module, b.module) && fits(im.Name, b.name) })
	if n < 0 {
		return "no module of that name is here" + insteadOfPlugin(im.Module)
	}
	return builders[n].says
}
