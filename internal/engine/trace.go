package engine

import (
	"context"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Tracer is told of every call within a module, by the index of the function.
type Tracer interface {
	Enter(function uint32)
	Leave(function uint32) // it returns or is unwound
}

// traced makes what is compiled with ctx tell t of its calls.
func traced(ctx context.Context, t Tracer) context.Context {
	return experimental.WithFunctionListenerFactory(ctx, listeners{t})
}

type listeners struct{ tracer Tracer }

func (l listeners) NewFunctionListener(def api.FunctionDefinition) experimental.FunctionListener {
	return &listener{l.tracer, def.Index()}
}

type listener struct {
	tracer   Tracer
	function uint32
}

// of is who is told of calls with ctx.
func (l *listener) of(ctx context.Context) Tracer {
	if t := ThreadOf(ctx); t != nil {
		if own := t.tracers[l.tracer]; own != nil {
			return own
		}
	}
	return l.tracer
}

// Trace has own told of calls in t of which of would be told otherwise. Nothing has been called in t.
func (t *Thread) Trace(of, own Tracer) {
	if t.tracers == nil {
		t.tracers = map[Tracer]Tracer{}
	}
	t.tracers[of] = own
}

func (l *listener) Before(ctx context.Context, _ api.Module, _ api.FunctionDefinition, _ []uint64, _ experimental.StackIterator) {
	l.of(ctx).Enter(l.function)
}

func (l *listener) After(ctx context.Context, _ api.Module, _ api.FunctionDefinition, _ []uint64) {
	l.of(ctx).Leave(l.function)
}

func (l *listener) Abort(ctx context.Context, _ api.Module, _ api.FunctionDefinition, _ error) {
	l.of(ctx).Leave(l.function)
}
