package compat

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
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

// FunctionType is the type of the exported function name of the loaded module,
// and whether there is one.
func (vm *VM) FunctionType(name string) (wasm.FuncType, bool) {
	if vm.module == nil {
		return wasm.FuncType{}, false
	}
	for i := range vm.module.Exports {
		e := &vm.module.Exports[i]
		if e.Name == name {
			if e.Kind != wasm.ExternFunc {
				break
			}
			return *functionType(vm.module, e.Index), true
		}
	}
	return wasm.FuncType{}, false
}

// functionType is the type of function index of m, imports included. The module
// is valid.
func functionType(m *wasm.Module, index uint32) *wasm.FuncType {
	for i := range m.Imports {
		if m.Imports[i].Kind != wasm.ExternFunc {
			continue
		}
		if index == 0 {
			return &m.Types[m.Imports[i].Type].Func
		}
		index--
	}
	return &m.Types[m.Funcs[index]].Func
}

// Invoke calls the exported function name.
//
// When the call fails, the error is an [*InvokeError]; when the guest asked to end
// by proc_exit, it is an [*ExitError].
func (vm *VM) Invoke(ctx context.Context, name string, args ...value.Value) ([]value.Value, error) {
	if err := vm.require(Instantiated); err != nil {
		return nil, err
	}
	t, ok := vm.FunctionType(name)
	if !ok {
		return nil, &InvokeError{Fault: fault.New(fault.FuncNotFound), Function: name}
	}
	if err := checkArguments(&t, args); err != nil {
		return nil, &InvokeError{Fault: err, Function: name}
	}
	stack := make([]uint64, max(slots(t.Params), slots(t.Results)))
	putValues(stack, args)
	err := vm.inst.Call(ctx, name, stack)
	vm.logEnd(err)
	if err != nil {
		return nil, vm.invokeError(name, err)
	}
	return takeValues(stack, t.Results), nil
}

// logEnd logs how WasmEdge's executor came back from a function of the guest,
// unless it failed.
func (vm *VM) logEnd(err error) {
	if err == nil {
		vm.config.Log.Debug(" Execution succeeded.")
	} else if _, ok := errors.AsType[*engine.Exit](err); ok {
		vm.config.Log.Debug(" Terminated.")
	}
}

// Initialize calls the function _initialize, which a reactor may export, as
// WasmEdge does before it calls any other.
func (vm *VM) Initialize(ctx context.Context) error {
	if _, ok := vm.FunctionType("_initialize"); !ok {
		return nil
	}
	_, err := vm.Invoke(ctx, "_initialize")
	return err
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

// invokeError is the error of the call of function name for what the engine says.
func (vm *VM) invokeError(name string, err error) error {
	if e, ok := errors.AsType[*engine.Exit](err); ok {
		return &ExitError{Status: e.Status}
	}
	if t, ok := errors.AsType[*engine.Trap](err); ok {
		return &InvokeError{Fault: fault.New(t.Code), Function: name, Traced: true}
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return &InvokeError{Fault: e, Function: name, Traced: true}
	}
	return fmt.Errorf("call %q: %w", name, err)
}

// checkArguments compares the kinds of args with the parameters of t.
func checkArguments(t *wasm.FuncType, args []value.Value) *fault.Error {
	fits := len(args) == len(t.Params)
	for i := 0; fits && i < len(args); i++ {
		fits = args[i].Kind == KindOf(t.Params[i])
	}
	if fits {
		return nil
	}
	got := wasm.FuncType{Params: make([]wasm.ValType, len(args)), Results: t.Results}
	for i, a := range args {
		got.Params[i] = typeOf(a.Kind)
	}
	return fault.New(fault.FuncSigMismatch,
		fault.Mismatched("function type", typeText(t), typeText(&got)))
}

// slots is how many elements of the engine's stack values of types ts take.
func slots(ts []wasm.ValType) int {
	n := len(ts)
	for _, t := range ts {
		if t == wasm.V128 {
			n++
		}
	}
	return n
}

// putValues writes vs to the engine's stack.
func putValues(stack []uint64, vs []value.Value) {
	i := 0
	for _, v := range vs {
		stack[i] = v.Lo
		i++
		if v.Kind == value.V128 {
			stack[i] = v.Hi
			i++
		}
	}
}

// takeValues reads values of types ts from the engine's stack.
func takeValues(stack []uint64, ts []wasm.ValType) []value.Value {
	vs := make([]value.Value, len(ts))
	i := 0
	for n, t := range ts {
		v := value.Value{Kind: KindOf(t), Lo: stack[i]}
		i++
		switch {
		case v.Kind == value.I32 || v.Kind == value.F32:
			v.Lo = uint64(uint32(v.Lo))
		case v.Kind == value.V128:
			v.Hi = stack[i]
			i++
		case v.Kind.IsRef():
			v.Null = v.Lo == 0
		}
		vs[n] = v
	}
	return vs
}
