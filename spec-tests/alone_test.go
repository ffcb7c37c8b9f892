package spectest

import (
	"context"
	"os"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestExceptionsAlone runs the modules of the scripts of exceptions as the command runs
// all: with nothing to be linked, so that exceptions are globals. TestScripts runs them
// linked, so that exceptions are objects.
func TestExceptionsAlone(t *testing.T) {
	list, _ := scripts(t)
	flat, asserted := 0, 0
	for _, s := range list {
		if p := s.Proposal(); p != "exception handling" && p != "wazero-exception-handling" {
			continue
		}
		src, err := os.ReadFile(s.Path())
		if err != nil {
			t.Fatal(err)
		}
		script, err := wat.ParseScript(src)
		if err != nil {
			t.Fatal(err)
		}
		for mode := range numModes {
			t.Run(mode.String()+"/"+key(s), func(t *testing.T) {
				var r *runner
				for i := range script.Commands {
					c := &script.Commands[i]
					switch c.Kind {
					case wat.CmdModule:
						r = standAlone(t, s.Suite, c.Module, mode, &flat)
						continue
					case wat.AssertReturn, wat.AssertTrap, wat.AssertExhaustion, wat.AssertException, wat.CmdAction:
					default:
						continue
					}
					if r == nil || c.Action == nil || c.Action.Module != "" {
						continue
					}
					asserted++
					if err := r.command(t.Context(), c); err != nil {
						t.Errorf("%s: %s: %v", place(s, c.Line), c.Kind, err)
					}
				}
			})
		}
	}
	t.Logf("%d modules with exceptions as globals, %d assertions", flat, asserted)
	if !testing.Short() && (flat == 0 || asserted == 0) {
		t.Errorf("%d modules with exceptions as globals, %d assertions; the scripts have both", flat, asserted)
	}
}

// standAlone is a runner for src with nothing else, or nil if that cannot be. It counts
// in flat the modules whose exceptions become globals.
func standAlone(t *testing.T, s *Suite, src *wat.ModuleSource, mode Mode, flat *int) *runner {
	t.Helper()
	r := &runner{suite: s, instances: map[string]*instance{}, definitions: map[string]*wat.ModuleSource{}}
	b, err := r.bytes(src)
	if err != nil {
		t.Fatal(err)
	}
	m, err := wasm.Decode(b, s.Features)
	if err != nil {
		t.Fatal(err)
	}
	if m = withoutImports(t, m); m == nil {
		return nil
	}
	checked, err := validate.Module(m, s.Features, validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	steps, err := lower.Lower(m, checked.Uses, false)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(steps, func(s lower.Step) bool { return s.Pass == lower.FlatExceptionsPass }) {
		*flat++
	}
	features := s.Features
	r.vm = compat.New(compat.Config{Features: &features, Interpreter: mode == Interpreter, Workers: 1, Alone: true})
	t.Cleanup(func() { r.vm.Close(context.Background()) })
	if err := r.module(t.Context(), &wat.ModuleSource{Form: wat.BinaryModule, Data: wasm.Encode(m)}, ""); err != nil {
		t.Fatal(err)
	}
	return r
}

// withoutImports is m with tags of its own in the place of those that it imports, one
// for each name, and functions that throw in the place of others. It is nil if m
// imports anything else.
func withoutImports(t *testing.T, m *wasm.Module) *wasm.Module {
	t.Helper()
	if len(m.Imports) == 0 {
		return m
	}
	own := map[string]uint32{}
	var tags, places, funcs []uint32
	for _, im := range m.Imports {
		switch f := &m.Types[im.Type].Func; {
		case im.Kind == wasm.ExternTag:
			place, known := own[im.Name]
			if !known {
				place = uint32(len(tags))
				own[im.Name] = place
				tags = append(tags, im.Type)
			}
			places = append(places, place)
		case im.Kind == wasm.ExternFunc && len(f.Params)+len(f.Results) == 0:
			funcs = append(funcs, im.Type)
		default:
			return nil
		}
	}
	r := wasm.Remap{Tag: func(x uint32) uint32 {
		if x < uint32(len(places)) {
			return places[x]
		}
		return x - uint32(len(places)-len(tags))
	}}
	out, err := r.Module(m)
	if err != nil {
		t.Fatal(err)
	}
	out.Imports, out.Tags = nil, append(tags, m.Tags...)
	thrown := uint32(0) // what the scripts' function throws, where they import that as well
	if len(tags) == 0 && len(funcs) > 0 {
		thrown = uint32(len(out.Tags))
		out.Tags = append(out.Tags, funcs[0])
	}
	var bodies []wasm.Body
	for range funcs {
		var e wasm.Emitter
		e.X(wasm.OpThrow, thrown)
		e.End()
		bodies = append(bodies, e.Body(0, nil))
	}
	out.Funcs, out.Bodies = append(funcs, m.Funcs...), append(bodies, out.Bodies...)
	return out
}
