package compat

import (
	"fmt"

	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/fault"
)

// addWASI adds the generations of WASI to vm: all are functions of one host, in which
// there is nothing yet; see [VM.initWASI].
func (vm *VM) addWASI() {
	c := &vm.config.WASI
	config := wasi.Config{
		MaxOpenFiles: c.MaxOpenFiles,
		MaxOutput:    c.MaxOutput,
		RaisePipe:    c.RaisePipe,
		AllowAFUnix:  c.AllowAFUnix,
		Net:          c.Net,
	}
	if c.MaxOutput > 0 {
		config.OverOutput = fault.New(fault.HostFuncError,
			fmt.Sprintf("The guest may write no more than %d bytes of output.", c.MaxOutput))
	}
	vm.wasi = wasi.New(vm.guest, config)
	for _, ns := range wasi.Namespaces() {
		vm.addHost(ns, vm.wasi)
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
