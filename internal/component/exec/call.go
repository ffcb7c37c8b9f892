package exec

import (
	"context"
	"fmt"
	"time"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/fault"
)

// Trap is why a component was ended by a rule of the component model. No function of its
// instance can be called any more.
type Trap struct{ Reason string }

// Error is the reason.
func (t *Trap) Error() string { return t.Reason }

// trap is an error that ends a component.
func trap(format string, args ...any) error {
	return &fault.Error{Code: fault.HostFuncError, Offset: -1, Err: &Trap{fmt.Sprintf(format, args...)}}
}

// HostFunc is a function of the host for components to call. Args are good until it
// returns. An error ends the component. The result is ignored for a function without one.
type HostFunc func(ctx context.Context, args []Value) (Value, error)

// Func is a function that a component imports or exports.
type Func struct {
	Type *types.Func
	Host HostFunc // of the host's; nil for one of a component

	instance *Instance // that has lifted it
	core     coreItem
	options  *options
	sig      types.Signature
}

// task is a call of a lifted function: borrows that it is given have to be dropped by
// its end.
type task struct{ borrows int }

// subtask is a call of a lowered function: what it lends is taken back at its end.
type subtask struct{ lent []*lender }

// lender is a handle that is lent, by its place, since tables move.
type lender struct {
	table *handles
	index uint32
}

func (s *subtask) end() {
	for _, l := range s.lent {
		l.table.list[l.index].lends--
	}
}

// Call calls f with args, which are of its parameters' types, and passes the result, which
// is good until done returns, to it. The caller is nil for the embedder.
func (f *Func) Call(ctx context.Context, caller *Instance, args []Value, done func(result Value) error) error {
	if f.Host != nil {
		result, err := f.host(ctx, caller, args)
		if err != nil {
			return err
		}
		return done(result)
	}
	return f.enter(ctx, caller, args, done)
}

// host calls f, a function of the host, and accounts for the time.
func (f *Func) host(ctx context.Context, caller *Instance, args []Value) (Value, error) {
	if caller == nil || !caller.store.timed {
		return f.Host(ctx, args)
	}
	began := time.Now()
	defer func() { caller.store.Linked.Account.HostSpent(time.Since(began)) }()
	return f.Host(ctx, args)
}

// enter calls the core function of f in its instance, unless that is entered already.
func (f *Func) enter(ctx context.Context, caller *Instance, args []Value, done func(Value) error) (err error) {
	i := f.instance
	entered, err := i.enterFrom(caller)
	if err != nil {
		return err
	}
	defer func() {
		if err == nil {
			for _, e := range entered {
				e.entered = false
			}
		}
	}()
	return i.run(ctx, f, args, done)
}

// enterFrom marks i, and what it is within and caller is not, as entered. What was left by
// a trap stays so.
func (i *Instance) enterFrom(caller *Instance) ([]*Instance, error) {
	within := func(e *Instance) bool {
		for c := caller; c != nil; c = c.parent {
			if c == e {
				return true
			}
		}
		return false
	}
	var list []*Instance
	for e := i; e != nil && !within(e); e = e.parent {
		if e.entered {
			return nil, trap("cannot enter component instance")
		}
		list = append(list, e)
	}
	for _, e := range list {
		e.entered = true
	}
	return list, nil
}

// run passes args to the core function of f, and its result to done.
func (i *Instance) run(ctx context.Context, f *Func, args []Value, done func(Value) error) error {
	t := &task{}
	c := i.passes(ctx, f.options)
	c.task = t
	defer c.end()
	stack := make([]uint64, max(len(f.sig.Core.Params), len(f.sig.Core.Results)))
	if err := c.lowerAll(args, f.Type.ParamTypes(), f.sig.ParamsInMem, nil, stack); err != nil {
		return err
	}
	if err := f.core.call(ctx, stack); err != nil {
		return err
	}
	results := append([]uint64(nil), stack[:len(f.sig.Core.Results)]...)
	if err := i.finish(c, f, results, done); err != nil {
		return err
	}
	if f.options.postReturn != nil {
		if err := i.within(func() error { return f.options.postReturn.call(ctx, results) }); err != nil {
			return err
		}
	}
	if t.borrows > 0 {
		return trap("borrow handles still remain at the end of the call")
	}
	return nil
}

