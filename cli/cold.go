package cli

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/first"
	"github.com/wazedge/wazedge/internal/journal"
)

// The ways to start a module that is not in the cache.
const (
	coldCompile   = "compile"   // first
	coldInterpret = "interpret" // without ever compiling it
	coldLazy      = "lazy"      // interpreted, then compiled function by function as they are called
	coldAuto      = "auto"      // what is large begins as lazy says, the rest is compiled first
)

// coldVariable is the variable of the environment that stands in for the option. There,
// lazyAfter and a number have compiled code take over behind so many calls of the host's
// functions, however soon that is; it is for tests.
const (
	coldVariable = "WAZEDGE_COLD_START"
	lazyAfter    = "lazy:"
)

// autoLeast is the size in bytes from which auto is lazy: below, compiling takes a busy machine no
// longer than what is done twice (bench/COLD.md).
const autoLeast = 8 << 20

// fillAfter is how long a module has run when it is compiled for the cache, or when it has
// ended, if that is sooner.
const fillAfter = time.Second

// fillVariable is the variable of the environment that has a command line compile
// its module for the cache, and no more.
const fillVariable = "WAZEDGE_FILL_CACHE"

// coldStart is how a module starts that is not in the cache, as the options say.
func (p *Process) coldStart(o *Options) string {
	return cmp.Or(o.ColdStart, p.Getenv(coldVariable), coldAuto)
}

// beginning is how a module begins that is not compiled first; nil for compiling it.
func (p *Process) beginning(o *Options) *first.Beginning {
	b := &first.Beginning{Patience: first.PatienceBySize, Journal: journal.Bounds{Calls: 1 << 16, Bytes: 16 << 20}}
	how := p.coldStart(o)
	n, err := strconv.Atoi(strings.TrimPrefix(how, lazyAfter))
	switch {
	case how == coldLazy:
	case how == coldAuto:
		b.Least = autoLeast
	case strings.HasPrefix(how, lazyAfter) && err == nil:
		b.Journal.Calls = n - 1
	default:
		return nil
	}
	return b
}

// startCold has the loaded module interpreted, or have it compiled for the cache behind, if it is
// not there and the options say so.
func (r *runner) startCold() {
	cold, busy := r.vm.Cold()
	if !cold || r.path == standardInput {
		return
	}
	if r.coldStart(r.options) == coldInterpret {
		r.vm.Interpret()
	} else if !busy {
		r.fills = true
	}
}

// begun has the module compiled for the cache when it has run for a while, as it has begun without.
func (r *runner) begun() {
	if r.BoundInterpreter != nil {
		r.BoundInterpreter()
	}
	if r.fills {
		r.filling = time.AfterFunc(fillAfter, r.fillBehind)
	}
}

// fillNow has the module compiled for the cache, if that is to be done and has not begun.
func (r *runner) fillNow() {
	if r.filling != nil && r.filling.Stop() {
		r.fillBehind()
	}
}

// fillBehind has a process compile the module for the cache at low priority. It outlives this
// one.
func (r *runner) fillBehind() {
	if err := r.startFilling(); err != nil {
		r.log.Debug("cache: " + err.Error())
	}
}

func (r *runner) startFilling() error {
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
	go func() {
		if cmd.Wait() == nil {
			close(r.kept)
		}
	}()
	return nil
}

// fill compiles the module in the file path for the cache.
func (p *Process) fill(ctx context.Context, c compat.Config, path string) int {
	yield()
	vm := compat.New(c)
	defer vm.Close(ctx)
	for _, step := range []func() error{
		func() error { return vm.LoadFile(path) }, func() error { return notBusy(vm) }, vm.Validate, func() error { return vm.Keep(ctx) },
	} {
		if step() != nil {
			return statusFailed // the run itself has said what is wrong
		}
	}
	return statusOK
}

// errBusy says that another process compiles the module.
var errBusy = errors.New("another process compiles the module")

// notBusy is errBusy where it holds for the loaded module.
func notBusy(vm *compat.VM) error {
	if _, busy := vm.Cold(); busy {
		return errBusy
	}
	return nil
}
