package hosts

import (
	"slices"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/crypto"
	"github.com/wazedge/wazedge/hostfuncs/image"
	"github.com/wazedge/wazedge/hostfuncs/logging"
	"github.com/wazedge/wazedge/hostfuncs/nn"
	"github.com/wazedge/wazedge/hostfuncs/threads"
	"github.com/wazedge/wazedge/hostfuncs/zlib"
	"github.com/wazedge/wazedge/internal/link"
)

// plugin is a plug-in: modules that guests find when they import from them, that cost
// nothing otherwise, and that can be left out by the plug-in's name.
type plugin struct {
	name        string // WasmEdge's, where it has the plug-in
	version     string // of the plug-in of WasmEdge whose functions these are; empty if there is none
	description string

	modules []module
	state   func(*World, *abi.Guest) any // of all modules for a guest; closed in the end if it is an [io.Closer]
	ofStore func(*link.Store) any        // in place of state, unless nil

	// wired says that WasmEdge looks for the plug-in by its name and forgets to ask whether it
	// is forbidden.
	wired bool

	instead string // what there is in the place of a plug-in without modules
}

// module is a namespace of a plug-in.
type module struct {
	name      string
	namespace func() abi.Namespace // the same one at every call, made at the first
}

// plugins are all plug-ins: first those that there are. A new one is a row with modules
// and state; where the state takes something of the command line, [Config] has it. The mock
// of a module, if WasmEdge has one, serves guests when the plug-in is forbidden. What is here
// is paid for by every run, so namespaces are not made here.
var plugins = [...]plugin{
	{
		name: "wasi_logging", version: "0.1.0.0", description: "lines of a log on the standard streams and in files", wired: true,
		modules: []module{{logging.ModuleName, logging.Namespace}},
		state:   func(w *World, g *abi.Guest) any { return w.log(g) },
	},
	{
		name: "wasi_crypto", version: "0.10.1.0", description: "keys, signatures, hashes and encryption", wired: true,
		modules: []module{
			{crypto.CommonName, crypto.Common},
			{crypto.AsymmetricName, crypto.AsymmetricCommon},
			{crypto.KeyExchangeName, crypto.KeyExchange},
			{crypto.SignaturesName, crypto.Signatures},
			{crypto.SymmetricName, crypto.Symmetric},
			{crypto.ExternalSecretsName, crypto.ExternalSecrets},
			{crypto.SignaturesBatchName, crypto.SignaturesBatch},
			{crypto.SymmetricBatchName, crypto.SymmetricBatch},
		},
		state: func(w *World, g *abi.Guest) any {
			return crypto.New(g, crypto.Config{Keys: w.config.CryptoKeys, MaxMemory: w.config.MaxMemory})
		},
	},
	{
		name: "wasmedge_image", version: "0.13.0.0", description: "decoding and scaling of images", wired: true,
		modules: []module{{image.ModuleName, image.Namespace}},
		state: func(w *World, g *abi.Guest) any {
			return image.New(image.Config{Guest: g, Errors: w.config.Log, MaxMemory: w.config.MaxMemory})
		},
	},
	{
		name: "wasmedge_zlib", version: "0.10.1.0", description: "compression by zlib's functions",
		modules: []module{{zlib.ModuleName, zlib.Namespace}},
		state: func(w *World, g *abi.Guest) any {
			return zlib.New(zlib.Config{
				Guest: g, Errors: w.config.Log, MaxMemory: w.config.MaxMemory,
				Files: func() zlib.Files { return w.WASI(g) },
			})
		},
	},
	{
		name: "wasi_nn", version: "0.1.0.0", description: "inference: ONNX models, and text by a server", wired: true,
		modules: []module{{nn.ModuleName, nn.Namespace}},
		state:   func(w *World, g *abi.Guest) any { return w.nn(g) },
	},
	{
		name: "wasi_threads", description: "threads of a guest, with --enable-threads",
		modules: []module{{threads.ModuleName, threads.Namespace}},
		ofStore: func(s *link.Store) any { return s.Threads() },
	},

	{name: "wasi_http", description: "HTTP requests, for components", instead: "sockets of wasi_snapshot_preview1"},
	{name: "wasi_poll", description: "waiting, for components", instead: "poll_oneoff of wasi_snapshot_preview1"},
	{name: "wasm_bpf", description: "eBPF programs in the kernel", instead: "a program outside of the guest, reached through a socket"},
	{name: "wasmedge_ffmpeg", description: "audio and video", instead: "FFmpeg built for WebAssembly, as a plug-in of --plugin"},
	{name: "wasmedge_llmc", description: "training of GPT-2", instead: "a server, reached through a socket"},
	{name: "wasmedge_ocr", description: "text in images", instead: "Tesseract built for WebAssembly, as a plug-in of --plugin"},
	{name: "wasmedge_opencvmini", description: "image processing", instead: "wasmedge_image, or OpenCV built for WebAssembly"},
	{name: "wasmedge_process", description: "programs of the host", wired: true, instead: "nothing: a guest starts no programs of the host"},
	{name: "wasmedge_stablediffusion", description: "images from text", wired: true, instead: "a server, reached through a socket"},
	{name: "wasmedge_tensorflow", description: "inference with TensorFlow", wired: true, instead: "wasi_nn with a model in ONNX's format"},
	{name: "wasmedge_tensorflowlite", description: "inference with TensorFlow Lite", wired: true, instead: "wasi_nn with a model in ONNX's format"},
}

// Plugin is what there is to be told of a plug-in.
type Plugin struct {
	Name        string
	Version     string // of WasmEdge's plug-in that has the same functions; empty if there is none
	Description string
	Modules     []string // what guests import from; none for one that is not there
	Instead     string   // what there is in its place
	Wired       bool     // WasmEdge does not let it be forbidden
}

// Absent reports whether guests do not find the plug-in name: it is not there, or in forbidden.
func Absent(name string, forbidden []string) bool {
	there := slices.ContainsFunc(plugins[:], func(p plugin) bool { return p.name == name && len(p.modules) > 0 })
	return !there || slices.Contains(forbidden, name)
}

// Plugins are all plug-ins, those that there are first.
func Plugins() []Plugin {
	list := make([]Plugin, len(plugins))
	for n, p := range plugins {
		list[n] = Plugin{Name: p.name, Version: p.version, Description: p.description, Instead: p.instead, Wired: p.wired}
		for _, m := range p.modules {
			list[n].Modules = append(list[n].Modules, m.name)
		}
	}
	return slices.Clip(list)
}
