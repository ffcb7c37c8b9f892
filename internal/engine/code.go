package engine

import (
	"context"
	"errors"
	"io"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// Code is a compiled module, to be instantiated any number of times in the
// Runtime that compiled it.
type Code struct {
	module wazero.CompiledModule
	label  string // see [CompileOptions]

	aliases []Alias
	offsets func(own, in int64) (offset int64, ok bool)
	guarded bool // accesses of its own memory are left to what is around that
}

// Compile translates the module wasm, on up to workers cores. It keeps wasm, and
// appends to it if there is capacity: the caller must not use what lies behind or
// change what lies in it afterwards.
//
// An error means that wazero refuses the module, which for one that has passed
// our validator is a defect.
func (r *Runtime) Compile(ctx context.Context, wasm []byte, workers int) (*Code, error) {
	return r.CompileWith(ctx, wasm, CompileOptions{Workers: workers, Positions: true})
}

// CompileOptions are those of [Runtime.CompileWith].
type CompileOptions struct {
	Label     string // what frames of traps call the module
	Workers   int    // on how many cores, at most
	Positions bool   // traps know their place, at a price in time and memory
	Tracer    Tracer // told of calls, unless nil; slow
	Generic   bool   // for any processor that the engine runs on; alone in the process

	// Load, in a Runtime made for artifacts, reads what Save was given, for a module
	// that is the same but for its function bodies and the contents of its data
	// segments. It must be genuine. The machine code is read in one piece, into
	// memory that was mapped for it. Load is closed.
	//
	// Label must not be that of another module of the Runtime then: wazero takes
	// modules of the same bytes for the same, which modules without bodies may be.
	Load io.ReadCloser
	// Aliases are functions that stand for others in what is loaded: frames of them are
	// told as those of the others.
	Aliases []Alias
	// Offsets, unless nil, finds out where instructions are for code that is loaded without positions, when a trap is told:
	// the offset of what returns to so many bytes behind the start of the machine code of a function of the module's
	// own, as in [Frame]; -1 where it is not known. It is not ok for functions that are as the engine makes them.
	Offsets func(own, in int64) (offset int64, ok bool)
	// Guarded says that what is loaded relies on what is around the memory of its module, as code does that
	// is made where [Guards] is nil.
	Guarded bool
	// Save, in such a Runtime, is given the code that was made, to keep.
	Save func(code Artifact)
}

// Alias says that the function Index, which nobody calls, is another number of the function
// Of: code of Of belongs to it.
type Alias struct{ Index, Of uint32 }

// errNotLoaded is the error where wazero has not asked for the code there is: it
// must not take the place of the bodies then.
var errNotLoaded = errors.New("the engine does not take compiled code")

// errNotGeneric refuses to compile for any processor where wazero cannot be made to.
var errNotGeneric = errors.New("the engine does not compile for other processors than this one")

// CompileWith is Compile with options. wasm may be a skeleton when code is loaded:
// a module whose function bodies are stripped.
func (r *Runtime) CompileWith(ctx context.Context, wasm []byte, o CompileOptions) (*Code, error) {
	if o.Load != nil || o.Save != nil || o.Generic {
		r.compiling.Lock() // what is loaded and saved is that of one module
		defer r.compiling.Unlock()
	} else {
		r.compiling.RLock()
		defer r.compiling.RUnlock()
	}
	if r.artifacts != nil && (o.Load != nil || o.Save != nil) {
		*r.artifacts = artifacts{now: &o}
		defer func() { r.artifacts.now = nil }()
	}
	if o.Workers > 1 {
		ctx = experimental.WithCompilationWorkers(ctx, o.Workers)
	}
	if o.Tracer != nil {
		ctx = traced(ctx, o.Tracer)
	}
	wasm = labelled(wasm, o.Label, o.Aliases)
	if o.Positions {
		wasm = append(wasm, private.PositionSections...)
	}
	var m wazero.CompiledModule
	var err error
	compile := func() { m, err = r.wazero.CompileModule(ctx, wasm) }
	switch {
	case r.artifacts == nil:
	case o.Load != nil:
		load := compile
		compile = func() { r.asking(load) }
	case o.Save != nil:
		compile = func() { m, err = r.compileAndSave(ctx, wasm, o.Save) }
	}
	switch {
	case !o.Generic:
		compile()
	case !r.known:
		return nil, errNotGeneric
	default:
		private.Generic(compile)
	}
	if err != nil {
		return nil, err
	}
	if o.Load != nil && (r.artifacts == nil || !r.artifacts.loaded) {
		return nil, errNotLoaded
	}
	c := &Code{module: m, label: o.Label, aliases: o.Aliases, offsets: o.Offsets}
	if o.Load != nil {
		if c.guarded, err = r.guard(m, o.Guarded); err != nil {
			return nil, errors.Join(err, m.Close(ctx))
		}
	}
	return c, nil
}
