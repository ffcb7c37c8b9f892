package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/wazedge/wazedge/cache"
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
// functions, however soon that is, in pieces whatever the size; it is for tests.
const (
	coldVariable = "WAZEDGE_COLD_START"
	lazyAfter    = "lazy:"
)

// autoLeast is the size in bytes of the code from which auto is lazy: below, compiling takes a busy machine no
// longer than what is done twice (bench/COLD.md).
const autoLeast = 5 << 20

// maxTogether is the size in bytes of the code up to which lazy compiles a module in one piece: calls between pieces cost
// more there than it costs to compile what is never called, as in SQLite and Lua.
const maxTogether = 1 << 20

// A module has run so long when something is made of it for the cache, or has ended, if that is sooner: one that has begun without being
// compiled, which goes over to what is made, and one that only later runs gain by.
const (
	fillBegunAfter = 500 * time.Millisecond
	fillAfter      = time.Second
)

// fillVariable is the variable of the environment that has a command line compile
// its module for the cache, and no more: it says by which compilers.
const fillVariable = "WAZEDGE_FILL_CACHE"

// What is made for the cache.
const (
	fillEngine    = "1"                              // the engine's code
	fillOptimized = "2"                              // that of the optimizing compiler, in the place of the engine's
	fillBoth      = fillEngine + "," + fillOptimized // one after the other: the first is of use until the second is there
	fillSoon      = fillOptimized + "/" + fillEngine // the second where other processes are at the first
)

// coldStart is how a module starts that is not in the cache, as the options say.
func (p *Process) coldStart(o *Options) string {
	return cmp.Or(o.ColdStart, p.Getenv(coldVariable), coldAuto)
}

// beginning is how a module begins that is not compiled first; nil for compiling it.
func (p *Process) beginning(o *Options) *first.Beginning {
	b := &first.Beginning{Patience: first.PatienceBySize, Together: maxTogether, Journal: journal.Bounds{Calls: 1 << 16, Bytes: 16 << 20}}
	how := p.coldStart(o)
	n, err := strconv.Atoi(strings.TrimPrefix(how, lazyAfter))
	switch {
	case how == coldLazy:
	case how == coldAuto:
		b.Least = autoLeast
	case strings.HasPrefix(how, lazyAfter) && err == nil:
		b.Journal.Calls, b.Together = n-1, 0
	default:
		return nil
	}
	return b
}

// startCold has the loaded module interpreted, or have it compiled for the cache behind, if it is
// not there and the options say so. It reports whether it is interpreted.
func (r *runner) startCold() bool {
	if r.coldStart(r.options) == coldInterpret {
		return r.vm.Interpret()
	}
	if cold, busy := r.vm.Cold(); cold && !busy && r.path != standardInput {
		r.fills = true
	}
	return false
}

// begun has the module compiled for the cache when it has run for a while, as it has begun without.
func (r *runner) begun(together bool) {
	if r.BoundInterpreter != nil {
		r.BoundInterpreter()
	}
	if r.fills {
		r.together = together
		r.begins.Store(true)
		r.fillLater(fillBegunAfter)
	}
}

// goesOver tells who debugs that the run goes on in code that has been made behind it.
func (r *runner) goesOver(optimized bool) {
	by := "the engine's compiler"
	if optimized {
		by = "the optimizing compiler"
	}
	r.log.Debug("The run goes on in code of the whole module by " + by + ".")
}

// ready has the module or component, which has been instantiated, be optimized for later runs when it has run for a while.
// Improvable reports whether it can be.
func (r *runner) ready(improvable func(ran time.Duration) bool) {
	if r.optimizes() {
		r.since, r.improvable = time.Now(), improvable
		r.fillLater(fillAfter)
	}
}

// optimizes reports whether the module is one that is optimized behind its run.
func (r *runner) optimizes() bool {
	return r.optimizesBehind() && len(r.linked) == 0 && r.replayed == nil && r.path != standardInput
}

// wanted is what is to be made of the module for the cache, now that it has run for a time; empty for nothing.
func (r *runner) wanted(ran time.Duration) string {
	switch begun := r.begins.Load(); {
	case begun && r.optimizes() && ran >= fillBegunAfter:
		if r.together {
			return fillSoon // the run is by the engine's code of the whole already
		}
		return fillBoth
	case begun:
		return fillEngine
	case r.improvable != nil && r.improvable(ran):
		return fillOptimized
	}
	return ""
}

