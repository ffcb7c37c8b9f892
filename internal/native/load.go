package native

import (
	"bytes"
	"context"
	"io"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Machine is the machine code of a module.
type Machine struct {
	Engine engine.Artifact // as the engine has made it
	Best   engine.Artifact // the same, or what [Optimize] has made of it
	Kept   []uint32        // functions with a second number in Best
	Err    error           // why Best is the same; nil where nothing was to be done
}

// Better is the machine code of bin, of which the engine's is code, made by recipe: that is
// [Recipe], or empty to leave the engine's code as it is.
func Better(bin []byte, code engine.Artifact, recipe string, o Options) Machine {
	m := Machine{Engine: code, Best: code}
	if recipe == "" {
		return m
	}
	made, err := Optimize(bin, code, o)
	if err != nil {
		m.Err = err
		return m
	}
	m.Best, m.Kept = made.Artifact, made.Kept
	return m
}

// Compile has the engine compile bin, makes better code of that, and loads it into r. The
// options of the engine are without Load and Save. Code is nil where nothing better could be
// made.
func Compile(ctx context.Context, r *engine.Runtime, bin []byte, eo engine.CompileOptions, o Options) (*engine.Code, error) {
	var made Machine
	saving := eo
	saving.Save = func(code engine.Artifact) { made = Better(bin, code, Recipe, o) }
	apart := engine.New(ctx, engine.Config{Artifacts: true})
	defer apart.Close(ctx)
	if _, err := apart.CompileWith(ctx, bytes.Clone(bin), saving); err != nil || made.Best.Body == nil || made.Err != nil {
		return nil, err
	}
	m, err := stripped(bin, made.Kept)
	if err != nil {
		return nil, err
	}
	eo.Load = io.NopCloser(io.MultiReader(bytes.NewReader(made.Best.Before), bytes.NewReader(made.Best.Body), bytes.NewReader(made.Best.After)))
	eo.Aliases = Aliases(m)
	return r.CompileWith(ctx, wasm.Encode(m), eo)
}

// stripped is bin without bodies, with second numbers for the functions kept.
func stripped(bin []byte, kept []uint32) (*wasm.Module, error) {
	m, err := wasm.Decode(bin, features)
	if err != nil {
		return nil, err
	}
	out := *m
	out.Customs = nil
	out.Bodies = make([]wasm.Body, len(m.Bodies))
	for i := range out.Bodies {
		out.Bodies[i].Code = []byte{0, 0x00, 0x0B}
	}
	return Extend(&out, kept), nil
}

// Like is bin with the second numbers that functions have in model, a module without bodies, and
// what these are. It is bin itself if there are none.
func Like(bin, model []byte) ([]byte, []engine.Alias, error) {
	m, err := wasm.Decode(model, features)
	if err != nil {
		return nil, nil, err
	}
	aliases := Aliases(m)
	if len(aliases) == 0 {
		return bin, nil, nil
	}
	var kept []uint32
	for _, a := range aliases {
		kept = append(kept, a.Of-m.ImportedCount(wasm.ExternFunc))
	}
	m, err = stripped(bin, kept)
	if err != nil {
		return nil, nil, err
	}
	return wasm.Encode(m), aliases, nil
}
