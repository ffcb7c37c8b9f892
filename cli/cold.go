package cli

import (
	"context"
	"os"
	"os/exec"

	"github.com/wazedge/wazedge/compat"
)

// The ways to start a module that is not in the cache.
const (
	coldCompile   = "compile" // first, as without the option
	coldInterpret = "interpret"
	coldAuto      = "auto" // interpret what takes long to compile, and have it compiled for the next time
)

// autoLeast is the size in bytes from which auto interprets: with one core it takes
// over a second to compile, where the interpreter is ready in a fifth of one.
const autoLeast = 4 << 20

// fillVariable is the variable of the environment that has a command line compile
// its module for the cache, and no more.
const fillVariable = "WAZEDGE_FILL_CACHE"

// startCold has the loaded module interpreted if it is not in the cache and the
// options say so.
func (r *runner) startCold() {
	how := r.options.ColdStart
	if how == coldCompile || r.path == standardInput || how == coldAuto && r.vm.ModuleSize() < autoLeast {
		return
	}
	cold, busy := r.vm.Cold()
	if !cold {
		return
	}
	if how == coldAuto && !busy {
		if err := r.fillBehind(); err != nil {
			r.log.Debug("cache: " + err.Error())
			return // nothing would ever be compiled
		}
	}
	r.vm.Interpret()
}

// fillBehind starts a process that compiles the module for the cache at low
// priority. It outlives this one.
func (r *runner) fillBehind() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Args = r.Args
	cmd.Env = append(os.Environ(), fillVariable+"=1")
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}

// fill compiles the module in the file path for the cache.
func (p *Process) fill(ctx context.Context, c compat.Config, path string) int {
	yield()
	vm := compat.New(c)
	defer vm.Close(ctx)
	for _, step := range []func() error{
		func() error { return vm.LoadFile(path) }, vm.Validate, func() error { return vm.Keep(ctx) },
	} {
		if step() != nil {
			return statusFailed // the run itself has said what is wrong
		}
	}
	return statusOK
}
