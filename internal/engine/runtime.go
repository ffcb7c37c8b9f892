package engine

import (
	"context"
	"errors"

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

	// MemoryPages bounds the growth of every linear memory, in pages of 64 KiB; nil
	// stands for [MaxPages]. No memory may declare a larger minimum.
	MemoryPages *uint32

	// GrowRefused, when not nil, is told of every memory.grow that fails for
	// MemoryPages, or of a memory with [Options.WideMemory] for what the engine has.
	GrowRefused func()

	// Budget bounds what all linear memories, tables and objects take together; nil
	// is no bound.
	Budget *Budget

	// TableGrowth bounds the elements that all tables together grow by; 0 is no bound
	// but the budget's.
	TableGrowth uint64

	// Artifacts lets [Runtime.CompileWith] save and load code, where [Contract] holds.
	Artifacts bool

	// Unknown treats wazero as if [Contract] did not hold. It is for tests.
	Unknown bool
}

// Runtime owns everything that is compiled and instantiated through it. It is
// not safe for concurrent use; guests that run in it may be concurrent.
type Runtime struct {
	wazero    wazero.Runtime
	memory    *allocator
	cache     wazero.CompilationCache // nil without artifacts
	artifacts *artifacts
	known     bool // [Contract] holds

	tableGrowth uint64
}

// New returns an empty Runtime; its owner calls [Runtime.Close].
func New(ctx context.Context, c Config) *Runtime {
	rc := wazero.NewRuntimeConfig()
	if c.Interpreter {
		rc = wazero.NewRuntimeConfigInterpreter()
	}
	rc = rc.WithCoreFeatures(features)
	r := &Runtime{tableGrowth: c.TableGrowth, known: !c.Unknown && Contract() == nil}
	if c.Artifacts && !c.Interpreter && r.known {
		r.artifacts = &artifacts{}
		if r.cache = private.CacheWith(r.artifacts); r.cache != nil {
			rc = rc.WithCompilationCache(r.cache)
		}
	}
	pages := uint32(MaxPages)
	if c.MemoryPages != nil {
		pages = min(*c.MemoryPages, MaxPages)
	}
	r.wazero = wazero.NewRuntimeWithConfig(ctx, rc)
	r.memory = &allocator{limit: uint64(pages) * pageSize, limited: c.MemoryPages != nil, refused: c.GrowRefused, budget: c.Budget}
	return r
}

// Wazero is the runtime beneath, for the packages that register host functions.
func (r *Runtime) Wazero() wazero.Runtime { return r.wazero }

// Close releases all code, instances and linear memories. Nothing that came from
// r may be used afterwards.
func (r *Runtime) Close(ctx context.Context) error {
	err := r.wazero.Close(ctx)
	if r.cache != nil {
		err = errors.Join(err, r.cache.Close(ctx))
	}
	r.memory.close()
	return err
}
