package prepare

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Machine is the machine code of a module.
type Machine struct {
	Engine engine.Artifact // as the engine has made it
	Best   engine.Artifact // the same, or made better
	Kept   []uint32        // functions with a second number in Best, see [native.Optimize]
}

// optimized is code, the engine's of b, made better if p says so.
func (m *Module) optimized(b []byte, code engine.Artifact, p *Plan) Machine {
	if p.Optimize == "" {
		return Machine{Engine: code, Best: code}
	}
	defer m.working("optimizing")()
	made, err := native.Optimize(b, code, native.Options{Processor: p.Processor})
	if err != nil {
		m.options.Log.Debug(err.Error())
		return Machine{Engine: code, Best: code}
	}
	m.options.Log.Debug(fmt.Sprintf("native: %d of %d functions keep the engine's code", len(made.Kept), len(m.Module.Funcs)))
	return Machine{Engine: code, Best: made.Artifact, Kept: made.Kept}
}

// extended is b, and that decoded, with the second numbers that functions have in e.
func extended(b []byte, e *cache.Entry) ([]byte, *wasm.Module, error) {
	code, err := e.EngineModule()
	if err != nil {
		return nil, nil, err
	}
	given, err := wasm.Decode(code, wasm.Wasm3|wasm.Threads)
	if err != nil {
		return nil, nil, err
	}
	aliases := native.Aliases(given)
	if len(aliases) == 0 {
		return b, given, nil
	}
	m, err := wasm.Decode(b, wasm.Wasm3|wasm.Threads)
	if err != nil {
		return nil, nil, err
	}
	imported := m.ImportedCount(wasm.ExternFunc)
	var kept []uint32
	for _, a := range aliases {
		kept = append(kept, a.Of-imported)
	}
	m = native.Extend(Skeleton(m, SegmentsStay), kept)
	return wasm.Encode(m), m, nil
}

// compileOptimized compiles b, and loads what has been made of that.
func (m *Module) compileOptimized(ctx context.Context, t Target, b []byte, r *Result, p *Plan) (*engine.Code, error) {
	var made Machine
	o := m.compileOptions(t, p, r)
	o.Save = func(code engine.Artifact) { made = m.optimized(b, code, p) }
	apart := engine.New(ctx, engine.Config{Artifacts: true})
	defer apart.Close(ctx)
	if _, err := apart.CompileWith(ctx, bytes.Clone(b), o); err != nil || made.Best.Body == nil {
		return nil, err
	}
	given, err := wasm.Decode(b, wasm.Wasm3|wasm.Threads)
	if err != nil {
		return nil, err
	}
	given = native.Extend(Skeleton(given, SegmentsStay), made.Kept)
	o.Save = nil
	o.Load = io.NopCloser(io.MultiReader(bytes.NewReader(made.Best.Before), bytes.NewReader(made.Best.Body), bytes.NewReader(made.Best.After)))
	o.Aliases = native.Aliases(given)
	return t.Engine.CompileWith(ctx, wasm.Encode(given), o)
}
