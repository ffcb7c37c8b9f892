package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/inspection"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// runner runs one module.
type runner struct {
	*Process
	log        *logline.Logger
	options    *Options
	vm         *compat.VM
	mode       runMode
	path       string   // of the module, as it was typed
	args       []string // the words behind the module
	deadline   *deadline
	linked     []inspection.Linked          // modules to import from
	used       func() limits.Statistics     // by the guest
	running    func() limits.Statistics     // so far, for any goroutine; nil if that is not to be told
	longest    int                          // report of them so far, in bytes
	fills      bool                         // the module is to be compiled for the cache if it is not for this run
	filling    *time.Timer                  // has the module compiled for the cache; nil where that is not wanted
	filled     chan struct{}                // closed when that has been done
	begins     atomic.Bool                  // the module has begun without being compiled
	together   bool                         // it is compiled in one piece then; known once begins is set
	since      time.Time                    // the module has been instantiated
	improvable func(ran time.Duration) bool // it can be optimized for later runs, now that one has taken so long; nil before that, and where nothing is
	kept       chan struct{}                // told when another process has made something of it, and closed when all is made
	fallen     fallen                       // the guest, should it trap
	profile    func() *limits.Profile       // of the guest, nil before there is one
	foresees   bool                         // what cannot be called is refused before the module is compiled
	execution
}

// execution is what a run is beside a run: recorded, answered from a record, or counted.
type execution struct {
	*recorder
	*replayed
	*counting
}

// configure has c run like that.
func (e *execution) configure(c *compat.Config) error {
	if e.recorder != nil {
		e.recorder.configure(c)
	}
	if e.counting != nil {
		e.counting.configure(c)
	}
	if e.replayed != nil {
		return e.replayed.configure(c)
	}
	return nil
}

// runModule runs the module and arguments of l, as a command or as a reactor.
func runModule(p *Process, l line) int { return p.execute(l, execution{}) }

// execute runs the module and arguments of l by e.
func (p *Process) execute(l line, e execution) int {
	status, err := p.tryExecute(l, e)
	if err != nil {
		status = p.fail(err.Error())
	}
	if e.recorder != nil {
		if err := e.recorder.close(status); err != nil {
			status = p.fail(err.Error())
		}
	}
	return status
}

// tryExecute is execute, or why it cannot begin.
func (p *Process) tryExecute(l line, e execution) (status int, err error) {
	if err := p.locateImage(&l); err != nil {
		return 0, err
	}
	ctx := context.Background()
	r, config, err := newRunner(p, l, e)
	if err != nil {
		return 0, err
	}
	if by := p.Getenv(fillVariable); by != "" {
		return p.fill(ctx, r.options, config, l.words[0], by), nil
	}
	r.args, r.foresees = l.words[1:], true
	r.deadline.call(r.options.entryFunction(r.args))
	return r.deadline.within(func() int { return r.whole(ctx, l.words[0], r.args) }, r.giveUp), nil
}

// newRunner is what runs the module in the first word of l, by the options of l, which
// come to config.
func newRunner(p *Process, l line, e execution) (*runner, compat.Config, error) {
	log, err := p.log(l)
	if err != nil {
		return nil, compat.Config{}, err
	}
	config, mode, err := p.config(l, log)
	if err != nil {
		return nil, config, err
	}
	if err := e.configure(&config); err != nil {
		return nil, config, err
	}
	linked, err := l.syntax.options.linked()
	if err != nil {
		return nil, config, err
	}
	r := &runner{
		Process: p, log: log, options: l.syntax.options, mode: mode, path: l.words[0], linked: linked,
		deadline: newDeadline(config.Limits.TimeLimit), execution: e,
	}
	config.Linked = r.whenLinked
	config.LastCalls = p.diagnoses(r.options).calls
	if config.Limits.Gauge != nil {
		r.running = config.Limits.Running
	} else if e.counting == nil && len(linked) == 0 { // what is measured is the guest, and linked modules share an engine
		config.Begin = p.beginning(r.options)
	}
	if config.Begin != nil {
		r.kept = make(chan struct{}, 1)
		config.Begin.Begun, config.Begin.Settled, config.Begin.Kept, config.Begin.Over = r.begun, settled, r.kept, r.goesOver
	}
	r.vm = compat.New(config)
	r.used, r.fallen, r.profile = r.vm.Statistics, r.vm, r.vm.Profile
	return r, config, nil
}

// whenLinked refuses what cannot be executed, and has the module recorded.
func (r *runner) whenLinked() error {
	if err := r.foresee(); err != nil || r.recorder == nil {
		return err
	}
	return r.recorder.link(r.vm)
}

