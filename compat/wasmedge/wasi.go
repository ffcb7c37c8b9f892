package wasmedge

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/wazedge/wazedge/compat"
)

// wasiModule is the name of WASI.
const wasiModule = "wasi_snapshot_preview1"

// wasiContents is what a module of WASI is told.
type wasiContents struct {
	exit atomic.Uint32

	mu      sync.Mutex
	version int
	config  compat.WASIConfig
}

// read is the configuration, and the number of its version.
func (w *wasiContents) read() (version int, c compat.WASIConfig) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.version, w.config
}

// NewWasiModule is WASI with these arguments (the program's name first), variables
// ("NAME=VALUE") and directories, see [Module.InitWasi]. Guests have the standard streams of
// the process.
func NewWasiModule(args []string, envs []string, preopens []string) *Module {
	m := &Module{name: wasiModule, wasi: &wasiContents{}}
	m.InitWasi(args, envs, preopens)
	return m
}

// InitWasi changes the arguments, variables and directories of a module of WASI. A
// directory is "GUEST:HOST", or one name for both, and can end with ":readonly". Instances
// see it from the next instantiation in their store on. It does nothing to another module.
func (m *Module) InitWasi(args []string, envs []string, preopens []string) {
	if m.wasi == nil {
		return
	}
	c := compat.WASIConfig{Args: slices.Clone(args), Env: slices.Clone(envs)}
	streams(&c)
	for _, text := range preopens {
		c.Preopens = append(c.Preopens, preopenOf(text))
	}
	m.wasi.mu.Lock()
	defer m.wasi.mu.Unlock()
	m.wasi.config = c
	m.wasi.version++
	m.wasi.exit.Store(0)
}

func preopenOf(text string) compat.Preopen {
	var p compat.Preopen
	if rest, ok := strings.CutSuffix(text, ":readonly"); ok {
		text, p.Access = rest, compat.ReadOnly
	}
	guest, host, ok := strings.Cut(text, ":")
	if !ok {
		host = guest
	}
	p.Guest, p.Host = guest, host
	return p
}

// WasiGetExitCode is the status with which the last guest ended itself; 0 for a module that
// is not WASI.
func (m *Module) WasiGetExitCode() uint {
	if m.wasi == nil {
		return 0
	}
	return uint(m.wasi.exit.Load())
}

// InitWasmEdgeProcess does nothing: the plugin wasmedge_process is not there, and in its
// place are functions that fail.
func (m *Module) InitWasmEdgeProcess(allowedcmds []string, allowall bool) {}

// builtInName is the name of a module that every store can have.
func (m *Module) builtInName() string {
	if m.wasi != nil {
		return wasiModule
	}
	return m.builtIn
}

// builtInFunctions are the names of the functions of a module that every store can have.
func (m *Module) builtInFunctions() []string {
	names := []string{}
	for _, f := range compat.BuiltIn(m.builtInName()) {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names
}

// builtInFunction is such a function, which only guests can call, or nil.
func (m *Module) builtInFunction(name string) *Function {
	for _, f := range compat.BuiltIn(m.builtInName()) {
		if f.Name == name {
			return &Function{typ: f.Func, name: name}
		}
	}
	return nil
}
