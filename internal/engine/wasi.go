package engine

import (
	"context"
	"crypto/rand"
	"io"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/wazedge/wazedge/internal/wasm"
)

// WASI is the world of a guest on wazero's own WASI, until ours replaces it.
type WASI struct {
	Args, Env      []string
	Dirs           []WASIDir
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// WASIDir is one preopened directory.
type WASIDir struct {
	Guest, Host string
	ReadOnly    bool
}

func (w *WASI) config() wazero.ModuleConfig {
	c := wazero.NewModuleConfig().WithArgs(w.Args...).WithSysWalltime().WithSysNanotime().WithSysNanosleep().WithRandSource(rand.Reader)
	for _, e := range w.Env {
		k, v, _ := strings.Cut(e, "=")
		c = c.WithEnv(k, v)
	}
	if w.Stdin != nil {
		c = c.WithStdin(w.Stdin)
	}
	if w.Stdout != nil {
		c = c.WithStdout(w.Stdout)
	}
	if w.Stderr != nil {
		c = c.WithStderr(w.Stderr)
	}
	fs := wazero.NewFSConfig()
	for _, d := range w.Dirs {
		if d.ReadOnly {
			fs = fs.WithReadOnlyDirMount(d.Host, d.Guest)
		} else {
			fs = fs.WithDirMount(d.Host, d.Guest)
		}
	}
	return c.WithFSConfig(fs)
}

// InstantiateWASI makes wazero's WASI module.
func (r *Runtime) InstantiateWASI(ctx context.Context) (*Instance, error) {
	c, err := wasi_snapshot_preview1.NewBuilder(r.wazero).Compile(ctx)
	if err != nil {
		return nil, err
	}
	m, err := r.wazero.InstantiateModule(ctx, c, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, err
	}
	return Host(m), nil
}

// Describe is what of the module an invocation needs, until our decoder does.
func (c *Code) Describe() *wasm.Module {
	m := &wasm.Module{}
	for name, f := range c.module.ExportedFunctions() {
		t := wasm.SubType{Kind: wasm.CompFunc}
		for _, p := range f.ParamTypes() {
			t.Func.Params = append(t.Func.Params, described(p))
		}
		for _, p := range f.ResultTypes() {
			t.Func.Results = append(t.Func.Results, described(p))
		}
		n := uint32(len(m.Types))
		m.Types, m.Funcs = append(m.Types, t), append(m.Funcs, n)
		m.Exports = append(m.Exports, wasm.Export{Name: name, Kind: wasm.ExternFunc, Index: n})
	}
	return m
}

func described(t byte) wasm.ValType {
	switch t {
	case 0x70:
		return wasm.FuncRef
	case 0x6f:
		return wasm.ExternRef
	}
	return wasm.ValType(t)
}
