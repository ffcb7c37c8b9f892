package compat

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wazedge/wazedge/hostfuncs/threads"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/link"
)

// Entry is how a module wants to be run by "wasmedge run".
type Entry uint8

// The entries.
const (
	// NoStart is a module without an exported function _start: a reactor.
	NoStart Entry = iota
	// Command is a module whose _start takes and returns nothing.
	Command
	// StartTakesArguments is a module whose _start has another type; WasmEdge calls
	// it as a reactor's function with the arguments of the command line.
	StartTakesArguments
)

// Entry is how the loaded module wants to be run.
func (vm *VM) Entry() Entry {
	t, ok := vm.FunctionType("_start")
	switch {
	case !ok:
		return NoStart
	case len(t.Params) == 0 && len(t.Results) == 0:
		return Command
	}
	return StartTakesArguments
}

// ExitError says that the guest has ended itself by proc_exit.
type ExitError struct {
	Status uint32 // as the guest gave it; a process shows the low 8 bits
}

func (e *ExitError) Error() string { return fmt.Sprintf("exit status %d", e.Status) }

// InvokeError is a failed call of an exported function. WasmEdge reports it as the
// lines of Fault, then the statistics if there are any, then [InvokeError.Tail].
type InvokeError struct {
	Fault    *fault.Error
	Function string   // the export that was called
	Traced   bool     // whether the call had begun, so that there is a calling stack
	Stack    []uint32 // function indices, outermost first, by WasmEdge's rule
	Frames   []Frame  // the calls that were under way, innermost first; only of a trap

	subject *link.Instance // that has trapped
}

// Error is the line of the code and what follows it, in one line.
func (e *InvokeError) Error() string { return e.Fault.Error() + "; " + fault.Executing(e.Function) }

// Unwrap is the Fault.
func (e *InvokeError) Unwrap() error { return e.Fault }

// Tail are the log lines that end the report: the calling stack, if the call had
// begun, and the name of the function.
func (e *InvokeError) Tail() []string {
	executing := "    " + fault.Executing(e.Function)
	if !e.Traced {
		return []string{executing}
	}
	var b strings.Builder
	b.WriteString("calling stack:")
	for i, f := range e.Stack {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, f)
	}
	return []string{b.String(), executing}
}

// invokeError is the error of the call of function x, exported as name, for what
// the engine says; began is whether the call had.
func (i *Instance) invokeError(ctx context.Context, name string, x uint32, began bool, err error) error {
	if e, ok := errors.AsType[*engine.Exit](err); ok {
		return &ExitError{Status: e.Status}
	}
	if t, ok := errors.AsType[*engine.Trap](err); ok {
		in := i.linked
		if f, ok := errors.AsType[*link.ThreadFailure](err); ok {
			in, x, name = f.Instance, f.Entry, threads.Entry
		}
		r := in.Trap(ctx, t, x)
		return &InvokeError{Fault: r.Fault, Function: name, Traced: true, Stack: r.Stack, Frames: r.Frames, subject: in}
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return &InvokeError{Fault: e, Function: name, Traced: began}
	}
	return fmt.Errorf("call %q: %w", name, err)
}
