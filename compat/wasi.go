package compat

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// wasiModule is one generation of WASI. All generations of a VM are functions of
// one host, which all its modules share.
type wasiModule struct {
	host *wasi.Host
	name string
}

// newWASI is a host in which there is nothing yet; see [VM.initWASI]. spent, unless
// it is nil, is told how long its functions take. With journal, it notes its answers
// for another run.
func newWASI(c *WASIConfig, spent func(time.Duration), journal bool) *wasi.Host {
	config := wasi.Config{
		MaxOpenFiles:  c.MaxOpenFiles,
		MaxOutput:     c.MaxOutput,
		Interruptible: c.Interruptible,
		RaisePipe:     c.RaisePipe,
		AllowAFUnix:   c.AllowAFUnix,
		Net:           c.Net,
		Trace:         c.Trace,
		Spent:         spent,
		Journal:       journal,
	}
	if c.MaxOutput > 0 {
		config.OverOutput = fault.New(fault.HostFuncError,
			fmt.Sprintf("The guest may write no more than %d bytes of output.", c.MaxOutput))
	}
	return wasi.New(config)
}

// wasiModules are the modules of host by their names.
func wasiModules(host *wasi.Host) map[string]hostModule {
	return map[string]hostModule{
		wasi.ModuleName:         &wasiModule{host, wasi.ModuleName},
		wasi.UnstableModuleName: &wasiModule{host, wasi.UnstableModuleName},
	}
}

// initWASI gives the guest its arguments, environment and files. WasmEdge does so
// when the first module has been instantiated: a start function finds nothing. A
// directory that cannot be opened is logged and left out.
func (vm *VM) initWASI() {
	if vm.wasiReady {
		return
	}
	vm.wasiReady = true
	c := &vm.config.WASI
	e := wasi.Environment{Args: c.Args, Env: c.Env, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr}
	vm.closeTrust(&e)
	for _, p := range c.Preopens {
		e.Preopens = append(e.Preopens, wasi.Preopen{Guest: p.Guest, Host: p.Host, Mode: p.Access.mode()})
	}
	for _, err := range vm.wasi.Init(e) {
		vm.config.Log.Error(err.Error())
	}
}

// closeTrust keeps the guest from what decides which code is executed: the keyring,
// which is made first if it is not there, lest the guest do it, and the cache.
func (vm *VM) closeTrust(e *wasi.Environment) {
	c := &vm.config
	if len(c.WASI.Preopens) == 0 {
		return
	}
	if c.Trust != nil {
		if err := c.Trust.Make(); err != nil {
			c.Log.Debug("cache: " + err.Error())
		}
		e.Closed = append(e.Closed, c.Trust.Dir())
		e.ClosedFiles = c.Trust.Files()
	}
	e.Closed = append(e.Closed, c.WASI.Closed...)
	if c.Cache != nil {
		e.Closed = append(e.Closed, c.Cache.Dir())
	}
}

// SetArguments changes the guest's arguments, the program's name first, after it
// has been instantiated. For one who finds out only then what they are: WasmEdge
// inserts the name of a _start that takes parameters.
func (vm *VM) SetArguments(args []string) error {
	if err := vm.require(Instantiated); err != nil {
		return err
	}
	vm.wasi.SetArgs(args)
	return nil
}

// FilesHint is what a person may want to know of a guest that has failed and found
// no files on the way: which directories it could have found them in. It is empty
// if that is not likely to be the reason.
func (vm *VM) FilesHint() string {
	switch s := vm.wasi.Sought(); {
	case s.Found || !s.Listed:
		return ""
	case !s.Mapped:
		return "no directory is mapped: --dir . lets the guest reach the files of this one (--dir /:. if it was built by Go)"
	case !s.Root && s.LikeGo:
		return "a guest that was built by Go finds its files beneath a directory that is mapped at /: --dir /:."
	default:
		return ""
	}
}

func (a Access) mode() wasi.Mode {
	switch a {
	case ReadOnly:
		return wasi.ReadOnly
	case WriteOnly:
		return wasi.WriteOnly
	default:
		return wasi.ReadWrite
	}
}

func (w *wasiModule) function(name string, want *wasm.FuncType) (t wasm.FuncType, ok bool) {
	s, ok := wasi.SignatureOf(w.name, name)
	if !ok {
		return t, false
	}
	if want != nil {
		if _, _, fits := wasi.Resolve(w.name, name, signatureOf(want)); fits {
			return *want, true
		}
	}
	return wasm.FuncType{Params: valTypes(s.Params), Results: valTypes(s.Results)}, true
}

func (w *wasiModule) instantiate(ctx context.Context, rt *engine.Runtime, list []*wasm.Import, types []wasm.SubType, memory *engine.Instance) (*engine.Instance, error) {
	imports := make([]wasi.Import, 0, len(list))
	for _, im := range list {
		function, _, _ := wasi.Resolve(w.name, im.Name, signatureOf(&types[im.Type].Func))
		imports = append(imports, wasi.Import{Name: im.Name, Function: function})
	}
	m, err := w.host.Register(ctx, rt.Wazero(), w.name, imports, memory.Wazero())
	if err != nil {
		return nil, err
	}
	return engine.Host(m), nil
}

func signatureOf(t *wasm.FuncType) wasi.Signature {
	return wasi.Signature{Params: encoded(t.Params), Results: encoded(t.Results)}
}

// encoded are the types as a module has them. One that takes more than a byte is
// none that WASI knows, and becomes 0.
func encoded(ts []wasm.ValType) []byte {
	b := make([]byte, len(ts))
	for i, t := range ts {
		if t == wasm.I32 || t == wasm.I64 {
			b[i] = byte(t)
		}
	}
	return b
}

func valTypes(b []byte) []wasm.ValType {
	ts := make([]wasm.ValType, len(b))
	for i, t := range b {
		ts[i] = wasm.ValType(t)
	}
	return slices.Clip(ts)
}