// fillLater has the module compiled for the cache when it has run for so long.
func (r *runner) fillLater(after time.Duration) {
	if r.filling != nil {
		return
	}
	filled := make(chan struct{})
	r.filled = filled
	r.filling = time.AfterFunc(after, func() {
		defer close(filled)
		r.fillBehind(r.wanted(after))
	})
}

// fillNow has the module compiled for the cache, if that is to be done and has not begun.
func (r *runner) fillNow() {
	if r.filling == nil {
		return
	}
	if !r.filling.Stop() {
		<-r.filled // it looks at what is closed next
		return
	}
	var ran time.Duration
	if r.improvable != nil {
		ran = time.Since(r.since)
	}
	r.fillBehind(r.wanted(ran))
}

// fillBehind has a process compile the module for the cache at low priority, by compilers as [fillVariable] has them. It
// outlives this one.
func (r *runner) fillBehind(by string) {
	if by == "" {
		return
	}
	made, makes, err := os.Pipe()
	if err != nil {
		r.log.Debug("cache: " + err.Error())
		return
	}
	cmd, err := r.startFilling(r.options, by, makes)
	makes.Close()
	if err != nil {
		made.Close()
		r.log.Debug("cache: " + err.Error())
		return
	}
	go func() {
		defer made.Close()
		if cmd.Wait() == nil && r.kept != nil {
			r.kept <- struct{}{}
			_, _ = io.Copy(io.Discard, made) // until who makes the rest has ended, too
			close(r.kept)
		}
	}()
}

// startFilling starts the command line again, whose options are o, to compile its module for the cache, and makes
// what is to be there: who has run wazedge in directories of his own may remove them when this process has ended. Made, unless nil, is open
// until all is made.
func (p *Process) startFilling(o *Options, by string, made *os.File) (*exec.Cmd, error) {
	store, err := p.cache(o)
	if err == nil {
		err = store.Prepare()
	}
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Args = p.Args
	cmd.Env = append(os.Environ(), fillVariable+"="+by)
	if made != nil {
		cmd.Stdout = made
	}
	detach(cmd)
	return cmd, cmd.Start()
}

// fill compiles the module in the file path for the cache, by compilers as [fillVariable] has them: by the first, and
// another process by the other.
func (p *Process) fill(ctx context.Context, o *Options, c compat.Config, path, by string) int {
	yield()
	if c.Cache == nil || c.Cache.Prepare() != nil {
		return statusFailed
	}
	by, then, _ := strings.Cut(by, ",")
	by, instead, _ := strings.Cut(by, "/")
	improves := by == fillOptimized
	if improves {
		c.Optimize, c.Recompile = true, true
	}
	vm := compat.New(c)
	defer vm.Close(ctx)
	err := vm.LoadFile(path)
	if source, is := p.takesComponent(o, err); is && improves {
		err = improveComponent(ctx, vm.Runtime(), path, source)
	} else if err == nil {
		err = fillModule(ctx, vm, improves)
	}
	if errors.Is(err, cache.ErrClaimed) && instead != "" {
		err, then = nil, instead
	}
	if err != nil {
		return statusFailed // the run itself has said what is wrong
	}
	if then != "" {
		if _, err := p.startFilling(o, then, p.Stdout); err != nil {
			return statusFailed
		}
	}
	return statusOK
}

// fillModule compiles the loaded module for the cache, by the optimizing compiler or by the engine's.
func fillModule(ctx context.Context, vm *compat.VM, optimizing bool) error {
	if err := notBusy(vm); err != nil {
		return err
	}
	if err := vm.Validate(); err != nil {
		return err
	}
	if optimizing {
		return vm.Module().Improve(ctx)
	}
	return vm.Keep(ctx)
}

// improveComponent makes optimized code of the component source for the cache.
func improveComponent(ctx context.Context, r *compat.Runtime, path string, source []byte) error {
	c, err := r.LoadComponent(path, source)
	if err != nil {
		return err
	}
	return errors.Join(c.Improve(ctx), c.Close())
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
