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

func (l *listener) Before(context.Context, api.Module, api.FunctionDefinition, []uint64, experimental.StackIterator) {
	l.tracer.Enter(l.function)
}

func (l *listener) After(context.Context, api.Module, api.FunctionDefinition, []uint64) {
	l.tracer.Leave(l.function)
}

func (l *listener) Abort(context.Context, api.Module, api.FunctionDefinition, error) {
	l.tracer.Leave(l.function)
}
