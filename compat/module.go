package compat

import (
	"context"
	"time"

	"github.com/wazedge/wazedge/internal/link"
)

// Module is a module of a [Runtime]: decoded, then validated, then compiled. A compiled
// one does not change any more: any number of instances can be made of it, by several
// goroutines at once.
type Module struct {
	runtime *Runtime
	linked  *link.Module
}

// Validate checks m. The error is a [*Error]; it is one of loading when a function's
// body turns out to be malformed.
func (m *Module) Validate() error { return m.linked.Prepared.Validate() }

// Compile compiles m, which is valid, unless it is already. It is not needed: the first
// instance would do it.
func (m *Module) Compile(ctx context.Context) error { return m.linked.Compile(ctx) }

// Name is the absolute path of the file that m was read from, as WasmEdge prints it; empty
// without one.
func (m *Module) Name() string { return m.linked.Prepared.Path }

// FunctionType is the type of the exported function name, and whether there is one.
func (m *Module) FunctionType(name string) (FuncType, bool) {
	return m.linked.Decoded().ExportedFunc(name)
}

// HasStart reports whether m has a start function, which instantiation runs.
func (m *Module) HasStart() bool { return m.linked.Decoded().Start != nil }

// Improvable reports whether m, of which an instance has run for a time, runs by code of the engine's in whose place [Module.Improve]
// had better put optimized code, which nobody is at.
func (m *Module) Improvable(ran time.Duration) bool { return m.linked.Prepared.Improvable(ran) }

// Improve puts optimized code of m, which is valid, into the cache. The [Config] has Optimize and Recompile in the place of Optimized.
func (m *Module) Improve(ctx context.Context) error {
	return m.linked.Prepared.Improve(ctx, m.linked.Target(ctx))
}

// Precompiled reports whether m brings along code that is executed.
func (m *Module) Precompiled() bool { return m.linked.Prepared.Precompiled() }

// Size is how many bytes m has.
func (m *Module) Size() int { return len(m.linked.Prepared.Bytes) }

// Close lets go of what m holds beside its code, which lives as long as the [Runtime].
// m must not be instantiated any more; instances stay usable.
func (m *Module) Close() { m.linked.Close() }

// Bytes is m as it was read. It must not be changed; it is nil where code that is cached, or
// that its file brings along, stands in for m.
func (m *Module) Bytes() []byte { return m.linked.Bytes() }
