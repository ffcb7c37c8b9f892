package compat

import (
	"context"
	"io"
	"runtime"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/mock"
	"github.com/wazedge/wazedge/internal/hosts"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/prepare"
)

// Runtime loads and compiles modules by one configuration. What is compiled is shared
// by all instances. A Runtime is safe for concurrent use; its owner calls
// [Runtime.Close].
type Runtime struct {
	config Config
	linked *link.Runtime
}

// NewRuntime returns a Runtime. It takes nothing until a module is compiled.
func NewRuntime(c Config) *Runtime {
	if c.Log == nil {
		c.Log = logline.New(io.Discard, logline.Off, false)
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	mock.Announce(c.Log, func(plugin string) bool { return c.MissesPlugins || hosts.Absent(plugin, c.ForbiddenPlugins) })
	return &Runtime{config: c, linked: link.NewRuntime(prepare.Options{
		Features:      c.features(),
		Metering:      c.metering(),
		Exact:         exact(&c.Limits),
		Profile:       c.Limits.Profile,
		Linked:        !c.Alone,
		MemoryPages:   c.Limits.MemoryPages,
		TableElements: c.Limits.TableElements,
		Interpreter:   c.Interpreter,
		Workers:       c.Workers,
		CompileMemory: c.CompileMemory,
		Streams:       c.Streams,
		Cache:         c.Cache,
		Trust:         c.Trust,
		Bundled:       c.Bundled,
		Optimize:      c.Optimize,
		Optimized:     c.Optimized,
		Guards:        c.Guards,
		Recompile:     c.Recompile,
		Working:       c.Working,
		Log:           c.Log,
	})}
}

// Load decodes the module b, which the caller must not change afterwards. The error
// is a [*Error].
func (r *Runtime) Load(b []byte) (*Module, error) {
	return r.module(r.linked.Options.Decode(b))
}

// LoadFile reads and decodes the module in the file path, in the binary format or,
// where its name ends in ".wat", as text. A module that is in the [Config.Cache], or
// brings code along that the user trusts, is not decoded. The error is a [*Error] whose
// last line names the file.
func (r *Runtime) LoadFile(path string) (*Module, error) {
	return r.module(r.linked.Options.Read(path))
}

// Compile loads, validates and compiles the module b, which the caller must not change
// afterwards. The error is a [*Error].
func (r *Runtime) Compile(ctx context.Context, b []byte) (*Module, error) {
	return compiled(ctx, func() (*Module, error) { return r.Load(b) })
}

// CompileFile is [Runtime.Compile] for the module in the file path.
func (r *Runtime) CompileFile(ctx context.Context, path string) (*Module, error) {
	return compiled(ctx, func() (*Module, error) { return r.LoadFile(path) })
}

func compiled(ctx context.Context, load func() (*Module, error)) (*Module, error) {
	m, err := load()
	if err != nil {
		return nil, err
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	return m, m.Compile(ctx)
}

// module is m as a module of r, unless there is an err.
func (r *Runtime) module(m *prepare.Module, err error) (*Module, error) {
	if err != nil {
		return nil, err
	}
	return &Module{runtime: r, linked: r.linked.Module(m)}, nil
}

// Close closes all stores, as [Store.Close] does, and releases all code. What needs it
// fails with [ErrClosed] from then on.
func (r *Runtime) Close(ctx context.Context) error { return r.linked.Close(ctx) }
