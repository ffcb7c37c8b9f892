package engine

import (
	"context"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
)

// Code is a compiled module, to be instantiated any number of times in the
// Runtime that compiled it.
type Code struct {
	module wazero.CompiledModule
}

// Compile translates the module wasm, on up to workers cores. It keeps wasm, and
// appends to it if there is capacity: the caller must not use what lies behind or
// change what lies in it afterwards.
//
// An error means that wazero refuses the module, which for one that has passed
// our validator is a defect.
func (r *Runtime) Compile(ctx context.Context, wasm []byte, workers int) (*Code, error) {
	return r.CompileWith(ctx, wasm, workers, Artifact{})
}

// CompileWith is Compile with code that is loaded or saved, where the Runtime was
// made for it. wasm may be a skeleton when the code is loaded: a module whose
// function bodies are stripped.
func (r *Runtime) CompileWith(ctx context.Context, wasm []byte, workers int, a Artifact) (*Code, error) {
	if r.artifacts != nil {
		r.artifacts.now = &a
		defer func() { r.artifacts.now = nil }()
	}
	if workers > 1 {
		ctx = experimental.WithCompilationWorkers(ctx, workers)
	}
	m, err := r.wazero.CompileModule(ctx, append(wasm, positionSections...))
	if err != nil {
		return nil, err
	}
	return &Code{module: m}, nil
}
