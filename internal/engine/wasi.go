package engine

import (
	"context"
	"crypto/rand"
	"io"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
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

// WASICode compiles wazero's WASI module. signature gives the encoded types of one
// of its functions.
func (r *Runtime) WASICode(ctx context.Context) (c *Code, signature func(name string) (params, results []byte, ok bool), err error) {
	m, err := wasi_snapshot_preview1.NewBuilder(r.wazero).Compile(ctx)
	if err != nil {
		return nil, nil, err
	}
	functions := m.ExportedFunctions()
	return &Code{module: m}, func(name string) (params, results []byte, ok bool) {
		f, ok := functions[name]
		if !ok {
			return nil, nil, false
		}
		return f.ParamTypes(), f.ResultTypes(), true
	}, nil
}
