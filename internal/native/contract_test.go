package native

import (
	"context"
	"maps"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestContract states that the engine in use has each thing where our code takes it to be, and that
// each alone is missed where it is elsewhere.
func TestContract(t *testing.T) {
	if !Available() {
		t.Skip("there is no compiler for this processor")
	}
	if err := Contract(); err != nil {
		t.Fatal(err)
	}
	m, err := wat.Parse([]byte(probe))
	if err != nil {
		t.Fatal(err)
	}
	measured, err := engine.FactsOf(context.Background(), wasm.Encode(m))
	if err != nil {
		t.Fatal(err)
	}
	l := layoutOf(m.Spaces())
	for _, f := range factsOf(here(), &l) {
		t.Run(f.name, func(t *testing.T) {
			other := maps.Clone(measured)
			if other[f.name] != f.at {
				t.Errorf("it is at %d, not at %d", other[f.name], f.at)
			}
			if other[f.name] += 8; obeys(here(), m, other) == nil {
				t.Error("it is not missed elsewhere")
			}
			if delete(other, f.name); obeys(here(), m, other) == nil {
				t.Error("it is not missed at all")
			}
		})
	}
}

// TestNothingIsMadeAgainstTheContract states that no code is made for an engine that has something
// elsewhere.
func TestNothingIsMadeAgainstTheContract(t *testing.T) {
	m, err := wat.Parse([]byte(checkedGuest))
	if err != nil {
		t.Fatal(err)
	}
	bin := wasm.Encode(m)
	var saved engine.Artifact
	r := engine.New(t.Context(), engine.Config{Artifacts: true})
	defer r.Close(t.Context())
	if _, err := r.CompileWith(t.Context(), bin, engine.CompileOptions{Workers: 1, Save: func(a engine.Artifact) { saved = a }}); err != nil {
		t.Fatal(err)
	}
	wrong := func() error { return obeys(here(), m, engine.Facts{"context.exitCode": 8}) }
	if _, err := Optimize(wasm.Encode(m), saved, Options{contract: wrong}); err == nil {
		t.Error("code is made all the same")
	}
	made := Better(wasm.Encode(m), saved, Recipe, Options{contract: wrong})
	if made.Err == nil || string(made.Best.Body) != string(saved.Body) || len(made.Kept) > 0 {
		t.Errorf("the engine's code is not used: %v", made.Err)
	}
}
