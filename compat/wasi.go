package compat

import (
	"context"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
)

// wasiModule is the module name of WASI; WasmEdge knows no other generation.
const wasiModule = "wasi_snapshot_preview1"

// wasiHost is wazero's own WASI.
type wasiHost struct {
	code      *engine.Code
	signature func(name string) (params, results []byte, ok bool)
}

func newWASI(ctx context.Context, rt *engine.Runtime) (*wasiHost, error) {
	code, signature, err := rt.WASICode(ctx)
	if err != nil {
		return nil, err
	}
	return &wasiHost{code, signature}, nil
}

func (h *wasiHost) function(name string, _ *wasm.FuncType) (t wasm.FuncType, ok bool) {
	params, results, ok := h.signature(name)
	for _, p := range params {
		t.Params = append(t.Params, wasm.ValType(p))
	}
	for _, r := range results {
		t.Results = append(t.Results, wasm.ValType(r))
	}
	return t, ok
}

func (h *wasiHost) instantiate(ctx context.Context, rt *engine.Runtime, _ []*wasm.Import, _ []wasm.SubType) (*engine.Instance, error) {
	return rt.Instantiate(ctx, h.code, engine.Options{})
}

// world is the guest's world in the engine's terms.
func (w *WASIConfig) world() engine.WASI {
	e := engine.WASI{Args: w.Args, Env: w.Env, Stdin: w.Stdin, Stdout: w.Stdout, Stderr: w.Stderr}
	for _, p := range w.Preopens {
		e.Dirs = append(e.Dirs, engine.WASIDir{Guest: p.Guest, Host: p.Host, ReadOnly: p.Access == ReadOnly})
	}
	return e
}
