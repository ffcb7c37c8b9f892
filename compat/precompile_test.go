package compat_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/wasm"
)

// TestWhatTakesForEverIsNotPrecompiled writes a module as it is that the engine would be
// at for minutes, and says so.
func TestWhatTakesForEverIsNotPrecompiled(t *testing.T) {
	const calls = 30000
	m := &wasm.Module{Types: []wasm.SubType{{Kind: wasm.CompFunc, Final: true}}, RecGroups: []wasm.RecGroup{{Len: 1}}}
	m.Imports = []wasm.Import{{Module: "m", Name: "f", Kind: wasm.ExternFunc}, {Module: "m", Name: "e", Kind: wasm.ExternTag}}
	var e wasm.Emitter
	for range calls {
		e.X(wasm.OpCall, 0)
	}
	e.End()
	m.Funcs, m.Bodies = []uint32{0}, []wasm.Body{{Code: append(wasm.AppendLocals(nil, nil), e.Code...)}}
	b := wasm.Encode(m)
	var log bytes.Buffer
	r := compat.NewRuntime(compat.Config{Log: logline.New(&log, logline.Warning, false)})
	defer r.Close(t.Context())
	module, err := r.Load(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := module.Validate(); err != nil {
		t.Fatal(err)
	}
	got, entries, err := module.Precompile(t.Context(), compat.Precompiling{Features: compat.Wasm3})
	if err != nil || len(entries) > 0 || !bytes.Equal(got, b) || !strings.Contains(log.String(), "it is interpreted") {
		t.Errorf("%d entries, %v; log: %q", len(entries), err, log.String())
	}
}