// whole runs the module path and writes what is wanted of the run beside its log.
func (r *runner) whole(ctx context.Context, path string, args []string) int {
	stop := r.tellStatistics()
	status := r.run(ctx, path, args)
	stop()
	if err := r.writeStatistics(); err != nil {
		status = r.fail("cannot write the statistics: " + err.Error())
	}
	if err := r.writeAccount(); err != nil {
		status = r.fail("cannot write what the guest has done: " + err.Error())
	}
	if err := r.writeProfile(); err != nil {
		status = r.fail("cannot write the profile: " + err.Error())
	}
	r.fillNow()
	if r.replayed != nil {
		var text string
		if status, text = r.replayed.verdict(status); text != "" {
			fmt.Fprintln(r.Stderr, "wazedge: "+text)
		}
	}
	r.deadline.finish(status)
	if r.deadline.over() {
		return status
	}
	if err := r.vm.Close(ctx); err != nil {
		r.log.Debug(err.Error())
	}
	return status
}

// run takes the module path through the stages of the VM and runs it.
func (r *runner) run(ctx context.Context, path string, args []string) int {
	if err := r.prepare(ctx, path); err != nil {
		return r.refused(path, args, err)
	}
	defer collectOnDemand()()
	entry := r.vm.Entry()
	switch {
	case r.options.Reactor || entry == compat.NoStart:
		return r.reactor(ctx, args)
	case entry == compat.StartTakesArguments:
		args = append([]string{"_start"}, args...)
		if err := r.vm.SetArguments(append([]string{r.guestProgram(path)}, args...)); err != nil {
			return r.refused(path, args, err)
		}
		return r.reactor(ctx, args)
	}
	return r.command(ctx)
}

// refused reports that the module in the file path does not come to run.
func (r *runner) refused(path string, args []string, err error) int {
	if source, ok := r.takesComponent(r.options, err); ok {
		return r.component(context.Background(), source, args)
	}
	r.deadline.speak()
	if failed, ok := errors.AsType[*linkError](err); ok {
		return r.linkFailed(failed)
	}
	if failed, ok := errors.AsType[*compat.PluginError](err); ok {
		return r.pluginFailed(failed)
	}
	if status, ended := r.replayEnded(err); ended {
		return status
	}
	r.noteEnding(err)
	if errors.Is(err, fault.Interrupted) && !r.vm.HasStart() {
		r.giveUp(calling{name: r.options.entryFunction(args)})
		return statusAborted
	}
	if start, ok := errors.AsType[*compat.StartError](err); ok {
		return r.startFailed(start, start.Node)
	}
	if call, ok := errors.AsType[*callError](err); ok {
		return r.refuseCall(call)
	}
	if errors.As(err, new(*compat.StartExitError)) {
		return r.startFailed(nil, strings.TrimSpace(err.Error()))
	}
	status := r.report(err, statusFailed)
	if r.vm.Stage() == compat.Validated {
		r.statistics()
	}
	return status
}

// startFailed reports that the start function has failed, with failed unless it has
// ended the guest, at the syntax node. WasmEdge counts that as an invocation and
// as an instantiation.
func (r *runner) startFailed(failed *compat.StartError, node string) int {
	if failed != nil {
		r.report(failed.Call, statusFailed)
		r.diagnose(failed.Frames)
		r.dumpCore(failed.Call, failed.Frames)
	}
	r.statistics()
	r.log.Detail(node)
	r.statistics()
	return statusFailed
}

// replayEnded reports whether err is that the record answers the guest no further, which is
// told, and the status for that.
func (r *runner) replayEnded(err error) (status int, ended bool) {
	if r.replayed == nil {
		return 0, false
	}
	text, status, ended := r.replayed.ended(err)
	if ended {
		r.told = true
		fmt.Fprintln(r.Stderr, "wazedge: "+text)
	}
	return status, ended
}

// load loads the module path, or that of the record.
func (r *runner) load(path string) error {
	if r.replayed != nil {
		return r.vm.Load(r.recording.Code)
	}
	return r.vm.LoadFile(path)
}

// prepare loads, validates and instantiates the module.
func (r *runner) prepare(ctx context.Context, path string) error {
	if err := r.link(ctx); err != nil {
		return err
	}
	if err := r.load(path); err != nil {
		return err
	}
	if len(r.linked) == 0 && r.replayed == nil {
		r.startCold()
	}
	if err := r.vm.Validate(); err != nil {
		return err
	}
	r.announceMode(r.options.Proposals.features())
	if err := r.instance(ctx); err != nil {
		return err
	}
	r.ready(r.vm.Module().Improvable)
	if r.vm.HasStart() {
		r.statistics()
	}
	return nil
}

