package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wazedge/wazedge/cli/suggest"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/components"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// takesComponent is the component that err is about, if the named tool is to run it: wazedge all,
// wasmedge those that an option allows.
func (p *Process) takesComponent(o *Options, err error) (source []byte, ok bool) {
	c, ok := errors.AsType[*wasm.ComponentError](err)
	if !ok || p.tool() != wazedge && !o.Proposals.features().Has(wasm.ComponentModel) {
		return nil, false
	}
	return c.Source, true
}

// component runs the component source: a command, or the function args[0].
func (r *runner) component(ctx context.Context, source []byte, args []string) int {
	if r.tool() == wasmedge {
		r.log.Warning("component model is an experimental proposal")
		r.log.Warning("Component Model Validation is in active development.")
	}
	if err := r.componentOptions(); err != nil {
		return r.fail(err.Error())
	}
	c, err := r.vm.Runtime().LoadComponent(r.path, source)
	if err != nil {
		return r.componentFailed(err, statusFailed)
	}
	defer c.Close()
	calls := r.options.Reactor || !c.Command()
	if calls && len(args) == 0 {
		return r.noComponentFunctionNamed(c)
	}
	if calls && r.tool() == wazedge { // the component need not be compiled for that to be said
		if _, err := c.Find(args[0]); err != nil {
			return r.noComponentFunction(err)
		}
	}
	if r.recorder != nil {
		if err := r.recordComponent(c, source); err != nil {
			return r.componentFailed(err, statusFailed)
		}
	}
	var own compat.StoreConfig
	if r.deadline != nil {
		own.TimeLimit = max(time.Until(r.deadline.end), 1)
	}
	i, err := r.vm.Runtime().InstantiateComponent(ctx, c, own)
	if err != nil {
		return r.componentFailed(err, statusFailed)
	}
	r.used, r.fallen, r.profile = i.Statistics, i, i.Profile
	r.ready(c.Improvable)
	defer func() {
		if err := i.Close(ctx); err != nil {
			r.log.Debug(err.Error())
		}
	}()
	defer collectOnDemand()()
	if calls {
		return r.invokeComponent(ctx, i, args)
	}
	r.deadline.call("wasi:cli/run")
	status, err := i.Run(ctx)
	if err != nil {
		return r.componentFailed(err, statusAborted)
	}
	r.statistics()
	return int(status & 0xff)
}

// recordComponent has c, which source is, recorded, unless it imports what there is not.
func (r *runner) recordComponent(c *compat.Component, source []byte) error {
	if err := c.Linkable(); err != nil {
		return err
	}
	b, err := components.Binary(source, r.options.Proposals.features())
	if err != nil {
		return err
	}
	r.recorder.take(b)
	return nil
}

// componentOptions refuses what is asked for and components do not have.
func (r *runner) componentOptions() error {
	if len(r.linked) > 0 {
		return errors.New("--module is for core modules; a component is composed with others beforehand, as by wac")
	}
	return nil
}

// invokeComponent calls the function args[0] with the other arguments.
func (r *runner) invokeComponent(ctx context.Context, i *compat.ComponentInstance, args []string) int {
	r.deadline.call(args[0])
	result, has, err := i.Invoke(ctx, args[0], args[1:]...)
	if errors.As(err, new(*components.NoFunctionError)) {
		return r.noComponentFunction(err)
	}
	if wrong, ok := errors.AsType[*components.ArgumentError](err); ok {
		return r.fail(wrong.Error())
	}
	if err != nil {
		return r.componentFailed(err, statusAborted)
	}
	r.deadline.speak()
	r.statistics()
	if !has {
		return statusOK
	}
	if _, err := fmt.Fprintln(r.Stdout, result); err != nil {
		return r.fail("cannot print the result: " + err.Error())
	}
	return statusOK
}

// noComponentFunctionNamed says that c is no program, and what may be called in it.
func (r *runner) noComponentFunctionNamed(c *compat.Component) int {
	if r.tool() != wazedge {
		return r.complain(functionRequired)
	}
	functions := c.Functions()
	what := "--reactor calls a function: name it behind " + r.path
	switch {
	case len(functions) == 0:
		return r.fail(r.path + " exports no function: there is nothing to run; wazedge inspect tells what it has")
	case c.Handler() && !c.Command():
		return r.fail(r.path + " answers HTTP requests: wazedge serve " + r.path)
	case !c.Command():
		what = r.path + " exports no wasi:cli/run, so it is no program: name the function to call behind it"
	}
	return r.fail(what + componentFunctionList(functions))
}

// componentFunctionList is functions, one a line, each behind the end of the line before.
func componentFunctionList(functions []components.Function) string {
	return listed(len(functions), func(n int) string { return functions[n].String() }, ": wazedge inspect tells them all")
}

// noComponentFunction says which functions there are in the place of one that is not.
func (r *runner) noComponentFunction(err error) int {
	none, ok := errors.AsType[*components.NoFunctionError](err)
	if !ok {
		return r.componentFailed(err, statusFailed)
	}
	if r.tool() != wazedge {
		return r.complain(fmt.Sprintf("Function \"%s\" not found in the component export list.", none.Name))
	}
	what := fmt.Sprintf("%s exports no function %q", r.path, none.Name)
	if len(none.Functions) == 0 {
		return r.fail(what + ", and no other")
	}
	names := make([]string, len(none.Functions))
	several := false
	for n, f := range none.Functions {
		names[n] = f.Name
		several = several || strings.HasSuffix(f.Name, "#"+none.Name)
	}
	if several {
		what = fmt.Sprintf("several interfaces of %s have a function %q: name one of them", r.path, none.Name)
	} else if meant, ok := suggest.Nearest(none.Name, names); ok {
		what += fmt.Sprintf("; did you mean %q?", meant)
	}
	return r.fail(what + componentFunctionList(none.Functions))
}

// explainComponent tells a person what it is about a component that was refused for err.
func (p *Process) explainComponent(err error) {
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Err != nil && p.explains() {
		p.say("%v", f.Err)
	}
}

// componentFailed reports what is wrong with a component, or how it was ended.
func (r *runner) componentFailed(err error, status int) int {
	r.deadline.speak()
	if status, ended := r.replayEnded(err); ended {
		return status
	}
	r.noteEnding(err)
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return r.fail(err.Error())
	}
	r.log.Fault(f)
	r.explainComponent(f)
	called, ok := errors.AsType[*components.CallError](err)
	if !ok {
		return status
	}
	r.diagnose(called.Frames)
	r.dumpCore(called.Fault, called.Frames)
	r.statistics()
	tail := compat.InvokeError{Fault: called.Fault, Function: called.Function, Traced: len(called.Frames) > 0, Stack: called.Stack}
	for _, text := range tail.Tail() {
		r.log.Error(text)
	}
	return status
}
