package engine

import (
	"context"
	"errors"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// features is everything wazero can run. Which proposals a user has enabled is
// our validator's business; the engine must take whatever it let pass and
// whatever a lowering made of it.
const features = api.CoreFeaturesV2 |
	experimental.CoreFeaturesThreads |
	experimental.CoreFeaturesTailCall |
	experimental.CoreFeaturesExtendedConst |
	experimental.CoreFeaturesExceptionHandling |
	experimental.CoreFeaturesTypedFunctionReferences

// MaxPages is the size of the largest linear memory, in pages of 64 KiB.
const MaxPages = 65536

// MaxTable is the size of the largest table, in elements, that may be there when a
// module begins.
const MaxTable = 1 << 27

// Config says how a [Runtime] executes. The zero value compiles where wazero can
// and interprets elsewhere, without limits.
type Config struct {
	// Interpreter executes without compiling.
	Interpreter bool

	// Stoppable has what is interpreted end when the context of its call does.
	Stoppable bool

	// Artifacts lets [Runtime.CompileWith] save and load code, where [Contract] holds.
	Artifacts bool

	// Unknown treats wazero as if [Contract] did not hold. It is for tests.
	Unknown bool
}

// Runtime owns everything that is compiled and instantiated through it. It is safe
// for concurrent use.
type Runtime struct {
	wazero    wazero.Runtime
	cache     wazero.CompilationCache // nil without artifacts
	artifacts *artifacts
	ask       func(bool) // has the engine ask artifacts, or not; nil where it always does, or there are none
	known     bool       // [Contract] holds
	compiling sync.RWMutex
	hosts     sync.RWMutex // held while functions of the host are compiled, and by who changes what the engine keeps
	shared    shared
	spaces    spaces
	images    images
	guarding  *guarding

	own   *Store // of what is made in no other
	ownUp sync.Once
}

// New returns an empty Runtime; its owner calls [Runtime.Close].
func New(ctx context.Context, c Config) *Runtime {
	rc := wazero.NewRuntimeConfig()
	if c.Interpreter {
		rc = wazero.NewRuntimeConfigInterpreter()
	}
	rc = rc.WithCoreFeatures(features).WithCloseOnContextDone(c.Interpreter && c.Stoppable)
	r := &Runtime{known: !c.Unknown && Contract() == nil, guarding: new(guarding)}
	if c.Artifacts && !c.Interpreter && r.known {
		r.artifacts = &artifacts{}
		if r.cache = private.CacheWith(r.artifacts); r.cache != nil {
			rc = rc.WithCompilationCache(r.cache)
		}
	}
	r.wazero = wazero.NewRuntimeWithConfig(ctx, rc)
	if r.cache != nil {
		r.quiet()
	}
	return r
}

// Compiles reports whether a [Runtime] compiles here. The processor, the system or its policy for what is executed may
// not let it.
func Compiles(ctx context.Context) bool {
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCoreFeatures(features))
	defer r.Close(ctx)
	return private.Compiles(r)
}

// Wazero is the runtime beneath, for the packages that register host functions.
func (r *Runtime) Wazero() wazero.Runtime { return r.wazero }

// ownStore is the store of what is made in no other, without bounds.
func (r *Runtime) ownStore() *Store {
	r.ownUp.Do(func() { r.own = r.NewStore(StoreConfig{}) })
	return r.own
}

// Close releases all code and instances. Nothing that came from r may be used
// afterwards; stores are closed before.
func (r *Runtime) Close(ctx context.Context) error {
	err := r.wazero.Close(ctx)
	if r.cache != nil {
		err = errors.Join(err, r.cache.Close(ctx))
	}
	r.ownStore().memory.close()
	r.spaces.close()
	r.guarding.close()
	return err
}
