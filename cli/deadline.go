package cli

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/limits"
)

// A run with a time limit looks at it where it can. What it cannot interrupt, such as
// the compiler or a write of the log to a full pipe, is given up on these times
// behind the limit.
const (
	deadlineGrace = 20 * time.Millisecond  // for the run to end itself
	deadlineLog   = 500 * time.Millisecond // for the log of what ends it: a busy machine is no pipe that nobody reads
)

// deadline is the time limit of a run. A nil *deadline is none.
type deadline struct {
	limit time.Duration
	end   time.Time  // when it is over
	turn  sync.Mutex // to report: held by the run while it does, and from its end on
	depth int        // of the run's reports that are under way, one in the other

	calling atomic.Pointer[calling] // what is called, or is to be
	status  atomic.Int32            // of the run when it has said all, plus one
}

// calling is a function that is called.
type calling struct {
	name   string
	index  []uint32 // its one, once the call begins
	starts bool     // it is the start function, which has no name
}

// status is that of a run that is given up on in the call.
func (c calling) status() int {
	if c.starts {
		return statusFailed // as of each module that is not instantiated
	}
	return statusAborted
}

// newDeadline is the deadline of limit, or nil if that is 0.
func newDeadline(limit time.Duration) *deadline {
	if limit == 0 {
		return nil
	}
	return &deadline{limit: limit, end: time.Now().Add(limit)}
}

// speak waits for the turn of the run to report, for ever once it has been given up
// on. The caller calls what it returns at the end of the report.
func (d *deadline) speak() (done func()) {
	if d == nil {
		return func() {}
	}
	if d.depth++; d.depth == 1 {
		d.turn.Lock()
	}
	return func() {
		if d.depth--; d.depth == 0 {
			d.turn.Unlock()
		}
	}
}

// call notes the function that is about to be called, and its index where it is known.
func (d *deadline) call(name string, index ...uint32) {
	if d != nil {
		d.calling.Store(&calling{name: name, index: index})
	}
}

// start notes that a start function is about to be called, until the caller calls done.
func (d *deadline) start() (done func()) {
	if d == nil {
		return func() {}
	}
	next := d.calling.Swap(&calling{starts: true})
	return func() { d.calling.Store(next) }
}

// finish notes that the run has nothing more to say than its status.
func (d *deadline) finish(status int) {
	if d != nil {
		d.speak()
		d.status.Store(int32(status) + 1)
	}
}

// over reports whether there is a limit and it is over: the end of the process then frees
// whatever the run has, as the system does that in less time than we.
func (d *deadline) over() bool { return d != nil && !time.Now().Before(d.end) }

// outcome is how a run has ended: with a status, or a panic.
type outcome struct {
	status int
	defect any
}

// within is what run returns, or the status of a run that has been given up on. Then
// run goes on until the process ends.
func (d *deadline) within(run func() int, giveUp func(calling)) int {
	if d == nil {
		return run()
	}
	ended := make(chan outcome, 1)
	go func() {
		o := outcome{status: statusDefect}
		defer func() {
			o.defect = recover()
			ended <- o
		}()
		o.status = run()
	}()
	select {
	case o := <-ended:
		if o.defect != nil {
			panic(o.defect)
		}
		return o.status
	case <-time.After(max(d.limit, 0) + deadlineGrace):
	}
	return d.abandon(ended, giveUp)
}

// abandon ends the run for who waits for it. If it is not at its report, giveUp
// reports; no report is waited for much longer.
func (d *deadline) abandon(ended <-chan outcome, giveUp func(calling)) int {
	said := make(chan struct{})
	call := *d.calling.Load()
	if d.turn.TryLock() {
		go func() {
			giveUp(call)
			close(said)
		}()
	}
	select {
	case <-said:
	case o := <-ended:
		if o.defect == nil {
			return o.status
		}
	case <-time.After(deadlineLog):
	}
	if status := d.status.Load(); status > 0 {
		return int(status) - 1
	}
	return call.status()
}

// invoke calls the function name of the guest.
func (r *runner) invoke(ctx context.Context, name string, args ...value.Value) ([]value.Value, error) {
	if r.deadline != nil {
		index, _ := r.vm.FunctionIndex(name)
		r.deadline.call(name, index)
	}
	return r.vm.Invoke(ctx, name, args...)
}

// giveUp reports what WasmEdge does of the call c that the time limit has ended.
func (r *runner) giveUp(c calling) {
	interrupted := &compat.InvokeError{Fault: limits.Interrupted(), Function: c.name, Traced: true, Stack: c.index}
	r.noteEnding(interrupted)
	r.log.Fault(interrupted.Fault)
	if c.starts {
		r.log.Detail(fault.ASTNode("module"))
		return
	}
	for _, text := range interrupted.Tail() {
		r.log.Error(text)
	}
}

// entryFunction is the function that a run of args calls first, as far as the command line tells.
func (o *Options) entryFunction(args []string) string {
	if o.Reactor && len(args) > 0 {
		return args[0]
	}
	return "_start"
}
