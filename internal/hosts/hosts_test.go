package hosts

import (
	"testing"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// TestFunctionsAreFound states that whatever a namespace lists can be imported by its name
// and type, that objects it has none, and that what is no namespace has nothing.
func TestFunctionsAreFound(t *testing.T) {
	w := NewWorld(Config{})
	for name := range namespaces().there {
		h, list := w.Host(name), Functions(name)
		if h == nil || len(list) == 0 || h.Objects() != nil {
			t.Fatalf("%s: %v, %d functions", name, h, len(list))
		}
		for _, f := range list {
			got, ok := h.Function(f.Name, &f.Type)
			if !ok || got.String() != f.Type.String() {
				t.Errorf("%s.%s is %v, %t, want %v", name, f.Name, &got, ok, &f.Type)
			}
		}
		if _, ok := h.Function("no such function", &wasm.FuncType{}); ok {
			t.Errorf("%s has a function that it does not have", name)
		}
	}
	if w.Host("env") != nil || Functions("env") != nil {
		t.Error("env is a namespace")
	}
}

// TestWorldIsFilledOnce states when guests get their environment: once the world is filled,
// at once if WASI is there by then or guests have files, else when WASI is first needed.
func TestWorldIsFilledOnce(t *testing.T) {
	for _, tc := range []struct {
		name          string
		before, files bool
		want          int // environments after Fill
	}{
		{"nobody imports WASI", false, false, 0},
		{"files", false, true, 1},
		{"WASI from the start", true, false, 1},
		{"both", true, true, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			made := 0
			w := NewWorld(Config{Files: tc.files, Log: logline.New(t.Output(), logline.Off, false), Environment: func() wasi.Environment {
				made++
				return wasi.Environment{}
			}})
			g := abi.NewGuest(abi.GuestConfig{})
			if tc.before {
				w.WASI(g)
			}
			if made != 0 {
				t.Error("there is an environment before the world is filled")
			}
			w.Fill(g)
			w.Fill(g)
			if made != tc.want {
				t.Errorf("%d environments after Fill, want %d", made, tc.want)
			}
			w.WASI(g)
			w.WASI(g)
			if made != 1 {
				t.Errorf("%d environments in the end", made)
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestChangeLeavesNothingOfBefore states that after a change all namespaces work on what is
// configured then, those that were in use included, save threads, which work on the store.
func TestChangeLeavesNothingOfBefore(t *testing.T) {
	w := NewWorld(Config{Environment: func() wasi.Environment { return wasi.Environment{} }})
	s := link.NewRuntime(prepare.Options{}).NewStore(link.Config{World: w})
	before := map[string]any{}
	for name, b := range namespaces().there {
		before[name] = b.in(s)
	}
	log := logline.New(t.Output(), logline.Off, false)
	if err := w.Change(s, Config{Log: log, Environment: w.config.Environment}); err != nil {
		t.Fatal(err)
	}
	for name, b := range namespaces().there {
		if after := b.in(s); (after == before[name]) != (b.ofStore != nil) {
			t.Errorf("%s works on what there was before", name)
		}
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
