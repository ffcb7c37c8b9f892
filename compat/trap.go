package compat

import (
	"context"
	"errors"
	"io"

	"github.com/wazedge/wazedge/internal/diagnose"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/hosts"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/use"
	"github.com/wazedge/wazedge/limits"
)

// Frame is a call that was under way when a guest trapped.
type Frame = diagnose.Frame

// ErrNoTrap is the error of a core dump for what was not a trap.
var ErrNoTrap = errors.New("the guest did not trap")

// ErrClosed is the cause, and [Interrupted] the code, of errors of what is closed.
var ErrClosed = use.ErrClosed

// WriteCoreDump writes the state of the instance that has trapped in the latest call, be it
// a thread's, or of the one whose start function has failed, after a trap with the calls that were under way: memory 0
// without its empty pages, globals, and those calls. Values of locals and operands
// are not known, nor is what a start function has changed, where the engine drops
// the instance that it traps in. With gdb, frames have the shape that wasm-gdb
// reads.
func (vm *VM) WriteCoreDump(w io.Writer, frames []Frame, gdb bool) error {
	in := vm.fallen()
	if in == nil || len(frames) == 0 {
		return ErrNoTrap
	}
	return in.Subject().WriteCoreDump(w, frames, gdb)
}

// fallen is the instance that has trapped in the latest call, or the one whose start
// function has failed; nil without one.
func (vm *VM) fallen() *link.Instance {
	if vm.trapped == nil && vm.failed != nil {
		return vm.failed.linked
	}
	return vm.trapped
}

// Trapped tells where in their source frames of the instance that has trapped, or of the
// one whose start function has failed, are; nil if that is not known. beside reads the file
// of that name beside the module.
func (vm *VM) Trapped(frames []Frame, beside func(name string) []byte) *diagnose.Trapped {
	in := vm.fallen()
	if in == nil || len(frames) == 0 {
		return nil
	}
	return in.Subject().Trapped(frames, beside)
}

// LastCalls are the last calls of host functions, as many as [Config.LastCalls] says, and how
// many there were in all.
func (vm *VM) LastCalls() (calls []string, all int) { return vm.store.linked.Guest.LastTexts() }

// again makes a store for a second run of a guest of s, under the bounds l.
func (s *Store) again(interpreter bool, l limits.Config) (*link.Store, func(context.Context)) {
	before := &s.runtime.config
	r := NewRuntime(Config{
		Features: before.Features, Interpreter: interpreter, StressHeap: before.StressHeap, Alone: before.Alone,
		Workers: 1, Recompile: true, Limits: l, ForbiddenPlugins: before.ForbiddenPlugins,
	})
	second := &Store{runtime: r, config: &r.config, world: hosts.NewWorld(r.config.world())}
	c := second.linking()
	c.Second = true
	second.linked = r.linked.NewStore(c)
	return second.linked, func(ctx context.Context) {
		// Nothing is left to be done about errors: the engine is dropped anyway.
		_ = second.Close(ctx)
		_ = r.Close(ctx)
	}
}

// StartError is the failure of a module's start function; StartExitError says that the guest has
// called proc_exit in it.
type (
	StartError     = diagnose.StartError
	StartExitError = diagnose.StartExitError
)

// startError is the error of an instantiation: by rule for what the module's start
// function did, if it has come that far.
func startError(ctx context.Context, err error) error {
	f, ok := errors.AsType[*link.StartFailure](err)
	if !ok {
		return err
	}
	if _, ok := errors.AsType[*engine.Exit](f.Err); ok {
		return &StartExitError{}
	}
	t, _ := errors.AsType[*engine.Trap](f.Err)
	in, entry := f.Instance, uint32(0)
	if start := in.Module.Start; start != nil {
		entry = *start
	}
	if thread, ok := errors.AsType[*link.ThreadFailure](f.Err); ok {
		in, entry = thread.Instance, thread.Entry
	}
	r := in.Trap(ctx, t, entry)
	return &StartError{Call: r.Fault, Node: fault.ASTNode("module"), Frames: r.Frames}
}