// instance makes an instance of the module that has been validated, and runs its start function.
func (r *runner) instance(ctx context.Context) error {
	if r.vm.HasStart() {
		defer r.deadline.start()()
	}
	return r.vm.Instantiate(ctx)
}

// announceMode logs what WasmEdge says before it runs a module in a mode other
// than its default.
func (r *runner) announceMode(features wasm.Features) {
	switch r.mode {
	case modeAOT:
		if r.vm.Precompiled() {
			return
		}
		r.log.Warning("AOT was requested but the input has no AOT artifact, falling back to interpreter.")
	case modeJIT:
		if features.Has(wasm.ExceptionHandling) {
			r.log.Warning("Proposal Exception Handling is not yet supported in WasmEdge AOT/JIT. The compilation will be trapped when related data structure or instructions found in WASM.")
		}
		for _, step := range []string{"compile start", "verify start", "optimize start", "optimize done"} {
			r.log.Info(step)
		}
	}
}

// command runs _start. The status is the guest's.
func (r *runner) command(ctx context.Context) int {
	_, err := r.invoke(ctx, "_start")
	if err == nil || errors.As(err, new(*compat.ExitError)) {
		r.statistics()
	}
	if exit, ok := errors.AsType[*compat.ExitError](err); ok {
		r.hintAtFiles(exit.Status)
		return int(exit.Status & 0xff)
	}
	if err != nil {
		return r.aborted(err)
	}
	return statusOK
}

// reactor calls the function args[0] with the other arguments and prints its
// results. As in WasmEdge, arguments are read only after _initialize has run,
// and a guest that ends itself has aborted the call.
func (r *runner) reactor(ctx context.Context, args []string) int {
	function, refused := r.function(args)
	if refused != nil {
		return r.refuseCall(refused)
	}
	if r.initializes(args[0]) {
		if err := r.initialize(ctx); err != nil {
			return r.aborted(err)
		}
	}
	values, refused := r.arguments(args, function)
	if refused != nil {
		return r.refuseCall(refused)
	}
	results, err := r.invoke(ctx, args[0], values...)
	if err != nil {
		return r.aborted(err)
	}
	r.deadline.speak()
	r.statistics()
	return r.print(results)
}

// initialize calls _initialize.
func (r *runner) initialize(ctx context.Context) error {
	r.deadline.call("_initialize")
	if err := r.vm.Initialize(ctx); err != nil {
		return err
	}
	r.statistics()
	return nil
}

// aborted reports a call that failed, and is the status for it. A guest that
// has ended itself needs no words.
func (r *runner) aborted(err error) int {
	r.deadline.speak()
	if status, ended := r.replayEnded(err); ended {
		return status
	}
	r.noteEnding(err)
	if _, ok := errors.AsType[*compat.ExitError](err); ok {
		r.statistics()
		return statusAborted
	}
	status := r.report(err, statusAborted)
	if failed, ok := errors.AsType[*compat.InvokeError](err); ok {
		if failed.Traced {
			r.diagnose(failed.Frames)
			r.dumpCore(failed.Fault, failed.Frames)
			r.statistics()
		}
		for _, text := range failed.Tail() {
			r.log.Error(text)
		}
		r.tellModule(failed.Frames)
	}
	return status
}

// report logs what err says of the module and returns status. An error without a
// code is one of the engine, which should have been found before: a defect of
// this program.
func (r *runner) report(err error, status int) int { return r.reportOf(r.path, err, status) }

// reportOf is report of the module in the file path.
func (r *runner) reportOf(path string, err error, status int) int {
	if errors.As(err, new(*compat.ResourceError)) {
		return r.fail(err.Error())
	}
	if _, ok := fault.CodeOf(err); !ok {
		return r.reportDefect(err)
	}
	r.log.Fault(err)
	r.explain(path, err)
	r.explainImport(path, err)
	r.explainMemory()
	return status
}

// complain says on standard error what WasmEdge says there, without a prefix.
func (r *runner) complain(text string) int {
	fmt.Fprintln(r.Stderr, text)
	return statusFailed
}

// print prints results, one a line.
func (r *runner) print(results []value.Value) int {
	var b []byte
	for _, v := range results {
		if v.Kind != value.Invalid {
			b = append(value.Append(b, v), '\n')
		}
	}
	if len(b) == 0 {
		return statusOK
	}
	if _, err := r.Stdout.Write(b); err != nil {
		return r.fail("cannot print the results: " + err.Error())
	}
	return statusOK
}
