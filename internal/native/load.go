package native

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/guard"
	"github.com/wazedge/wazedge/internal/engine/private"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Machine is the machine code of a module.
type Machine struct {
	Engine engine.Artifact // as the engine has made it
	Best   engine.Artifact // the same, or what [Optimize] has made of it
	Kept   []uint32        // functions with a second number in Best
	Places Places          // where the instructions of Best are, see [Result]
	Err    error           // why Best is the same; nil where nothing was to be done
	Notes  []string        // why functions keep the engine's code, for a log
}

// Better is the machine code of bin, of which the engine's is code, made by recipe: one
// of [RecipeWith], or empty to leave the engine's code as it is.
func Better(bin []byte, code engine.Artifact, recipe string, o Options) Machine {
	m := Machine{Engine: code, Best: code}
	if recipe == "" {
		return m
	}
	made, err := Optimize(bin, code, o)
	if err != nil {
		m.Err = err
		if o.Guarded {
			m.Best = unguarded(code)
		}
		return m
	}
	m.Best, m.Kept, m.Places, m.Notes = made.Artifact, made.Kept, made.Places, made.notes()
	return m
}

// unguarded is the engine's code a as code of which no access is guarded, where it is told from other code.
func unguarded(a engine.Artifact) engine.Artifact {
	l, ok := private.LayoutOf(private.Artifact(a))
	if !ok {
		return a
	}
	l.Code = guard.Append(l.Code, nil)
	return engine.Artifact(l.Artifact())
}

// notes has one line for each reason why functions keep the engine's code.
func (r *Result) notes() (list []string) {
	count, first := map[string]int{}, map[string]uint32{}
	var order []string
	for k, err := range r.Reasons {
		why := err.Error()
		if count[why]++; count[why] == 1 {
			first[why] = r.Kept[k]
			order = append(order, why)
		}
	}
	for _, why := range order {
		list = append(list, fmt.Sprintf("%s (functions of the module's own: %d, %d being the first)", why, count[why], first[why]))
	}
	return list
}

// Compile has the engine compile bin, makes better code of that, and loads into r whichever came
// of it, which it returns as well. The options of the engine are without Load and Save. Code is
// nil where the engine keeps its code to itself.
func Compile(ctx context.Context, r *engine.Runtime, bin []byte, eo engine.CompileOptions, o Options) (*engine.Code, Machine, error) {
	var made Machine
	saving := eo
	saving.Save = func(code engine.Artifact) { made = Better(bin, code, Recipe, o) }
	apart := engine.New(ctx, engine.Config{Artifacts: true})
	defer apart.Close(ctx)
	if _, err := apart.CompileWith(ctx, bytes.Clone(bin), saving); err != nil || made.Best.Body == nil {
		return nil, made, err
	}
	m, err := stripped(bin, made.Kept)
	if err != nil {
		return nil, made, err
	}
	eo.Load = io.NopCloser(io.MultiReader(bytes.NewReader(made.Best.Before), bytes.NewReader(made.Best.Body), bytes.NewReader(made.Best.After)))
	eo.Aliases, eo.Offsets, eo.Guarded = Aliases(m), made.Places.Finder(), o.Guarded
	code, err := r.CompileWith(ctx, wasm.Encode(m), eo)
	return code, made, err
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
		out.Bodies[i].Code = unreachable
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
