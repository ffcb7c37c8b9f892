package wasmedge

import (
	"context"
	"fmt"
	"sync"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
)

// hostFunctionSignature is a function of the host's. data is what [NewFunction] was given,
// params and results are of Go's types for the wasm types, see [ValType].
type hostFunctionSignature func(data interface{}, callframe *CallingFrame, params []interface{}) ([]interface{}, Result)

// Function is a function: of an instance, or one of the host's own.
type Function struct {
	typ compat.FuncType

	// Of the host's own.
	host hostFunctionSignature
	data interface{}
	cost uint

	once   sync.Once
	single *compat.HostModule // of it alone, for references to it

	// Of a world: an export, or what a reference refers to.
	world    *world
	instance *compat.Instance
	name     string
	ref      *value.Value
	unknown  bool // ref's type
}

// singleModule is the name of the modules of single functions.
const singleModule = "wazedge:function"

// NewFunction is a function of the host's own, to which additional is given with each call;
// nil without a type or a function. cost is what a guest's call costs
// where costs are measured.
func NewFunction(ftype *FunctionType, fn hostFunctionSignature, additional interface{}, cost uint) *Function {
	if ftype == nil || fn == nil {
		return nil
	}
	return &Function{typ: ftype.typ, host: fn, data: additional, cost: cost}
}

// GetFunctionType is the type; nil where the function is known by a reference only, and no
// module of the store has its type.
func (f *Function) GetFunctionType() *FunctionType {
	if f.unknown {
		return nil
	}
	return &FunctionType{f.typ}
}

// Release does nothing: a function takes nothing but memory of Go's.
func (f *Function) Release() {}

// invoke calls f.
func (f *Function) invoke(ctx context.Context, e *Executor, params []interface{}) ([]interface{}, error) {
	switch {
	case f.host != nil:
		return f.invokeHost(ctx, e, params)
	case f.world == nil:
		return nil, failed(fault.New(fault.FuncNotFound))
	}
	args, err := f.world.toValues(params)
	if err != nil {
		return nil, failed(err)
	}
	return f.world.call(ctx, &f.typ, func(ctx context.Context) ([]value.Value, error) {
		if f.ref != nil {
			return f.world.store.CallReference(ctx, *f.ref, f.typ, args...)
		}
		return f.instance.Invoke(ctx, f.name, args...)
	})
}

// invokeHost calls a function of the host's own that no guest calls.
func (f *Function) invokeHost(ctx context.Context, e *Executor, params []interface{}) ([]interface{}, error) {
	if err := matches(params, f.typ.Params); err != nil {
		return nil, failed(err)
	}
	results, r := f.host(f.data, &CallingFrame{executor: e, ctx: ctx}, params)
	switch {
	case r.code == Result_Terminate.code:
		return (*world)(nil).fromValues(zeros(f.typ.Results)), nil
	case r.code != Result_Success.code:
		return nil, failed(&hostFailure{r})
	}
	if err := matches(results, f.typ.Results); err != nil {
		return nil, failed(err)
	}
	return results, nil
}

// matches is the error of values that are not of types ts, or nil.
func matches(vs []interface{}, ts []compat.ValType) error {
	if len(vs) != len(ts) {
		return fmt.Errorf("%d values for %d types: %w", len(vs), len(ts), fault.FuncSigMismatch)
	}
	for n, v := range vs {
		if !fits(v, ts[n]) {
			return fmt.Errorf("a value of type %T for %s: %w", v, ts[n], fault.FuncSigMismatch)
		}
	}
	return nil
}

// called is what f, one of the host's own or of another module, does when a guest calls it.
func (f *Function) called(ctx context.Context, caller *compat.Caller, stack []uint64) error {
	w := ctx.Value(worldKey{}).(*world)
	params := w.fromStack(stack, f.typ.Params)
	results, err := w.outside(func() ([]interface{}, error) {
		if f.host == nil {
			return f.invoke(ctx, nil, params)
		}
		results, r := f.host(f.data, &CallingFrame{executor: &Executor{world: w}, ctx: ctx, world: w, caller: caller}, params)
		if r.code != Result_Success.code {
			return nil, &hostFailure{r}
		}
		return results, nil
	})
	if err != nil {
		return err
	}
	return w.toStack(stack, results, f.typ.Results)
}

// outside calls f, which is called by a guest of w, while others may execute something in w.
func (w *world) outside(f func() ([]interface{}, error)) ([]interface{}, error) {
	w.running.Unlock()
	defer w.running.Lock()
	return f()
}

// fromStack are the values of types ts on the stack of a call.
func (w *world) fromStack(stack []uint64, ts []compat.ValType) []interface{} {
	list := make([]interface{}, len(ts))
	at := 0
	for n, t := range ts {
		v := value.Value{Kind: kindOfValue(t), Lo: stack[at], Null: t.IsRef() && stack[at] == 0}
		at++
		if t == compat.V128 {
			v.Hi = stack[at]
			at++
		}
		list[n] = w.fromValue(v)
	}
	return list
}

// toStack puts results of types ts on the stack of a call.
func (w *world) toStack(stack []uint64, results []interface{}, ts []compat.ValType) error {
	if err := matches(results, ts); err != nil {
		return err
	}
	at := 0
	for _, r := range results {
		v, err := w.toValue(r)
		if err != nil {
			return err
		}
		if v.Null {
			v.Lo = 0
		}
		stack[at] = v.Lo
		at++
		if v.Kind == value.V128 {
			stack[at] = v.Hi
			at++
		}
	}
	return nil
}

// funcValue is a reference to a function for guests of w.
func (w *world) funcValue(r FuncRef) (value.Value, error) {
	f := r.function
	if f == nil {
		return value.Value{Kind: value.FuncRef, Null: true}, nil
	}
	switch {
	case f.world != nil && f.world != w:
		return value.Value{}, errElsewhere
	case w.closed.Load():
		return value.Value{}, errReleased
	}
	if f.ref != nil {
		return *f.ref, nil
	}
	w.mu.Lock()
	v, ok := w.refs[f]
	w.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := w.refer(f)
	if err != nil {
		return v, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refs[f], w.byRef[v.Lo] = v, f
	return v, nil
}

// refer makes a reference to f.
func (w *world) refer(f *Function) (value.Value, error) {
	ctx := context.Background()
	if f.instance != nil {
		return f.instance.Reference(ctx, f.name)
	}
	f.once.Do(func() { f.single = compat.NewHostModule(singleModule).Func(f.name, f.typ, f.called) })
	return w.store.Reference(ctx, f.single, f.name)
}

// fromFunc is the function that v refers to.
func (w *world) fromFunc(v value.Value) FuncRef {
	if v.Null || w.closed.Load() {
		return FuncRef{}
	}
	w.mu.Lock()
	f := w.byRef[v.Lo]
	w.mu.Unlock()
	if f != nil {
		return FuncRef{f}
	}
	w.kept.Store(true)
	f = &Function{world: w, ref: &v}
	t, ok := w.store.ReferenceType(context.Background(), v)
	f.typ, f.unknown = t, !ok
	w.mu.Lock()
	defer w.mu.Unlock()
	w.byRef[v.Lo] = f
	return FuncRef{f}
}
