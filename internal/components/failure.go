package components

import (
	"context"
	"errors"
	"io"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/diagnose"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/wasm"
)

// CallError is a call of a function that has failed.
type CallError struct {
	Fault    *fault.Error
	Function string           // as [Function] names it
	Stack    []uint32         // of the core module that has trapped; see [diagnose.Report]
	Frames   []diagnose.Frame // the calls that were under way there, innermost first; none unless it has trapped

	subject *link.Instance
}

// Error is that of the fault.
func (e *CallError) Error() string { return e.Fault.Error() }

// Unwrap is the fault.
func (e *CallError) Unwrap() error { return e.Fault }

// failed is err, of the call of a function, with what there is to tell of it.
func (i *Instance) failed(ctx context.Context, function string, err error) error {
	if t, ok := errors.AsType[*exec.CoreTrap](err); ok {
		in := t.Instance
		entry, _ := in.Module.Exported(wasm.ExternFunc, t.Entry)
		r := in.Trap(ctx, t.Trap, entry)
		f := r.Fault
		if reason := reasonOf(t.Trap.Cause); f.Err == nil && reason != nil {
			said := *f
			f, said.Err = &said, reason
		}
		i.trapped = in
		return &CallError{Fault: f, Function: function, Stack: r.Stack, Frames: r.Frames, subject: in}
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return &CallError{Fault: f, Function: function}
	}
	return err
}

// reasonOf is the rule of the component model that was broken, if that is the cause.
func reasonOf(cause *fault.Error) error {
	if cause == nil {
		return nil
	}
	if t, ok := errors.AsType[*exec.Trap](cause); ok {
		return t
	}
	return nil
}

// Trapped tells where in their source frames of the core instance that has trapped last are;
// nil if that is not known. beside reads the file of that name beside the component.
func (i *Instance) Trapped(frames []diagnose.Frame, beside func(name string) []byte) *diagnose.Trapped {
	if i.trapped == nil || len(frames) == 0 {
		return nil
	}
	return i.trapped.Subject().Trapped(frames, beside)
}

// WriteCoreDump writes the state of the core instance that has trapped last; see
// [diagnose.Subject.WriteCoreDump].
func (i *Instance) WriteCoreDump(w io.Writer, frames []diagnose.Frame, gdb bool) error {
	if i.trapped == nil || len(frames) == 0 {
		return errors.New("no core module has trapped")
	}
	return i.trapped.Subject().WriteCoreDump(w, frames, gdb)
}

// LastCalls are none: what the host does for components is traced, not remembered.
func (i *Instance) LastCalls() (calls []string, all int) { return nil, 0 }