// finish passes the result of f, of which results are the core values, to done.
func (i *Instance) finish(c *passing, f *Func, results []uint64, done func(Value) error) error {
	var result Value
	if f.Type.Result != nil {
		list, err := c.liftAll(f.Type.ResultTypes(), f.sig.ResultsInMem, results)
		if err != nil {
			return err
		}
		result = list[0]
	}
	return done(result)
}

// within runs f while nothing may be called from i: in the functions that allocate and
// free memory.
func (i *Instance) within(f func() error) error {
	before := i.closed
	i.closed = true
	err := f()
	i.closed = before
	return err
}

// lowered calls the function that d has lowered, with parameters and results on stack.
func (i *Instance) lowered(ctx context.Context, l *lowering, stack []uint64) error {
	if i.closed {
		return trap("cannot leave component instance")
	}
	sub := &subtask{}
	defer sub.end()
	c := i.passes(ctx, l.options)
	c.subtask = sub
	defer c.end()
	f := l.typ
	args, err := c.liftAll(f.ParamTypes(), l.sig.ParamsInMem, stack)
	if err != nil {
		return err
	}
	var out *uint64
	if l.sig.ResultsInMem {
		at := stack[len(l.sig.Core.Params)-1]
		out = &at
	}
	return l.callee.Call(ctx, i, args, func(result Value) error {
		if f.Result == nil {
			return nil
		}
		return c.lowerAll([]Value{result}, f.ResultTypes(), l.sig.ResultsInMem, out, stack)
	})
}

// canon calls a canonical definition of a core function.
func (i *Instance) canon(ctx context.Context, d *component.Canon, at int, stack []uint64) error {
	if d.Op == component.CanonLower {
		return i.lowered(ctx, i.lowerings[at], stack)
	}
	typ := i.resource(i.def.Result.Items[at].Type)
	switch d.Op {
	case component.CanonResourceNew:
		if i.closed {
			return trap("cannot leave component instance")
		}
		n, err := i.addHandle(handle{typ: typ, rep: stack[0], owned: true})
		stack[0] = uint64(n)
		return err
	case component.CanonResourceRep:
		h, err := i.handles.get(uint32(stack[0]), typ)
		if err == nil {
			stack[0] = h.rep
		}
		return err
	}
	return i.drop(ctx, typ, uint32(stack[0]))
}

// drop gives up the handle n. If it owned the resource, that is destroyed.
func (i *Instance) drop(ctx context.Context, typ *ResourceType, n uint32) error {
	if i.closed {
		return trap("cannot leave component instance")
	}
	h, err := i.handles.remove(n, typ)
	if err != nil {
		return err
	}
	if !h.owned {
		h.scope.borrows--
		return nil
	}
	return typ.destroy(ctx, i, h.rep)
}

// destroy ends the resource that rep represents, for caller.
func (t *ResourceType) destroy(ctx context.Context, caller *Instance, rep uint64) error {
	if t.impl == nil {
		if t.Drop == nil {
			return nil
		}
		return t.Drop(ctx, rep)
	}
	if t.destructor == nil && caller == t.impl {
		return nil
	}
	entered, err := t.impl.enterFrom(caller)
	if err != nil {
		return err
	}
	if t.destructor != nil {
		if err := t.destructor.call(ctx, []uint64{rep}); err != nil {
			return err
		}
	}
	for _, e := range entered {
		e.entered = false
	}
	return nil
}

// Trapf is an error with which a function of the host ends a component that has broken a
// rule.
func Trapf(format string, args ...any) error { return trap(format, args...) }
